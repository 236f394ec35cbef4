"""What can be wrong with a survey workbook as a whole; a sentence each."""

from __future__ import annotations

from ckanext.jiangmen.errors import JiangmenError


class SurveyError(JiangmenError):
    """A survey workbook cannot be read or written."""


class WorkbookRefused(SurveyError):
    """The file is refused before any cell is looked at; the text says why.

    `reason` is a short id for tests, logs and the browser: too_large, bomb,
    encrypted, macros, damaged, not_a_workbook, unsafe_xml, too_many_cells,
    too_slow, missing_sheet, old_format.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
