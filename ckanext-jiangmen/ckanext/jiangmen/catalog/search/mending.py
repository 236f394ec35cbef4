"""One wrong character: what the query looks most like among words that are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ckanext.jiangmen.catalog.search import words

# Shorter queries look like too much, longer ones are found by their other characters.
SHORTEST, LONGEST = 3, 12


def mended(text: str, names: Iterable[str]) -> str | None:
    """Return `text` with one character as in some name, or None where none is so near.

    :param text: a query without spaces, folded
    :param names: titles and words of entries that share two neighbours with it
    """
    length = len(text)
    if not SHORTEST <= length <= LONGEST or not words.is_han(text):
        return None
    found: Counter[str] = Counter()
    for name in names:
        whole = words.folded(name)
        for at in range(len(whole) - length + 1):
            part = whole[at : at + length]
            if sum(a != b for a, b in zip(part, text, strict=True)) == 1:
                found[part] += 1
    return found.most_common(1)[0][0] if found else None
