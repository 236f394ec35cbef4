"""What the readers give the scanner: rows of text, or a sentence why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class Unreadable(Exception):
    """A file or a part of it cannot be looked into; the text says why."""


@dataclass(frozen=True)
class Row:
    """Cells of one row.

    `part` is a sheet, a member of an archive or ""; `number` counts from 1; `columns`
    names the cells where a header is known (else it is empty); `letters` says whether
    cells have a spreadsheet's addresses.
    """

    part: str
    number: int
    columns: Sequence[str]
    cells: Sequence[str]
    letters: bool = False
