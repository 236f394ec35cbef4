"""The instance's processes under one supervisord, talked to by its XML-RPC."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
import xmlrpc.client
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from layout import Layout, StackError, service_user
from process import as_service, run, say, wait_until, write_file
from supervisor.xmlrpc import SupervisorTransport

HEAD = """\
[supervisord]
logfile = {log}/supervisord.log
logfile_maxbytes = 10MB
pidfile = {run}/supervisord.pid
childlogdir = {log}
directory = {run}
umask = 027
minfds = 4096
environment = {mark},HOME="{run}",LANG="C.UTF-8",PYTHONUNBUFFERED="1"

[unix_http_server]
file = {socket}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl = unix://{socket}
"""
PROGRAM = """
[program:{name}]
command = {command}
autostart = false
autorestart = true
startsecs = 1
startretries = 20
stopsignal = {stopsignal}
stopwaitsecs = {stopwait}
stopasgroup = {asgroup}
killasgroup = true
redirect_stderr = true
stdout_logfile = {log}/{name}.log
stdout_logfile_maxbytes = 20MB
stdout_logfile_backups = 3
environment = {environment}
"""


@dataclass(frozen=True)
class Program:
    """One supervised process; `as_group` stops its children by signal as well."""

    name: str
    command: str
    environment: dict[str, str] = field(default_factory=dict)
    stopsignal: str = "TERM"
    stopwait_s: int = 20
    as_group: bool = False

    def section(self, log: Path) -> str:
        """Return the program's part of supervisord.conf."""
        pairs = [f'{key}="{value}"' for key, value in self.environment.items()]
        return PROGRAM.format(
            name=self.name,
            command=self.command.replace("%", "%%"),
            stopsignal=self.stopsignal,
            stopwait=self.stopwait_s,
            asgroup=str(self.as_group).lower(),
            log=log,
            environment=",".join(pairs),
        )


class Supervisor:
    """The instance's supervisord."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.configuration = layout.etc / "supervisord.conf"
        self.socket = socket(layout)

    @property
    def _api(self) -> xmlrpc.client.ServerProxy:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)

    def answers(self) -> bool:
        """Return whether supervisord is up."""
        try:
            return self._api.supervisor.getState()["statename"] == "RUNNING"
        except (OSError, xmlrpc.client.Error):
            return False

    def configure(self, programs: list[Program]) -> None:
        """Write the configuration; start supervisord or tell it what changed."""
        layout = self.layout
        head = HEAD.format(
            log=layout.log, run=layout.run, socket=self.socket,
            mark=layout.instance.replace("=", '="') + '"',
        )  # fmt: skip
        text = head + "".join(program.section(layout.log) for program in programs)
        write_file(self.configuration, text)
        if self.answers():
            self._update()
            return
        daemon = [layout.bin("supervisord"), "-c", str(self.configuration)]
        # Private variables of the caller (CKAN_*, PG*) must not reach the services.
        clean = [f"PATH={os.environ['PATH']}", f"HOME={layout.run}", "LANG=C.UTF-8"]
        run(as_service(["env", "-i", *clean, *daemon]), folder=layout.run)
        wait_until(self.answers, "supervisord", 15)

    def clear_away(self) -> None:
        """Remove what a killed supervisord has left: processes, socket, pid."""
        if self.answers():
            managed = {row["pid"] for row in self.processes()}
            end([pid for _, pid in _by_pid_file(self.layout) if pid not in managed])
            return
        kill_orphans(self.layout)
        self.socket.unlink(missing_ok=True)
        (self.layout.run / "supervisord.pid").unlink(missing_ok=True)

    def _update(self) -> None:
        running = {name for name, word in self.states().items() if word == "RUNNING"}
        added, changed, removed = self._api.supervisor.reloadConfig()[0]
        for name in [*changed, *removed]:
            self._api.supervisor.stopProcessGroup(name)
            self._api.supervisor.removeProcessGroup(name)
        for name in [*added, *changed]:
            self._api.supervisor.addProcessGroup(name)
        for name in running & set(changed):
            self.start(name)

    def processes(self) -> list[dict[str, Any]]:
        """Return name, statename and pid of every program, [] when nothing is up."""
        try:
            return self._api.supervisor.getAllProcessInfo()
        except (OSError, xmlrpc.client.Error):
            return []

    def states(self) -> dict[str, str]:
        """Return the state of every program by name, {} when nothing is up."""
        return {row["name"]: row["statename"] for row in self.processes()}

    def down(self) -> list[str]:
        """Return the programs that do not run."""
        return [name for name, word in self.states().items() if word != "RUNNING"]

    def start(self, name: str) -> bool:
        """Start the program, if it is not running; return whether it was not."""
        if self.states().get(name) in {"RUNNING", "STARTING"}:
            return False
        try:
            self._api.supervisor.startProcess(name, False)
        except xmlrpc.client.Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise StackError(
                    f"{name} does not start: {fault.faultString}"
                ) from None
        return True

    def stop(self, name: str) -> None:
        """Stop the program and wait for its end."""
        if self.states().get(name) in {"RUNNING", "STARTING", "BACKOFF"}:
            self._api.supervisor.stopProcess(name, True)

    def restart(self, name: str) -> None:
        """Stop and start the program."""
        self.stop(name)
        self.start(name)

    def shutdown(self) -> None:
        """Stop everything and supervisord itself."""
        if not self.answers():
            kill_orphans(self.layout)
            return
        for name in reversed(list(self.states())):
            self.stop(name)
        self._api.supervisor.shutdown()
        wait_until(lambda: not self.answers(), "The end of supervisord", 60)
        kill_orphans(self.layout)


def socket(layout: Layout) -> Path:
    """Return the control socket; a path of over 100 bytes cannot be one."""
    path = layout.run / "supervisor.sock"
    if len(str(path).encode()) < 100:
        return path
    name = f"jiangmen-{service_user().pw_uid}-{layout.var.stat().st_ino}.sock"
    return Path(tempfile.gettempdir()) / name


def memory_mb(pid: int) -> float:
    """Return the proportional set size of a process and all its children, in MB."""
    total_kb = 0
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total_kb = int(rollup.split("Pss:")[1].split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0.0
    return total_kb / 1024 + sum(memory_mb(int(child)) for child in children)


def orphans(layout: Layout) -> list[int]:
    """Return the processes of this instance.

    They carry its mark in their environment; PostgreSQL, nginx and Redis write their
    titles over theirs and are found by their pid files.
    """
    mark = layout.instance.encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    found += [pid for _, pid in _by_pid_file(layout)]
    return sorted({*found} - {os.getpid()})


def _by_pid_file(layout: Layout) -> list[tuple[str, int]]:
    """Return program and pid of the servers that are found by their pid files."""
    found = []
    for program, name, pid_file in (
        ("postgres", "postgres", layout.var / "postgres" / "postmaster.pid"),
        ("nginx", "nginx", layout.run / "nginx.pid"),
        ("redis", "redis-server", layout.run / "redis.pid"),
    ):
        try:
            pid = int(pid_file.read_text().split()[0])
            if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                found.append((program, pid))
        except (OSError, ValueError, IndexError):
            continue
    return found


def kill_orphans(layout: Layout) -> None:
    """End what a killed supervisord has left behind."""
    left = orphans(layout)
    if left:
        say(f"Ending {len(left)} processes that lost their supervisor.")
        end(left)


def end(pids: list[int], timeout_s: float = 30) -> None:
    """End processes: politely, and after `timeout_s` for good."""
    for signal_number in (signal.SIGINT, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)
        latest = time.monotonic() + timeout_s
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            if time.monotonic() > latest:
                break
            time.sleep(0.1)
