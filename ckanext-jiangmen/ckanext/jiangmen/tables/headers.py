"""Where a table begins: its delimiter, and the row that names its columns.

Departments put titles, units and merged banners above the header. The row that holds
most of the entry's information items is the header; without items it is the first
row that is as wide as the data and holds names, not figures.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DELIMITERS = (",", "\t", ";", "|")
HEAD_ROWS = 40
_FIGURE = re.compile(r"[-+]?[\d,.]+%?|\d{4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?)?")
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))

Row = Sequence[str | None]


@dataclass(frozen=True)
class Header:
    """`index` of the last header row (from 0), one name per column, None if unnamed."""

    index: int
    columns: tuple[str | None, ...]


@dataclass(frozen=True)
class Record:
    """One record of a delimited text: its cells, and where the next one begins."""

    cells: tuple[str, ...]
    end: int


def fold(name: str | None) -> str:
    """Return a column's name as it is compared: width, case, spaces, stars ignored.

    >>> fold(" ＊身份证 号码")
    '身份证号码'
    """
    text = unicodedata.normalize("NFKC", name or "").translate(_INVISIBLE)
    return "".join(text.split()).strip("*").casefold()


def split_records(text: str, delimiter: str, limit: int = HEAD_ROWS) -> list[Record]:
    """Return the first records of `text`; one that the text cuts off is left out.

    A quote opens only at a field's beginning, two stand for one. The caller ends the
    text of a whole file with a line break.
    """
    records: list[Record] = []
    cells: list[str] = []
    cell: list[str] = []
    at, quoted, size = 0, False, len(text)
    while at < size and len(records) < limit:
        char = text[at]
        at += 1
        if quoted:
            if char != '"':
                cell.append(char)
            elif at < size and text[at] == '"':
                cell.append('"')
                at += 1
            else:
                quoted = False
        elif char == '"' and not cell:
            quoted = True
        elif char == delimiter:
            cells.append("".join(cell))
            cell = []
        elif char in "\r\n":
            if char == "\r" and at < size and text[at] == "\n":
                at += 1
            records.append(Record((*cells, "".join(cell)), at))
            cells, cell = [], []
        else:
            cell.append(char)
    return records


def find_delimiter(text: str, names: Iterable[str]) -> str:
    """Return the delimiter under which `text` looks most like a table.

    Names of the items that appear as cells count first, then the number of records
    that are equally wide. A text of one column has a comma for delimiter.
    """
    wanted = {fold(name) for name in names}
    best, best_score = ",", (0, 0, 0)
    for delimiter in DELIMITERS:
        rows = [r.cells for r in split_records(text, delimiter) if _used(r.cells)]
        wide = [row for row in rows if len(row) > 1]
        if not wide:
            continue
        width, often = _modal_width(wide)
        found = max(len(wanted & {fold(cell) for cell in row}) for row in wide)
        # A sign that a few cells of a single column happen to hold divides nothing.
        first = next(i for i, row in enumerate(rows) if len(row) > 1)
        is_rare = often * 2 < len(rows) - first or (often == 1 and first > 0)
        if is_rare and not found:
            continue
        if (found, often, width) > best_score:
            best, best_score = delimiter, (found, often, width)
    return best


def _modal_width(rows: Iterable[Row]) -> tuple[int, int]:
    """Return the most frequent width and how many rows have it; (0, 0) for none."""
    widths = Counter(len(row) for row in rows)
    if not widths:
        return 0, 0
    return max(widths.items(), key=lambda pair: (pair[1], pair[0]))


def _used(row: Row) -> int:
    """Return the number of cells up to the last one that is not empty."""
    return max((i + 1 for i, cell in enumerate(row) if fold(cell)), default=0)


def find_header(rows: Sequence[Row], items: Sequence[tuple[str, ...]]) -> Header:
    """Return the header among the first rows of a table.

    `items` holds, per information item, the names its column may bear. Raise
    ValueError if no row has a cell.
    """
    if not any(_used(row) for row in rows):
        raise ValueError("no row has a cell")
    known = {fold(name): i for i, names in enumerate(items) for name in names if name}
    scores = [len({known[n] for n in map(fold, row) if n in known}) for row in rows]
    if scores and max(scores) > 0:
        index, names = _by_items(rows, scores.index(max(scores)), known)
    else:
        index = _by_shape(rows)
        names = list(rows[index])
    width = _width(rows, index, names)
    names = [name.strip() if fold(name) and name else None for name in names]
    return Header(index, tuple([*names, *[None] * width][:width]))


def _by_items(
    rows: Sequence[Row], index: int, known: dict[str, int]
) -> tuple[int, list[str | None]]:
    """Complete a header that merged cells spread over two rows."""
    names = list(rows[index])
    bound = {known[n] for n in map(fold, names) if n in known}
    for other in (index - 1, index + 1):
        if not 0 <= other < len(rows):
            continue
        row = [*rows[other], *[None] * len(names)][: max(len(names), len(rows[other]))]
        names += [None] * (len(row) - len(names))
        fresh = [
            i
            for i, cell in enumerate(row)
            if known.get(fold(cell), -1) >= 0
            and known[fold(cell)] not in bound
            and fold(names[i]) not in known
        ]
        # A data row could repeat one name by chance, but not leave the rest empty.
        below = other > index
        rest_empty = all(
            not fold(cell) or i in fresh for i, cell in enumerate(row) if names[i]
        )
        if fresh and (not below or rest_empty):
            for i in fresh:
                names[i] = row[i]
            bound |= {known[fold(row[i])] for i in fresh}
            index = max(index, other) if below else index
    return index, names


def _by_shape(rows: Sequence[Row]) -> int:
    """Return the first row that is as full as the widest rows and holds no figures."""
    full = [sum(1 for cell in row if fold(cell)) for row in rows]
    most = max(full)
    typical = Counter(n for n in full if n * 2 >= most).most_common(1)[0][0]
    for index, row in enumerate(rows):
        cells = [fold(cell) for cell in row if fold(cell)]
        if len(cells) < typical * 0.8 or len(set(cells)) < len(cells):
            continue
        if not any(_FIGURE.fullmatch(cell) for cell in cells):
            return index
    return full.index(most)


def _width(rows: Sequence[Row], index: int, names: Sequence[str | None]) -> int:
    """Return how many columns the records have: the data decide, the header helps."""
    named = _used(names)
    # A blank line is a record of one empty cell and says nothing about the width.
    widths = [len(row) for row in rows[index + 1 :] if _used(row)]
    if widths.count(named) * 2 >= len(widths):
        return max(named, 1)
    return max(_modal_width(rows[index + 1 :])[0], named)
