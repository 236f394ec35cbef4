"""The last look before something becomes public (江府办函〔2017〕82号, 七(三)).

A file, a table or a field that holds identity numbers, mobile numbers, bank cards or a
密级 mark is named with its place, so that its department can mend it; the value itself
is masked everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ckanext.jiangmen.publication import detect, readers
from ckanext.jiangmen.publication.detect import Hit, Kind
from ckanext.jiangmen.publication.rows import Row, Unreadable

# One source names so many places and counts the rest.
PLACES_LIMIT = 50

# From here on a column of long numbers is judged as a whole: codes are no telephones.
COLUMN_MIN_NUMBERS = 20
COLUMN_MIN_SHARE = 0.5

_SAYS_PERSON = {
    "15": re.compile("身份证|公民身份|证件号|identity", re.IGNORECASE),
    "11": re.compile("手机|电话|联系|移动|mobile|phone|tel", re.IGNORECASE),
    "card": re.compile("卡号|账号|帐号|账户|帐户|银行|card|account", re.IGNORECASE),
}
# 15 digits of an old identity number look like an old tax or registration number.
_SAYS_CODE = re.compile(
    "税|注册|执照|代码|编码|编号|单号|许可|序列|流水|imei", re.IGNORECASE
)


@dataclass(frozen=True)
class Finding:
    """One find and its place.

    `source` is the file's name or the field's label, `source_id` the resource's id or
    the field's name; `row` counts from 1, 0 is no row; `cell` as in E3, "" if none.
    """

    kind: str
    masked: str
    source: str
    source_id: str
    part: str = ""
    row: int = 0
    column: str = ""
    cell: str = ""

    @property
    def place(self) -> str:
        """The place in one Chinese phrase."""
        words = [f"“{self.source}”"]
        if self.part:
            words.append(f"“{self.part.rstrip('/')}”")
        if self.row:
            words.append(f"第 {self.row} 行")
        if self.column:
            words.append(f"“{self.column}”列")
        if self.cell:
            words.append(f"（{self.cell}）")
        return "".join(words)

    @property
    def place_key(self) -> str:
        """The place without its row: what a reviewed exception is for."""
        return "/".join((self.source_id, self.part.rstrip("/"), self.column))

    @property
    def message(self) -> str:
        """The find in one Chinese sentence, with what mends it."""
        mend = {
            Kind.IDENTITY: "请删除或脱敏后重新提交。",
            Kind.UNREADABLE: "请更换文件；确需发布的由保密审查员审定例外。",
        }.get(Kind(self.kind), "请删除；确需发布的由保密审查员审定例外。")
        return f"{self.place}：发现{self.kind} {self.masked}，{mend}"

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as it is stored and answered."""
        derived = ("place", "place_key", "message")
        return asdict(self) | {name: getattr(self, name) for name in derived}


@dataclass
class _Tally:
    """How many numbers of one family a column holds, and how many were finds."""

    numbers: int = 0
    finds: int = 0


class Scan:
    """The scan of one source, fed row by row; `findings` judges at the end."""

    def __init__(self, source: str, source_id: str = "") -> None:
        self.source, self.source_id = source, source_id or source
        self.left_out = 0
        self._sure: list[Finding] = []
        self._pending: list[tuple[Finding, Hit, tuple[str, str]]] = []
        self._tallies: dict[tuple[str, str, str], _Tally] = {}

    def row(self, row: Row) -> None:
        """Look at one row."""
        raw = "\x1f".join(row.cells)
        if not detect.is_suspect(raw):
            return
        joined = detect.plain(raw)
        for index, text in enumerate(joined.split("\x1f")):
            if detect.worth_a_look(text):
                self._cell(row, index, text)

    def _cell(self, row: Row, index: int, text: str) -> None:
        column = _column_name(row, index)
        family = detect.family_of(text)
        if family:
            tally = self._tally(row.part, column, family)
            tally.numbers += 1
        for hit in detect.find(text):
            finding = self._finding(row, index, column, hit)
            if not hit.family or _context_says_person(hit, column, text):
                self._keep(finding)
            elif hit.family == "15" and _SAYS_CODE.search(column + text):
                continue
            elif hit.alone:
                self._tally(row.part, column, hit.family).finds += 1
                if len(self._pending) < PLACES_LIMIT * 20:
                    self._pending.append((finding, hit, (row.part, column)))
            else:
                self._keep(finding)

    def _tally(self, part: str, column: str, family: str) -> _Tally:
        return self._tallies.setdefault((part, column, family), _Tally())

    def _finding(self, row: Row, index: int, column: str, hit: Hit) -> Finding:
        cell = f"{_letters(index)}{row.number}" if row.letters else ""
        return Finding(
            kind=str(hit.kind),
            masked=hit.masked,
            source=self.source,
            source_id=self.source_id,
            part=row.part,
            row=row.number,
            column=column,
            cell=cell,
        )

    def _keep(self, finding: Finding) -> None:
        if len(self._sure) < PLACES_LIMIT:
            if finding not in self._sure:
                self._sure.append(finding)
        else:
            self.left_out += 1

    def unreadable(self, reason: str) -> None:
        """Note that the source, or the rest of it, cannot be looked into."""
        self._keep(Finding(str(Kind.UNREADABLE), reason, self.source, self.source_id))

    def findings(self) -> list[Finding]:
        """Return what was found, codes that only look like finds left out."""
        for finding, hit, (part, column) in self._pending:
            if not self._is_code(part, column, hit.family):
                self._keep(finding)
        self._pending.clear()
        return list(self._sure)

    def _is_code(self, part: str, column: str, family: str) -> bool:
        tally = self._tally(part, column, family)
        if tally.numbers < COLUMN_MIN_NUMBERS and family != "15":
            return False
        return tally.finds < COLUMN_MIN_SHARE * tally.numbers


def scan_file(path: Path, name: str, source_id: str = "") -> list[Finding]:
    """Return what the file at `path`, called `name`, holds, its name included."""
    scan = Scan(name, source_id)
    scan.row(Row("", 0, (), (Path(name).stem,)))
    try:
        for row in readers.read(path, name):
            scan.row(row)
    except Unreadable as err:
        scan.unreadable(str(err))
    return scan.findings()


def scan_rows(
    source: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    source_id: str = "",
) -> list[Finding]:
    """Return what a table holds; rows are sequences in the order of `columns`."""
    scan = Scan(source, source_id)
    scan.row(Row("", 1, columns, list(columns)))
    for number, values in enumerate(rows, 2):
        scan.row(Row("", number, columns, [readers.cell_text(v) for v in values]))
    return scan.findings()


def scan_fields(
    fields: Mapping[str, Any],
    labels: Mapping[str, str],
    contact_phones: Sequence[str] = ("contact_phone",),
) -> list[Finding]:
    """Return what the metadata of an entry holds, nested lists and dicts included.

    `labels` gives the Chinese name of a field. A mobile number is what the contact
    field is for, and passes there only.
    """
    found: list[Finding] = []
    for name, value in fields.items():
        scan = Scan(labels.get(name, name), name)
        for number, text in enumerate(_texts(value), 1):
            for line in text.splitlines():
                scan.row(Row("", number if isinstance(value, list) else 0, (), (line,)))
        found += [
            finding
            for finding in scan.findings()
            if not (name in contact_phones and finding.kind == Kind.MOBILE)
        ]
    return found


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield "\n".join(_texts(inner))
    else:
        yield readers.cell_text(value)


def _context_says_person(hit: Hit, column: str, text: str) -> bool:
    words = _SAYS_PERSON[hit.family]
    return bool(words.search(column) or words.search(text))


def _column_name(row: Row, index: int) -> str:
    if index < len(row.columns) and row.columns[index].strip():
        return row.columns[index].strip()[:60]
    return _letters(index) if len(row.cells) > 1 else ""


def _letters(index: int) -> str:
    """Return a spreadsheet's name of the column `index` (from 0): A, B, …, AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name
