"""Read a survey workbook: entries with their items, and every wrong cell at once.

Whether an entry keeps the catalogue's rules is `catalog.rules`' business; `locate`
turns its answers into cells.
"""

from __future__ import annotations

from ckanext.jiangmen.catalog import lists, rules

from . import cells, manifest
from .columns import SheetColumns, entry_columns, form_version, item_columns
from .errors import WorkbookRefused
from .facts import position
from .model import CellProblem, EntryProblem, SheetEntry, Workbook
from .raw import RawSheet, Source, read_cells
from .sheets import Row, Sheet, read_sheet

OPEN_VALUE = "非涉密"
SECRECY = "secrecy"
TITLE = "title"

CLASSIFIED = f"{rules.CLASSIFIED}这一行的内容没有读取。"
SECRECY_MISSING = "没有填写涉密属性，这一行的内容没有读取；确认不涉密后请填写“非涉密”。"
MERGED = (
    "合并单元格 {range} 只有左上角一格有内容，其余各格按空白处理；"
    "请取消合并，逐格填写。"
)
TWICE = "与第 {row} 行的信息资源重名；同一工作簿内名称不得重复，请改名或删除一行。"
SAME_CODE = "与第 {row} 行的信息资源代码相同；一个代码只属于一个信息资源，请改正。"
UNIQUE = (
    (TITLE, "duplicate_name", TWICE),
    ("resource_code", "duplicate_code", SAME_CODE),
)
NO_TITLE = "没有填写信息资源名称；请填写这一信息项所属的信息资源名称。"
ORPHAN = "工作表“{sheet}”中没有这个名称的信息资源；请改成与该表一致的名称。"


def read_workbook(source: Source, name: str = "") -> Workbook:
    """Return what the workbook says; `source` is a path, bytes or a binary stream.

    Raise `WorkbookRefused` when the file cannot be read as a survey workbook at all.
    """
    wanted = [entry_columns().sheet, item_columns().sheet, manifest.SHEET]
    raw, _others = read_cells(source, wanted)
    return from_sheets(raw, name)


def from_sheets(raw: dict[str, RawSheet], name: str) -> Workbook:
    """Return the workbook that the cells of its two sheets make."""
    entries = read_sheet(_wanted(raw, entry_columns()), entry_columns())
    items = read_sheet(_wanted(raw, item_columns()), item_columns())
    workbook = Workbook(
        name=name,
        rows=entries.filled,
        item_rows=items.filled,
        entry_fields=entries.fields,
        item_fields=items.fields - {TITLE},
        notices=entries.notices + items.notices,
        exported=manifest.read(raw),
    )
    fatal = entries.fatal + items.fatal
    if fatal:
        workbook.problems = fatal
        return workbook
    hidden = _take_entries(entries, workbook)
    _take_items(items, workbook, hidden)
    workbook.problems = _in_order(workbook)
    return workbook


def locate(entry: SheetEntry, problem: EntryProblem) -> CellProblem:
    """Return the cell that a problem of the entry is about.

    A field without a column is told at the title's cell. A field that is empty because
    its cell was merged away says so.
    """
    known, addresses = entry_columns(), entry.cells
    field = problem.field
    if problem.item is not None and problem.item < len(entry.item_cells):
        known, addresses = item_columns(), entry.item_cells[problem.item]
        field = problem.item_field or "name"
    column = known.column(field)
    message = problem.message
    if addresses is entry.cells and field in entry.merged:
        message = MERGED.format(range=entry.merged[field])
    return CellProblem(
        sheet=known.sheet,
        cell=addresses.get(field) or addresses.get(TITLE) or f"A{entry.row}",
        field=column.header if column else lists.label(field),
        rule=problem.rule,
        message=message,
    )


def _wanted(raw: dict[str, RawSheet], known: SheetColumns) -> RawSheet:
    if known.sheet not in raw:
        raise WorkbookRefused(
            "missing_sheet",
            f"工作簿里没有工作表“{known.sheet}”；请使用平台的《江门市政务信息资源"
            "调查表》模板填写。",
        )
    return raw[known.sheet]


def _take_entries(sheet: Sheet, workbook: Workbook) -> set[str]:
    """Take the unclassified rows; return the keys of the others' titles."""
    hidden: set[str] = set()
    rows: list[Row] = []
    for row in sheet.rows:
        if row.values.get(SECRECY) == OPEN_VALUE:
            rows.append(row)
            continue
        hidden.add(cells.key(str(row.values.get(TITLE, ""))))
        workbook.classified += 1
        workbook.problems.append(_classified(sheet, row))
    firsts: dict[tuple[str, str], SheetEntry] = {}
    for row in rows:
        entry = SheetEntry(
            row=row.number,
            entry=dict(row.values, schema_version=form_version()),
            cells=row.cells,
            problems=row.problems + _merged(sheet, row),
            merged=row.merged,
        )
        entry.entry["information_items"] = []
        workbook.entries.append(entry)
        for field, rule, message in UNIQUE:
            key = (field, cells.key(row.values.get(field, "")))
            first = firsts.setdefault(key, entry) if key[1] else entry
            if first is not entry:
                twice = _problem(sheet, row, field, rule, message.format(row=first.row))
                entry.problems.append(twice)
                first.problems.append(twice)
    return hidden - {""}


def _classified(sheet: Sheet, row: Row) -> CellProblem:
    written = SECRECY in row.values or any(
        problem.cell == row.cells[SECRECY] for problem in row.problems
    )
    rule = "secrecy" if written else "required"
    message = CLASSIFIED if written else SECRECY_MISSING
    return _problem(sheet, row, SECRECY, rule, message)


def _take_items(sheet: Sheet, workbook: Workbook, hidden: set[str]) -> None:
    """Hang the items on their entries; items of classified entries vanish."""
    owners: dict[str, SheetEntry] = {}
    for entry in workbook.entries:
        key = cells.key(entry.entry.get(TITLE, ""))
        if key not in hidden:
            owners.setdefault(key, entry)
    owner = None
    for row in sheet.rows:
        key = cells.key(row.values.pop(TITLE, ""))
        merged = _merged(sheet, row)
        if not key and merged:
            # The title above lost this item: its entry is not whole.
            workbook.problems += merged
            if owner is not None:
                owner.problems += merged
            continue
        owner = owners.get(key) if key else None
        if owner is None:
            if key not in hidden:
                workbook.problems.append(_orphan(sheet, row, key))
            continue
        owner.entry["information_items"].append(row.values)
        owner.item_cells.append(row.cells)
        owner.problems += row.problems + merged


def _orphan(sheet: Sheet, row: Row, key: str) -> CellProblem:
    if not key:
        return _problem(sheet, row, TITLE, "item_title_missing", NO_TITLE)
    message = ORPHAN.format(sheet=entry_columns().sheet)
    return _problem(sheet, row, TITLE, "item_without_entry", message)


def _merged(sheet: Sheet, row: Row) -> list[CellProblem]:
    """Return one problem for each merged range that took something from the row."""
    told: dict[str, CellProblem] = {}
    for field, name in row.merged.items():
        told.setdefault(
            name, _problem(sheet, row, field, "merged_cells", MERGED.format(range=name))
        )
    return list(told.values())


def _problem(
    sheet: Sheet, row: Row, field: str, rule: str, message: str
) -> CellProblem:
    header = next(
        (column.header for column in sheet.columns.values() if column.field == field),
        field,
    )
    return CellProblem(sheet.name, row.cells[field], header, rule, message)


def _in_order(workbook: Workbook) -> list[CellProblem]:
    """Return every problem once: one per merged range, sheets and rows in order."""
    found = workbook.problems + [
        problem for entry in workbook.entries for problem in entry.problems
    ]
    told: dict[tuple[str, ...], CellProblem] = {}
    for problem in found:
        merged = problem.rule == "merged_cells"
        where = problem.message if merged else problem.cell
        told.setdefault((problem.sheet, where, problem.rule), problem)
    sheets = [entry_columns().sheet, item_columns().sheet]
    return sorted(
        told.values(),
        key=lambda problem: (sheets.index(problem.sheet), position(problem.cell)),
    )
