"""The reviewed table: who may call which action and address, in which state.

Read from `actions.yaml` and `routes.yaml`; what is written nowhere is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
EVERY = "any"
# The state of what has none: an address or action that is about no entry.
NO_STATE = "-"
OUTCOMES = frozenset({"allowed", "refused", "hidden", "invalid", "not offered"})
KINDS = frozenset({"reads", "proposes", "decides", "keeps", "own", "closed"})


class TableError(Exception):
    """The table says something that does not fit together; the text says what."""


@dataclass(frozen=True)
class Cell:
    """One question: `key` is an action or "METHOD address"."""

    key: str
    role: str
    state: str
    expected: str


@dataclass(frozen=True)
class Class:
    """Rows that are answered alike.

    `kind` is what the calls do (reads, proposes, decides, keeps, own, closed), `send`
    the parameters of a call, `lines` are (states, roles, outcome): the last that fits
    holds. With `found` an answer counts as allowed where it names the entry, as hidden
    where not; with `strict` as allowed only where it was done.
    """

    name: str
    kind: str
    states: tuple[str, ...]
    send: Mapping[str, Any]
    lines: tuple[tuple[frozenset[str], frozenset[str], str], ...]
    found: bool = False
    strict: bool = False

    def expected(self, role: str, state: str) -> str:
        """Return the outcome that the table asks for."""
        for states, roles, outcome in reversed(self.lines):
            if role in roles and (state in states or EVERY in states):
                return outcome
        return "refused"


@dataclass(frozen=True)
class Row:
    """One action or address of a site."""

    key: str
    klass: Class
    send: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_action(self) -> bool:
        """Whether this is an action, no address."""
        return " " not in self.key


@dataclass(frozen=True)
class Table:
    """One site's rows of one kind: `actions` or `routes`."""

    kind: str
    site: str
    roles: tuple[str, ...]
    classes: Mapping[str, Class]
    rows: Mapping[str, Row]

    def cells(self) -> Iterator[tuple[Row, Cell]]:
        """Yield every cell of the table, row by row."""
        for row in self.rows.values():
            for state in row.klass.states:
                for role in self.roles:
                    expected = row.klass.expected(role, state)
                    yield row, Cell(row.key, role, state, expected)

    def missing(self, registered: set[str]) -> list[str]:
        """Return a sentence for each registered key without a row, and the reverse."""
        where = f"tests/authorization/{self.kind}.yaml, under {self.site}"
        new = [
            f"“{key}” has no row: add it to a class in {where}, or make a class that "
            "says who may call it."
            for key in sorted(registered - set(self.rows))
        ]
        old = [
            f"“{key}” is in {where}, but the site has no such thing: take the row out."
            for key in sorted(set(self.rows) - registered)
        ]
        return new + old


def load(kind: str, site: str) -> Table:
    """Return one site's table. Raise TableError where it does not fit together."""
    said = yaml.safe_load((HERE / f"{kind}.yaml").read_text("utf-8"))[site]
    people = yaml.safe_load((HERE / "roles.yaml").read_text("utf-8"))[site]
    roles = tuple(people["roles"])
    groups = _groups(people["groups"], roles)
    states = _groups(people["states"], ())
    classes = {
        name: _class(name, body, groups, states)
        for name, body in said["classes"].items()
    }
    rows: dict[str, Row] = {}
    for name, listed in said["rows"].items():
        if name not in classes:
            raise TableError(f"{kind}.yaml, {site}: there is no class “{name}”.")
        for row in _rows(classes[name], listed):
            if row.key in rows:
                raise TableError(f"{kind}.yaml, {site}: “{row.key}” has two rows.")
            rows[row.key] = row
    return Table(kind, site, roles, classes, rows)


def _groups(
    said: Mapping[str, list[str]], each: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Return groups by name, groups in groups resolved; every role is a group too."""
    groups = {name: (name,) for name in each}
    if each:
        groups[EVERY] = each
    for name, members in said.items():
        groups[name] = tuple(
            dict.fromkeys(one for m in members for one in groups.get(m, (m,)))
        )
    return groups


def _class(
    name: str,
    body: Mapping[str, Any],
    groups: Mapping[str, tuple[str, ...]],
    states: Mapping[str, tuple[str, ...]],
) -> Class:
    wanted = body.get("states")
    if body["kind"] not in KINDS:
        raise TableError(f"{name}: “{body['kind']}” is none of {sorted(KINDS)}.")
    lines = []
    for when, who, outcome in body.get("lines", []):
        if outcome not in OUTCOMES:
            raise TableError(f"{name}: “{outcome}” is none of {sorted(OUTCOMES)}.")
        lines.append((_named(when, states), _named(who, groups, known=True), outcome))
    return Class(
        name,
        body["kind"],
        states[wanted] if wanted else (NO_STATE,),
        body.get("send") or {},
        tuple(lines),
        bool(body.get("found")),
        bool(body.get("strict")),
    )


def _named(
    said: str, groups: Mapping[str, tuple[str, ...]], *, known: bool = False
) -> frozenset[str]:
    """Return the members of groups listed as "a, b"."""
    names = [name.strip() for name in str(said).split(",")]
    if known and any(name not in groups for name in names):
        raise TableError(f"“{said}” names a group that roles.yaml does not have.")
    return frozenset(one for name in names for one in groups.get(name, (name,)))


def _rows(klass: Class, listed: list[Any]) -> Iterator[Row]:
    for item in listed or []:
        if isinstance(item, str):
            yield Row(item, klass, klass.send)
        else:
            for key, more in item.items():
                yield Row(key, klass, {**klass.send, **(more or {})})
