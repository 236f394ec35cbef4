"""What the reader of values does not tell about a sheet: formulas, errors, merges."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: (row, column), both from 0.
Position = tuple[int, int]

ADDRESS = re.compile(r"^([A-Z]{1,3})([0-9]{1,7})$")


@dataclass
class SheetFacts:
    """Facts of one sheet; a merge is (top row, left column, bottom row, right)."""

    formulas: set[Position] = field(default_factory=set)
    errors: set[Position] = field(default_factory=set)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    rows: int = 0
    columns: int = 0
    cells: int = 0


def address(row: int, column: int) -> str:
    """Return the address of a cell as a spreadsheet shows it.

    >>> address(2, 4), address(0, 26)
    ('E3', 'AA1')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def position(text: str) -> Position:
    """Return (row, column) from 0 of an address; raise ValueError for anything else.

    >>> position("E3"), position("AA1")
    ((2, 4), (0, 26))
    """
    found = ADDRESS.match(text)
    if not found:
        raise ValueError(f"no cell address: {text!r}")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1
