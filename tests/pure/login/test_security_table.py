"""The table of security names requirements that exist and tests that exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
KNOWN = yaml.safe_load((ROOT / "docs/security.yaml").read_text(encoding="utf-8"))


def test_every_test_that_the_table_names_exists():
    asvs = [each for tests in KNOWN["asvs"]["tested"].values() for each in tests]
    items = [each for item in KNOWN["dengbao"]["items"] for each in item["tested"]]
    missing = []
    for name in asvs + items:
        path, *_, function = name.split("::")
        source = ROOT / path
        text = source.read_text(encoding="utf-8") if source.exists() else ""
        if f"def {function}(" not in text:
            missing.append(name)
    assert missing == []


def test_every_requirement_is_one_of_the_standards_and_sorted_once():
    asvs = KNOWN["asvs"]
    names = {f"{c}.{n}" for c, numbers in asvs["requirements"].items() for n in numbers}
    assert len(names) == 253
    sorted_ = [*asvs["tested"], *asvs["decided_otherwise"]]
    sorted_ += [each for each in asvs["not_applicable"] if "." in each]
    assert len(sorted_) == len(set(sorted_))
    assert set(sorted_) <= names


def test_the_page_is_what_the_table_says():
    script = [sys.executable, "config/stack/security_table.py", "--check"]
    assert subprocess.run(script, cwd=ROOT, check=False).returncode == 0
