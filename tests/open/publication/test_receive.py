"""What arrives on the open site, and that nothing of it can be half there."""

from __future__ import annotations

import hashlib
import uuid

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.publication import holdings
from ckanext.jiangmen.publication.model import PublicEntry, Receipt


def search(act, text="行政区划"):
    return act("package_search", q=text)["count"]


def test_a_published_entry_is_found_shown_and_downloaded(receiver, act, package_id):
    answer = receiver.publish(package_id, files=[("说明.txt", "说明".encode())])

    assert answer["status"] == "published"
    assert search(act) == 1
    shown = act("package_show", id=package_id)
    assert shown["title"] == "江门市行政区划"
    assert str(shown["version"]) == "1"
    assert [item["name"] for item in shown["information_items"]] == [
        "代码",
        "名称",
        "户数",
    ]
    assert shown["organization"]["title"] == "市民政局"
    by_name = {resource["file_name"]: resource for resource in shown["resources"]}
    rows = act("datastore_search", resource_id=by_name["区划.csv"]["id"])
    assert [row["名称"] for row in rows["records"]] == ["第0村", "第1村", "第2村"]
    assert rows["records"][1]["户数"] == 1
    text = by_name["说明.txt"]
    page = receiver.app.get(f"/dataset/{package_id}/resource/{text['id']}/download")
    assert page.data == "说明".encode()


def test_cells_that_look_like_formulas_arrive_as_they_were(receiver, act, package_id):
    said = receiver.said(package_id, rows=None)
    content = "代码,名称,户数\n1,'-,1\n2,'=1+1,2\n3,'tis,3\n".encode()
    resource = receiver._resource(package_id, "区划.csv", content, True)
    said["resources"] = [resource]
    from ckanext.jiangmen.publication import public_fields

    said["hash"] = public_fields.hash_of(said)
    receiver.call("jiangmen_publication_receive", **said)
    rows = act("datastore_search", resource_id=resource["id"])["records"]
    assert [row["名称"] for row in rows] == ["-", "=1+1", "'tis"]


def test_the_same_crossing_twice_changes_nothing(receiver, package_id):
    said = receiver.said(package_id)
    first = receiver.call("jiangmen_publication_receive", **said)
    second = receiver.call("jiangmen_publication_receive", **said)

    assert (first["status"], second["status"]) == ("published", "already")
    assert first["hash"] == second["hash"] == said["hash"]
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Receipt)) == 1


def test_an_older_version_that_comes_late_is_not_taken(receiver, act, package_id):
    late = receiver.said(package_id, 1, title="旧名称")
    receiver.publish(package_id, 2, title="新名称")
    assert receiver.call("jiangmen_publication_receive", **late)["status"] == "already"
    assert act("package_show", id=package_id)["title"] == "新名称"


def test_a_new_version_replaces_rows_and_removes_the_old_file(
    receiver, act, package_id
):
    receiver.publish(package_id, 1, rows=3)
    receiver.publish(package_id, 2, rows=5)

    (resource,) = act("package_show", id=package_id)["resources"]
    assert act("datastore_search", resource_id=resource["id"])["total"] == 5
    assert [sha256 for sha256, _ in files.stored()] == [resource["sha256"]]


def test_a_file_that_is_no_more_part_of_the_entry_is_gone(receiver, act, package_id):
    receiver.publish(package_id, 1, files=[("说明.txt", b"x")])
    text = next(
        resource
        for resource in act("package_show", id=package_id)["resources"]
        if resource["file_name"] == "说明.txt"
    )
    receiver.publish(package_id, 2)

    assert not files.has(text["sha256"])
    page = receiver.app.get(
        f"/dataset/{package_id}/resource/{text['id']}/download", status=410
    )
    assert "江门市行政区划" in page.body


def test_nothing_but_the_listed_fields_is_stored(receiver, act, package_id):
    receiver.publish(package_id)
    said = receiver.said(package_id, 2)
    said["entry"] |= {"legal_basis": "内部依据", "remarks": "内部备注", "secrecy": "?"}
    said["entry"]["information_items"][0]["sensitivity"] = "敏感个人信息"
    answer = receiver.call("jiangmen_publication_receive", **said)

    assert answer["status"] == "published"
    shown = act("package_show", id=package_id)
    assert not shown.get("legal_basis")
    assert not shown.get("remarks")
    assert shown["secrecy"] == "非涉密"
    assert not shown["information_items"][0].get("sensitivity")


def test_an_internal_organization_is_refused(receiver, act, package_id):
    said = receiver.said(package_id)
    said["organization"]["scope"] = "internal"
    from ckanext.jiangmen.publication import public_fields

    said["hash"] = public_fields.hash_of(said)
    receiver.call("jiangmen_publication_receive", status=409, **said)
    assert search(act) == 0
    assert model.Group.get(said["organization"]["id"]) is None


def test_a_missing_file_leaves_nothing_behind(receiver, act, package_id):
    said = receiver.said(package_id)
    files.remove(said["resources"][0]["sha256"])
    receiver.call("jiangmen_publication_receive", status=409, **said)
    assert model.Package.get(package_id) is None
    assert model.Session.get(PublicEntry, package_id) is None


def test_a_changed_payload_is_refused(receiver, package_id):
    said = receiver.said(package_id)
    said["entry"]["title"] = "另一名称"
    receiver.call("jiangmen_publication_receive", status=409, **said)
    assert model.Package.get(package_id) is None


def test_metadata_that_core_refuses_leaves_nothing_behind(receiver, act, package_id):
    said = receiver.said(package_id, content_kind="没有这一类")
    receiver.call("jiangmen_publication_receive", status=409, **said)
    assert model.Package.get(package_id) is None
    assert model.Group.get(said["organization"]["id"]) is None
    assert search(act) == 0


def test_pieces_of_a_file_come_in_any_number_of_calls(receiver):
    content = b"0123456789" * 1000
    sha256 = hashlib.sha256(content).hexdigest()

    assert receiver.piece(sha256, len(content), 0, b"") == {
        "received": 0,
        "complete": False,
    }
    receiver.piece(sha256, len(content), 0, content[:4000])
    # A piece that was sent twice is taken once.
    again = receiver.piece(sha256, len(content), 0, content[:4000])
    assert again == {"received": 4000, "complete": False}
    done = receiver.piece(sha256, len(content), 4000, content[4000:])
    assert done == {"received": len(content), "complete": True}
    assert files.path(sha256).read_bytes() == content


def test_a_file_with_a_wrong_sum_is_refused_and_begins_anew(receiver):
    sha256 = hashlib.sha256(b"right").hexdigest()
    receiver.piece(sha256, 5, 0, b"wrong", status=409)
    assert not files.has(sha256)
    assert receiver.piece(sha256, 5, 0, b"right")["complete"]


def test_an_empty_file_is_a_file(receiver):
    assert receiver.stage(b"")["complete"]


@pytest.mark.parametrize("sha256", ["x", "../" * 20 + "a" * 4, "A" * 64])
def test_a_sum_that_is_none_names_no_file(receiver, sha256):
    receiver.piece(sha256, 1, 0, b"x", status=409)


ACTIONS = ["stage", "receive", "withdraw", "state", "clean"]


@pytest.mark.parametrize("name", ACTIONS)
def test_only_the_receiver_may_call(receiver, token_of, name):
    action = f"jiangmen_publication_{name}"
    receiver.call(action, status=401, token="nonsense")
    for token in (token_of("plain"), token_of("boss", sysadmin=True)):
        receiver.call(action, status=403, token=token)


@pytest.mark.parametrize("name", ACTIONS)
def test_only_from_the_bound_address(receiver, name):
    receiver.call(f"jiangmen_publication_{name}", status=403, address="203.0.113.9")


@pytest.mark.parametrize("name", ACTIONS)
def test_reading_addresses_do_not_write(receiver, name):
    receiver.app.get(
        f"/api/3/action/jiangmen_publication_{name}",
        headers={"Authorization": receiver.token},
        status=400,
    )


def test_the_index_catches_up_after_it_was_down(receiver, act, package_id, monkeypatch):
    from ckanext.jiangmen.catalog import jobs

    def down(_package_id):
        raise OSError("no answer")

    said = receiver.said(package_id)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "index_package", down)
        receiver.call("jiangmen_publication_receive", status=500, **said)
    assert search(act) == 0
    assert receiver.call("jiangmen_publication_receive", **said)["status"] == "already"
    assert search(act) == 1


def test_state_says_what_is_there_and_what_is_wrong(receiver, package_id):
    receiver.publish(package_id)
    (entry,) = receiver.state(verify=True)["entries"]
    assert (entry["version"], entry["state"], entry["faults"]) == (1, "published", [])

    row = model.Session.get(PublicEntry, package_id)
    (resource,) = row.resources
    files.path(resource["sha256"]).write_bytes(b"rotten")
    tk.get_action("datastore_delete")(
        {"ignore_auth": True, "user": tk.config["ckan.site_id"]},
        {
            "resource_id": resource["id"],
            "filters": {"代码": "440703000001"},
            "force": True,
        },
    )
    (entry,) = receiver.state(verify=True)["entries"]
    assert len(entry["faults"]) == 2


def test_a_repair_writes_the_same_version_again(receiver, act, package_id):
    said = receiver.said(package_id)
    receiver.call("jiangmen_publication_receive", **said)
    (resource,) = act("package_show", id=package_id)["resources"]
    from ckanext.jiangmen.tables import load

    load.remove_table(resource["id"])
    receiver.sequence += 1
    said |= {
        "sequence": receiver.sequence,
        "crossing": str(uuid.uuid4()),
        "repair": True,
    }
    answer = receiver.call("jiangmen_publication_receive", **said)
    assert answer["status"] == "published"
    assert holdings.count_rows(resource["id"]) == 3
