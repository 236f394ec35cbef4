"""100,000 entries of broken values: the rules answer each in sentences, none fails.

`make prove ARGS=bad_entries SEED=n`. Goes on where it stopped: the number of entries
done stands in var/proof/bad_entries/<seed>.json. Writes docs/proof/bad_entries.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import random
import time
from collections import Counter
from pathlib import Path

from ckanext.jiangmen.catalog import rules

ROOT = Path(__file__).parents[1]
WANTED = 100_000
CHUNK = 5_000

BROKEN = (
    None, "", " ", "\u3000", "\x00", "是", "否", "可社会公开", "不予共享", "绝密",
    "孖簕浐湴氹滘蓢裡", "'; DROP TABLE package; --", "{!func}x", "../../x", "ｘ" * 300,
    0, -1, 1e400, float("nan"), True, [], {}, [[]], [None], {"a": {"b": []}}, b"\xff",
    "91350100M000100Y4Z", "440703190002301231", "2026-02-30", "𠮷" * 22, "字" * 257,
)  # fmt: skip
FIELDS = (
    "title", "owner_org", "notes", "content_kind", "content_subkind", "resource_code",
    "class_lei", "class_xiang", "class_mu", "class_ximu", "provider_code",
    "format_class", "format_types", "sharing_category", "share_condition",
    "legal_basis_type", "legal_basis", "exchange_method", "exchange_reason",
    "open_flag", "open_condition", "update_cycle", "cycle_reason", "related_codes",
    "subject_terms", "secrecy", "secrecy_review_result", "license_id",
    "contact_phone", "information_items",
)  # fmt: skip
ITEM_FIELDS = (
    "name", "column", "data_type", "data_length", "is_key", "sharing_category",
    "open_flag", "sensitivity",
)  # fmt: skip


def broken_entry(dice: random.Random) -> dict[str, object]:
    """Return an entry whose every field is missing, broken or, by chance, right."""
    entry: dict[str, object] = {
        field: dice.choice(BROKEN) for field in FIELDS if dice.random() < 0.8
    }
    if dice.random() < 0.7:
        entry["secrecy"] = "非涉密"
    if dice.random() < 0.7:
        entry["information_items"] = [
            {field: dice.choice(BROKEN) for field in ITEM_FIELDS}
            for _ in range(dice.randrange(4))
        ]
    return entry


def main(seed: int) -> None:
    """Run what is left of the proof for `seed` and write its page."""
    kept = ROOT / "var/proof/bad_entries" / f"{seed}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    state = {"done": 0, "seconds": 0.0, "found": {}}
    if kept.exists():
        state = json.loads(kept.read_text("utf-8"))
    found = Counter(state["found"])
    while state["done"] < WANTED:
        began = time.perf_counter()
        dice = random.Random(f"{seed}/{state['done']}")
        for _ in range(CHUNK):
            problems = rules.check_entry(broken_entry(dice))
            assert problems, "a broken entry passed"
            for problem in problems:
                assert problem.message.endswith("。"), problem
                found[problem.rule] += 1
        state["done"] += CHUNK
        state["seconds"] += time.perf_counter() - began
        state["found"] = dict(found)
        kept.write_text(json.dumps(state), "utf-8")
        print(f"{state['done']:,} of {WANTED:,}", flush=True)
    page(seed, state)


def page(seed: int, state: dict) -> None:
    """Write the figures with seed, date and machine."""
    found = sorted(state["found"].items(), key=lambda pair: -pair[1])
    lines = [
        "# Broken entries",
        "",
        f"`make prove ARGS=bad_entries SEED={seed}`, "
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}.",
        "",
        f"{state['done']:,} entries of broken values in {state['seconds']:.0f} s: "
        "0 exceptions, 0 passed, every problem a sentence.",
        "",
        "| rule | problems |",
        "|---|---|",
        *(f"| `{rule}` | {count:,} |" for rule, count in found),
    ]
    target = ROOT / "docs/proof/bad_entries.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    main(parser.parse_args().seed)
