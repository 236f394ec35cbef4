"""The columns of the workbook, from `schemas/survey_columns.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.guides import versions

#: 类 1, 项 2, 目 3 digits (发改高技〔2017〕1272号): a number cell has lost its zeros.
CLASS_DIGITS = {"class_lei": 1, "class_xiang": 2, "class_mu": 3}


@dataclass(frozen=True)
class Column:
    """One column: its header, the field it fills, and how a cell becomes a value.

    `kind` is text, choice, list, organization, licence, code or ignored; `choices` are
    the labels a department may choose from, empty where anything may be written.
    """

    header: str
    field: str
    kind: str
    required: bool = False
    choices: tuple[str, ...] = ()
    width: int = 16
    help: str = ""


@dataclass(frozen=True)
class SheetColumns:
    """The columns of one sheet in the template's order.

    Those of `also_read` are read where a workbook has them, and never written.
    """

    sheet: str
    columns: tuple[Column, ...]
    also_read: tuple[Column, ...] = ()

    @property
    def headers(self) -> dict[str, Column]:
        """Columns by header."""
        return {column.header: column for column in (*self.columns, *self.also_read)}

    def column(self, field: str) -> Column | None:
        """Return the column of a field, or None."""
        return next(
            (each for each in self.headers.values() if each.field == field), None
        )


@cache
def entry_columns() -> SheetColumns:
    """Return the columns of the entries (工作表 信息资源)."""
    return _sheet("entry")


@cache
def item_columns() -> SheetColumns:
    """Return the columns of the information items (工作表 信息项)."""
    return _sheet("item")


def form_version() -> str:
    """Return the version of the form, e.g. "1272-2017"."""
    return versions.current()


@cache
def licence_titles() -> dict[str, str]:
    """Return the title that the workbook shows, by licence id."""
    return {licence["id"]: licence["title"] for licence in lists.licences()}


@cache
def _sheet(about: str) -> SheetColumns:
    found = next(each for each in lists.survey_sheets() if each["about"] == about)
    return SheetColumns(
        sheet=found["name"],
        columns=tuple(map(_column, found["columns"])),
        also_read=tuple(map(_column, found.get("also_read", ()))),
    )


def _column(column: dict[str, Any]) -> Column:
    return Column(
        header=column["header"],
        field=column.get("field", ""),
        kind=column["kind"],
        required=bool(column.get("required")),
        choices=_choices(column),
        width=column.get("width", 16),
        help=column.get("help", ""),
    )


def _choices(column: dict[str, Any]) -> tuple[str, ...]:
    if column["kind"] == "licence":
        return tuple(licence_titles().values())
    return lists.values(column["list"]) if column["kind"] == "choice" else ()
