"""How large a survey workbook may be, and what its reader may use.

A workbook of 1,000 entries and 10,000 items is below 2 MB; the limits leave a city's
whole catalogue in one file and stop everything that is no survey.
"""

from __future__ import annotations

MIB = 1024 * 1024

FILE_BYTES = 50 * MIB
UNPACKED_BYTES = 160 * MIB
#: An honest sheet of repeated words packs 20 to 40 times; a bomb 1,000 times.
RATIO = 100
RATIO_FREE_BYTES = 8 * MIB
ZIP_PARTS = 1_000

ROWS = 200_000
COLUMNS = 256
CELLS = 1_000_000
MERGED_CELLS = 200_000
TEXT_CHARACTERS = 24_000_000

CHILD_MEMORY_BYTES = 1024 * MIB
CHILD_CPU_S = 30
CHILD_WALL_S = 60
