"""Two people at one entry: merged where they do not touch, refused with both shown."""

import threading

import pytest

import ckan.plugins.toolkit as tk
from ckan import model


def _items(entry, **changed):
    """Return the items with one of them, by name, changed."""
    return [item | changed.get(item["name"], {}) for item in entry["information_items"]]


def test_edits_of_different_fields_are_merged(act, approved):
    entry = approved()
    act("package_patch", user="c_cataloguer", id=entry["id"], notes="甲的摘要。")
    merged = act("package_patch", user="c_colleague", id=entry["id"], remarks="乙的。")
    assert merged["merged"] is True
    assert (merged["notes"], merged["remarks"]) == ("甲的摘要。", "乙的。")
    found = act("jiangmen_revision_list", user="c_cataloguer", state="draft,aside")
    assert len(found) == 1


def test_whole_entries_written_against_what_is_in_force_are_merged(act, approved):
    entry = approved()
    first = act("package_show", user="c_cataloguer", id=entry["id"])
    second = act("package_show", user="c_colleague", id=entry["id"])
    act("package_update", user="c_cataloguer", **first | {"notes": "甲的摘要。"})
    merged = act("package_update", user="c_colleague", **second | {"remarks": "乙的。"})
    assert (merged["notes"], merged["remarks"]) == ("甲的摘要。", "乙的。")


def test_edits_of_different_items_are_merged(act, approved):
    entry = approved()
    lock = {}
    for user, name in (("c_cataloguer", "区划代码"), ("c_colleague", "名称")):
        items = _items(entry, **{name: {"data_length": "99"}})
        lock[user] = act(
            "package_patch", user=user, id=entry["id"], information_items=items
        )
    lengths = [i["data_length"] for i in lock["c_colleague"]["information_items"]]
    assert lengths == ["99", "99"]


def test_edits_of_the_same_item_are_refused_with_both_shown(act, approved):
    entry = approved()
    mine, theirs = (
        _items(entry, 名称={"data_length": length}) for length in ("70", "80")
    )
    act("package_patch", user="c_cataloguer", id=entry["id"], information_items=theirs)
    with pytest.raises(tk.ValidationError) as refused:
        act("package_patch", user="c_colleague", id=entry["id"], information_items=mine)
    (told,) = refused.value.error_dict["conflicts"]
    assert told["key"] == "information_items/名称"
    lengths = [told[side]["data_length"] for side in ("base", "theirs", "mine")]
    assert lengths == ["60", "80", "70"]
    merged = act(
        "jiangmen_revision_merge",
        user="c_colleague",
        id=refused.value.error_dict["aside_revision_id"][0],
        take={"information_items/名称": "mine"},
    )
    assert merged["entry"]["information_items"][1]["data_length"] == "70"


def test_who_goes_on_with_an_old_copy_after_a_merge_takes_nothing_back(act, approved):
    entry = approved()
    copy = act("package_show", user="c_colleague", id=entry["id"])
    act("package_patch", user="c_cataloguer", id=entry["id"], notes="甲的摘要。")
    for remark in ("一", "二", "三"):
        copy["remarks"] = remark
        answer = act("package_update", user="c_colleague", **copy)
        copy |= {key: answer[key] for key in ("lock_version", "revision_id")}
        assert (answer["notes"], answer["remarks"]) == ("甲的摘要。", remark)
    with pytest.raises(tk.ValidationError):
        act("package_update", user="c_colleague", **copy | {"notes": "乙的摘要。"})


def test_an_edit_of_an_older_version_does_not_undo_the_newer(
    act, approved, through_review
):
    entry = approved()
    old = act("package_show", user="c_colleague", id=entry["id"])
    newer = act("package_patch", user="c_cataloguer", id=entry["id"], notes="第二版。")
    through_review(newer["revision_id"])
    for remark in ("乙的。", "还是乙的。"):
        changed = old | {"remarks": remark}
        merged = act("package_update", user="c_colleague", **changed)
        assert (merged["notes"], merged["remarks"]) == ("第二版。", remark)
    with pytest.raises(tk.ValidationError):
        act("package_update", user="c_colleague", **old | {"notes": "乙的摘要。"})


def test_whoever_wrote_in_a_revision_does_not_review_it(act, approved, people):
    from ckanext.jiangmen import accounts

    entry = approved()
    first = act("package_patch", user="c_cataloguer", id=entry["id"], notes="甲的。")
    act("package_patch", user="c_colleague", id=entry["id"], remarks="乙的。")
    colleague = model.User.get("c_colleague")
    accounts.grant_role(colleague.id, accounts.Role.REVIEWER, people.civil)
    model.Session.commit()
    act("jiangmen_revision_submit", user="c_cataloguer", id=first["revision_id"])
    asked = {"user": "c_colleague", "waiting_for_me": True}
    assert act("jiangmen_revision_list", **asked) == []
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_revision_approve", user="c_colleague", id=first["revision_id"])


def test_twenty_savers_at_once_lose_nothing(act, draft, site_app):
    """Each changes an item of their own, from one copy of the draft."""
    count = 20
    items = [
        {"name": f"信息项{n}", "data_type": "字符型", "data_length": "10"}
        for n in range(count)
    ]
    made = draft(information_items=items)
    seen = {key: made[key] for key in ("lock_version", "revision_id")}
    failures = []

    def save(number):
        user = ("c_cataloguer", "c_colleague")[number % 2]
        changed = [dict(item) for item in items]
        changed[number]["data_length"] = str(100 + number)
        try:
            with site_app.flask_app.test_request_context():
                act(
                    "package_patch",
                    user=user,
                    id=made["id"],
                    information_items=changed,
                    **seen,
                )
        except Exception as err:  # noqa: BLE001 - told below
            failures.append(err)
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=save, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    revision = made["revision_id"]
    shown = act("jiangmen_revision_show", user="c_cataloguer", id=revision)
    kept = [item["data_length"] for item in shown["entry"]["information_items"]]
    assert kept == [str(100 + n) for n in range(count)]
