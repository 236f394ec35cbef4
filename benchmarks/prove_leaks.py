"""The leak crawl at large: every route and reading action of both sites, as everybody.

`make prove ARGS=leaks SEED=n`. Plants the share site of a test environment, sends it to
the open one, crawls both inside their applications, in one process per core, and writes
docs/proof/leaks.md. Progress stands in var/proof/leaks/<seed>.json: a broken run plants
anew and goes on with what is left. `--responses` makes fewer, for a trial.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "var/proof/leaks"
WANTED = 100_000
# What part of the responses the open site gives; it knows two kinds of callers.
OPEN_PART = 0.2
sys.path.insert(0, str(ROOT / "tests"))

from leaks import large  # noqa: E402 - found by the line above

State = dict[str, Any]


def step(name: str, seed: int, wanted: int, jobs: list[large.Job]) -> None:
    """Do one step in this process; every result is a line of JSON."""
    if name == "plant":
        results = [large.plant(seed, FOLDER)]
    elif name == "holes":
        results = [large.holes(seed, FOLDER)]
    elif name == "twins":
        results = [large.twins(seed, FOLDER, max(100, wanted // 100))]
    else:
        results = large.crawled(name, seed, FOLDER, jobs)
    for result in results:
        print("=" + json.dumps(result, ensure_ascii=False), flush=True)


def lines_of(
    name: str, seed: int, wanted: int, jobs: list[large.Job] | None = None
) -> Iterator[Any]:
    """Yield the results of a step done in a process of its own."""
    command = [sys.executable, __file__, "--seed", str(seed), "--step", name]
    command += ["--responses", str(wanted)]
    with (FOLDER / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(jobs or []))
        process.stdin.close()
        for line in process.stdout:
            if line.startswith("="):
                yield json.loads(line[1:])
    if process.wait():
        sys.exit(f"The step {name} failed, see {FOLDER / f'{name}.log'}.")


def jobs_of(site: str, wanted: int) -> list[large.Job]:
    """Return jobs of `large.CHUNK` requests, dealt out to the site's accounts.

    Half of the share site's are those of another department's cataloguer and of a
    machine token: they may see most, and so have most to be kept from.
    """
    from leaks.places import ACCOUNTS, ANONYMOUS, MACHINE

    if site == "open":
        turns = [ANONYMOUS, ANONYMOUS, ANONYMOUS]
    else:
        others = [name for name in ACCOUNTS if not name.startswith("c_")]
        turns = [*others, ANONYMOUS, MACHINE, *["b_cataloguer"] * len(others)]
    given: Counter[str] = Counter()
    jobs = []
    for number in range(-(-wanted // large.CHUNK)):
        account = turns[number % len(turns)]
        jobs.append((account, given[account] * large.CHUNK))
        given[account] += 1
    return jobs


def main(seed: int, wanted: int) -> int:
    """Run what is left of the proof for `seed` and write its page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / f"{seed}.json"
    state: State = {"seconds": 0.0, "done": {"share": [], "open": []}}
    if kept.exists():
        state = json.loads(kept.read_text("utf-8"))

    def keep() -> None:
        kept.write_text(json.dumps(state, ensure_ascii=False), "utf-8")

    for command in (["services"], ["test-env", f"SUFFIX={large.SUFFIX}"]):
        subprocess.run(["make", "-s", *command], cwd=ROOT, check=True)
    began = time.monotonic()
    (state["stores"],) = lines_of("plant", seed, wanted)
    for site, part in (("share", 1 - OPEN_PART), ("open", OPEN_PART)):
        done = state["done"][site]
        known = {tuple(result["job"]) for result in done}
        left = [job for job in jobs_of(site, round(wanted * part)) if job not in known]
        for result in lines_of(site, seed, wanted, left) if left else ():
            done.append(result)
            state["seconds"] += time.monotonic() - began
            began = time.monotonic()
            keep()
            print(f"{site}: {sum(r['responses'] for r in done):,}", flush=True)
    for name in ("holes", "twins"):
        (state[name],) = lines_of(name, seed, wanted)
    state["seconds"] += time.monotonic() - began
    keep()
    command = f"make prove ARGS=leaks SEED={seed}"
    if wanted != WANTED:
        command = f"python benchmarks/prove_leaks.py --seed {seed} --responses {wanted}"
    return page(command, state)


def page(command: str, state: State) -> int:
    """Write the figures with command, date and machine; return 1 if anything leaked."""
    results = [r for site in state["done"].values() for r in site]
    hits = [hit for result in results for hit in result["hits"]]
    failures = Counter(path for result in results for path in result["failures"])
    stores = {store: told for store, told in state["stores"].items() if told}
    holes, twins = state["holes"], state["twins"]
    missed = [name for name, where in holes.items() if not where]
    per_account: Counter[str] = Counter()
    for site, done in state["done"].items():
        for result in done:
            account = result["job"][0] or "nobody"
            per_account[f"{site}: {account}"] += result["responses"]
    total = sum(per_account.values())
    lines = [
        "# Leaks",
        "",
        f"`{command}`, {dt.datetime.now(dt.UTC):%Y-%m-%d}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{state['seconds']:.0f} s.",
        "",
        "| what | figure |",
        "|---|---|",
        f"| responses crawled | {total:,} |",
        f"| hits | {len(hits):,} |",
        f"| internal errors among the answers | {sum(failures.values()):,} |",
        f"| holes planted | {len(holes)} |",
        f"| holes found | {len(holes) - len(missed)} |",
        f"| stores of the open site with a hidden mark | {len(stores)} |",
        f"| twins compared (hidden id, absent id) | {twins['pairs']:,} |",
        f"| twins that differ | {len(twins['differing'])} |",
        f"| median time of a hidden id, ms | {twins['hidden_ms']:.2f} |",
        f"| median time of an absent id, ms | {twins['absent_ms']:.2f} |",
        f"| the same between two halves of the absent ones, ms | "
        f"{twins['noise_ms']:.2f} |",
        "",
        "| site and account | responses |",
        "|---|---|",
        *(f"| {name} | {count:,} |" for name, count in sorted(per_account.items())),
        "",
        "| hole | found at |",
        "|---|---|",
        *(f"| `{name}` | {where or 'not found'} |" for name, where in holes.items()),
    ]
    shown = Counter((path.split("?")[0], place) for _, path, _, place in hits)
    for title, rows in (
        (
            "hit",
            [f"`{path}` tells `{place}`: {n}" for (path, place), n in shown.items()],
        ),
        ("internal error", [f"`{path}`: {n}" for path, n in failures.most_common(20)]),
        ("differing twin", [f"`{path}`" for path in sorted(set(twins["differing"]))]),
        ("store", [f"{store}: {', '.join(told)}" for store, told in stores.items()]),
    ):
        lines += ["", *(f"- {title}: {row}" for row in rows[:50])] if rows else []
    target = ROOT / "docs/proof/leaks.md"
    target.write_text("\n".join(lines) + "\n", "utf-8")
    return 1 if hits or missed or stores or twins["differing"] else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--responses", type=int, default=WANTED)
    parser.add_argument("--step", choices=["plant", "share", "open", "holes", "twins"])
    given = parser.parse_args()
    if given.step:
        jobs = [(account, first) for account, first in json.load(sys.stdin)]
        step(given.step, given.seed, given.responses, jobs)
    else:
        sys.exit(main(given.seed, given.responses))
