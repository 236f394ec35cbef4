"""`make logs`: follow the logs of every process; `make logs NAME=open` of one."""

from __future__ import annotations

import contextlib
import subprocess
import sys

from layout import Layout


def main() -> None:
    """Show the last lines and follow, until interrupted."""
    layout = Layout()
    name = sys.argv[1] if len(sys.argv) > 1 else "*"
    files = sorted(str(path) for path in layout.log.glob(f"{name}.log"))
    if not files:
        sys.exit(f"There is no log {name} in {layout.log}.")
    with contextlib.suppress(KeyboardInterrupt):
        subprocess.run(["tail", "-n", "20", "-F", *files], check=False)


if __name__ == "__main__":
    main()
