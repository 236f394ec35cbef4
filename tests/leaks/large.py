"""The crawl at large, for `make prove`: sites planted and crawled without pytest.

A process holds one site's application; every step here is run in one of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
SUFFIX = "leaks"
CHUNK = 250

Job = tuple[str, int]


# One site's application, in this process


def load(site: str) -> Any:
    """Return the application of a site of the environment."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    make_app(load_config(str(ini_of(site))))
    from ckan.tests.helpers import _get_test_app

    return _get_test_app()


def ini_of(site: str) -> Path:
    """Return the ini file of a site of the environment."""
    folder = Path(os.environ.get("JIANGMEN_VAR", ROOT / "var"))
    return folder / "etc" / f"test-{site}-{SUFFIX}.ini"


def emptied() -> None:
    """Empty the site's stores by the helpers that every test uses."""
    import importlib.util

    import ckan.plugins.toolkit as tk
    from ckan.lib.search import clear_all

    spec = importlib.util.spec_from_file_location("helpers", TESTS / "conftest.py")
    assert spec
    assert spec.loader
    helpers: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(helpers)
    helpers._empty_main_database()
    helpers._empty_datastore()
    clear_all()
    storage = Path(tk.config["ckan.storage_path"])
    storage.mkdir(parents=True, exist_ok=True)
    helpers._empty_files(storage)


class OpenSite:
    """The open site as a process of its own, while the share site sends to it."""

    def __init__(self, folder: Path) -> None:
        helper = TESTS / "share/publication/open_site.py"
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        self.log = folder / "open.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(helper), str(ini_of("open")), port],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.token = self._said("token")
        assert self.process.stdin
        self.process.stdin.write("start -\n")
        self.process.stdin.flush()
        self.served_by = int(self._said("ready"))
        self.url = f"http://127.0.0.1:{port}"

    def _said(self, word: str) -> str:
        assert self.process.stdout
        while line := self.process.stdout.readline():
            if line.startswith(word + " "):
                return line.split()[1]
        raise RuntimeError(f"the open site did not start, see {self.log}")

    def stop(self) -> None:
        """End both processes; they are this proof's own."""
        os.kill(self.served_by, 9)
        self.process.kill()
        self.process.wait()


def plant(seed: int, folder: Path) -> dict[str, list[str]]:
    """Plant the share site, send to the open one; return what the open one holds."""
    app = load("share")
    import sqlalchemy as sa
    from leaks import noted, places, stores, world

    import ckan.plugins.toolkit as tk
    from ckan import model

    from ckanext.jiangmen import clock
    from ckanext.jiangmen.publication import documents, worker
    from ckanext.jiangmen.publication.model import Publication

    def cross() -> None:
        model.Session.execute(sa.update(Publication).values(due=clock.now()))
        model.Session.commit()
        worker.run_once()

    with app.flask_app.test_request_context():
        emptied()
    site = OpenSite(folder)
    try:
        tk.config["ckanext.jiangmen.publication.open_url"] = site.url
        tk.config["ckanext.jiangmen.publication.token"] = site.token
        planted = world.build(seed, cross=cross)
        world.hide(planted)
        noted.editions(planted)
        documents.send_due()
        found = stores.Stores(ini_of("open")).holding(planted.marks, site.log)
    finally:
        site.stop()
    planted.cross = world._stay
    (folder / f"{seed}.world").write_bytes(pickle.dumps(planted))
    public = {name for name, place in places.PLACES.items() if place.public}
    return {
        store: sorted(told - public - places.GONE.get(store, set()))
        for store, told in found.items()
    }


# Crawling

_shared: dict[str, Any] = {}


def _share(site: str, seed: int, folder: Path) -> None:
    """Load a site and its planted world for this process and those forked from it."""
    app = load(site)
    world = pickle.loads((folder / f"{seed}.world").read_bytes())
    from leaks import asks

    with app.flask_app.test_request_context():
        everything = asks.everything(app, world)
    _shared.update(app=app, world=world, everything=everything, seed=seed)


def crawled(
    site: str, seed: int, folder: Path, jobs: list[Job]
) -> Iterator[dict[str, Any]]:
    """Yield what each job finds; a job is an account and where its requests begin.

    Requests are taken in an order that the seed shuffles, `CHUNK` a job.
    """
    _share(site, seed, folder)
    with multiprocessing.get_context("fork").Pool(initializer=_forked) as pool:
        yield from pool.imap_unordered(_one, jobs)


def _forked() -> None:
    """Leave the parent's connections alone."""
    from ckan import model
    from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine

    for engine in (model.ensure_engine(), get_read_engine(), get_write_engine()):
        engine.dispose(close=False)


def _one(job: Job) -> dict[str, Any]:
    from leaks import crawl

    account, first = job
    order = list(range(len(_shared["everything"])))
    random.Random(f"{_shared['seed']}/{account}").shuffle(order)
    chosen = [_shared["everything"][n] for n in order[first : first + CHUNK]]
    report = crawl.crawl(_shared["app"], _shared["world"], chosen, account)
    return {
        "job": [account, first],
        "responses": report.responses,
        "hits": [[who, ask.path, ask.data, place] for who, ask, place in report.hits],
        "failures": [ask.path.split("?")[0] for _, ask in report.failures],
        "seen": sorted(report.seen),
    }


def holes(seed: int, folder: Path) -> dict[str, str]:
    """Open every hole of the share site in turn; return where the crawl found each."""
    _share("share", seed, folder)
    from leaks import crawl, holes

    app, world, everything = (_shared[k] for k in ("app", "world", "everything"))
    found = {}
    for hole in holes.SHARE:
        with holes.opened(hole, app, world):
            chosen = hole.asks(everything, world)
            report = crawl.crawl(app, world, chosen, hole.account, first_only=True)
        found[hole.name] = report.hits[0][1].path.split("?")[0] if report.hits else ""
    return found


def twins(seed: int, folder: Path, number: int) -> dict[str, Any]:
    """Compare a hidden id with an absent one: answers, and the time they take (ms).

    `number` pairs of requests, and as many times of each.
    """
    _share("share", seed, folder)
    from leaks import asks, crawl
    from leaks.ask import ABSENT, action

    app, world = _shared["app"], _shared["world"]
    pairs = asks.sample(list(asks.twins(app, world)), number, seed)
    differing = [
        ask.path for ask, _, _ in crawl.twins(app, world, pairs, "b_cataloguer")
    ]
    times: dict[str, list[float]] = {"hidden": [], "absent": []}
    for _ in range(number):
        for name, id_ in (("hidden", world.ids["withheld"]), ("absent", ABSENT)):
            ask = action("twin", "package_show", id=id_)
            answer = crawl.send(app, world, ask, "b_cataloguer")
            times[name].append(answer.seconds * 1000)
    halves = (times["absent"][::2], times["absent"][1::2])
    return {
        "pairs": len(pairs),
        "differing": differing,
        "hidden_ms": statistics.median(times["hidden"]),
        "absent_ms": statistics.median(times["absent"]),
        "noise_ms": abs(statistics.median(halves[0]) - statistics.median(halves[1])),
    }
