"""What a withdrawal removes, and what the address of a withdrawn entry answers."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from ckan import model
from ckan.lib.search.common import make_connection
from ckanext.datastore.backend.postgres import get_write_engine

from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.publication import cleanup
from ckanext.jiangmen.publication.model import PublicEntry


def count(statement):
    return model.Session.scalar(statement)


def rows_of(table):
    return count(sa.select(sa.func.count()).select_from(table))


@pytest.fixture
def published(receiver, act, package_id):
    receiver.publish(package_id, files=[("说明.txt", "说明".encode())])
    return act("package_show", id=package_id)


def test_nothing_of_a_withdrawn_entry_is_left(receiver, act, published):
    package_id = published["id"]
    model.Session.add(
        model.TaskStatus(
            entity_id=published["resources"][0]["id"],
            entity_type="resource",
            task_type="load",
            key="load",
            value="done",
            state="complete",
        )
    )
    model.Session.commit()

    assert receiver.withdraw(package_id)["status"] == "withdrawn"

    for table in (
        model.Package,
        model.Resource,
        model.Tag,
        model.PackageTag,
        model.TaskStatus,
    ):
        assert rows_of(table) == 0, table
    assert not count(
        sa.select(sa.func.count())
        .select_from(model.Member)
        .where(model.Member.table_name == "package")
    )
    assert model.Group.get(published["organization"]["id"]) is None
    assert list(files.stored()) == []
    assert act("package_search")["count"] == 0
    assert make_connection().search(f'id:"{package_id}"').hits == 0
    with get_write_engine().connect() as connection:
        tables = connection.scalars(
            sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        stats = connection.scalar(sa.text("SELECT count(*) FROM _table_stats"))
    assert [name for name in tables if len(name) == 36] == []
    assert stats == 0


def test_every_address_of_a_withdrawn_entry_answers_gone(receiver, published):
    receiver.withdraw(published["id"])
    resource = published["resources"][0]["id"]
    for address in (
        f"/dataset/{published['id']}",
        f"/dataset/{published['name']}",
        f"/dataset/{published['name']}/resource/{resource}",
        f"/dataset/{published['id']}/resource/{resource}/download/x.csv",
    ):
        page = receiver.app.get(address, status=410)
        for word in ("江门市行政区划", "第1村"):
            assert word not in page.body
    receiver.app.get(f"/api/3/action/package_show?id={published['id']}", status=404)
    receiver.app.get(
        f"/api/3/action/datastore_search?resource_id={resource}", status=404
    )
    receiver.app.get("/dataset/never-there", status=404)


def test_the_address_of_what_never_came_is_not_gone(receiver, package_id):
    receiver.withdraw(package_id)
    receiver.app.get(f"/dataset/{package_id}", status=404)


def test_other_entries_of_the_same_department_and_file_stay(receiver, act, published):
    other = str(uuid.uuid4())
    receiver.publish(other, name="other-entry", resource_code="103001/2")
    receiver.withdraw(published["id"])

    shown = act("package_show", id=other)
    assert shown["organization"]["title"] == "市民政局"
    assert files.has(shown["resources"][0]["sha256"])
    assert {tag["name"] for tag in shown["tags"]} == {"行政区划", "地名"}
    found = act("datastore_search", resource_id=shown["resources"][0]["id"])
    assert found["total"] == 3


def test_a_withdrawal_twice_is_one(receiver, published):
    assert receiver.withdraw(published["id"])["status"] == "withdrawn"
    assert receiver.withdraw(published["id"])["status"] == "already"


def test_a_late_publication_does_not_bring_it_back(receiver, act, package_id):
    late = receiver.said(package_id)
    receiver.withdraw(package_id)
    assert receiver.call("jiangmen_publication_receive", **late)["status"] == "already"
    assert act("package_search")["count"] == 0


def test_a_late_withdrawal_does_not_remove_the_newer_version(receiver, act, package_id):
    receiver.publish(package_id, 1)
    receiver.sequence += 1
    sequence = receiver.sequence
    receiver.publish(package_id, 2)
    answer = receiver.call(
        "jiangmen_publication_withdraw",
        crossing=str(uuid.uuid4()),
        package_id=package_id,
        verb="withdraw",
        version=1,
        sequence=sequence,
        bytes=0,
    )
    assert answer["status"] == "already"
    assert act("package_search")["count"] == 1


def test_an_entry_that_comes_back_is_new_altogether(receiver, act, published):
    receiver.withdraw(published["id"], 2)
    receiver.publish(published["id"], 3, rows=1)
    shown = act("package_show", id=published["id"])
    (resource,) = shown["resources"]
    assert act("datastore_search", resource_id=resource["id"])["total"] == 1
    receiver.app.get(f"/dataset/{published['name']}", status=200)


@pytest.mark.parametrize(
    "step", ["index_remove_package", "leftovers", "_task_status", "_tags"]
)
def test_a_withdrawal_that_was_cut_short_is_finished_by_the_next(
    receiver, act, published, monkeypatch, step
):
    def fail(*_):
        raise OSError(step)

    place = cleanup.logic if step == "index_remove_package" else cleanup
    with monkeypatch.context() as patch:
        patch.setattr(place, step, fail)
        receiver.withdraw(published["id"], status=500)
    receiver.withdraw(published["id"])
    assert act("package_search")["count"] == 0
    assert list(files.stored()) == []
    assert model.Session.get(PublicEntry, published["id"]).state == "withdrawn"
    assert receiver.state(verify=True)["entries"][0]["faults"] == []


def test_a_package_that_no_crossing_brought_is_a_stray_and_can_be_withdrawn(
    receiver, published
):
    model.Session.execute(sa.delete(PublicEntry))
    model.Session.commit()
    assert receiver.state()["strays"]["packages"] == [published["id"]]
    receiver.withdraw(published["id"])
    assert receiver.state()["strays"]["packages"] == []
    receiver.call("jiangmen_publication_clean")
    assert receiver.state()["strays"]["tables"] == []
