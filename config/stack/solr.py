"""Solr 9 under Jetty from the jars of Maven Central; one server, many cores."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from pathlib import Path

import given
import requests
from layout import Layout, StackError, Wishes
from process import make_folder, run, say, wait_until, write_file
from state import State

CONFIGURATION_SET = "jiangmen"
SERVER_FILES = ("jetty.xml", "log4j2.xml")


def base_url(state: State) -> str:
    """Return the server's address, e.g. http://127.0.0.1:18983/solr."""
    wished = Wishes().solr_url
    if wished:
        given.parse("SOLR", wished)
    return (wished or f"http://127.0.0.1:{state.port('solr')}/solr").rstrip("/")


def core_url(state: State, core: str) -> str:
    """Return the address of a core, as CKAN's `solr_url` wants it."""
    return f"{base_url(state)}/{core}"


def prepare(layout: Layout) -> bool:
    """Fetch the jars, lay out the server; return whether the search schema changed."""
    source = layout.root / "config" / "solr"
    home = make_folder(layout.var / "solr")
    make_folder(home / "home")
    make_folder(home / "webapp")
    make_folder(home / "webapp" / "WEB-INF")
    for name in SERVER_FILES:
        write_file(home / name, (source / "server" / name).read_text())
    web = (source / "server" / "web.xml").read_text()
    write_file(home / "webapp" / "WEB-INF" / "web.xml", web)
    write_file(home / "home" / "solr.xml", (source / "server" / "solr.xml").read_text())
    _fetch_jars(layout, source / "server" / "pom.xml")
    return _copy_schema(source / CONFIGURATION_SET, home / "home" / "configsets")


def _fetch_jars(layout: Layout, pom: Path) -> None:
    wanted = hashlib.sha256(pom.read_bytes()).hexdigest()
    marker = layout.solr_lib / ".pom-sha256"
    listing = layout.solr_lib / ".jars"
    if marker.exists() and marker.read_text() == wanted:
        names = listing.read_text().split()
        if all((layout.solr_lib / name).exists() for name in names):
            return
    say("Fetching Solr's jars with Maven (about 95 MB) …")
    folder = layout.solr_lib.with_name("lib.new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(
        [
            "mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies",
            f"-DoutputDirectory={folder}", "-DincludeScope=runtime",
        ],
        folder=folder,
    )  # fmt: skip
    jars = sorted(path.name for path in folder.glob("*.jar"))
    if not jars:
        raise StackError("Maven fetched no jar for Solr.")
    (folder / ".jars").write_text("\n".join(jars))
    (folder / ".pom-sha256").write_text(wanted)
    shutil.rmtree(layout.solr_lib, ignore_errors=True)
    folder.rename(layout.solr_lib)


def _copy_schema(source: Path, target: Path) -> bool:
    make_folder(target)
    conf = make_folder(make_folder(target / CONFIGURATION_SET) / "conf")
    changed = False
    for path in sorted((source / "conf").iterdir()):
        changed |= write_file(conf / path.name, path.read_text(encoding="utf-8"))
    for path in conf.iterdir():
        if not (source / "conf" / path.name).exists():
            path.unlink()
            changed = True
    return changed


def command(layout: Layout, state: State) -> str:
    """Return the server's command line for the supervisor."""
    home = layout.var / "solr"
    return (
        f"/usr/bin/java -Xms256m -Xmx{Wishes().solr_heap} -XX:+UseG1GC"
        f" -XX:+ExitOnOutOfMemoryError -Dsolr.solr.home={home}/home"
        f" -Dsolr.install.dir={home} -Dsolr.log.dir={layout.log}"
        f" -Dlog4j.configurationFile={home}/log4j2.xml -Djava.io.tmpdir={layout.run}"
        " -Djava.awt.headless=true -Dlog4j2.formatMsgNoLookups=true"
        f" -cp {layout.solr_lib}/* org.eclipse.jetty.xml.XmlConfiguration"
        f" solr.webapp={home}/webapp jetty.port={state.port('solr')} {home}/jetty.xml"
    )


def answers(state: State) -> bool:
    """Return whether the server answers its list of cores."""
    try:
        return requests.get(f"{base_url(state)}/admin/info/system", timeout=3).ok
    except requests.RequestException:
        return False


def _cores(state: State, **parameters: str) -> dict:
    answer = requests.get(
        f"{base_url(state)}/admin/cores",
        params={"wt": "json", **parameters},
        timeout=60,
    )
    if not answer.ok:
        try:
            reason = answer.json()["error"]["msg"]
        except (ValueError, KeyError, TypeError):
            reason = f"status {answer.status_code}"
        raise StackError(f"Solr refused {parameters}: {reason[:600]}")
    return answer.json()


def _is_loaded(state: State, core: str) -> bool:
    """Return whether the core serves; raise nothing while Solr still loads it."""
    status = _cores(state, action="STATUS", core=core)
    return bool(status["status"].get(core))


def _failed(state: State, core: str) -> bool:
    return core in _cores(state, action="STATUS").get("initFailures", {})


def ensure(layout: Layout, state: State, core: str) -> bool:
    """Create the core, if it is missing or broken; return whether it was."""
    folder = layout.var / "solr" / "home" / core
    if _is_loaded(state, core):
        return False
    if Wishes().solr_url:
        _ask_for_core(state, core)
        return True
    if (folder / "core.properties").exists():
        # A server that has just started loads its cores in the background.
        with contextlib.suppress(StackError):
            wait_until(
                lambda: _is_loaded(state, core) or _failed(state, core), core, 30
            )
        if _is_loaded(state, core):
            return False
        # The index is derived: a broken core is built again, not mended.
        with contextlib.suppress(StackError):
            _cores(state, action="UNLOAD", core=core)
    shutil.rmtree(folder, ignore_errors=True)
    _cores(state, action="CREATE", name=core, configSet=CONFIGURATION_SET)
    return True


def _ask_for_core(state: State, core: str) -> None:
    """Let the operator's Solr make a core from its own copy of our configuration."""
    try:
        _cores(state, action="CREATE", name=core, configSet=CONFIGURATION_SET)
    except StackError as error:
        raise StackError(
            f"Your Solr ({given.place('SOLR', Wishes().solr_url)}) has no core {core}"
            " and cannot make one. Copy the folder config/solr/jiangmen to its folder"
            " of configuration sets, with the jars that config/solr/README.md names,"
            f" and run `make up` again. It said: {error}"
        ) from None


def documents(state: State, core: str) -> int:
    """Return how many documents the core holds."""
    answer = requests.get(
        f"{core_url(state, core)}/select",
        params={"q": "*:*", "rows": "0", "wt": "json"},
        timeout=60,
    )
    return int(answer.json()["response"]["numFound"]) if answer.ok else 0


def has_current_schema(layout: Layout, state: State, core: str) -> bool:
    """Return whether the core's search schema is the one of this checkout."""
    source = layout.root / "config" / "solr" / CONFIGURATION_SET / "conf"
    answer = requests.get(
        f"{core_url(state, core)}/admin/file", params={"file": "schema.xml"}, timeout=60
    )
    wanted = (source / "schema.xml").read_bytes()
    # A Solr that keeps its files to itself is believed.
    return not answer.ok or answer.content.split() == wanted.split()


def reload(state: State) -> None:
    """Make every core read its schema again."""
    for core in _cores(state, action="STATUS")["status"]:
        _cores(state, action="RELOAD", core=core)


def renew(layout: Layout, state: State, core: str) -> None:
    """Make a core of ours again, empty; an operator's Solr keeps its own."""
    if not Wishes().solr_url:
        drop(state, core)
        ensure(layout, state, core)


def drop(state: State, core: str) -> None:
    """Remove a core with its index; the index is derived."""
    if core in _cores(state, action="STATUS")["status"]:
        _cores(state, action="UNLOAD", core=core, deleteInstanceDir="true")
