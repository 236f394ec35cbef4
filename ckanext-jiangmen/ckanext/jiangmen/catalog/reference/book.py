"""The reference list as a workbook: template, list with its state, and reading it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.reference.coverage import FILED, UNDER_WAY, Line
from ckanext.jiangmen.catalog.survey import WorkbookRefused
from ckanext.jiangmen.catalog.survey.columns import Column, SheetColumns
from ckanext.jiangmen.catalog.survey.raw import read_cells
from ckanext.jiangmen.catalog.survey.sheets import Sheet, read_sheet
from ckanext.jiangmen.catalog.survey.write import Book

SHEET, STATE_SHEET = "参考内容", "应报未报"
NO_SHEET = f"工作簿里没有工作表“{SHEET}”；请使用平台的《参考内容》模板填写。"
STATE_TITLES = {FILED: "已编目", UNDER_WAY: "编制中"}
MISSING_TITLE = "应报未报"
STATE_COLUMNS = (
    Column("信息资源提供方", "organization", "text", width=22),
    Column("参考内容名称", "title", "text", width=32),
    Column("内容类别", "content_kind", "text", width=14),
    Column("依据条款", "clause", "text", width=30),
    Column("状态", "state_title", "text", width=12),
    Column("对应信息资源", "entry_title", "text", width=32),
    Column("匹配说明", "why", "text", width=40),
)


@cache
def columns() -> SheetColumns:
    """Return the columns of the list as it is filled in."""
    return SheetColumns(
        SHEET,
        (
            Column("序号", "", "ignored", width=6),
            Column(
                "信息资源提供方",
                "owner_org",
                "organization",
                required=True,
                width=22,
                help="填已登记的单位名称，如“市民政局”。",
            ),
            Column("信息资源名称", "title", "text", required=True, width=32),
            Column(
                "内容类别",
                "content_kind",
                "choice",
                choices=lists.values("content_kind"),
                width=14,
            ),
            Column(
                "别名",
                "aliases",
                "list",
                width=32,
                help="同一内容的其他名称，按名称匹配；多个用“；”分开。",
            ),
            Column("依据条款", "clause", "text", width=30, help="如 五(二)1。"),
            Column("备注", "remarks", "text", width=24),
        ),
    )


def write(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the list as it is filled in; without rows it is the empty template."""
    with Book() as book:
        sheet = book.sheet(columns())
        for number, row in enumerate(rows, 1):
            sheet.row(number, row, sequence=number)
        book.lists()
        return book.finish()


def write_state(found: Iterable[Line]) -> bytes:
    """Return the list with what answers each reference; what is missing comes first."""
    ordered = sorted(found, key=lambda line: line.match is not None)
    with Book() as book:
        sheet = book.sheet(SheetColumns(STATE_SHEET, STATE_COLUMNS))
        for number, line in enumerate(ordered, 1):
            sheet.row(number, as_dict(line))
        book.lists()
        return book.finish()


def as_dict(line: Line) -> dict[str, Any]:
    """Return a reference as answers and sheets give it."""
    row, found = line.reference, line.match
    return {
        "id": row.id,
        "owner_org": row.owner_org,
        "organization": line.organization,
        "title": row.title,
        "aliases": list(row.aliases),
        "content_kind": row.content_kind,
        "clause": row.clause,
        "remarks": row.remarks,
        "state": line.state,
        "state_title": STATE_TITLES.get(line.state, MISSING_TITLE),
        "entry_id": found.entry.package_id if found else None,
        "entry_title": found.entry.title if found else "",
        "score": round(found.score, 2) if found else None,
        "why": found.why if found else "",
        "by_hand": bool(found and found.by_hand),
    }


def read(content: bytes) -> Sheet:
    """Return the rows of a filled-in list. Raise `WorkbookRefused` if it is none."""
    raw, _others = read_cells(content, [SHEET])
    if SHEET not in raw:
        raise WorkbookRefused("missing_sheet", NO_SHEET)
    sheet = read_sheet(raw[SHEET], columns())
    if sheet.fatal:
        raise WorkbookRefused("columns", sheet.fatal[0].message)
    return sheet
