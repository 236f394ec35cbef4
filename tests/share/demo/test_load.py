"""The demonstration comes in by the departments' own way, once, and can be resumed."""

from __future__ import annotations

from pathlib import Path

import pytest

DEMO = Path(__file__).parents[3] / "demo"
BODIES = ("市地税局", "市民政局")


def demo_folder(path, bodies):
    for name in ("data", "files", "legal_bases.yaml"):
        (path / name).symlink_to(DEMO / name)
    for kind, ending in (("entries", "yaml"), ("workbooks", "xlsx")):
        (path / kind).mkdir()
        for body in bodies:
            name = f"{kind}/{body}.{ending}"
            (path / name).symlink_to(DEMO / name)
    return path


@pytest.fixture
def folder(tmp_path):
    """A demo folder with two bodies; the files are the real ones."""
    return demo_folder(tmp_path, BODIES)


@pytest.fixture
def small(tmp_path):
    """A demo folder with one body of three entries."""
    return demo_folder(tmp_path, BODIES[:1])


@pytest.fixture
def city(platform, as_platform):
    """The bodies, the libraries, and the two offices that review for the city."""
    from ckan import model

    from ckanext.jiangmen.accounts import Role, grant_role
    from ckanext.jiangmen.catalog import lists, organizations

    for body in BODIES:
        row = lists.organization_named(body)
        as_platform("organization_create", **organizations.organization_dict(row))
    for row in lists.libraries():
        as_platform("group_create", **organizations.library_dict(row))
    for role in (Role.SECRECY_REVIEWER, Role.COORDINATOR, Role.CITY_APPROVER):
        user = as_platform(
            "user_create",
            name=str(role),
            email=f"{role}@example.invalid",
            password="Zhongwen-2026",
        )
        grant_role(user["id"], role)
    model.Session.commit()


def load(folder):
    from ckanext.jiangmen.catalog import demo

    return [demo.load_body(body) for body in demo.bodies(folder)]


def test_every_entry_is_in_force_with_its_tables(folder, city, as_platform):
    done = load(folder)
    assert [(one.title, one.created, one.attached, one.approved) for one in done] == [
        ("市地税局", 3, 1, 3),
        ("市民政局", 10, 5, 10),
    ]
    assert len(as_platform("package_list")) == 13
    found = as_platform("current_package_list_with_resources", limit=100)
    villages = next(one for one in found if one["title"] == "江门市村居区划代码")
    (resource,) = villages["resources"]
    table = as_platform("datastore_search", resource_id=resource["id"], limit=0)
    assert table["total"] == 1348
    assert villages["resource_code"].startswith("103001")


def test_a_second_load_changes_nothing(small, city, as_platform):
    load(small)
    before = as_platform("current_package_list_with_resources", limit=100)
    assert all(one.already for one in load(small))
    assert as_platform("current_package_list_with_resources", limit=100) == before


def test_an_interrupted_load_goes_on_where_it_stands(folder, city, as_platform):
    from ckanext.jiangmen.catalog import demo

    bodies = demo.bodies(folder)
    (civil,) = [body for body in bodies if body.title == "市民政局"]
    last = list(civil.files)[-1]
    there = civil.files[last]
    civil.files[last] = [folder / "没有这个文件.csv"]
    with pytest.raises(FileNotFoundError):
        demo.load_body(civil)
    assert as_platform("package_list") == []
    civil.files[last] = there
    done = demo.load_body(civil)
    assert (done.created, done.approved) == (0, 10)
    assert len(as_platform("package_list")) == 10


def test_nobody_approves_their_own(small, city):
    from ckan import model

    from ckanext.jiangmen.catalog.model import Revision, RevisionEvent

    load(small)
    authors = {revision.author for revision in model.Session.query(Revision)}
    reviewers = {
        event.actor
        for event in model.Session.query(RevisionEvent)
        if event.event == "step_approved"
    }
    assert len(authors) == 1
    assert len(reviewers) == 3
    assert not authors & reviewers


def test_a_body_that_the_platform_does_not_know_is_named(folder, city):
    from ckanext.jiangmen.catalog import demo

    (folder / "entries" / "没有的局.yaml").write_text("[]")
    with pytest.raises(demo.DemonstrationStopped, match="没有的局"):
        demo.bodies(folder)


def test_what_the_demonstration_withholds_stands_on_decided_grounds(
    folder, city, act, as_platform
):
    load(folder)
    found = act("jiangmen_legal_basis_list", user="coordinator")["results"]
    assert {one["door"]: (one["state"], one["entries"]) for one in found} == {
        "a": ("in_force", 1),
        "b": ("in_force", 1),
    }
    told = act("jiangmen_withheld_list", user="coordinator")
    assert {one["title"] for one in told["results"]} == {
        "纳税人申报缴税明细",
        "孤儿和困境儿童基本信息",
    }
