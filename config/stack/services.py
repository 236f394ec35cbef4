"""Bring up PostgreSQL, Redis and Solr of one instance, or use the operator's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import given
import postgres
import redis_server
import solr
from layout import HERE, Layout, StackError, Wishes, service_user
from process import listening, make_folder, say, wait_until
from state import State
from supervise import Program, Supervisor

PRIVATE = ("postgres", "redis", "solr")


def private_services() -> list[str]:
    """Return the services that the stack runs itself."""
    brought = Wishes().given()
    return [name for name in PRIVATE if name not in brought]


def check_given(state: State) -> None:
    """Look whether the servers that the operator brings answer and will do.

    :raises StackError: one does not; the sentence says what it lacks.
    """
    wishes = Wishes()
    if wishes.postgres_url:
        address = postgres.admin_url(state)
        given.wait("POSTGRES", address, given.probe_postgres)
    if wishes.redis_url:
        for site in HERE:
            address = redis_server.url(state, site)
            given.wait("REDIS", address, given.probe_redis)
    if wishes.solr_url:
        given.wait("SOLR", wishes.solr_url, given.probe_solr)


def check_reachable(layout: Layout) -> None:
    """Look whether the service account can reach the instance and the code.

    :raises StackError: a folder above is closed to it.
    """
    user = service_user()
    for folder in (layout.var, layout.root):
        for above in (folder, *folder.parents):
            if above.exists() and not _may_enter(above, user.pw_uid, user.pw_gid):
                raise StackError(
                    f"The account {user.pw_name} cannot enter {above}, so no database"
                    " can live below it; move the platform's data with, for example,"
                    " `make up JIANGMEN_VAR=/var/lib/jiangmen`."
                )


def _may_enter(folder: Path, uid: int, gid: int) -> bool:
    info = folder.stat()
    if uid == 0:
        return True
    if info.st_uid == uid:
        return bool(info.st_mode & 0o100)
    if info.st_gid == gid:
        return bool(info.st_mode & 0o010)
    return bool(info.st_mode & 0o001)


def given_states(state: State) -> dict[str, str]:
    """Return how the operator's own servers are: "answers" or what is wrong."""
    answers: dict[str, Callable[[], bool]] = {
        "postgres": lambda: postgres.answers(state),
        "redis": lambda: redis_server.answers(state),
        "solr": lambda: solr.answers(state),
    }
    return {
        name: "answers" if answers[name]() else "does not answer, or refuses us"
        for name in Wishes().given()
    }


def make_folders(layout: Layout) -> None:
    """Create the instance's folders."""
    make_folder(layout.var, 0o755)
    make_folder(layout.etc, 0o755)
    make_folder(layout.run, 0o755)
    make_folder(layout.log, 0o755)
    make_folder(layout.var / "files", 0o755)


def programs(layout: Layout, state: State) -> list[Program]:
    """Return the services as supervised programs."""
    every = {
        "postgres": Program(
            "postgres", postgres.command(layout), stopsignal="INT", stopwait_s=60
        ),
        "redis": Program("redis", redis_server.command(layout)),
        "solr": Program("solr", solr.command(layout, state), stopwait_s=30),
    }
    return [every[name] for name in private_services()]


def prepare(layout: Layout, state: State, *, throw_away: bool = False) -> set[str]:
    """Lay out data folders and configuration.

    Return what has to be started again or, for "search schema", reloaded.
    """
    private = private_services()
    changed = set()
    if "postgres" in private and postgres.prepare(layout, state, throw_away=throw_away):
        changed.add("postgres")
    if "redis" in private and redis_server.prepare(layout, state):
        changed.add("redis")
    if "solr" in private and solr.prepare(layout):
        changed.add("search schema")
    return changed


def free_ports(state: State, supervisor: Supervisor) -> None:
    """Choose other ports where a stranger sits on ours."""
    running = supervisor.states()
    for name in private_services():
        if running.get(name) != "RUNNING" and listening(state.port(name)):
            if Wishes().port(name):
                raise StackError(f"Port {state.port(name)} ({name}) is in use.")
            state.forget_port(name)
            say(f"The port of {name} is taken; using {state.port(name)}.")


def start(state: State, supervisor: Supervisor) -> list[str]:
    """Start what is not running, wait for answers; return what had to be started."""
    started = [name for name in private_services() if supervisor.start(name)]
    checks: dict[str, Callable[[], bool]] = {
        "postgres": lambda: postgres.answers(state),
        "redis": lambda: redis_server.answers(state),
        "solr": lambda: solr.answers(state),
    }
    for name in private_services():
        wait_until(checks[name], name, 90)
    return started
