"""Every action and address of both sites, asked by every role in every state.

`make prove ARGS=authorization`. The tests of tests/authorization ask all cells of the
reviewed table on servers of their own; what each table's run found stands in
var/proof/authorization/, and a table that was asked already for this seed is not asked
again. Writes docs/proof/authorization.md. By hand, on servers that run:
`python benchmarks/prove_authorization.py --seed 1 --suffix x` after `make test-env`.
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
from pathlib import Path

ROOT = Path(__file__).parents[1]
SITES = ("share", "open")
KINDS = ("actions", "routes")


def run(site: str, kept: Path, suffix: str) -> None:
    """Ask all cells of one site's tables; the tests write what came of it."""
    environment = dict(os.environ) | {"AUTHORIZATION_PROOF": str(kept)}
    wanted = "test_every_role_is_answered_as_the_table_says"
    if suffix:
        command = [
            f"{Path(sys.executable).parent}/pytest",
            f"--ckan-ini=var/etc/test-{site}-{suffix}.ini",
            f"tests/{site}/authorization",
            "-k",
            wanted,
        ]
    else:
        command = ["make", "test", f"ARGS={site} -k {wanted}"]
    subprocess.run(command, cwd=ROOT, env=environment, check=False)


def told(kept: Path, site: str, kind: str) -> Path:
    """Return the file that holds one table's figures."""
    return kept.with_suffix(f".{site}.{kind}.json")


def main(seed: int, suffix: str) -> int:
    """Run what is left of the proof, write its page; return 1 if a cell is wrong."""
    kept = ROOT / "var/proof/authorization" / str(seed)
    kept.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    for site in SITES:
        if not all(told(kept, site, kind).exists() for kind in KINDS):
            run(site, kept, suffix)
    reports = []
    for site in SITES:
        for kind in KINDS:
            if not told(kept, site, kind).exists():
                print(f"The {kind} of the {site} site were not asked; see above.")
                return 1
            report = json.loads(told(kept, site, kind).read_text("utf-8"))
            reports.append((site, report))
    page(seed, reports, time.perf_counter() - began)
    return (
        1 if any(report["wrong"] or report["uncovered"] for _, report in reports) else 0
    )


def page(seed: int, reports: list[tuple[str, dict]], seconds: float) -> None:
    """Write the figures with seed, date and machine."""
    cells = sum(report["cells"] for _, report in reports)
    uncovered = sum(report["uncovered"] for _, report in reports)
    wrong = [(site, *cell) for site, report in reports for cell in report["wrong"]]
    lines = [
        "# Authorization",
        "",
        f"`make prove ARGS=authorization SEED={seed}`, "
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {seconds:.0f} s.",
        "",
        f"{cells:,} cells, {uncovered} uncovered, {len(wrong)} wrong. Each cell is a "
        "call: an action or address, a role, a state of what it is about; the reviewed "
        "table stands in tests/authorization/.",
        "",
        "| site | table | rows | cells | asked | allowed | refused | hidden | "
        "invalid | no change | wrong |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for site, report in reports:
        got = report["outcomes"]
        counts = [
            report["rows"],
            report["cells"],
            report["asked"],
            *(got.get(name, 0) for name in ("allowed", "refused", "hidden", "invalid")),
            got.get("no change", 0),
            len(report["wrong"]),
        ]
        figures = " | ".join(f"{count:,}" for count in counts)
        lines.append(f"| {site} | {report['kind']} | {figures} |")
    lines += [
        "",
        "Refused is 401, 403 or the sign-in page; hidden is 404, as for the absent; "
        "invalid is 400 or 409: a sentence about the call's parameters, after the "
        "authorization; no change is a page after a writing request that left the "
        "database as it was.",
    ]
    if wrong:
        lines += ["", "| site | what | role | state | expected | got |", ""]
        lines[-1] = "|---|---|---|---|---|---|"
        lines += ["| " + " | ".join(map(str, cell)) + " |" for cell in wrong]
    target = ROOT / "docs/proof/authorization.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--suffix", default="")
    options = parser.parse_args()
    sys.exit(main(options.seed, options.suffix))
