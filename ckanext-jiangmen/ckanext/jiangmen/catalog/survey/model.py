"""A survey workbook as it was read: entries, and where every value stood."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class CellProblem:
    """One wrong cell: where it is, which rule it breaks, how to mend it."""

    sheet: str
    cell: str
    field: str
    rule: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """Return the five keys of the contract of `jiangmen_survey_preview`."""
        return asdict(self)


class EntryProblem(Protocol):
    """What `catalog.rules.check_entry` says; `item` counts from 0."""

    @property
    def field(self) -> str:
        """The entry's field."""
        ...

    @property
    def rule(self) -> str:
        """The rule's short id."""
        ...

    @property
    def message(self) -> str:
        """What is wrong and how to mend it."""
        ...

    @property
    def item(self) -> int | None:
        """The item, from 0; None: the entry itself."""
        ...

    @property
    def item_field(self) -> str | None:
        """The item's field."""
        ...


@dataclass
class SheetEntry:
    """One entry: its dict (empty cells left out), its row and the cells of its fields.

    `cells` and `item_cells` map field names to addresses such as "E3", for every column
    of the sheet, filled in or not. `problems` are those found while reading; an entry
    that has some is not good.
    """

    row: int
    entry: dict[str, Any]
    cells: dict[str, str]
    item_cells: list[dict[str, str]] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)


@dataclass
class Workbook:
    """What a workbook says. `problems` are all that reading found, in order.

    `entry_fields` and `item_fields` are the fields that have a column, so that an
    importer can tell an empty cell from a column that is not there. `rows` counts the
    entry rows, `classified` those refused for their 涉密属性: of these nothing is here
    but the address of one cell. `notices` do not refuse anything. `exported` are the
    entries that the workbook was made of: {id: stamp}.
    """

    name: str
    entries: list[SheetEntry] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    notices: list[CellProblem] = field(default_factory=list)
    rows: int = 0
    item_rows: int = 0
    classified: int = 0
    entry_fields: frozenset[str] = frozenset()
    item_fields: frozenset[str] = frozenset()
    exported: dict[str, str] = field(default_factory=dict)

    def good(self) -> list[SheetEntry]:
        """Return the entries that reading found nothing wrong with."""
        return [entry for entry in self.entries if not entry.problems]

    def check(
        self, rules: Callable[[dict[str, Any]], Iterable[EntryProblem]]
    ) -> list[CellProblem]:
        """Check every entry by `rules`; return all problems, reading's first.

        Each entry's own list grows by its problems.
        """
        from .read import locate

        found = list(self.problems)
        for entry in self.entries:
            broken = {(problem.cell, problem.sheet) for problem in entry.problems}
            for problem in rules(entry.entry):
                located = locate(entry, problem)
                if (located.cell, located.sheet) in broken:
                    continue
                entry.problems.append(located)
                found.append(located)
        return found
