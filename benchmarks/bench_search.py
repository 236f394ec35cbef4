"""How well the search finds, beside CKAN with its own schema: the judged set.

    make bench ARGS=search
    bench_search.py [--half tune|held-out] [--wrong] [--ours]

Both peers answer `package_search` over the same entries in the same run: this platform
with its schema, and CKAN alone with the schema of its package. Each has a core of its
own, made for the run and dropped after it. The entries stand in the index only. Runs
in the test environment of `make test-env SUFFIX=bench` (or of BENCH_INI).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import judged_set
import search_peer

ROOT = Path(__file__).resolve().parents[1]


def environment() -> Path:
    """Return the settings of the environment, made at the first run."""
    path = Path(os.environ.get("BENCH_INI", ROOT / "var/etc/test-open-bench.ini"))
    if not path.exists():
        subprocess.run(["make", "test-env", "SUFFIX=bench"], cwd=ROOT, check=True)
    return path


def asked(
    peer: search_peer.Peer, queries: list[judged_set.Query]
) -> list[tuple[judged_set.Query, list[str], int]]:
    """Return what the peer finds for every query."""
    found = []
    for query in queries:
        answer = peer.ask(query.text)
        found.append((query, answer["titles"], answer["count"]))
    return found


def wrong(answers: list[tuple[judged_set.Query, list[str], int]]) -> None:
    """Print the queries that did not get everything right."""
    for query, titles, hits in answers:
        told = judged_set.score(query, titles) if query.relevant else {}
        if hits > 3 if not told else told["nDCG@10"] < 0.95:
            missing = [title for title in query.relevant if title not in titles]
            print(
                f"{query.kind} | {query.text} | {told.get('nDCG@10', 0):.2f} "
                f"| {hits} hits {titles[:5]} | missing {missing[:6]}"
            )


def main() -> int:
    """Print a table per peer; return 1 where ours misses what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tune", "held-out"))
    parser.add_argument("--wrong", action="store_true", help="tell what is not right")
    parser.add_argument("--ours", action="store_true", help="without stock CKAN")
    given = parser.parse_args()
    entries = judged_set.entries()
    queries = [
        query
        for query in judged_set.queries(entries)
        if not given.half or query.held_out == (given.half == "held-out")
    ]
    print(f"{len(queries)} queries over {len(entries)} entries")
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "entries.json"
        kept.write_text(json.dumps(entries), encoding="utf-8")
        for name in ("ours",) if given.ours else ("ours", "stock"):
            with search_peer.Peer(name, environment(), kept) as peer:
                answers = asked(peer, queries)
            print(f"\n{name}")
            print("\n".join(judged_set.table(answers)))
            if given.wrong and name == "ours":
                wrong(answers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
