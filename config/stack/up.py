"""`make services` and `make up`: bring the instance up, and mend what is broken."""

from __future__ import annotations

import argparse
import sys

import nginx
import postgres
import services
import site_ini
import sites
import solr
from layout import HERE, Layout, StackError
from process import say
from state import State, locked
from supervise import Supervisor

TITLES = {"share": "共享平台", "open": "开放门户"}


def bring_up_services(layout: Layout, state: State, *, throw_away: bool) -> Supervisor:
    """Bring up PostgreSQL, Redis and Solr; write every configuration."""
    services.make_folders(layout)
    services.check_reachable(layout)
    supervisor = Supervisor(layout)
    supervisor.clear_away()
    services.free_ports(state, supervisor)
    sites.free_ports(state, supervisor, throw_away=throw_away)
    changed = services.prepare(layout, state, throw_away=throw_away)
    for site in HERE:
        site_ini.write(layout, state, site)
    changed |= {"nginx"} if nginx.prepare(layout, state) else set()
    programs = services.programs(layout, state) + sites.programs(layout, state)
    supervisor.configure(programs)
    for name in changed - {"search schema"}:
        supervisor.stop(name)
    started = services.start(state, supervisor)
    if started:
        say(f"Started {', '.join(started)}.")
    if "search schema" in changed and "solr" not in started:
        solr.reload(state)
        say("Solr reads the changed search schema.")
    return supervisor


def bring_up_sites(layout: Layout, state: State, supervisor: Supervisor) -> None:
    """Bring up both sites, with the demonstration at the first time."""
    rebuilt = []
    for site in HERE:
        databases = site_ini.names(site)
        if postgres.ensure(state, databases):
            state.kept.get("schema", {}).pop(site, None)
            state.kept.get("demonstration", {}).pop(site, None)
        if solr.ensure(layout, state, databases.prefix):
            rebuilt.append(site)
    sites.take_receiver(layout)
    sites.compile_translations(layout)
    sites.migrate(layout, state)
    sites.mend_owners(layout)
    sites.renew(layout, state, supervisor)
    started = sites.start(layout, state, supervisor)
    say(f"Started {', '.join(started)}." if started else "Everything was running.")
    for site in rebuilt:
        if state.kept.get("demonstration", {}).get(site):
            say(f"Building the search index of the {site} site again …")
            sites.ckan(layout, site, "search-index", "rebuild")
    sites.load_demonstration(layout, state)


def report(layout: Layout, state: State) -> None:
    """Print addresses and accounts."""
    path = sites.write_run_json(layout, state)
    say("Ready.")
    for site in HERE:
        title = TITLES[site]
        print(f"\n{title} ({site}): {site_ini.site_url(state, site)}")
        for role, account in sites.accounts(layout, site).items():
            of = account.get("organization") or ""
            print(f"  {role:18} {account['name']:22} {account['password']}  {of}")
    print(f"\nTokens and addresses of the databases: {path} (mode 0600)")


def main() -> None:
    """Bring up the services and, unless `--services` is given, both sites."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", action="store_true", help="no sites")
    parser.add_argument("--throw-away", action="store_true", help="for tests: no fsync")
    parser.add_argument("--no-demo", action="store_true", help="leave the sites empty")
    arguments = parser.parse_args()
    layout = Layout()
    with locked(layout) as state:
        if arguments.no_demo:
            state.kept["demonstration"] = dict.fromkeys(HERE, True)
        supervisor = bring_up_services(layout, state, throw_away=arguments.throw_away)
        if arguments.services:
            say("PostgreSQL, Redis and Solr answer.")
            return
        bring_up_sites(layout, state, supervisor)
        report(layout, state)


if __name__ == "__main__":
    try:
        main()
    except StackError as error:
        sys.exit(f"make up: {error}")
