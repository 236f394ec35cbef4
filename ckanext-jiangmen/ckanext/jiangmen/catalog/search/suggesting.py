"""What is offered while somebody types: names that begin so, in characters or pinyin.

Every entry brings its own names into the index; only those of entries that the caller
finds are counted, so nothing hidden is ever offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ckanext.jiangmen.catalog.search import words

FIELD = "suggestions"
MARK = "\t"
# Characters of a key, and of a name that is offered.
LONGEST_KEY, LONGEST_NAME = 24, 60
# Latin letters begin too many names alone.
LEAST_LETTERS = 2
KINDS = ("title", "item", "department", "tag")


def terms(kind: str, names: Iterable[str]) -> Iterator[str]:
    """Yield the index terms of names: by characters, by pinyin, by its initials.

    学校 gives the keys 学校, xuexiao and xx, each with the kind and the name itself.
    """
    for name in names:
        text = " ".join(name.split())[:LONGEST_NAME]
        read = words.syllables(text)
        keys = (words.folded(text), "".join(read), "".join(s[0] for s in read))
        for key in dict.fromkeys(key[:LONGEST_KEY] for key in keys if key):
            yield MARK.join((key, kind, text))


def prefix(typed: str) -> str:
    """Return the key that is looked for; empty if it is too short."""
    text = words.folded(typed).strip()
    if text.isascii():
        text = "".join(text.split()).replace("v", "u")
        return text[:LONGEST_KEY] if len(text) >= LEAST_LETTERS else ""
    return text[:LONGEST_KEY]


def chosen(counts: Iterable[tuple[str, int]], limit: int) -> list[dict[str, Any]]:
    """Return what is offered: [{text, kind, count}], the most frequent first."""
    found: dict[str, dict[str, Any]] = {}
    for term, count in counts:
        _, kind, text = term.split(MARK)
        known = found.setdefault(text, {"text": text, "kind": kind, "count": 0})
        known["count"] = max(known["count"], count)
    ranked = sorted(
        found.values(), key=lambda one: (-one["count"], len(one["text"]), one["text"])
    )
    return ranked[:limit]
