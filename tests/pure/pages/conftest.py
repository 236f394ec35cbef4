"""The stack's modules are scripts beside each other, not a package."""

import sys
from pathlib import Path

# At the end: config/stack/test.py would hide a module of the standard library.
sys.path.append(str(Path(__file__).parents[3] / "config" / "stack"))
