"""The judged set of the search: entries, queries, and what is told of an answer."""

from __future__ import annotations

import math
import re
import statistics
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
TOP = 10
NEGATIVE = "negative"
# Where ids of the judged entries come from, so that every run has the same.
SPACE = uuid.UUID("00000000-0000-4000-8000-000000440700")


@dataclass(frozen=True)
class Query:
    """A query, its kind and the titles that answer it with their grades (3, 2, 1)."""

    kind: str
    text: str
    relevant: dict[str, int]
    held_out: bool


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def entries() -> list[dict[str, Any]]:
    """Return all entries: [{title, department, notes, terms, items}]."""
    found = [
        {
            "title": entry["title"],
            "department": path.stem,
            "notes": entry["notes"],
            "terms": re.split("[；;]", entry.get("terms", "")),
            "items": [item.split()[0] for item in entry.get("items", [])],
        }
        for path in sorted((ROOT / "demo/entries").glob("*.yaml"))
        for entry in _yaml(path)
    ]
    invented = _yaml(ROOT / "benchmarks/judged/entries.yaml")
    for department, rows in invented.items():
        for title, notes, terms, items in rows:
            found.append(
                {
                    "title": title,
                    "department": department,
                    "notes": notes,
                    "terms": terms.split("；"),
                    "items": items.split("；"),
                }
            )
    return found


def queries(known: list[dict[str, Any]]) -> list[Query]:
    """Return all queries; every second one of a kind is held out from tuning."""
    found = []
    for kind, asked in _yaml(ROOT / "benchmarks/judged/queries.yaml").items():
        for number, (text, grades) in enumerate(asked.items()):
            relevant = {title: int(grade) for title, grade in grades.items()
                        if title != "all_of"}  # fmt: skip
            relevant |= {
                entry["title"]: 3
                for entry in known
                if entry["department"] == grades.get("all_of")
            }
            found.append(Query(kind, text, relevant, held_out=number % 2 == 1))
    return found


def package(entry: dict[str, Any], number: int) -> dict[str, Any]:
    """Return an entry as `package_show` answers it on the open site."""
    identity = str(uuid.uuid5(SPACE, f"{number} {entry['title']}"))
    department = uuid.uuid5(SPACE, entry["department"])
    stamp = "2026-01-02T03:04:05"
    return {
        "id": identity,
        "name": identity,
        "type": "dataset",
        "state": "active",
        "private": False,
        "title": entry["title"],
        "notes": entry["notes"],
        "metadata_created": stamp,
        "metadata_modified": stamp,
        "owner_org": str(department),
        "organization": {
            "id": str(department),
            "name": f"org-{department.hex[:8]}",
            "title": entry["department"],
        },
        "groups": [],
        "resources": [],
        "tags": [{"name": term} for term in entry["terms"] if len(term) > 1],
        "sharing_category": "可社会公开",
        "secrecy": "非涉密",
    }


def score(query: Query, titles: list[str]) -> dict[str, float]:
    """Return recall@10, nDCG@10 and the reciprocal rank of the titles found."""
    grades = [query.relevant.get(title, 0) for title in titles[:TOP]]
    ideal = sorted(query.relevant.values(), reverse=True)[:TOP]
    hits = sum(grade > 0 for grade in grades)
    first = next((n for n, grade in enumerate(grades, 1) if grade), None)
    return {
        "recall@10": hits / min(TOP, len(query.relevant)),
        "nDCG@10": _gain(grades) / _gain(ideal),
        "MRR": 1 / first if first else 0.0,
    }


def _gain(grades: list[int]) -> float:
    return sum((2**g - 1) / math.log2(n + 1) for n, g in enumerate(grades, 1))


def table(answers: list[tuple[Query, list[str], int]]) -> Iterator[str]:
    """Yield a line per kind and one over all, from (query, titles found, hits)."""
    kinds = dict.fromkeys(query.kind for query, *_ in answers)
    yield f"{'kind':30}{'n':>4}{'recall@10':>11}{'nDCG@10':>9}{'MRR':>7}" + (
        f"{'no result':>11}{'mean hits':>11}{'≤ 3 hits':>10}"
    )
    for kind in kinds:
        yield _line(kind, [row for row in answers if row[0].kind == kind])
    yield _line("all but negative", [row for row in answers if row[0].relevant])


def _line(name: str, rows: list[tuple[Query, list[str], int]]) -> str:
    scores = [score(query, titles) for query, titles, _ in rows if query.relevant]
    hits = [hits for *_, hits in rows]
    means = [
        f"{statistics.mean(s[key] for s in scores):.3f}" if scores else "–"
        for key in ("recall@10", "nDCG@10", "MRR")
    ]
    return (
        f"{name:30}{len(rows):>4}{means[0]:>11}{means[1]:>9}{means[2]:>7}"
        f"{sum(n == 0 for n in hits) / len(hits):>11.2f}"
        f"{statistics.mean(hits):>11.1f}{sum(n <= 3 for n in hits) / len(hits):>10.2f}"
    )
