"""The catalogue of the interface: every string of ours is Chinese on Chinese pages."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "ckanext-jiangmen/ckanext/jiangmen"
PARTS = sorted((PACKAGE / "i18n/parts").glob("*.po"))

MARKED = re.compile(
    r"""(?<![\w.])_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)""", re.DOTALL
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sdr]|\{[\w!]*\}")


def translated(path: Path) -> dict[str, str]:
    """Return the translations of one file by their string."""
    return {
        entry.msgid: entry.msgstr or entry.msgstr_plural.get(0, "")
        for entry in polib.pofile(str(path))
        if entry.translated()
    }


def strings_of_templates() -> set[str]:
    """Return what the templates pass through _()."""
    return {
        ast.literal_eval(found)
        for path in PACKAGE.rglob("templates/**/*.html")
        for found in MARKED.findall(path.read_text(encoding="utf-8"))
    }


def strings_of_code() -> set[str]:
    """Return what Python passes through tk._() or _()."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            text = getattr(node.args[0], "value", None)
            if name == "_" and isinstance(text, str):
                found.add(text)
    return found


@pytest.fixture(scope="module")
def catalogue():
    known = set(translated(_core_catalogue()))
    return known.union(*(translated(path) for path in PARTS))


def _core_catalogue() -> Path:
    spec = importlib.util.find_spec("ckan")
    return (
        Path(spec.submodule_search_locations[0]) / "i18n/zh_Hans_CN/LC_MESSAGES/ckan.po"
    )


def _english(text: str) -> bool:
    return bool(re.search("[A-Za-z]{2}", text)) and text.isascii()


def test_every_string_of_the_pages_is_translated(catalogue):
    missing = {text for text in strings_of_templates() if _english(text)} - catalogue
    assert not missing


def test_every_string_of_the_code_is_translated(catalogue):
    missing = {text for text in strings_of_code() if _english(text)} - catalogue
    assert not missing


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
