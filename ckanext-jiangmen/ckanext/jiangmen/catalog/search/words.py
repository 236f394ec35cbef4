"""The words of the search: folding, equivalents, question words, readings.

What the lists hold is data (``schemas/search_*``); docs/search.md tells how to edit it.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import unicodedata
from types import MappingProxyType
from typing import Any

from ckanext.jiangmen.catalog import lists

HAN = r"㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
RUN = re.compile(rf"[{HAN}]+|[^{HAN}\s]+")
# Latin words that may be written syllables; ü is typed as v, and indexed as u.
LONGEST_SYLLABLE = 6  # zhuang
LATIN = re.compile(r"[a-z']+")


def is_han(text: str) -> bool:
    """Return whether a text is Chinese characters only."""
    match = RUN.match(text)
    return bool(match) and match[0] == text and not text[0].isascii()


def _lines(name: str) -> list[str]:
    source = importlib.resources.files(lists.SCHEMAS).joinpath(name)
    lines = source.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@functools.cache
def simplified() -> dict[int, str]:
    """Return simplified characters by the code of the traditional one."""
    return {ord(pair[0]): pair[1] for pair in _lines("search_simplified.txt")}


def folded(text: str) -> str:
    """Return a text as it is compared: width, case and characters folded."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return plain.translate(simplified())


@functools.cache
def _tables() -> dict[str, Any]:
    return lists.read_yaml("search_words.yaml")


@functools.cache
def equivalents() -> MappingProxyType[str, str]:
    """Return the indexed form of each word that has one, forms themselves included.

    :raises ValueError: a word stands in two lines.
    """
    found: dict[str, str] = {}
    for canonical, *others in _tables()["equivalents"]:
        for word in (canonical, *others):
            if word in found:
                raise ValueError(f"{word} stands in two lines of search_words.yaml")
            found[word] = canonical
    return MappingProxyType(found)


@functools.cache
def asked() -> MappingProxyType[str, tuple[str, ...]]:
    """Return the words of the catalogue by what people ask."""
    return MappingProxyType(
        {word: tuple(words.split()) for word, words in _tables()["asked"]}
    )


@functools.cache
def succession() -> MappingProxyType[str, tuple[str, ...]]:
    """Return the names of former and later bodies by a body's indexed form."""
    found: dict[str, list[str]] = {}
    for former, present in _tables()["succession"]:
        found.setdefault(former, []).append(present)
        found.setdefault(present, []).append(former)
    return MappingProxyType({name: tuple(others) for name, others in found.items()})


@functools.cache
def _question_words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    tables = _tables()
    words = {*tables["question_words"].split(), *tables["everywhere"].split()}
    found = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    # What the lists know keeps its characters.
    kept = f"({known().pattern})"
    spare = f"{kept}|[{tables['question_characters']}]"
    return re.compile(f"{kept}|{found}|[吗呢]$|的"), re.compile(spare)


def without_question_words(text: str) -> str:
    """Return a query without what only says that something is asked."""
    asking, characters = _question_words()
    kept = asking.sub(lambda match: match[1] or " ", text)
    if kept == text:
        return text
    return characters.sub(lambda match: match[1] or " ", kept)


@functools.cache
def known() -> re.Pattern[str]:
    """Return the pattern of all listed words, the longest first.

    Single characters are no words here: 路 stands in 公路 as well.
    """
    words = {word for word in {*equivalents(), *asked()} if len(word) > 1}
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def alike(word: str) -> set[str]:
    """Return a listed word with those that mean the same or are asked for by it."""
    if not known().fullmatch(word):
        return set()
    form = equivalents().get(word, word)
    same = {other for other, other_form in equivalents().items() if other_form == form}
    return {word, form, *same, *asked().get(form, ())}


def cut(run: str) -> list[str]:
    """Return a run cut into listed words and what stands between them."""
    return [part for part in re.split(f"({known().pattern})", run) if part]


def bodies(title: str) -> list[str]:
    """Return the other names that a body's entries are found by."""
    name = folded(title)
    found = [lists.CITY + title[1:]] if title.startswith("市") else []
    for word in {equivalents().get(m, m) for m in _body_names().findall(name)}:
        found += succession().get(word, ())
    return found


@functools.cache
def _body_names() -> re.Pattern[str]:
    forms = {*succession()}
    forms |= {word for word, form in equivalents().items() if form in forms}
    return re.compile("|".join(sorted(forms, key=len, reverse=True)))


# Readings


@functools.cache
def _readings() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _lines("search_pinyin.txt"):
        syllable, characters = line.split()
        found |= dict.fromkeys(characters, syllable)
    return found


@functools.cache
def _odd_readings() -> tuple[re.Pattern[str], dict[str, list[str]]]:
    odd = {word: read.split() for word, read in _tables()["readings"].items()}
    return re.compile("|".join(sorted(odd, key=len, reverse=True)) + "|."), odd


def syllables(text: str) -> list[str]:
    """Return how a text is read: a syllable a character, other words as they are."""
    pattern, odd = _odd_readings()
    table = _readings()
    found: list[str] = []
    for run in RUN.findall(folded(text)):
        if run[0] not in table:
            found.append(run)
            continue
        parts: list[str] = pattern.findall(run)
        for part in parts:
            found += odd.get(part) or [table.get(part, part)]
    return found


@functools.cache
def _syllable_names() -> frozenset[str]:
    return frozenset(_readings().values())


def spelled(word: str) -> list[str] | None:
    """Return the syllables of a word in pinyin; None where it is none.

    spelled("xuexiao") == ["xue", "xiao"]. The longest syllables that fit.
    """
    text = word.replace("v", "u").replace("'", "")
    if not LATIN.fullmatch(word):
        return None
    tails: dict[int, list[str]] = {len(text): []}
    for at in range(len(text) - 1, -1, -1):
        for end in range(min(len(text), at + LONGEST_SYLLABLE), at, -1):
            if end in tails and text[at:end] in _syllable_names():
                tails[at] = [text[at:end], *tails[end]]
                break
    return tails.get(0)
