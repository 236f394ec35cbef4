"""Both sites agree by themselves: after a night, and after a scope changed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.publication import nightly, outbox, reconcile
from ckanext.jiangmen.publication.model import Publication

HOUR = "ckanext.jiangmen.publication.reconcile_hour"


@pytest.fixture
def hour(ckan_config, monkeypatch):
    """Return a function that sets the hour of the comparison."""
    import ckan.plugins.toolkit as tk

    return lambda value: monkeypatch.setitem(tk.config, HOUR, value)


def _began(day):
    model.set_system_info(nightly.KEPT, f'{{"day": "{day}"}}')


@pytest.fixture
def scope(as_platform, people):
    """Return a function that changes the department's scope."""
    return lambda value: as_platform("organization_patch", id=people.civil, scope=value)


def test_a_difference_is_repaired_over_night_by_one_worker(
    open_site, approve, send, hour
):
    from ckanext.jiangmen.publication.sender import OpenSite

    package_id = approve()
    send()
    crossing = {
        "crossing": package_id,
        "package_id": package_id,
        "verb": "withdraw",
        "version": 1,
        "sequence": 1000,
        "bytes": 0,
    }
    OpenSite().withdraw(crossing)
    model.Session.execute(
        sa.text(
            "SELECT setval(pg_get_serial_sequence('jiangmen_publication','id'),2000)"
        )
    )
    model.Session.commit()
    hour(0)
    _began("2026-01-01")
    assert nightly.Nightly().run_if_due()
    assert not nightly.Nightly().run_if_due()
    found = nightly.last()
    assert (found["drift_count"], found["repaired"]) == (1, 1)
    assert found["drifts"][0]["kind"] == "missing"
    assert found["day"] == clock.today().isoformat()
    send()
    assert open_site.action("package_show", id=package_id)["id"] == package_id
    assert reconcile.compare().agrees


def test_a_new_platform_begins_on_its_second_day(platform, hour):
    hour(0)
    assert not nightly.Nightly().run_if_due()
    assert nightly.last() == {"day": clock.today().isoformat()}


@pytest.mark.parametrize("value", [-1, 24])
def test_nothing_is_compared_before_the_hour(platform, hour, value):
    hour(value)
    _began("2026-01-01")
    assert not nightly.Nightly().run_if_due()


def test_an_open_site_that_is_down_is_asked_again(platform, hour, monkeypatch):
    import ckan.plugins.toolkit as tk

    monkeypatch.setitem(
        tk.config, "ckanext.jiangmen.publication.open_url", "http://127.0.0.1:9"
    )
    hour(0)
    _began("2026-01-01")
    night = nightly.Nightly()
    assert night.run_if_due()
    assert nightly.last()["day"] == "2026-01-01"
    assert nightly.last()["error"]
    assert not night.run_if_due()


def test_many_withdrawals_at_once_are_left_to_a_person(open_site, hour):
    drifts = [
        reconcile.Drift("extra", str(number), "条目", "不应公开，但开放门户有。")
        for number in range(nightly.MOST_WITHDRAWN + 1)
    ]
    answer = nightly._repaired(reconcile.Report(30, drifts, [], [], {}))
    assert answer["repaired"] == 0
    assert "--repair" in answer["left"]
    assert model.Session.scalar(sa.select(sa.func.count(Publication.id))) == 0


def test_a_department_that_turns_internal_leaves_the_open_site_at_once(
    open_site, approve, send, scope
):
    package_id = approve()
    send()
    scope("internal")
    row = outbox.newest(model.Session(), package_id)
    assert (row.verb, row.state) == ("withdraw", "waiting")
    send()
    assert open_site.get(f"/dataset/{package_id}").status_code == 410
    assert reconcile.compare().agrees


def test_a_department_that_turns_public_again_is_published_again(
    open_site, approve, send, scope
):
    package_id = approve()
    send()
    scope("internal")
    send()
    scope("public")
    send()
    assert open_site.action("package_show", id=package_id)["id"] == package_id
    assert reconcile.compare().agrees


def test_an_edit_of_a_department_that_changes_no_scope_sends_nothing(
    open_site, approve, send, as_platform, people
):
    approve()
    send()
    before = model.Session.scalar(sa.select(sa.func.count(Publication.id)))
    as_platform("organization_patch", id=people.civil, contact_phone="0750-3501398")
    assert model.Session.scalar(sa.select(sa.func.count(Publication.id))) == before
