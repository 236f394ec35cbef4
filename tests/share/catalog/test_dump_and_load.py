"""`ckanapi dump` and `ckanapi load` into an empty installation lose nothing."""

from __future__ import annotations

import io
import json
from collections import defaultdict

import pytest

KINDS = ("organizations", "groups", "datasets")
LISTS = {
    "organizations": "organization_list",
    "groups": "group_list",
    "datasets": "package_list",
}


def plain(record):
    """Return a record without the numbers that CKAN gives words for itself."""
    tags = [{k: v for k, v in t.items() if k != "id"} for t in record.get("tags") or []]
    return record | {"tags": tags}


@pytest.fixture
def ckanapi():
    """Run the workers of `ckanapi dump` and `ckanapi load`, as on the command line."""
    from ckanapi import LocalCKAN
    from ckanapi.cli.dump import dump_things_worker
    from ckanapi.cli.load import load_things_worker

    class Tool:
        arguments = defaultdict(lambda: False)

        def run(self, worker, kind, lines):
            sent = "".join(
                json.dumps(line, ensure_ascii=False) + "\n" for line in lines
            )
            answer = io.BytesIO()
            worker(LocalCKAN(), kind, self.arguments, io.BytesIO(sent.encode()), answer)
            return [json.loads(line) for line in answer.getvalue().splitlines()]

        def dump(self, kind):
            names = LocalCKAN().call_action(LISTS[kind], {})
            answers = self.run(dump_things_worker, kind, names)
            assert [error for _, error, _ in answers if error] == []
            return [plain(record) for _, _, record in answers]

        def load(self, kind, records):
            answers = self.run(load_things_worker, kind, records)
            assert [(e, r) for _, _, e, r in answers if e] == []

    return Tool()


@pytest.fixture
def filed(approved, ground):
    """Entries of every category, one withheld, one with a file, codes and relations."""
    from ckan import model

    from ckanext.jiangmen.catalog import codes

    first = approved(former_codes=["民调2017-018"])
    code = codes.code_of(model.Session, first["id"])
    approved(
        title="江门市最低生活保障对象",
        sharing_category="有条件共享",
        share_condition="凭职责申请。",
        share_scope="市直部门",
        related_codes=[code, "外部:440783001/12"],
        resources=[{"url": "https://example.invalid/a.csv", "name": "样例"}],
    )
    approved(
        title="江门市救助对象核查",
        sharing_category="不予共享",
        legal_basis_id=ground()["number"],
    )


def emptied():
    """Make this an installation without an organization, a library or an entry."""
    import sqlalchemy as sa

    from ckan import model
    from ckan.lib import search

    model.Session.rollback()
    model.Session.execute(
        sa.text(
            'TRUNCATE package, "group", member, jiangmen_code, jiangmen_version,'
            " jiangmen_revision, jiangmen_catalog_job, tag RESTART IDENTITY CASCADE"
        )
    )
    sequences = sa.text(
        "SELECT relname FROM pg_class"
        " WHERE relkind = 'S' AND relname ~ '^jiangmen_code_'"
    )
    for name in model.Session.scalars(sequences).all():
        model.Session.execute(sa.text(f'DROP SEQUENCE IF EXISTS "{name}"'))
    model.Session.commit()
    search.clear_all()


def test_everything_that_is_dumped_is_there_again_after_loading(ckanapi, filed):
    before = {kind: ckanapi.dump(kind) for kind in KINDS}
    assert [len(before[kind]) for kind in KINDS] == [2, 3, 3]
    emptied()
    assert ckanapi.dump("datasets") == []
    for kind in KINDS:
        ckanapi.load(kind, before[kind])
    for kind in KINDS:
        after = ckanapi.dump(kind)
        for was, now in zip(before[kind], after, strict=True):
            different = {
                key: (was.get(key), now.get(key))
                for key in {*was, *now}
                if was.get(key) != now.get(key)
            }
            assert different == {}, was["name"]


def test_codes_lead_to_loaded_entries_and_none_is_given_twice(ckanapi, filed, act):
    from ckan import model

    from ckanext.jiangmen import accounts
    from ckanext.jiangmen.catalog import codes, resource_code

    before = {kind: ckanapi.dump(kind) for kind in KINDS}
    owned = {entry["resource_code"] for entry in before["datasets"]}
    emptied()
    for kind in KINDS:
        ckanapi.load(kind, before[kind])
    accounts.grant_role(model.User.get("coordinator").id, accounts.Role.COORDINATOR)
    model.Session.commit()
    told = act("jiangmen_code_resolve", user="coordinator", code="民调2017-018")
    assert [each["title"] for each in told["entries"]] == ["江门市行政区划"]
    for entry in before["datasets"]:
        assert codes.code_of(model.Session, entry["id"]) == entry["resource_code"]
        assert codes.owner_of(model.Session, entry["resource_code"]) == entry["id"]
    segments = resource_code.parse(min(owned))
    given = codes.give(
        model.Session,
        "another",
        (segments.lei, segments.xiang, segments.mu, segments.ximu),
    )
    assert given not in owned
