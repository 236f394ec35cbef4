"""Run commands, as the service account where they touch its data; tell progress."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from layout import StackError, service_user

STARTED = time.monotonic()
# A line of a program's log, as config/share.ini forms it.
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ ")


def say(sentence: str) -> None:
    """Print a progress line with the seconds since the start."""
    sys.stdout.write(f"[{time.monotonic() - STARTED:6.1f} s] {sentence}\n")
    sys.stdout.flush()


def as_service(command: Sequence[str]) -> list[str]:
    """Return `command` so that it runs under the service account."""
    if os.geteuid() != 0:
        return list(command)
    return ["runuser", "-u", service_user().pw_name, "--", *command]


def _inherited() -> dict[str, str]:
    """Return the caller's environment without what would change the sites' settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith("CKAN_")}


def run(
    command: Sequence[str],
    *,
    stdin: str | None = None,
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """Run to the end and return what it printed.

    :raises StackError: it failed; the message ends with its last lines.
    """
    done = subprocess.run(
        list(command),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**_inherited(), **(environment or {})},
        cwd=folder,
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise StackError(f"`{' '.join(command)}` failed:\n{tail}")
    return done.stdout


def follow(
    command: Sequence[str], *, environment: dict[str, str], folder: Path
) -> None:
    """Run to the end and tell each line it prints.

    :raises StackError: it failed; the message ends with its last lines.
    """
    lines: list[str] = []
    with subprocess.Popen(
        list(command),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**_inherited(), **environment},
        cwd=folder,
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if not LOG_LINE.match(line):
                say("  " + line.rstrip())
    if process.returncode:
        tail = "".join(lines[-25:])
        raise StackError(f"`{' '.join(command)}` failed:\n{tail}")


def listening(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def wait_until(check: Callable[[], bool], what: str, timeout_s: float) -> None:
    """Return once `check` holds.

    :raises StackError: it did not within `timeout_s`.
    """
    end = time.monotonic() + timeout_s
    while not check():
        if time.monotonic() > end:
            raise StackError(f"{what} did not answer within {timeout_s:.0f} s.")
        time.sleep(0.1)


def give_to_service(path: Path, mode: int) -> None:
    """Make `path` the service account's, with `mode`."""
    if os.geteuid() == 0:
        user = service_user()
        os.chown(path, user.pw_uid, user.pw_gid)
    path.chmod(mode)


def make_folder(path: Path, mode: int = 0o700) -> Path:
    """Create a folder of the service account, if it is missing."""
    if not path.is_dir():
        path.mkdir(parents=True)
    if (
        path.stat().st_mode & 0o777 != mode
        or path.stat().st_uid != service_user().pw_uid
    ):
        give_to_service(path, mode)
    return path


def write_file(path: Path, text: str, mode: int = 0o600) -> bool:
    """Write a file of the service account; return whether it changed.

    The file is replaced as a whole: a reader sees the old text or the new one.
    """
    changed = not path.exists() or path.read_text(encoding="utf-8") != text
    if changed:
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        give_to_service(fresh, mode)
        fresh.replace(path)
    elif (
        path.stat().st_mode & 0o777 != mode
        or path.stat().st_uid != service_user().pw_uid
    ):
        give_to_service(path, mode)
    return changed
