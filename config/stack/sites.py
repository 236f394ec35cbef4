"""Both sites on the running services: migrations, demonstration data, processes."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

import jwt
import nginx
import postgres
import requests
import site_ini
import solr
import test_env
import translations
from layout import HERE, Layout, StackError, Wishes, service_user
from process import (
    as_service,
    follow,
    give_to_service,
    listening,
    run,
    say,
    wait_until,
    write_file,
)
from state import State
from supervise import Program, Supervisor

GUNICORN = (
    "{gunicorn} --workers {workers} --worker-class gthread --threads 4"
    " --bind 127.0.0.1:{port} --timeout 300 --graceful-timeout 15 --keep-alive 30"
    " --max-requests 20000 --max-requests-jitter 2000 --limit-request-line 8190"
    " --forwarded-allow-ips 127.0.0.1 --worker-tmp-dir /dev/shm --no-control-socket"
    " --pythonpath {stack} wsgi:application"
)
# What the sites' processes read once, at their start.
CODE = {".py", ".html", ".yaml", ".yml", ".ini", ".mo", ".css", ".js", ".sql"}
# The search schema with its mappings, readings, and the modules by which documents and
# the use of grounds are made.
SEARCH = ("config/solr/jiangmen/conf/*", "schemas/search_*")
DERIVING = (
    "catalog/index.py",
    "catalog/search/words.py",
    "catalog/legal_register.py",
    "sharing/labels.py",
)
# Seconds until the first answer of a site, on two busy cores.
PATIENCE_S = 240
# A token that ends within so many seconds is made again (`accounts renew` alike).
RENEW_WITHIN_S = 30 * 24 * 3600


def ini(layout: Layout, site: str) -> Path:
    """Return the site's ini file.

    That of `config/`, which takes in `var/etc`; a second instance has whole files.
    """
    if (layout.root / "var").resolve() == layout.var:
        return layout.root / "config" / f"{site}.ini"
    return layout.etc / f"{site}.ini"


def ckan(layout: Layout, site: str, *arguments: str) -> str:
    """Run a command of the site under the service account; return what it printed."""
    command, home = _command(layout, site, arguments)
    return run(command, environment=home, folder=layout.root)


def _command(
    layout: Layout, site: str, arguments: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    command = [layout.bin("ckan"), "-c", str(ini(layout, site)), *arguments]
    return as_service(command), {"HOME": str(layout.run), "PYTHONUNBUFFERED": "1"}


def programs(layout: Layout, state: State) -> list[Program]:
    """Return the sites' processes."""
    found = []
    for site in HERE:
        environment = {"CKAN_INI": str(ini(layout, site))}
        serve = GUNICORN.format(
            gunicorn=layout.bin("gunicorn"),
            workers=Wishes().workers,
            port=state.port(f"{site}_app"),
            stack=layout.root / "config" / "stack",
        )
        command = f"{layout.bin('ckan')} -c {ini(layout, site)}"
        found += [
            Program(site, serve, environment=environment, stopwait_s=30),
            Program(
                f"{site}_jobs",
                f"{command} jobs worker",
                environment=environment,
                as_group=True,
            ),
        ]
        seal = f"{command} jiangmen audit seal"
        found.append(Program(f"{site}_audit", seal, environment=environment))
        if site == "share":
            work = f"{command} jiangmen publication work"
            found.append(Program("publication", work, environment=environment))
        else:
            work = f"{command} jiangmen dialogue work"
            found.append(Program("open_dialogue", work, environment=environment))
    found.append(Program("nginx", nginx.command(layout), stopsignal="QUIT"))
    return found


def migrate(layout: Layout, state: State) -> None:
    """Bring the databases of both sites to the newest schema, where they are not."""
    wanted = _schema_mark(layout)
    marks = state.kept.setdefault("schema", {})
    for site in HERE:
        databases = site_ini.names(site)
        if marks.get(site) == wanted and _has_tables(state, databases):
            continue
        say(f"Database of the {site} site: tables and permissions …")
        command = [layout.bin("python"), "-B", str(test_env.MIGRATE)]
        statements = run(
            as_service([*command, str(ini(layout, site))]), folder=layout.root
        )
        test_env.apply(postgres.admin_url(state, databases.datastore), statements)
        postgres.lay_trail(state, databases)
        marks[site] = wanted


def _has_tables(state: State, databases: postgres.SiteDatabases) -> bool:
    return postgres.has_table(
        postgres.admin_url(state, databases.main), "jiangmen_alembic_version"
    ) and postgres.has_table(
        postgres.admin_url(state, databases.datastore), "_table_metadata"
    )


def _schema_mark(layout: Layout) -> str:
    """Return a word that changes with CKAN's version and with our migrations."""
    versions = layout.root / "ckanext-jiangmen/ckanext/jiangmen/migration"
    names = sorted(path.name for path in versions.glob("*/versions/*.py"))
    (lock,) = [
        line.split()[0]
        for line in (layout.root / "requirements.txt").read_text().splitlines()
        if line.startswith("ckan==")
    ]
    trail = hashlib.sha256(postgres.TRAIL.read_bytes()).hexdigest()
    return " ".join([lock, *names, trail])


def compile_translations(layout: Layout) -> None:
    """Merge and compile the Chinese catalogue."""
    _, clashes = translations.compile_catalogue()
    for clash in clashes:
        say(f"Translation: {clash}.")
    folder = layout.root / "ckanext-jiangmen/ckanext/jiangmen/i18n"
    for path in folder.rglob("*.mo"):
        path.chmod(0o644)


def renew_derived(layout: Layout, state: State, lost: Sequence[str]) -> None:
    """Make anew what follows from the entries where another version made it.

    That is the use of grounds and the index; `lost` are sites whose core is new. A site
    without entries has nothing to make.
    """
    mark, marks = _derived_mark(layout), state.kept.setdefault("derived", {})
    for site in HERE:
        has_entries = state.kept.get("demonstration", {}).get(site)
        if has_entries and marks.get(site) != mark:
            say(f"The {site} site: which entries lean on which grounds …")
            ckan(layout, site, "jiangmen", "legal-basis", "rebuild")
        if has_entries and (site in lost or marks.get(site) != mark):
            say(f"Building the search index of the {site} site again …")
            # Lucene refuses a field that it has known in another way.
            solr.renew(layout, state, site_ini.names(site).prefix)
            ckan(layout, site, "search-index", "rebuild")
        marks[site] = mark


def _derived_mark(layout: Layout) -> str:
    """Return a word that changes with what the index and the use of grounds follow."""
    product = layout.root / "ckanext-jiangmen/ckanext/jiangmen"
    mark = hashlib.sha256()
    for pattern in SEARCH:
        for path in sorted(layout.root.glob(pattern)):
            mark.update(path.read_bytes())
    for name in DERIVING:
        mark.update((product / name).read_bytes())
    return mark.hexdigest()


def load_demonstration(layout: Layout, state: State) -> None:
    """Load `demo/` once into both sites, and what a later version adds to it.

    Accounts are made the first time only: whoever keeps them may have changed them.
    """
    if state.kept.get("without demonstration"):
        return
    marks = state.kept.setdefault("demonstration", {})
    mark = _demonstration_mark(layout)
    # The open site first: it receives what the share site approves.
    for site in reversed(HERE):
        if marks.get(site) == mark:
            continue
        words = ["jiangmen", "demo", "load"]
        if marks.get(site):
            words.append("--without-accounts")
        say(f"Loading the demonstration into the {site} site …")
        command, home = _command(layout, site, words)
        follow(command, environment=home, folder=layout.root)
        marks[site] = mark


def _demonstration_mark(layout: Layout) -> str:
    """Return a word that changes with what the demonstration consists of."""
    mark = hashlib.sha256()
    for path in sorted((layout.root / "demo").rglob("*.yaml")):
        mark.update(path.read_bytes())
    return mark.hexdigest()


def free_ports(state: State, supervisor: Supervisor, *, throw_away: bool) -> None:
    """Look whether strangers sit on the sites' ports, before anything is written.

    :raises StackError: a port that users know by heart is taken.
    """
    running = supervisor.states()
    for site in HERE:
        if running.get(site) != "RUNNING" and listening(state.port(f"{site}_app")):
            state.forget_port(f"{site}_app")
        if running.get("nginx") == "RUNNING" or not listening(state.port(site)):
            continue
        if not throw_away:
            raise StackError(
                f"Port {state.port(site)} of the {site} site is in use by another"
                f" program; choose one with JIANGMEN_{site.upper()}_PORT."
            )
        state.forget_port(site)


def healthy(state: State, site: str) -> bool:
    """Return whether the site answers through nginx and finds all its parts well."""
    try:
        return requests.get(health_url(state, site), timeout=20).ok
    except requests.RequestException:
        return False


def health_url(state: State, site: str) -> str:
    """Return the address of the site's health report, on this machine."""
    listen = Wishes().listen
    host = "127.0.0.1" if listen in {"0.0.0.0", "*"} else listen  # noqa: S104
    return f"http://{host}:{state.port(site)}/health"


def failed_parts(state: State, site: str) -> str:
    """Return in words what the site's health report complains about."""
    try:
        answer = requests.get(health_url(state, site), timeout=20)
    except requests.RequestException as error:
        return f"no answer ({type(error).__name__})"
    try:
        parts = answer.json()["parts"]
    except (ValueError, KeyError):
        return f"status {answer.status_code}"
    bad = [f"{name}: {what}" for name, what in parts.items() if what != "ok"]
    return ", ".join(bad) or "well"


def start(layout: Layout, state: State, supervisor: Supervisor) -> list[str]:
    """Start what is not running and wait until both sites are well."""
    names = [program.name for program in programs(layout, state)]
    started = [name for name in names if supervisor.start(name)]
    for site in HERE:
        what = f"The {site} site"
        try:
            wait_until(lambda site=site: healthy(state, site), what, PATIENCE_S)
        except StackError as error:
            raise StackError(
                f"{error} Its health report: {failed_parts(state, site)};"
                f" not running: {', '.join(supervisor.down()) or 'nothing'};"
                f" its log: {layout.log / site}.log"
            ) from None
    return started


def write_run_json(layout: Layout, state: State) -> Path:
    """Write what checks and people need to know of the running platform (0600)."""
    databases = {site: site_ini.names(site) for site in HERE}
    report: dict = {
        site: {
            "url": site_ini.site_url(state, site),
            "accounts": accounts(layout, site),
        }
        for site in HERE
    }
    report["postgres"] = {}
    for site, of_site in databases.items():
        report["postgres"][site] = postgres.url(state, of_site.main, of_site.main)
        report["postgres"][f"{site}_datastore"] = postgres.url(
            state, of_site.write, of_site.datastore
        )
    settings = {site: site_ini.machine_settings(layout, state, site) for site in HERE}
    report["solr"] = {site: settings[site]["solr_url"] for site in HERE}
    report["redis"] = settings[HERE[0]]["ckan.redis.url"]
    path = layout.var / "run.json"
    write_file(path, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return path


def take_receiver(layout: Layout) -> None:
    """Copy the open site's credentials, where that site lives elsewhere."""
    given = Wishes().receiver_file
    if given:
        text = Path(given).read_text(encoding="utf-8")
        write_file(layout.etc / "accounts-open.json", text)


def accounts(layout: Layout, site: str) -> dict:
    """Return the demonstration accounts of the site, {} before they are loaded."""
    path = layout.etc / f"accounts-{site}.json"
    if not path.exists():
        return {}
    give_to_service(path, 0o600)
    return json.loads(path.read_text(encoding="utf-8"))


def renew_tokens(layout: Layout, supervisor: Supervisor) -> None:
    """Make the demonstration's tokens again that end soon; the old ones go on."""
    for site in HERE:
        known = accounts(layout, site)
        if not any(_ends_soon(account.get("token", "")) for account in known.values()):
            continue
        say(f"Renewing tokens of the {site} site …")
        file = str(layout.etc / f"accounts-{site}.json")
        ckan(layout, site, "jiangmen", "accounts", "renew", "--credentials", file)
        if site == "open":
            # It reads the receiver's token at its start.
            supervisor.stop("publication")


def _ends_soon(token: str) -> bool:
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return True
    return claims.get("exp", 0) < time.time() + RENEW_WITHIN_S


def mend_owners(layout: Layout) -> None:
    """Give files that a command of root has left to the account of the sites."""
    user = service_user().pw_uid
    folders = [layout.storage(site_ini.instance(site)) for site in HERE]
    found = [path for folder in folders for path in folder.rglob("*")]
    for path in [*found, *layout.etc.glob("*.json")]:
        info = path.lstat()
        if info.st_uid != user:
            give_to_service(path, info.st_mode & 0o777)


def code_mark(layout: Layout) -> str:
    """Return a word that changes when the code or a setting of the sites changes."""
    mark = hashlib.sha256()
    for folder in ("ckanext-jiangmen", "schemas", "harvesters", "config"):
        for path in sorted((layout.root / folder).rglob("*")):
            if path.suffix in CODE:
                info = path.stat()
                mark.update(f"{path} {info.st_mtime_ns} {info.st_size}\n".encode())
    for site in HERE:
        mark.update((layout.etc / f"{site}.ini").read_bytes())
    return mark.hexdigest()


def renew(layout: Layout, state: State, supervisor: Supervisor) -> None:
    """Stop the sites' processes that still run older code or settings."""
    mark = code_mark(layout)
    if state.kept.get("code") != mark:
        for program in programs(layout, state):
            if program.name != "nginx":
                supervisor.stop(program.name)
        state.kept["code"] = mark
