"""The rooms' parts of the catalogue agree and keep placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "ckanext-jiangmen/ckanext/jiangmen"
PARTS = sorted((PACKAGE / "i18n/parts").glob("*.po"))

PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sdr]|\{[\w!]*\}")


def translated(path: Path) -> dict[str, str]:
    """Return the translations of one file by their string."""
    return {
        entry.msgid: entry.msgstr or entry.msgstr_plural.get(0, "")
        for entry in polib.pofile(str(path))
        if entry.translated()
    }


def test_no_two_rooms_translate_one_string_differently():
    found: dict[str, set[str]] = {}
    for path in PARTS:
        for string, text in translated(path).items():
            found.setdefault(string, set()).add(text)
    assert not {string: texts for string, texts in found.items() if len(texts) > 1}


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.stem)
def test_a_translation_keeps_the_placeholders_of_its_string(path):
    wrong = [
        entry.msgid
        for entry in polib.pofile(str(path))
        if sorted(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        != sorted(PLACEHOLDER.findall(entry.msgstr or entry.msgstr_plural.get(0, "")))
    ]
    assert not wrong
