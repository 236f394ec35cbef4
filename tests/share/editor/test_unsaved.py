"""What is typed and not saved comes back, to its account only, and is no revision."""

from __future__ import annotations

import json
import uuid

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.tests import factories

TYPED = {"title": "江门市养老机构名录", "notes": "演示：尚未写完"}


@pytest.fixture
def form_of(an_entry):
    """Return a function that makes what a form sends of an entry."""

    def make(**changes):
        return {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in an_entry(**changes).items()
        }

    return make


@pytest.fixture
def browse(app, people):
    """Return a function that asks for an address as an account."""
    tokens = {}

    def call(user, address, method="get", **options):
        if user not in tokens:
            tokens[user] = factories.APIToken(user=user)["token"]
        return getattr(app, method)(
            address,
            headers={"Authorization": tokens[user]},
            follow_redirects=False,
            **options,
        )

    return call


def rows(table):
    from ckan import model

    return model.Session.scalar(sa.text(f"SELECT count(*) FROM {table}"))


def test_what_was_typed_comes_back_to_its_account_only(people, act):
    form = str(uuid.uuid4())
    kept = act("jiangmen_unsaved_keep", user="c_cataloguer", form=form, **TYPED)
    assert kept["form"] == form
    shown = act("jiangmen_unsaved_show", user="c_cataloguer", form=form)
    assert shown["title"] == TYPED["title"]
    assert shown["entry"]["notes"] == TYPED["notes"]
    assert act("jiangmen_unsaved_list", user="c_colleague") == []
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_unsaved_show", user="c_colleague", form=form)
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_unsaved_discard", user="c_colleague", form=form)


def test_every_keystroke_replaces_the_one_before_and_makes_no_revision(people, act):
    form = str(uuid.uuid4())
    for title in ("江", "江门", "江门市"):
        act("jiangmen_unsaved_keep", user="c_cataloguer", form=form, title=title)
    assert rows("jiangmen_unsaved") == 1
    assert rows("jiangmen_revision") == rows("jiangmen_revision_event") == 0
    found = act("jiangmen_unsaved_list", user="c_cataloguer")
    assert [one["title"] for one in found] == ["江门市"]


@pytest.mark.parametrize("secrecy", ["秘密", "机密", "涉密"])
def test_a_classified_entry_is_not_kept_and_what_was_kept_goes(people, act, secrecy):
    form = str(uuid.uuid4())
    act("jiangmen_unsaved_keep", user="c_cataloguer", form=form, **TYPED)
    told = act(
        "jiangmen_unsaved_keep",
        user="c_cataloguer",
        form=form,
        secrecy=secrecy,
        **TYPED,
    )
    assert told["kept"] is None
    assert rows("jiangmen_unsaved") == 0


def test_the_database_itself_refuses_a_classified_form(people):
    from ckan import model

    with pytest.raises(sa.exc.IntegrityError):
        model.Session.execute(
            sa.text(
                "INSERT INTO jiangmen_unsaved VALUES"
                """ ('a', 'b', true, '{"secrecy": "秘密"}', now())"""
            )
        )
    model.Session.rollback()


def test_an_account_keeps_fifty_forms_at_most(people, act):
    for _ in range(52):
        act(
            "jiangmen_unsaved_keep",
            user="c_cataloguer",
            form=str(uuid.uuid4()),
            **TYPED,
        )
    assert rows("jiangmen_unsaved") == 50


def test_a_form_without_a_right_id_is_refused_in_words(people, act):
    with pytest.raises(tk.ValidationError) as caught:
        act("jiangmen_unsaved_keep", user="c_cataloguer", form="../x", **TYPED)
    assert "UUID" in caught.value.error_dict["form"][0]


def test_another_departments_entry_takes_nothing(draft, act):
    mine = draft()
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        act("jiangmen_unsaved_keep", user="b_cataloguer", id=mine["id"], **TYPED)


def test_the_form_keeps_while_it_is_filled_and_restores_with_a_sentence(
    browse, form_of
):
    form = str(uuid.uuid4())
    typed = form_of(notes="") | {"unsaved_form": form, "keep": "1"}
    answer = browse("c_cataloguer", "/desk/entry/live", "post", data=typed).json
    assert answer["count"] == 1
    assert "自动暂存" in answer["kept"]
    page = browse("c_cataloguer", "/desk/entry/new").body
    assert "已恢复您于" in page
    assert "江门市行政区划" in page
    assert form in page
    assert "已恢复您于" not in browse("c_cataloguer", "/desk/entry/new?fresh=1").body
    assert "已恢复您于" not in browse("c_colleague", "/desk/entry/new").body


def test_a_check_alone_keeps_nothing(browse, form_of):
    browse("c_cataloguer", "/desk/entry/live", "post", data=form_of())
    assert rows("jiangmen_unsaved") == 0


def test_saving_the_draft_forgets_what_was_kept(browse, form_of):
    typed = form_of() | {"unsaved_form": str(uuid.uuid4())}
    browse("c_cataloguer", "/desk/entry/live", "post", data=typed | {"keep": "1"})
    assert rows("jiangmen_unsaved") == 1
    answer = browse("c_cataloguer", "/desk/entry/new", "post", data=typed)
    assert answer.status_code == 302
    assert rows("jiangmen_unsaved") == 0


def test_a_wrong_form_keeps_its_place(browse, form_of):
    form = str(uuid.uuid4())
    typed = form_of(notes="") | {"unsaved_form": form}
    assert form in browse("c_cataloguer", "/desk/entry/new", "post", data=typed).body


def test_an_edit_comes_back_over_the_draft_and_can_be_thrown_away(
    browse, form_of, draft
):
    mine = draft()
    address = f"/desk/entry/edit/{mine['id']}"
    typed = form_of(notes="改了一半的摘要")
    live = typed | {"pkg_name": mine["id"], "keep": "1", "unsaved_form": mine["id"]}
    browse("c_cataloguer", "/desk/entry/live", "post", data=live)
    page = browse("c_cataloguer", address).body
    assert "已恢复您于" in page
    assert "改了一半的摘要" in page
    gone = browse("c_cataloguer", f"/desk/entry/unsaved/{mine['id']}/discard", "post")
    assert gone.status_code == 302
    page = browse("c_cataloguer", address).body
    assert "已恢复您于" not in page
    assert "全市区划代码与名称。" in page
