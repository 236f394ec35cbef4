"""`make services` and `make up`: bring the instance up, and mend what is broken."""

from __future__ import annotations

import argparse
import sys

import postgres
import services
import site_ini
import solr
from layout import SITES, Layout, StackError
from process import say
from state import State, locked
from supervise import Supervisor


def bring_up_services(layout: Layout, state: State, *, throw_away: bool) -> Supervisor:
    """Bring up PostgreSQL, Redis and Solr, and the databases and cores of both sites."""
    services.make_folders(layout)
    services.check_reachable(layout)
    supervisor = Supervisor(layout)
    services.free_ports(state, supervisor)
    schema_changed = services.prepare(layout, state, throw_away=throw_away)
    supervisor.configure(services.programs(layout, state))
    started = services.start(state, supervisor)
    if started:
        say(f"Started {', '.join(started)}.")
    if schema_changed and "solr" not in started:
        solr.reload(state)
        say("Solr reads the changed search schema.")
    for site in SITES:
        databases = site_ini.names(site)
        postgres.ensure(state, databases)
        solr.ensure(layout, state, databases.prefix)
        site_ini.write(layout, state, site)
    return supervisor


def main() -> None:
    """Bring up the services, and with `--sites` both sites."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", action="store_true", help="no sites")
    parser.add_argument("--throw-away", action="store_true", help="for tests: no fsync")
    arguments = parser.parse_args()
    layout = Layout()
    with locked(layout) as state:
        bring_up_services(layout, state, throw_away=arguments.throw_away)
    say("PostgreSQL, Redis and Solr answer.")


if __name__ == "__main__":
    try:
        main()
    except StackError as error:
        sys.exit(f"make up: {error}")
