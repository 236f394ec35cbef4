"""What a reader of a page is told, and which words of it are English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

# Names of products, formats, standards and keys that Chinese writes as they are.
NAMES = frozenset(Path(__file__).with_name("names.txt").read_text("utf-8").split())
# Attributes that are shown or read aloud; data-module-… texts are shown by scripts.
SHOWN = frozenset({"placeholder", "title", "aria-label", "alt", "aria-description"})
SPOKEN_DATA = re.compile(r"^data-(module-)?(content|text|label|message|title|i18n)")
# Not prose: code, what a script draws, and what an account wrote itself.
SILENT = frozenset({"script", "style", "pre", "code", "samp", "kbd", "svg", "textarea"})
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link",
                  "meta", "source", "track", "wbr"})  # fmt: skip

ADDRESS = re.compile(
    r"https?://[^\s，。；）】]+|[\w.+-]+@[\w.-]+|(?<![A-Za-z0-9])/[A-Za-z0-9_./<>{}?=-]+"
)
# A code, a name of a file or a key: digits, dots, underscores or slashes inside.
TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:+#=&%*-]*")
IDENTIFIER = re.compile(r"[A-Za-z0-9-]*[0-9_.:=&%#*+/][A-Za-z0-9_./:+#=&%*-]*")


def _texts(value: str) -> list[str]:
    """Return what is shown of an attribute: all of it, or what its JSON names."""
    if not value.startswith("{"):
        return [value]
    named = json.loads(value).values()
    return [text for text in named if isinstance(text, str)]


class Reader(HTMLParser):
    """Collects what a page says, as pairs of where and text."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the attributes that are shown."""
        given = dict(attrs)
        for name, value in given.items():
            shown = name in SHOWN or SPOKEN_DATA.match(name)
            if name == "value":
                shown = tag == "input" and given.get("type") in {"submit", "button"}
            if name == "content":
                shown = given.get("name") == "description"
            if shown and value:
                self.said += [(f"{tag}[{name}]", text) for text in _texts(value)]
        if tag not in VOID:
            # What says its own language is meant to be read in it.
            silent = tag in SILENT or (tag != "html" and given.get("lang") == "en")
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        """Leave the element, and those that were never closed in it."""
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                break

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if data.strip() and not any(silent for _, silent in self._open):
            where = self._open[-1][0] if self._open else ""
            self.said.append((where, " ".join(data.split())))


def english(text: str, known: Iterable[str] = ()) -> list[str]:
    """Return the English words of a text; `known` are names of people and things."""
    for name in sorted(known, key=len, reverse=True):
        text = re.sub(
            rf"(?<![A-Za-z0-9_-]){re.escape(name)}(?![A-Za-z0-9_-])", " ", text
        )
    words = []
    for found in TOKEN.findall(ADDRESS.sub(" ", text)):
        word = found.rstrip(".:-/*=&%")
        if word.isdigit() or word in NAMES or len(word) < 2:
            continue
        if not IDENTIFIER.fullmatch(word) and re.search("[A-Za-z]", word):
            words.append(word)
    return words


def english_of(page: str, known: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield where a page says something in English, and what it says."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    known = list(known)
    for where, text in reader.said:
        if english(text, known):
            yield where, text
