"""Start a server after ending what a killed one left: `alone.py COMMAND ARGUMENT…`.

Workers of an nginx whose master was killed go on serving and hold its port, so that no
new master starts. They are known by their name and their folder, the instance's own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path


def left_behind(command: str) -> list[int]:
    """Return the processes of this program that run in this folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            same = (folder / "comm").read_text().strip() == Path(command).name
            if same and (folder / "cwd").readlink() == Path.cwd():
                found.append(int(folder.name))
    return found


def main(command: list[str]) -> None:
    """End the left, wait for their end, become the server."""
    left = left_behind(command[0])
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        latest = time.monotonic() + 5
        while any(Path(f"/proc/{pid}").exists() for pid in left):
            if time.monotonic() > latest:
                break
            time.sleep(0.05)
    os.execv(command[0], command)  # noqa: S606 - the supervisor's own command line


if __name__ == "__main__":
    main(sys.argv[1:])
