"""Who may read which item, said without a server."""

import datetime as dt

import pytest

from ckanext.jiangmen.sharing import decision
from ckanext.jiangmen.sharing.decision import Mode, Reason, Standing, Viewer
from ckanext.jiangmen.sharing.grants import Channel, Grant

CATEGORIES = ["可社会公开", "无条件共享", "有条件共享", "不予共享"]


def entry(*categories, own="无条件共享", **more):
    items = [
        {"name": f"信息项{category or '缺省'}", "sharing_category": category}
        for category in categories
    ]
    return {
        "secrecy": "非涉密",
        "sharing_category": own,
        "information_items": items,
        **more,
    }


def names(items):
    return [item["name"] for item in items]


@pytest.mark.parametrize(
    ("standing", "seen"),
    [
        (Standing.OWNER, CATEGORIES),
        (Standing.COORDINATOR, CATEGORIES),
        (Standing.DEPARTMENT, CATEGORIES[:3]),
        (Standing.PUBLIC, CATEGORIES[:1]),
        (Standing.NOBODY, []),
    ],
)
def test_a_withheld_item_is_not_even_named_to_others(standing, seen):
    found = decision.visible_items(entry(*CATEGORIES), standing)
    assert names(found) == [f"信息项{category}" for category in seen]


@pytest.mark.parametrize(
    ("standing", "read", "mode"),
    [
        (Standing.OWNER, 4, Mode.PLAIN),
        (Standing.COORDINATOR, 4, Mode.MASKED),
        (Standing.DEPARTMENT, 2, Mode.MASKED),
        (Standing.PUBLIC, 1, Mode.MASKED),
        (Standing.NOBODY, 0, None),
    ],
)
def test_identity_numbers_are_plain_for_the_owner_only(standing, read, mode):
    verdicts = decision.judge_all(entry(*CATEGORIES), Viewer(standing))
    found = [verdict for verdict in verdicts if verdict.readable]
    assert len(found) == read
    assert {verdict.mode for verdict in found} <= {mode}


def grant(*names, channels=("系统对接",), **more):
    values = {"rows": None, "purpose": "核对参保"} | more
    return Grant(
        id="g",
        package_id="e",
        organization="o",
        items=frozenset(names),
        channels=frozenset(map(Channel, channels)),
        valid_until=dt.datetime(2099, 1, 1, tzinfo=dt.UTC),
        **values,
    )


def reasons(of, viewer):
    return {v.item["name"]: v.reason for v in decision.judge_all(of, viewer)}


def viewer(channel=Channel.SYSTEM, **more):
    return Viewer(Standing.DEPARTMENT, channel, **more)


def test_a_grant_opens_the_items_it_names_and_no_other():
    of = entry("有条件共享", "无条件共享", "不予共享")
    held = grant("信息项有条件共享", "信息项不予共享")
    assert reasons(of, viewer(grants=(held,))) == {
        "信息项有条件共享": Reason.GRANTED,
        "信息项无条件共享": Reason.SHARED,
    }


def test_a_grant_opens_its_channels_only_and_previews_of_bulk():
    of = entry("有条件共享")
    held = grant("信息项有条件共享", channels=("部门批量下载",))
    told = {
        channel: reasons(of, viewer(channel, grants=(held,)))["信息项有条件共享"]
        for channel in (Channel.SYSTEM, Channel.DOWNLOAD, Channel.PAGE, Channel.QUERY)
    }
    assert told == {
        Channel.SYSTEM: Reason.OTHER_CHANNEL,
        Channel.DOWNLOAD: Reason.GRANTED,
        Channel.PAGE: Reason.GRANTED,
        Channel.QUERY: Reason.OTHER_CHANNEL,
    }


def test_a_machine_token_reads_nothing_beyond_its_grants():
    of = entry("可社会公开", "无条件共享", "有条件共享")
    held = grant("信息项有条件共享")
    told = reasons(of, viewer(grants=(held,), grants_only=True))
    assert told == {
        "信息项可社会公开": Reason.OUTSIDE_TOKEN,
        "信息项无条件共享": Reason.OUTSIDE_TOKEN,
        "信息项有条件共享": Reason.GRANTED,
    }


def test_a_base_library_is_read_for_a_purpose():
    of = entry("可社会公开", "无条件共享")
    told = reasons(of, viewer(purpose_owed=True))
    assert told["信息项无条件共享"] is Reason.PURPOSE_MISSING
    assert told["信息项可社会公开"] is Reason.OPEN


def test_a_file_is_granted_by_a_grant_on_every_item_in_every_row():
    of = entry("有条件共享", "无条件共享")
    names = ("信息项有条件共享", "信息项无条件共享")

    def may(*grants):
        return decision.may_read_file(of, viewer(grants=grants), {})

    assert may(grant(*names))
    assert not may(grant(names[0]))
    assert not may(grant(*names, rows={"信息项有条件共享": "甲"}))
    assert not may()


def test_an_item_without_a_category_has_its_entrys():
    assert decision.is_withheld(entry("", own="不予共享"))
    assert not decision.is_withheld(entry("", own="有条件共享"))


def test_an_entry_without_any_category_is_taken_for_withheld():
    assert decision.is_withheld({"information_items": []})


@pytest.mark.parametrize(
    ("categories", "readable"),
    [
        (["可社会公开", "可社会公开"], True),
        (["可社会公开", "无条件共享"], False),
        (["不予共享", "可社会公开"], False),
    ],
)
def test_a_file_that_is_no_table_has_the_strictest_category(categories, readable):
    of = entry(*categories)
    assert decision.may_read_file(of, Viewer(Standing.PUBLIC), {}) is readable
    assert decision.may_read_file(of, Viewer(Standing.OWNER), {})
    assert not decision.may_read_file(of, Viewer(Standing.NOBODY), {})


def test_a_classified_entry_opens_nothing():
    of = entry("可社会公开", own="可社会公开", secrecy="秘密")
    told = decision.judge_all(of, Viewer(Standing.PUBLIC))
    assert not any(verdict.readable for verdict in told)


def test_a_file_may_have_a_category_of_its_own():
    of = entry("可社会公开", "无条件共享")
    own = {"sharing_category": "可社会公开"}
    assert decision.may_read_file(of, Viewer(Standing.PUBLIC), own)
    strict = {"sharing_category": "有条件共享"}
    of = entry("可社会公开")
    assert not decision.may_read_file(of, Viewer(Standing.PUBLIC), strict)
