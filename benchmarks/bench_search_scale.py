"""How fast the search is at 100,000 entries, beside CKAN with its own schema.

    make bench ARGS=search_scale
    bench_search_scale.py [--entries 100000]

The judged entries again and again under numbered titles, put into cores of their own by
the index hooks of both peers. Milliseconds of `package_search` with facets and 20 rows
on the server; queries by field find the same number in both, so they are compared.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import judged_set
import search_peer
from bench_search import environment

FACETS = ["organization", "tags", "res_format", "license_id"]
ROUNDS = 4


def spent(peer: search_peer.Peer, texts: list[str]) -> dict[str, tuple[float, int]]:
    """Return the median milliseconds and the hits of every query."""
    found = {}
    for text in texts:
        told = [
            peer.ask(text, rows=20, **{"facet.field": FACETS}) for _ in range(ROUNDS)
        ]
        # The first one may fill a cache; the others are asked with it.
        found[text] = (statistics.median(t["ms"] for t in told), told[0]["count"])
    return found


def first_times(peer: search_peer.Peer, texts: list[str]) -> list[float]:
    """Return the milliseconds of each query asked for the first time."""
    return [peer.ask(q, rows=20, **{"facet.field": FACETS})["ms"] for q in texts]


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(times, n=20)[-1]


def tell(peer: search_peer.Peer, typed: list[str]) -> None:
    """Print the times of the judged queries and of suggestions for their beginnings."""
    peer.ask("预热")
    found = {
        f"{len(typed)} judged queries": first_times(peer, typed),
        "suggestions": [peer.suggest(q[:n]) for q in typed[::3] for n in (1, 2, 3)],
    }
    for what, times in found.items():
        middle = statistics.median(times)
        print(f"  {what}: median {middle:.0f} ms, p95 {p95(times):.0f} ms")


def main() -> int:
    """Print both peers' times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    many = parser.parse_args().entries
    entries = judged_set.entries()
    typed = [q.text for q in judged_set.queries(entries) if q.relevant]
    equal = ["*:*", "res_format:CSV"] + [
        f"tags:{entry['terms'][0]}" for entry in entries[::23] if entry["terms"][0]
    ]
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "entries.json"
        kept.write_text(json.dumps(entries), encoding="utf-8")
        for name in ("ours", "stock"):
            began = time.monotonic()
            with search_peer.Peer(name, environment(), kept, many) as peer:
                print(f"{name}: {many} entries in {time.monotonic() - began:.0f} s")
                if name == "ours":
                    tell(peer, typed)
                times[name] = spent(peer, equal)
    same = [q for q in equal if times["ours"][q][1] == times["stock"][q][1]]
    ratio = sum(times["ours"][q][0] for q in same) / sum(
        times["stock"][q][0] for q in same
    )
    print(f"{len(same)} of {len(equal)} queries with equal hits: ratio {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
