"""Readers subscribe by two links, hear of a change once, and rate once a day."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk

LINK = re.compile(r"http://test\.ckan\.net(/subscriptions/\w+/\S+)")
WISH = {"scope": "all", "mail": "reader@example.cn"}


@pytest.fixture
def letters(tmp_path, monkeypatch):
    """Return a function that sends what is due and gives the letters written so far."""
    folder = tmp_path / "mail"
    monkeypatch.setitem(tk.config, "ckanext.jiangmen.dialogue.mail_path", str(folder))

    def sent():
        from ckanext.jiangmen.portal.dialogue import mails

        mails.send_due()
        files = sorted(folder.glob("*.eml")) if folder.exists() else []
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in files
        ]

    return sent


@pytest.fixture
def later(monkeypatch):
    """Return a function that moves the platform's clock on."""
    from ckanext.jiangmen import clock

    def move(**delta):
        moment = clock.now() + dt.timedelta(**delta)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return move


@pytest.fixture
def subscribed(act, reader, letters):
    """Return a function that subscribes and confirms: the link that ends it."""

    def subscribe(**changes):
        act("jiangmen_subscription_create", **WISH | changes)
        link = LINK.search(letters()[-1].get_content()).group(1)
        assert "确认订阅" in reader.page(link)
        answer = reader.client.post(link)
        assert "订阅已生效" in answer.get_data(as_text=True)

    return subscribe


def test_a_subscription_begins_with_a_link_and_ends_with_one(
    subscribed, receiver, package_id, letters, later, reader
):
    from ckanext.jiangmen.portal.dialogue import subscriptions

    subscribed(pace="immediate")
    receiver.publish(package_id)
    later(minutes=10)
    assert subscriptions.tell("immediate") == 1
    assert subscriptions.tell("immediate") == 0
    told = letters()[-1]
    assert "江门市行政区划" in told.get_content()
    assert told["To"] == "reader@example.cn"
    stop = LINK.search(told["List-Unsubscribe"]).group(1).rstrip(">")
    assert "已退订" in reader.client.post(stop).get_data(as_text=True)
    receiver.publish(package_id, version=2, notes="新的说明")
    later(minutes=20)
    assert subscriptions.tell("immediate") == 0


def test_nobody_hears_before_the_confirmation(
    act, receiver, package_id, letters, later
):
    from ckanext.jiangmen.portal.dialogue import subscriptions

    act("jiangmen_subscription_create", **WISH)
    receiver.publish(package_id)
    later(minutes=10)
    assert subscriptions.tell("daily") == 0
    later(days=8)
    subscriptions.forget()
    assert _count("jiangmen_subscription") == 0


def _count(table):
    from ckan import model

    count = model.Session.scalar(
        sa.select(sa.func.count()).select_from(sa.table(table))
    )
    model.Session.rollback()
    return count


def test_one_hears_of_the_entry_that_was_asked_for(
    subscribed, receiver, package_id, later
):
    from ckanext.jiangmen.portal.dialogue import subscriptions

    receiver.publish(package_id)
    later(minutes=10)
    subscribed(scope="entry", target=package_id)
    later(minutes=10)
    assert subscriptions.tell("daily") == 0


def test_nobody_has_others_flooded(act, platform, letters):
    for _ in range(6):
        act("jiangmen_subscription_create", **WISH)
        act("jiangmen_subscription_create", **WISH | {"mail": "Reader@example.cn"})
    assert len(letters()) == 3


def test_addresses_and_letters_lie_as_ciphertext(act, platform, letters):
    from ckan import model

    act("jiangmen_subscription_create", **WISH)
    for table in ("jiangmen_subscription", "jiangmen_mail"):
        rows = model.Session.execute(sa.text(f"SELECT t::text FROM {table} t")).all()
        assert rows
        assert "example.cn" not in str(rows)
    model.Session.rollback()
    letters()
    row = model.Session.execute(sa.text("SELECT state, letter FROM jiangmen_mail"))
    assert row.one() == ("sent", "")
    model.Session.rollback()


def test_a_letter_that_cannot_be_sent_is_tried_again(
    act, platform, letters, later, tmp_path, monkeypatch
):
    act("jiangmen_subscription_create", **WISH)
    (tmp_path / "mail").write_text("in the way")
    from ckanext.jiangmen.portal.dialogue import mails

    assert mails.send_due() == 0
    (tmp_path / "mail").unlink()
    assert mails.send_due() == 0
    later(minutes=6)
    assert mails.send_due() == 1
    assert mails.send_due() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "planet"},
        {"scope": ""},
        {"scope": "entry", "target": "nothing"},
        {"scope": "theme", "target": "'; --"},
        {"mail": "nobody"},
        {"mail": ""},
        {"pace": "hourly"},
    ],
)
def test_a_wrong_wish_is_told(act, platform, change):
    with pytest.raises(tk.ValidationError):
        act("jiangmen_subscription_create", **WISH | change)


@pytest.mark.parametrize("link", ["nothing", "a.b", "00000000.", "长"])
def test_forged_links_lead_nowhere(act, reader, link):
    reader.page(f"/subscriptions/confirm/{link}", status=404)
    reader.page(f"/subscriptions/stop/{link}", status=404)
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_subscription_confirm", link=link)


def test_the_form_of_subscriptions_tells_the_same_to_everybody(reader, subscribed):
    subscribed()
    for mail in ("reader@example.cn", "other@example.cn"):
        _, page = reader.send("/subscriptions", scope="all", pace="daily", mail=mail)
        assert "确认邮件已发出" in page


def test_a_browser_rates_an_entry_once_a_day(receiver, package_id, act, reader):
    receiver.publish(package_id)
    for stars in ("2", "5"):
        address = f"/dataset/{package_id}/rating"
        answer, _ = reader.send(address, page=f"/dataset/{package_id}", stars=stars)
        assert answer.status_code == 302
    assert act("jiangmen_rating_show", id=package_id)["count"] == 1
    assert act("jiangmen_rating_show", id=package_id)["mean"] == 5.0
    for stars in ("0", "6", "x", "", "5.0"):
        with pytest.raises(tk.ValidationError):
            act("jiangmen_rating_create", id=package_id, stars=stars, browser="b")


def test_feeds_are_atom_and_hold_what_is_public(
    reader, receiver, package_id, published, written
):
    from xml.etree import ElementTree as ET

    receiver.publish(package_id)
    number = published(kind="correction", entries=[package_id], title="<b>代码</b>")
    hidden = written()["number"]
    for address in ("/dialogue.atom", f"/dataset/{package_id}/changes.atom"):
        text = reader.page(address)
        root = ET.fromstring(text.encode())
        assert root.tag == "{http://www.w3.org/2005/Atom}feed"
        assert number in text
        assert hidden not in text
    reader.page("/dataset/nothing/changes.atom", status=404)


def test_a_reuse_is_shown_with_its_data(reader, receiver, package_id, published):
    receiver.publish(package_id)
    number = published(
        kind="reuse",
        title="区划地图",
        url="https://example.cn/map",
        author="某某公司",
        entries=[package_id],
    )
    page = reader.page("/reuses")
    assert "区划地图" in page
    assert "江门市行政区划" in page
    assert 'href="https://example.cn/map"' in reader.page(f"/dialogue/{number}")
    assert number in reader.page(f"/dataset/{package_id}")
