"""`make bench`: run every module of `benchmarks/` that begins with bench_."""

from __future__ import annotations

import subprocess
import sys

from layout import Layout
from process import say


def main(names: list[str]) -> int:
    """Run the benchmarks named, all without a name; return 1 if one has failed."""
    layout = Layout()
    failed = 0
    for path in sorted((layout.root / "benchmarks").glob("bench_*.py")):
        if names and path.stem.removeprefix("bench_") not in names:
            continue
        say(path.name)
        command = [layout.bin("python"), str(path)]
        failed |= subprocess.run(command, cwd=layout.root, check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
