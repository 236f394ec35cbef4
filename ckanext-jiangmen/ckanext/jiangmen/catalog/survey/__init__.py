"""《江门市政务信息资源调查表》: read, annotate, write (江府办函〔2017〕82号, 四(三)).

Pure Python: no ckan import, and the file itself is opened by a process of its own.
"""

from __future__ import annotations

from .annotate import annotate
from .errors import SurveyError, WorkbookRefused
from .model import CellProblem, SheetEntry, Workbook
from .read import locate, read_workbook
from .write import write_entries, write_template

__all__ = [
    "CellProblem",
    "SheetEntry",
    "SurveyError",
    "Workbook",
    "WorkbookRefused",
    "annotate",
    "locate",
    "read_workbook",
    "write_entries",
    "write_template",
]
