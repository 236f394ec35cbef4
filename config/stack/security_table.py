"""Write docs/security.md from docs/security.yaml: what is verified by which test.

python config/stack/security_table.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).resolve().parents[2] / "docs"

HEAD = """\
# Security: requirements and the tests that verify them

Written from `docs/security.yaml` by `python config/stack/security_table.py`. "Verified"
means that a test of this project fails if the requirement is broken; a requirement that
is met by configuration or by reading the code only counts as open here.
"""


def chapters(asvs: dict[str, Any]) -> list[tuple[str, dict[str, list[str]]]]:
    """Return per chapter which requirements are verified, open, otherwise, unfit."""
    found = []
    for chapter, ids in asvs["requirements"].items():
        sorts: dict[str, list[str]] = {
            sort: [] for sort in ("tested", "open", "decided_otherwise", "unfit")
        }
        for number in ids:
            name = f"{chapter}.{number}"
            if name in asvs["not_applicable"] or chapter in asvs["not_applicable"]:
                sorts["unfit"].append(name)
            elif name in asvs["tested"]:
                sorts["tested"].append(name)
            elif name in asvs["decided_otherwise"]:
                sorts["decided_otherwise"].append(name)
            else:
                sorts["open"].append(name)
        found.append((chapter, sorts))
    return found


def _tests(names: list[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names) or "open"


def page(known: dict[str, Any]) -> str:
    """Return the page."""
    asvs, items = known["asvs"], known["dengbao"]["items"]
    rows = chapters(asvs)

    def total(sort: str) -> int:
        return sum(len(sorts[sort]) for _, sorts in rows)

    applicable = total("tested") + total("open") + total("decided_otherwise")
    done = sum(1 for item in items if item["tested"])
    lines = [
        HEAD,
        f"**ASVS 5.0.0 levels 1 and 2: {total('tested')} of {applicable} applicable"
        f" requirements verified by a test** ({total('unfit')} do not apply,"
        f" {total('decided_otherwise')} are decided otherwise, {total('open')} are"
        f" open). **等级保护 level 3, application rules: {done} of {len(items)}"
        " verified by a test.**\n",
        "## ASVS by chapter\n",
        "| chapter | verified | applicable | open |",
        "|---|---|---|---|",
    ]
    for chapter, sorts in rows:
        fit = sum(len(sorts[s]) for s in ("tested", "open", "decided_otherwise"))
        opens = ", ".join(sorts["open"])
        lines.append(f"| {chapter} | {len(sorts['tested'])} | {fit} | {opens} |")
    lines += ["\n## ASVS: verified\n", "| requirement | test |", "|---|---|"]
    lines += [f"| {name} | {_tests(t)} |" for name, t in asvs["tested"].items()]
    lines += ["\n## ASVS: decided otherwise\n", "| requirement | why |", "|---|---|"]
    lines += [f"| {n} | {why} |" for n, why in asvs["decided_otherwise"].items()]
    lines += ["\n## ASVS: does not apply\n", "| requirement | why |", "|---|---|"]
    lines += [f"| {name} | {why} |" for name, why in asvs["not_applicable"].items()]
    lines += [
        "\n## GB/T 22239-2019, level 3\n",
        f"{known['dengbao']['source']}.\n",
        "| rule | what | test |",
        "|---|---|---|",
    ]
    lines += [f"| {i['rule']} | {i['text']} | {_tests(i['tested'])} |" for i in items]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page; with --check only say whether it is up to date."""
    known = yaml.safe_load((DOCS / "security.yaml").read_text(encoding="utf-8"))
    text, path = page(known), DOCS / "security.md"
    if "--check" in sys.argv:
        return 0 if path.exists() and path.read_text(encoding="utf-8") == text else 1
    path.write_text(text, encoding="utf-8")
    print(text.split("\n\n")[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
