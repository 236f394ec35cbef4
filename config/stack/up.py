"""`make services` and `make up`: bring the instance up, and mend what is broken."""

from __future__ import annotations

import argparse
import sys

import nginx
import owners
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
    services.check_given(state)
    state.remember_given()
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


def bring_up_data(layout: Layout, state: State, site: str) -> bool:
    """Make the site's databases and its core; return whether the core is new."""
    databases = site_ini.names(site)
    owners.check(state, databases)
    fresh = postgres.ensure(state, databases)
    owners.sign(state, databases)
    if fresh:
        state.kept.get("schema", {}).pop(site, None)
        if not state.kept.get("without demonstration"):
            state.kept.get("demonstration", {}).pop(site, None)
    rebuilt = solr.ensure(layout, state, databases.prefix)
    if fresh:
        owners.check_core(state, databases.prefix)
    if not solr.has_current_schema(layout, state, databases.prefix):
        say(
            f"The core {databases.prefix} has another search schema than"
            " config/solr/jiangmen/conf: copy that folder there and reload the core."
        )
    return rebuilt


def bring_up_sites(layout: Layout, state: State, supervisor: Supervisor) -> None:
    """Bring up both sites, with the demonstration at the first time."""
    rebuilt = [site for site in HERE if bring_up_data(layout, state, site)]
    sites.take_receiver(layout)
    sites.compile_translations(layout)
    sites.migrate(layout, state)
    sites.mend_owners(layout)
    sites.renew_tokens(layout, supervisor)
    sites.renew(layout, state, supervisor)
    started = sites.start(layout, state, supervisor)
    say(f"Started {', '.join(started)}." if started else "Everything was running.")
    sites.renew_derived(layout, state, rebuilt)
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
            state.kept["without demonstration"] = True
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
