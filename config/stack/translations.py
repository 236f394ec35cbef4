"""Merge the rooms' translations into one catalogue and compile it.

Every room keeps its strings in ``i18n/parts/<room>.po``; ``core.po`` completes and
corrects CKAN's own zh_Hans_CN with the terms of 江府办函〔2017〕82号. CKAN reads one
catalogue per plugin, so the parts are merged at install. Run again at any time:
nothing is written when nothing changed.

    python config/stack/translations.py [--check | --missing]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import polib
import strings

I18N = Path(__file__).resolve().parents[2] / "ckanext-jiangmen/ckanext/jiangmen/i18n"
LOCALE = "zh_Hans_CN"
CATALOGUE = I18N / LOCALE / "LC_MESSAGES" / "ckanext-jiangmen.po"

# Chinese has one form for any number; the last catalogue merged decides for all.
HEADER = {
    "Project-Id-Version": "ckanext-jiangmen",
    "Language": LOCALE,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


def merge(folder: Path) -> tuple[polib.POFile, list[str]]:
    """Return the catalogue of all parts and the clashes found, a sentence each.

    `core.po` comes first, so a room may override a word of core; two rooms that
    translate one msgid differently clash, the first in alphabetical order wins.
    """
    catalogue = polib.POFile(wrapwidth=88)
    catalogue.metadata = HEADER
    core = folder / "core.po"
    rooms = sorted(path for path in folder.glob("*.po") if path != core)
    known: dict[tuple[str | None, str], tuple[str, polib.POEntry]] = {}
    clashes = []
    for path in [core, *rooms] if core.exists() else rooms:
        for entry in polib.pofile(str(path)):
            if entry.obsolete or not entry.translated():
                continue
            key = (entry.msgctxt, entry.msgid)
            source, other = known.get(key, ("core", None))
            if source != "core" and other is not None:
                if _text(other) != _text(entry):
                    clashes.append(
                        f"{path.stem}.po and {source}.po differ on {entry.msgid!r}"
                    )
                continue
            known[key] = (path.stem, entry)
    catalogue.extend(entry for _, entry in known.values())
    return catalogue, clashes


def _text(entry: polib.POEntry) -> str:
    return entry.msgstr or entry.msgstr_plural.get(0, "")


def compile_catalogue() -> tuple[int, list[str]]:
    """Write the merged .po and .mo; return the number of strings and the clashes."""
    catalogue, clashes = merge(I18N / "parts")
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    binary = CATALOGUE.with_suffix(".mo")
    text = str(catalogue)
    if not CATALOGUE.exists() or CATALOGUE.read_text(encoding="utf-8") != text:
        CATALOGUE.write_text(text, encoding="utf-8")
    content = catalogue.to_binary()
    if not binary.exists() or binary.read_bytes() != content:
        binary.write_bytes(content)
    return len(catalogue), clashes


# The same in Chinese: marks, names and addresses of examples, units of bytes.
KEPT = """
{key}
<q>{key}</q>
{tag_link}
{n}
{object_type}s
{actor} {activity_type}
On %(timestamp)s, %(username)s:
{kibibytes} KiB
{mebibytes} MiB
{gibibytes} GiB
{tebibytes} TiB
API
CSV
DOI
JSON
URI
URL
XML
TSV
Facebook
X
http://example.com/my-image.jpg
http://example.com/dataset.json
http://example.com/external-data.csv
joe@example.com
""".splitlines()


def missing() -> list[str]:
    """Return the strings of core, enabled extensions and ours that are not Chinese."""
    wanted = set(strings.of_core()).union(*map(strings.of, strings.enabled()))
    known = effective()
    return sorted(
        text
        for text in wanted
        if any(letter.isalpha() for letter in text)
        and text not in KEPT
        and not any("\u4e00" <= letter <= "\u9fff" for letter in known.get(text, text))
    )


def effective() -> dict[str, str]:
    """Return every string's Chinese as the sites show it: core's, then ours."""
    catalogue, _ = merge(I18N / "parts")
    ours = {entry.msgid: _text(entry) for entry in catalogue}
    theirs = {msgid: text for msgid, text in strings.core_catalogue().items() if text}
    return theirs | ours


def main() -> int:
    """Compile, or with --check only say what clashes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, exit 1 on a clash"
    )
    parser.add_argument(
        "--missing", action="store_true", help="print what is English, write nothing"
    )
    given = parser.parse_args()
    if given.missing:
        found = missing()
        print("\n".join([*map(repr, found), f"{len(found)} strings are not Chinese"]))
        return 1 if found else 0
    if given.check:
        _, clashes = merge(I18N / "parts")
    else:
        count, clashes = compile_catalogue()
        print(f"{LOCALE}: {count} strings")
    for clash in clashes:
        print(clash, file=sys.stderr)
    return 1 if clashes and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
