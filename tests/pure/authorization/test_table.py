"""Sentences about the reviewed table of rights; the sites' tests call every cell."""

from __future__ import annotations

import itertools

import pytest
from authorization.table import KINDS, Table, load

KEEPERS = ("auditor", "security_officer", "system_operator")
SITES = ("share", "open")
TABLES = [load(kind, site) for site in SITES for kind in ("actions", "routes")]
BUSINESS = frozenset({"reads", "proposes", "decides"})
each_table = pytest.mark.parametrize(
    "table", TABLES, ids=lambda t: f"{t.site}.{t.kind}"
)


def allowed(table: Table, role: str, *kinds: str) -> set[str]:
    """Return the rows of these kinds in which a role is allowed anything."""
    return {
        cell.key
        for row, cell in table.cells()
        if cell.role == role and cell.expected == "allowed" and row.klass.kind in kinds
    }


def allowed_in(table: Table, role: str, kind: str, state: str) -> set[str]:
    return {
        cell.key
        for row, cell in table.cells()
        if (cell.role, cell.state) == (role, state)
        and cell.expected == "allowed"
        and row.klass.kind == kind
    }


@each_table
def test_no_role_both_proposes_an_entry_and_decides_about_it(table):
    for role in table.roles:
        steps = {
            cell.key
            for row, cell in table.cells()
            if row.klass.name in {"takes_step", "step_form", "decides_ground",
                                  "ground_decision", "checks_ground", "ground_check"}
            and cell.role == role
            and cell.expected == "allowed"
        }  # fmt: skip
        writes = {
            cell.key
            for row, cell in table.cells()
            if row.klass.kind == "proposes"
            and (cell.role, cell.expected) == (role, "allowed")
        }
        assert not (steps and writes), (role, sorted(steps), sorted(writes))


@pytest.mark.parametrize("keeper", KEEPERS)
@pytest.mark.parametrize("table", TABLES[:2], ids=lambda t: t.kind)
def test_a_keeper_reads_writes_and_decides_no_business_of_the_share_site(table, keeper):
    assert allowed(table, keeper, *BUSINESS) == set()


@each_table
def test_what_one_keeper_changes_no_other_keeper_changes(table):
    looks = {"user_list", "user_show", "jiangmen_account_list", "GET /accounts",
             "POST /accounts"}  # fmt: skip
    for one, two in itertools.combinations(KEEPERS, 2):
        both = allowed(table, one, "keeps") & allowed(table, two, "keeps")
        assert both <= looks, (one, two, sorted(both - looks))


@each_table
def test_only_keepers_keep_accounts_and_the_trail(table):
    for role in set(table.roles) - set(KEEPERS):
        public = {"jiangmen_audit_head_list", "GET /audit"}
        assert allowed(table, role, "keeps") <= public, role


@each_table
def test_what_is_closed_is_closed_to_everybody(table):
    for role in table.roles:
        assert allowed(table, role, "closed") == set()


@each_table
def test_a_machine_token_changes_nothing(table):
    if "machine" in table.roles:
        assert allowed(table, "machine", "proposes", "decides", "keeps") == set()


@each_table
def test_nobody_without_a_name_changes_anything(table):
    assert allowed(table, "anonymous", "proposes", "decides", "keeps") <= {
        "jiangmen_audit_head_list",
        "GET /audit",
    }


def test_an_unknown_action_is_told_with_the_place_to_add_it():
    table = TABLES[0]
    told = table.missing({*table.rows, "jiangmen_new_thing"})
    assert len(told) == 1
    assert "jiangmen_new_thing" in told[0]
    assert "tests/authorization/actions.yaml" in told[0]


def test_a_row_without_its_action_is_told():
    table = TABLES[0]
    gone = next(iter(table.rows))
    (told,) = table.missing(set(table.rows) - {gone})
    assert gone in told


def test_every_class_says_what_its_calls_do():
    assert all(c.kind in KINDS for table in TABLES for c in table.classes.values())
