"""A CKAN with a core of its own that answers searches: ours, or stock CKAN.

Run as a program it is that CKAN: it fills its core through its own index hook and
answers questions of the parent, a JSON line each.
"""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

import judged_set
import requests

ROOT = Path(__file__).resolve().parents[1]
OURS = ("ckan.plugins", "scheming.", "ckanext.jiangmen", "licenses_", "solr_url")
BATCH = 500


class Peer:
    """The process and its core; a context manager."""

    def __init__(self, name: str, config: Path, entries: Path, many: int = 0) -> None:
        self._name = name
        self._core = f"jiangmen_bench_{name}"
        self._ini = entries.parent / f"{name}.ini"
        self._solr, text = _settings(config, name, self._core)
        self._ini.touch(mode=0o600)
        self._ini.write_text(text, encoding="utf-8")
        self._command = [sys.executable, __file__, str(self._ini), str(entries)]
        self._command.append(str(many))

    def __enter__(self) -> Peer:
        make_core(self._solr, self._core, stock=self._name == "stock")
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin
        assert self._process.stdout
        while self._process.stdout.readline().strip() != "ready":
            if self._process.poll() is not None:
                raise SystemExit(f"CKAN did not start with {self._ini}")
        return self

    def ask(self, q: str, **asked: Any) -> dict[str, Any]:
        """Return {titles, count, ms} of one search."""
        return self.call("package_search", {"q": q, "rows": judged_set.TOP, **asked})

    def suggest(self, q: str) -> float:
        """Return the milliseconds of a suggestion."""
        return self.call("jiangmen_search_suggest", {"q": q})["ms"]

    def call(self, action: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Return what an action answers, with its milliseconds."""
        self._process.stdin.write(json.dumps([action, asked]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=30)
        drop_core(self._solr, self._core)


def _settings(config: Path, name: str, core: str) -> tuple[str, str]:
    """Return the address of Solr and the ini text of a peer."""
    text = config.read_text(encoding="utf-8")
    address = next(
        line.split("=", 1)[1].strip()
        for line in text.splitlines()
        if line.startswith("solr_url")
    )
    solr = address.rstrip("/").rsplit("/", 1)[0]
    lines = text.splitlines()
    if name == "stock":
        lines = [line for line in lines if not line.strip().startswith(OURS)]
        at = lines.index("[app:main]") + 1
        lines[at:at] = ["ckan.plugins =", f"solr_url = {solr}/{core}"]
    else:
        lines = [line for line in lines if not line.startswith("solr_url")]
        lines.insert(lines.index("[app:main]") + 1, f"solr_url = {solr}/{core}")
    return solr, "\n".join(lines) + "\n"


# Cores


def _home(solr: str) -> Path:
    told = requests.get(f"{solr}/admin/info/system?wt=json", timeout=30).json()
    return Path(told["solr_home"])


def make_core(solr: str, core: str, *, stock: bool) -> None:
    """Make an empty core with our schema, or with the one of CKAN's package."""
    drop_core(solr, core)
    folder = _home(solr) / core
    shutil.copytree(ROOT / "config/solr/jiangmen/conf", folder / "conf")
    if stock:
        import ckan

        schema = Path(ckan.__file__).parent / "config/solr/schema.xml"
        shutil.copy(schema, folder / "conf/schema.xml")
    owner = folder.parent.stat()
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)
    _cores(solr, action="CREATE", name=core, instanceDir=str(folder))


def drop_core(solr: str, core: str) -> None:
    """Remove the core with its index, if there is one."""
    if core in _cores(solr, action="STATUS")["status"]:
        _cores(solr, action="UNLOAD", core=core, deleteInstanceDir="true")
    shutil.rmtree(_home(solr) / core, ignore_errors=True)


def _cores(solr: str, **asked: str) -> dict[str, Any]:
    answer = requests.get(f"{solr}/admin/cores", params=asked | {"wt": "json"},
                          timeout=60)  # fmt: skip
    if not answer.ok:
        raise SystemExit(f"Solr refused {asked}: {answer.text[:800]}")
    return answer.json()


# The process


def fill(entries: Iterable[dict[str, Any]]) -> None:
    """Add the entries to the core, as core and the plugins in force index them."""
    from ckan import model
    from ckan.lib.search import index as core_index
    from ckan.lib.search.common import make_connection

    from ckanext.jiangmen.catalog import indexing

    collector = indexing.Collector()
    build = indexing.index_package_into(collector)
    # Nothing of them is in the database; on the open site all have this label.
    build.__globals__["model"] = SimpleNamespace(
        Package=SimpleNamespace(get=lambda _id: None), Resource=model.Resource
    )
    connection, added = make_connection(), iter(enumerate(entries))
    while batch := list(islice(added, BATCH)):
        for number, entry in batch:
            build(core_index.PackageSearchIndex(), shown(entry, number), True)
        for document in collector.documents:
            document["permission_labels"] = ["public"]
        connection.add(collector.documents, commit=False)
        collector.documents.clear()
    connection.commit()


def shown(entry: dict[str, Any], number: int) -> dict[str, Any]:
    """Return an entry in both of core's schemas; the plain one has items as text."""
    whole = judged_set.package(entry, number)
    plain = copy.deepcopy(whole)
    plain["extras"] = [{"key": "items", "value": "、".join(entry["items"])}]
    whole["information_items"] = [
        {"name": name, "sharing_category": "可社会公开"} for name in entry["items"]
    ]
    plain["with_custom_schema"] = whole
    return plain


def repeated(entries: list[dict[str, Any]], many: int) -> Iterator[dict[str, Any]]:
    """Yield `many` entries, the given ones again and again under numbered titles."""
    for number in range(many or len(entries)):
        entry = entries[number % len(entries)]
        if number >= len(entries):
            entry = entry | {"title": f"{entry['title']}（{number}）"}
        yield entry


def serve(config: str, entries: str, many: int) -> None:
    """Fill the core and answer questions."""
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    app = make_app(CKANConfigLoader(config).get_config())._wsgi_app
    import ckan.plugins.toolkit as tk

    known = json.loads(Path(entries).read_text(encoding="utf-8"))
    with app.test_request_context():
        fill(repeated(known, many))
        print("ready", flush=True)
        for line in sys.stdin:
            action, asked = json.loads(line)
            began = time.perf_counter()
            answer = tk.get_action(action)({"user": ""}, asked)
            spent = (time.perf_counter() - began) * 1000
            told = answer if isinstance(answer, dict) else {"results": answer}
            titles = [r.get("title") for r in told.get("results", [])]
            line = {"titles": titles, "count": told.get("count"), "ms": spent}
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
