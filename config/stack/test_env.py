"""`make test-env SUFFIX=x`: databases, cores, Redis and ini files of one's own tests.

Any number of suffixes live beside each other and beside the demonstration.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import postgres
import redis_server
import site_ini
import solr
from layout import SITES, Layout, StackError, Wishes
from process import run, say
from services import make_folders
from state import State, locked

MIGRATE = Path(__file__).with_name("migrate.py")


def create(layout: Layout, suffix: str) -> list[str]:
    """Create what is missing of the environment; return the paths of its ini files."""
    paths = []
    with locked(layout) as state:
        if solr.prepare(layout):
            solr.reload(state)
    for site in SITES:
        databases = site_ini.names(site, suffix)
        with locked(layout) as state:
            if postgres.ensure(state, databases):
                redis_server.empty(state, site + suffix)
            solr.ensure(layout, state, databases.prefix)
            path = site_ini.write_test(layout, state, site, suffix)
            admin = postgres.admin_url(state, databases.datastore)
        prepare_databases(layout, str(path), admin)
        with locked(layout) as state:
            postgres.lay_trail(state, databases)
        paths.append(str(path))
    return paths


def prepare_databases(layout: Layout, ini: str, admin: str) -> None:
    """Create CKAN's tables and ours, and the DataStore's permissions."""
    apply(admin, run([layout.bin("python"), "-B", str(MIGRATE), ini]))


def apply(admin: str, statements: str) -> None:
    """Give the DataStore's roles their rights (safe to repeat)."""
    # A \connect would lose password and port; `admin` is that database already.
    lines = [row for row in statements.splitlines() if not row.startswith("\\connect")]
    postgres.psql(admin, [], stdin="\n".join(lines))


def remove(layout: Layout, state: State, suffix: str) -> None:
    """Remove the environment."""
    for site in SITES:
        databases = site_ini.names(site, suffix)
        postgres.drop(state, databases)
        solr.drop(state, databases.prefix)
        (layout.etc / f"test-{site}-{suffix}.ini").unlink(missing_ok=True)


def main() -> None:
    """Create, or remove, one environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suffix", help="letters and digits, e.g. your name")
    parser.add_argument("--remove", action="store_true", help="drop it again")
    arguments = parser.parse_args()
    suffix = arguments.suffix
    if not (suffix.isascii() and suffix.isalnum() and suffix.islower()):
        raise StackError("A suffix is made of lower-case letters and digits.")
    layout = Layout()
    make_folders(layout)
    with locked(layout):
        if Wishes().given():
            raise StackError(
                "Tests empty databases and cores, so test environments are made on"
                " private servers only: use another JIANGMEN_VAR, without the addresses"
                " of your own servers."
            )
    if arguments.remove:
        with locked(layout) as state:
            remove(layout, state, suffix)
        return
    for path in create(layout, suffix):
        say(f"pytest --ckan-ini={path}")


if __name__ == "__main__":
    try:
        main()
    except StackError as error:
        sys.exit(str(error))
