"""《政务信息资源调查汇总表》: counted, never typed (江府办函〔2017〕82号, 四(三))."""

from __future__ import annotations

from .counts import DIMENSIONS, Counted, Summary, count
from .sheet import SHEET, Difference, compare, write

__all__ = [
    "DIMENSIONS",
    "SHEET",
    "Counted",
    "Difference",
    "Summary",
    "compare",
    "count",
    "write",
]
