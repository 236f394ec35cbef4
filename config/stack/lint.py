"""`make lint`: style, format, types and translations."""

from __future__ import annotations

import subprocess
import sys

from layout import Layout
from process import say


def main() -> int:
    """Run every check, also after one has failed; return 1 if one has."""
    layout = Layout()
    python = layout.bin("python")
    checks = {
        "ruff check": [layout.bin("ruff"), "check", "--no-cache", "."],
        "ruff format": [layout.bin("ruff"), "format", "--check", "--no-cache", "."],
        "basedpyright": [
            layout.bin("basedpyright"), "--pythonpath", python, "--level", "error",
        ],
        "translations": [python, "config/stack/translations.py", "--check"],
    }  # fmt: skip
    failed = []
    for name, command in checks.items():
        say(name)
        if subprocess.run(command, cwd=layout.root, check=False).returncode:
            failed.append(name)
    say(f"Failed: {', '.join(failed)}." if failed else "Everything is in order.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
