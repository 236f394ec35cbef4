"""Mutants of the wall: each decisive line is made wrong once; tests must notice.

`make prove ARGS=mutants SEED=n`. A copy of the package gets one mutation at a time, and
the tests of `tests/pure/sharing`, which need no services, run against it. A mutant is
killed when a test fails. Writes docs/proof/mutants.md; resumed from var/proof/mutants.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import os
import platform
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "var/proof/mutants"
PACKAGE = "ckanext-jiangmen/ckanext/jiangmen"
TESTS = "tests/pure/sharing"


@dataclass(frozen=True)
class Mutant:
    """A line of a module that is replaced once; `before` stands there exactly once.

    `same` says why the mutant does the same as the original, where it does.
    """

    module: str
    before: str
    after: str
    same: str = ""


def _of(module: str, *pairs: tuple[str, ...]) -> list[Mutant]:
    return [Mutant(f"sharing/{module}.py", *pair) for pair in pairs]


MUTANTS = [
    *_of(
        "decision",
        ("SEES_EVERYTHING = frozenset({Standing.OWNER,",
         "SEES_EVERYTHING = frozenset({Standing.OWNER, Standing.DEPARTMENT,"),
        ("READS_PLAIN = frozenset({Standing.OWNER,",
         "READS_PLAIN = frozenset({Standing.OWNER, Standing.COORDINATOR,"),
        ("return self.mode is not None", "return True"),
        ("return min((item_category", "return max((item_category"),
        ("return openness.category_badge(entry) == WITHHELD",
         "return openness.category_badge(entry) != WITHHELD"),
        ("if item_category(entry, item) != WITHHELD]",
         "if item_category(entry, item)]"),
        ("return list(openness.open_items(entry))", "return items"),
        ("        return list(openness.open_items(entry))\n    return []",
         "        return list(openness.open_items(entry))\n    return items"),
        ("Standing.COORDINATOR: (Reason.COORDINATOR, Mode.MASKED)",
         "Standing.COORDINATOR: (Reason.COORDINATOR, Mode.PLAIN)"),
        ("Standing.NOBODY: (Reason.NO_BUSINESS, None)",
         "Standing.NOBODY: (Reason.NO_BUSINESS, Mode.MASKED)"),
        ("mode = Mode.MASKED if category == OPEN else None",
         "mode = Mode.PLAIN if category == OPEN else None"),
        ("mode = Mode.MASKED if category == OPEN else None",
         "mode = Mode.MASKED if category != WITHHELD else None"),
        ("    if category == WITHHELD:\n"
         "        return Verdict(item, Reason.WITHHELD)\n", ""),
        ('secret = entry.get("secrecy") != openness.NOT_CLASSIFIED\n'
         "    return WITHHELD if secret else category",
         "return category"),
        ('if item.get("name") in g.items]', "]"),
        ('if g.covers(str(item["name"]), viewer.channel))', ")"),
        ("free = not viewer.grants_only and (", "free = ("),
        ("and not viewer.purpose_owed)", ")"),
        ("category == OPEN or (category == UNCONDITIONAL",
         "category == OPEN or (category != WITHHELD"),
        ("return Verdict(item, Reason.GRANTED, Mode.PLAIN, usable, free)",
         "return Verdict(item, Reason.GRANTED, Mode.PLAIN, (), free)"),
        ("return Verdict(item, Reason.GRANTED, Mode.PLAIN, usable, free)",
         "return Verdict(item, Reason.GRANTED, Mode.PLAIN, usable, True)"),
        ("return Verdict(item, reason, Mode.MASKED)",
         "return Verdict(item, reason, Mode.PLAIN)"),
        ("return Verdict(item, Reason.OTHER_CHANNEL)",
         "return Verdict(item, Reason.OTHER_CHANNEL, Mode.PLAIN)"),
        ("return Verdict(item, Reason.OUTSIDE_TOKEN)",
         "return Verdict(item, Reason.OUTSIDE_TOKEN, Mode.MASKED)"),
        ("return Verdict(item, Reason.PURPOSE_MISSING)",
         "return Verdict(item, Reason.PURPOSE_MISSING, Mode.MASKED)"),
        ("return Verdict(item, Reason.NOT_GRANTED)",
         "return Verdict(item, Reason.NOT_GRANTED, Mode.MASKED)"),
        ('resource.get("sharing_category") or strictest(entry)', "strictest(entry)"),
        ("return openness.is_open(entry) and category == OPEN",
         "return openness.is_open(entry)"),
        ("viewer.standing is Standing.NOBODY or secret or category == WITHHELD",
         "viewer.standing is Standing.NOBODY or category == WITHHELD"),
        ("viewer.standing is Standing.NOBODY or secret or category == WITHHELD",
         "viewer.standing is Standing.NOBODY or secret"),
        ("viewer.standing is Standing.NOBODY or secret or category == WITHHELD",
         "secret or category == WITHHELD"),
        ("free = OPEN if viewer.purpose_owed else UNCONDITIONAL",
         "free = UNCONDITIONAL"),
        ("return wide and not viewer.grants_only", "return wide"),
        ("grant.rows is None and all(", "all("),
        ("all(grant.covers(n, viewer.channel) for n in names)",
         "any(grant.covers(n, viewer.channel) for n in names)"),
        ("return bool(names) and any(", "return any("),
    ),
    *_of(
        "projection",
        ("if any(verdict.reason is Reason.PURPOSE_MISSING for verdict in judged):",
         "if False:"),
        ("whole = viewer.standing in decision.READS_PLAIN", "whole = True"),
        ("whole = viewer.standing in decision.READS_PLAIN",
         "whole = viewer.standing in decision.SEES_EVERYTHING"),
        ("if verdict is not None and verdict.readable:", "if verdict is not None:"),
        ("elif verdict is None and whole:", "elif whole:",
         "to an owner every verdict is readable"),
        ("elif verdict is None and whole:", "elif verdict is None:"),
        ("    if not columns:\n        raise NothingReadable(resource_id)\n", ""),
        ('access = "masked" if verdict.mode is Mode.MASKED else "plain"',
         'access = "plain"'),
        ("everywhere = verdict.anyway and not column.is_encrypted",
         "everywhere = verdict.anyway"),
        ("if not verdict.grants or everywhere:", "if True:"),
        ("if None in filters:", "if filters:"),
        ("return sql.any_of(part for part in filters if part is not None)",
         "return None"),
    ),
    *_of(
        "grants",
        ("        if item_name not in self.items:\n            return False\n", ""),
        ("return bool(self.channels & _BULK)", "return True"),
        ("return channel in self.channels", "return True"),
        ("_BULK = frozenset({Channel.SYSTEM, Channel.DOWNLOAD})",
         "_BULK = frozenset(Channel)"),
        ("if column is None or column.is_encrypted:", "if column is None:"),
        ("    except (ValueError, ArithmeticError):\n"
         "        return projection.nothing()",
         '    except (ValueError, ArithmeticError):\n        fit = ""'),
        ("        projection.all_of(\n", "        projection.any_of(\n"),
        ("    return projection.any_of(\n        projection",
         "    return projection.all_of(\n        projection"),
    ),
    *_of(
        "labels",
        ("if not is_withheld(entry):", "if True:"),
        ("if caller.grants is not None:", "if False:"),
        ("or [NOBODY]\n    labels", "or [DEPARTMENTS]\n    labels"),
        ("[owner_label(organization) for organization in caller.organizations]", "[]"),
        ("if caller.has(Role.COORDINATOR):", "if True:"),
        ("if caller.has(Role.COORDINATOR):", "if False:"),
        ("if works_with_entries(caller):", "if True:"),
        ("return labels or [NOBODY]", "return labels"),
        ("active = package.state == model.State.ACTIVE and not package.private",
         "active = package.state == model.State.ACTIVE"),
        ("active = package.state == model.State.ACTIVE and not package.private",
         "active = not package.private"),
        ("    if package.state != model.State.ACTIVE:\n"
         "        return [owner_label(owner), COORDINATOR]\n", ""),
    ),
    *_of(
        "callers",
        ("    if caller.grants is not None:\n        return Standing.DEPARTMENT\n", ""),
        ("if owner_org and owner_org in caller.organizations:", "if owner_org:"),
        ("if owner_org and owner_org in caller.organizations:",
         "if caller.organizations:"),
        ("        return Standing.COORDINATOR\n    if works",
         "        return Standing.OWNER\n    if works"),
        ("    if works_with_entries(caller):\n        return Standing.DEPARTMENT\n",
         "    return Standing.DEPARTMENT\n"),
        ("CITY_READERS = (Role.SECRECY_REVIEWER, Role.CITY_APPROVER)",
         "CITY_READERS = (Role.SECRECY_REVIEWER, Role.CITY_APPROVER, Role.AUDITOR)"),
    ),
    *_of(
        "tokens",
        ("if network.prefixlen < SHORTEST_PREFIX[network.version]:", "if False:"),
        ('parsed = getattr(parsed, "ipv4_mapped", None) or parsed', "pass"),
        ("return any(parsed in ipaddress.ip_network(text) for text in ranges)",
         "return True"),
        ("return any(parsed in ipaddress.ip_network(text) for text in ranges)",
         "return all(parsed in ipaddress.ip_network(text) for text in ranges)"),
        ("    except ValueError:\n        return False",
         "    except ValueError:\n        return True"),
        ("return claim is None", "return True"),
        ('claim.get("grants") == list(grants)', "True"),
        ('claim.get("ranges") == list(ranges or ())', "True"),
        ("isinstance(claim, Mapping)\n        and", "claim is not None\n        and"),
    ),
    *_of(
        "logic/action",
        ("if standing in decision.READS_PLAIN:",
         "if standing in decision.SEES_EVERYTHING:"),
        ("items = decision.visible_items(entry, standing)",
         'items = entry["information_items"]'),
        ('or [] if label in names]', "or []]"),
        ("if not tables_link.is_table(resource, entry) and decision",
         "if decision"),
        ("return told | UNTOLD", "return told"),
        ("told = {k: v for k, v in resource.items() if k not in OF_THE_ORIGINAL}",
         "told = dict(resource)"),
        ("if key not in ACCOUNT_KEYS}", "}"),
    ),
]  # fmt: skip


def mutated(mutant: Mutant, text: str) -> str:
    """Return a module with the mutation. Raise ValueError where it does not fit."""
    if text.count(mutant.before) != 1:
        raise ValueError(f"{mutant.module}: {mutant.before!r} stands there not once")
    return text.replace(mutant.before, mutant.after)


def tested(tree: Path) -> tuple[bool, str]:
    """Run the tests against the copy in a child; return passed, and the first failure.

    The child is forked after CKAN was imported: that takes most of the time.
    """
    told = FOLDER / "told.txt"
    child = os.fork()
    if child == 0:
        with told.open("wb") as target:
            os.dup2(target.fileno(), 1)
            os.dup2(target.fileno(), 2)
        os._exit(_in_child(tree))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    said = told.read_text("utf-8", "replace").splitlines()
    failed = [x for x in said if x.startswith(("FAILED", "ERROR"))]
    name = failed[0].split("::")[-1].split(" - ")[0] if failed else ""
    if code not in {0, 1, 2}:
        sys.exit(f"pytest could not run (exit {code}), see {told}")
    return code == 0, name or "the module cannot be imported"


def _in_child(tree: Path) -> int:
    import ckanext

    ckanext.__path__.insert(0, str(tree / "ckanext"))
    found = importlib.import_module("ckanext.jiangmen.sharing.decision").__file__
    assert str(found).startswith(str(tree)), found
    options = ["-q", "-x", "-o", "addopts=", "--import-mode=importlib"]
    options += ["-p", "no:ckan", "-p", "no:ckan_fixtures", "-p", "no:cacheprovider"]
    return int(pytest.main([*options, str(ROOT / TESTS)]))


def main(seed: int) -> int:
    """Try every mutant that has not been tried; write the page; 1 if one survives."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    tree = FOLDER / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT / PACKAGE, tree / "ckanext/jiangmen")
    began = time.monotonic()
    whole, name = tested(tree)
    if not whole:
        sys.exit(f"The tests fail without a mutation: {name}")
    kept = FOLDER / f"{seed}.json"
    results = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    for number, mutant in enumerate(MUTANTS):
        key = f"{number} {mutant.module} {mutant.before} -> {mutant.after}"
        if key in results:
            continue
        path = tree / "ckanext/jiangmen" / mutant.module
        text = path.read_text("utf-8")
        path.write_text(mutated(mutant, text), "utf-8")
        try:
            survives, name = tested(tree)
        finally:
            path.write_text(text, "utf-8")
        results[key] = "" if survives else name
        kept.write_text(json.dumps(results, ensure_ascii=False), "utf-8")
        print(number + 1, mutant.module, results[key] or "SURVIVES", flush=True)
    return page(seed, list(results.values()), time.monotonic() - began)


def page(seed: int, killers: list[str], seconds: float) -> int:
    """Write the figures with date and machine; return 1 if a mutant survives."""
    left = [m for m, name in zip(MUTANTS, killers, strict=True) if not name]
    alive = [m for m in left if not m.same]
    lines = [
        "# Mutants of the wall",
        "",
        f"`make prove ARGS=mutants SEED={seed}`, {dt.datetime.now(dt.UTC):%Y-%m-%d}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {seconds:.0f} s.",
        "",
        f"{len(MUTANTS)} mutations of the lines that decide (conditions negated, "
        f"predicates dropped, modes widened), one at a time: "
        f"**{len(MUTANTS) - len(left)} killed, {len(alive)} alive**, "
        f"{len(left) - len(alive)} the same as the original, by the tests of "
        f"`{TESTS}` alone, which need no services.",
        "",
        "| module | the line | made | killed by |",
        "|---|---|---|---|",
        *(
            f"| `{m.module}` | `{_cell(m.before)}` | `{_cell(m.after)}` "
            f"| {name or m.same or '**alive**'} |"
            for m, name in zip(MUTANTS, killers, strict=True)
        ),
    ]
    target = ROOT / "docs/proof/mutants.md"
    target.write_text("\n".join(lines) + "\n", "utf-8")
    return 1 if alive else 0


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|") or " "


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    given = parser.parse_args()
    # Imported once, before every child is forked.
    import pytest

    import ckan.model
    import ckan.plugins.toolkit
    import ckan.tests.helpers  # noqa: F401

    sys.exit(main(given.seed))
