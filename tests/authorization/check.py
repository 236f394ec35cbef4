"""Asking a table's cells, all or some, and counting what does not agree."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from authorization import calls
from authorization.table import Cell, Row, Table
from authorization.world import World

# Names a file: then all cells are asked and the figures are written there.
PROOF = "AUTHORIZATION_PROOF"
# How many cells stand for one in `make test`; every row is asked in each of its
# outcomes at least once.
ONE_IN = {"actions": 3, "routes": 8}


@dataclass
class Report:
    """Cells of a table, asked, and wrong: (key, role, state, expected, got)."""

    kind: str
    rows: int
    cells: int
    uncovered: int = 0
    asked: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    wrong: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def line(self, site: str) -> str:
        """Return the figures in one line."""
        return (
            f"authorization, {site}, {self.kind}: {self.rows} rows, {self.cells} cells,"
            f" {self.uncovered} uncovered, {self.asked} asked, {len(self.wrong)} wrong"
        )


def check(app: Any, world: World, table: Table) -> Report:
    """Ask the cells of a table: all for the proof, else some."""
    registered = _registered(app, table.kind)
    cells = list(table.cells())
    report = Report(table.kind, len(table.rows), len(cells))
    report.uncovered = len(registered - set(table.rows))
    ask = _asking(app, world, table.kind)
    for row, cell in _chosen(cells, table.kind):
        if row.key not in registered:
            continue
        got = ask(row, cell)
        report.asked += 1
        report.outcomes[got] = report.outcomes.get(got, 0) + 1
        if not agrees(row, cell.expected, got):
            report.wrong.append((cell.key, cell.role, cell.state, cell.expected, got))
    _write(table, report)
    return report


def agrees(row: Row, expected: str, got: str) -> bool:
    """Return whether an answer fits.

    A page that changed nothing fits every outcome; a sentence about the call's
    parameters comes after the authorization, so it fits what is allowed.
    """
    if got == calls.INVALID and expected == "allowed":
        return not row.klass.strict
    return got in {expected, calls.NO_CHANGE}


def _registered(app: Any, kind: str) -> set[str]:
    if kind == "actions":
        return calls.registered_actions()
    return calls.registered_routes(app)


def missing(app: Any, table: Table) -> list[str]:
    """Return a sentence for everything registered without a row, and the reverse."""
    return table.missing(_registered(app, table.kind))


def _asking(app: Any, world: World, kind: str) -> Callable[[Row, Cell], str]:
    if kind == "routes":
        return lambda row, cell: calls.ask_route(app, world, row, cell)
    # One in fifty over HTTP: both ways must answer alike.
    return lambda row, cell: calls.ask_action(
        app, world, row, cell, by_http=_number(cell) % 50 == 0
    )


def _number(cell: Cell) -> int:
    return zlib.crc32(f"{cell.key}/{cell.role}/{cell.state}".encode())


def _chosen(cells: Iterable[tuple[Row, Cell]], kind: str) -> Iterator[tuple[Row, Cell]]:
    seen: set[tuple[str, str]] = set()
    for row, cell in cells:
        new = (cell.key, cell.expected) not in seen
        if PROOF in os.environ or new or _number(cell) % ONE_IN[kind] == 0:
            seen.add((cell.key, cell.expected))
            yield row, cell


def _write(table: Table, report: Report) -> None:
    if PROOF in os.environ:
        path = Path(os.environ[PROOF]).with_suffix(f".{table.site}.{table.kind}.json")
        path.write_text(json.dumps(asdict(report), ensure_ascii=False), "utf-8")
