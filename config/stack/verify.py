"""Name the packages of a Python environment that lack files: `verify.py VENV ROOT`.

Printed as words for the installer; nothing is printed where all is whole. Only the
standard library: it runs when anything else may be gone.
"""

from __future__ import annotations

import csv
import os
import re
import sys
from pathlib import Path

NAME = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)


def normal(name: str) -> str:
    """Return the name as the lock file writes it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_whole(record: Path, site_packages: Path) -> bool:
    """Return whether every file that the package installed is there."""
    with record.open(encoding="utf-8", newline="") as stream:
        return all(
            os.path.exists(os.path.join(site_packages, row[0]))
            for row in csv.reader(stream)
            if row and not row[0].endswith(".pyc")
        )


def broken(venv: Path, lock: str) -> list[str]:
    """Return the locked packages that are missing or incomplete."""
    (site_packages,) = venv.glob("lib/python3*/site-packages")
    whole = set()
    for folder in site_packages.glob("*.dist-info"):
        record = folder / "RECORD"
        if record.exists() and is_whole(record, site_packages):
            whole.add(normal(folder.name.removesuffix(".dist-info").rsplit("-", 1)[0]))
    return [name for name in map(normal, NAME.findall(lock)) if name not in whole]


if __name__ == "__main__":
    found = broken(
        Path(sys.argv[1]), (Path(sys.argv[2]) / "requirements.txt").read_text("utf-8")
    )
    sys.stdout.write(" ".join(found))
