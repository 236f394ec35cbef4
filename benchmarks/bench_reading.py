"""How long reading takes beside stock CKAN on the same databases and search index.

    make bench ARGS=reading    # needs the demonstration of `make up`

Two processes answer in turn, over WSGI with a token, as `/api/3/action/…` is called:
this platform, and CKAN with its DataStore plugin alone. Figures are medians; what our
process does besides (projection, trail, limits) is in them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 60
WARM_UP = 10
ITEMS = 200
OURS = ("ckan.plugins", "scheming.", "ckanext.jiangmen", "ckan.datastore.sqlalchemy")


def serve(config: str) -> None:
    """Answer questions of the parent, a JSON line each, with milliseconds."""
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    client = make_app(CKANConfigLoader(config).get_config())._wsgi_app.test_client()
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        answer = client.get(asked["path"], headers=asked["headers"])
        body = answer.get_data(as_text=True)
        spent = (time.perf_counter() - began) * 1000
        said = json.loads(body) if body.startswith("{") else {}
        result = said.get("result") or {}
        found = result.get("count", result.get("total"))
        told = {"ms": spent, "status": answer.status_code, "found": found}
        print(json.dumps(told), flush=True)


class Site:
    """One process that answers."""

    def __init__(self, config: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        while self._process.stdout.readline().strip() != "ready":
            if self._process.poll() is not None:
                raise SystemExit(f"CKAN did not start with {config}")

    def ask(self, path: str, token: str | None) -> dict:
        """Return milliseconds, status and the number of hits of one call."""
        headers = {"Authorization": token} if token else {}
        asked = json.dumps({"path": path, "headers": headers})
        self._process.stdin.write(asked + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait(timeout=30)


def stock_config(site: str, folder: Path) -> Path:
    """Write the configuration of stock CKAN on the databases and index of `site`."""
    machine = (ROOT / f"var/etc/{site}.ini").read_text(encoding="utf-8")
    product = (ROOT / f"config/{site}.ini").read_text(encoding="utf-8")
    lines = ["[app:main]", "use = egg:ckan", "ckan.plugins = datastore"]
    for line in [*machine.splitlines(), *product.splitlines()]:
        text = line.strip()
        if text.startswith("[") and text != "[app:main]":
            continue
        if "=" in text and not text.startswith(("#", "use", "licenses_", *OURS)):
            key = text.split("=")[0].strip()
            if key.startswith(("ckan", "solr", "sqlalchemy", "SECRET", "api_token")):
                lines.append(text)
    path = folder / f"stock-{site}.ini"
    path.touch(mode=0o600)
    path.write_text("\n".join(dict.fromkeys(lines)) + "\n", encoding="utf-8")
    return path


def compare(site: str, paths: dict[str, str], token: str | None) -> list[str]:
    """Return a line per call: ours, stock, difference and ratio of the medians."""
    with tempfile.TemporaryDirectory() as folder:
        ours = Site(ROOT / f"config/{site}.ini")
        stock = Site(stock_config(site, Path(folder)))
        lines = []
        for name, path in paths.items():
            spent: dict[str, list[float]] = {"ours": [], "stock": []}
            answers = {}
            for round_ in range(WARM_UP + ROUNDS):
                for who, there in (("ours", ours), ("stock", stock)):
                    answers[who] = there.ask(path, token)
                    if round_ >= WARM_UP:
                        spent[who].append(answers[who]["ms"])
            a, b = (statistics.median(spent[who]) for who in ("ours", "stock"))
            lines.append(
                f"{site:5} {name:28} ours {a:7.1f} ms  stock {b:7.1f} ms  "
                f"{a - b:+6.1f} ms  ratio {a / b:4.2f}  "
                f"({answers['ours']['status']}/{answers['stock']['status']}, "
                f"found {answers['ours']['found']}/{answers['stock']['found']})"
            )
        ours.close()
        stock.close()
    return lines


def projection() -> str:
    """Return the milliseconds of deciding about an entry with 200 items."""
    from ckanext.jiangmen.sharing import projection as deciding
    from ckanext.jiangmen.sharing.decision import Standing, Viewer
    from ckanext.jiangmen.tables.projection import Column

    kinds = ("可社会公开", "无条件共享", "有条件共享", "不予共享")
    items = [
        {"name": f"项{i}", "column": f"c{i}", "sharing_category": kinds[i % 4]}
        for i in range(ITEMS)
    ]
    entry = {
        "secrecy": "非涉密",
        "sharing_category": "无条件共享",
        "information_items": items,
    }
    stored = tuple(Column(f"c{i}", f"项{i}", "text") for i in range(ITEMS))
    viewer = Viewer(Standing.DEPARTMENT)
    spent = []
    for _ in range(200):
        began = time.perf_counter()
        value = deciding.projected(entry, "r", viewer, stored)
        value.render()
        spent.append((time.perf_counter() - began) * 1000)
    return f"projection of {ITEMS} items: {statistics.median(spent):.2f} ms"


def main() -> None:
    """Print a line per call."""
    told = json.loads((ROOT / "var/run.json").read_text(encoding="utf-8"))
    print(projection())
    api = "/api/3/action"
    searches = {
        # All entries: the two parse words differently and would find different ones.
        "package_search": f"{api}/package_search?q=*:*&rows=20",
        "package_search, facets": (
            f'{api}/package_search?q=*:*&rows=20&facet.field=["organization","tags"]'
        ),
    }
    for line in compare("open", searches, None):
        print(line)
    token = told["share"]["accounts"]["c_cataloguer"]["token"]
    entry, table = _an_entry(token, told["share"]["url"])
    reads = {
        "package_show": f"{api}/package_show?id={entry}",
        "datastore_search": f"{api}/datastore_search?resource_id={table}&limit=100",
        "datastore_search, filter": (
            f"{api}/datastore_search?resource_id={table}&sort=_id desc&q=镇"
        ),
    }
    for line in compare("share", reads, token):
        print(line)


def _an_entry(token: str, url: str) -> tuple[str, str]:
    """Return id and table of an entry of the account's department."""
    import requests

    found = requests.get(
        f"{url}/api/3/action/package_search",
        params={"q": "行政区划", "rows": 50},
        headers={"Authorization": token},
        timeout=30,
    ).json()["result"]["results"]
    for entry in found:
        for resource in entry["resources"]:
            if resource.get("datastore_active") and "民政" in str(
                entry["organization"]["title"]
            ):
                return entry["id"], resource["id"]
    raise SystemExit("no table of 市民政局 in the demonstration")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        main()
