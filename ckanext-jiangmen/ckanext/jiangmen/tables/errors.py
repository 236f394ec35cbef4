"""What can go wrong with a table; every text is one Chinese sentence for its owner."""

from __future__ import annotations

from ckanext.jiangmen.errors import JiangmenError


class TableError(JiangmenError):
    """A file or table cannot be used as asked."""


class Unreadable(TableError):
    """The file is no table that can be read."""


class TooLarge(TableError):
    """The file, or what it unpacks to, exceeds a limit."""


class ColumnsRefused(TableError):
    """The file's columns do not match the information items."""


class RowsRefused(TableError):
    """Rows of the file break a rule; `report` names them.

    `report` is a `load.LoadReport` whose `bad_rows` are the first ones found.
    """

    def __init__(self, message: str, report: object) -> None:
        super().__init__(message)
        self.report = report


class TableBusy(TableError):
    """Readers did not leave the table for as long as the swap may wait."""


class TableMissing(TableError):
    """There is no such table."""


class KeyMissing(TableError):
    """A value was encrypted with a key that the key file does not hold."""


class ExportRefused(TableError):
    """The rows do not fit the format asked for."""
