"""From what somebody types to what the index is asked, in up to three passes.

A Chinese query is a row of clauses: a word of the lists, or two neighbouring
characters of what no list knows. The first pass wants most of them, the second the
same sounds, the third half of them; the first that finds something answers.
"""

from __future__ import annotations

import contextlib
import logging
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from ckan.types import Context

from ckanext.jiangmen.catalog import config, index
from ckanext.jiangmen.catalog.search import mending, words

DataDict = dict[str, Any]
log = logging.getLogger(__name__)

# Fields and weights: docs/search.md says how they were chosen.
QF = (
    "title_synq^6 tags_synq^6 department_synq^8 abstract_synq^4 all_synq^8 "
    "title_py^6 all_py^2"
)
QF_SOUND = "title_py^6 all_py^2"
TIE = "0.7"
# Of n clauses so many must fit, by pass.
MOST, HALF = 0.7, 0.45
# Fewer hits than FEW are joined by those of the next pass, unless there are MANY.
FEW, MANY = 3, 20
# Entries among whose titles and words a mistyped one is looked for.
NAMES = 30
TOLD = "jiangmen_search_told"
APART = {"sound", "part"}
LUCENE_MARKS = str.maketrans(
    dict.fromkeys(':+-&|!(){}[]^"~*?\\/<>=;,，。；：？！、', " ")
)
# Control characters, halves of characters and such: nothing anybody searches for.
UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ud800-\udfff\ufeff]"
)
# A client's query by field stays as it is: `title:…`, `organization:minzhengju`.
FIELDS = "|".join(sorted(index.LISTED_FIELDS | index.FACET_FIELDS | {"text"}))
BY_FIELD = re.compile(rf"(?:^|[\s(+-])(?:{FIELDS}):")


@dataclass(frozen=True)
class Pass:
    """One way to ask the index: clauses, how many must fit, and in which fields."""

    name: str
    clauses: tuple[str, ...]
    least: int
    fields: str

    @property
    def params(self) -> dict[str, str]:
        """Return the parameters of the search."""
        # edismax would apply CKAN's q.op=AND to the bigrams inside a Chinese word.
        return {
            "q": " ".join(self.clauses),
            "qf": self.fields,
            "mm": str(self.least),
            "tie": TIE,
            "defType": "dismax",
        }


ALL = Pass("all", ("*:*",), 1, QF)


def cleaned(query: str) -> str:
    """Return a query without marks that Solr reads, folded, cut to a bearable length.

    A colon leaves the dismax parser, and 200 characters are too many clauses.
    """
    limit = config.query_limit_characters()
    # Folding can lengthen a text: ﷺ is one character and eighteen.
    text = words.folded(UNSEEN.sub(" ", query[: 10 * limit]))
    return " ".join(text.translate(LUCENE_MARKS)[:limit].split())


def passes(query: str) -> list[Pass]:
    """Return the passes of a query, the strictest first; none asks for everything."""
    text = cleaned(query)
    clauses = tuple(dict.fromkeys(_clauses(text)))
    if not clauses:
        return []
    found = [Pass("exact", clauses, _least(clauses, MOST), QF)]
    sounds = tuple(dict.fromkeys(_sounds(text)))
    if len(sounds) > 1:
        found.append(Pass("sound", sounds, len(sounds), QF_SOUND))
    half = _least(clauses, HALF)
    if half < found[0].least:
        found.append(Pass("near", clauses, half, QF))
    listed = tuple(clause for clause in clauses if clause in words.asked())
    if listed and half > 1:
        found.append(Pass("part", listed, 1, QF))
    return found


def parts(query: str) -> list[str]:
    """Return the words of a query: those of the lists, and what stands between."""
    runs = words.RUN.findall(words.without_question_words(cleaned(query)))
    found = [part for run in runs for part in words.cut(run)]
    return list(dict.fromkeys(part for part in found if len(part) > 1))


def looked_for(query: str) -> set[str]:
    """Return what may be marked in a text that was found: words and pairs."""
    text = cleaned(query)
    parts = {form for part in words.cut(text) for form in words.alike(part)}
    pairs = {clause for clause in _clauses(text) if len(clause) > 1}
    return {part for part in parts if len(part) > 1 and " " not in part} | pairs


def _least(clauses: tuple[str, ...], part: float) -> int:
    return max(1, math.ceil(part * len(clauses)))


def _clauses(text: str) -> Iterator[str]:
    asked = words.without_question_words(text)
    # A query of nothing but question words is taken as it is.
    runs = words.RUN.findall(asked) or words.RUN.findall(text)
    together = _spelled_apart(runs)
    if together:
        yield from _pairs(together)
        return
    for run in runs:
        if run[0].isascii():
            spelled = words.spelled(run)
            yield from _pairs(spelled) if spelled and len(spelled) > 1 else [run]
        else:
            yield from _of_han(run, alone=len(runs) == 1)


def _spelled_apart(runs: list[str]) -> list[str] | None:
    """Return the syllables of a query that is all pinyin, as in "xue xiao"."""
    if len(runs) < 2:
        return None
    spelled = [words.spelled(run) for run in runs]
    return [s for part in spelled if part for s in part] if all(spelled) else None


def _pairs(parts: list[str]) -> Iterator[str]:
    yield from (a + b for a, b in zip(parts, parts[1:], strict=False))


def _of_han(run: str, *, alone: bool) -> Iterator[str]:
    """Yield words of the lists, and pairs of neighbours of what lies between."""
    if alone and len(run) == 1:
        yield run
        return
    at = 0
    for match in words.known().finditer(run):
        yield from _unknown(run, at, match.start())
        word = words.equivalents().get(match[0], match[0])
        yield from [word] if word in words.asked() else _pairs(list(word))
        at = match.end()
    yield from _unknown(run, at, len(run))


def _unknown(run: str, start: int, end: int) -> Iterator[str]:
    """Yield the pairs of a part of a run; one character is paired with the last one."""
    yield from _pairs(
        list(run[start - 1 if start and end - start == 1 else start : end])
    )


def _sounds(text: str) -> Iterator[str]:
    """Yield pairs of syllables of a Chinese query; of others nothing."""
    for run in words.RUN.findall(text):
        if run[0].isascii():
            return
        yield from _pairs(words.syllables(run))


# The action


@tk.side_effect_free
@tk.chained_action
def package_search(next_action: Any, context: Context, data_dict: DataDict) -> DataDict:
    """Search entries in Chinese: words, synonyms, pinyin, one wrong character.

    `jiangmen_search` of the answer says how it was found: `exact`, `sound` (other
    characters with the same sound), `near` or `part` (some of the words only) or
    `mended` (one character changed; then `jiangmen_search_for` is what was looked for).
    A query by field that Solr cannot read is taken as plain words.
    """
    query = str(data_dict.get("q") or "").strip()
    try:
        if query in ("", "*:*"):
            return next_action(context, data_dict)
        if BY_FIELD.search(query):
            with contextlib.suppress(SearchError):
                return next_action(context, data_dict)
        return _told(context, _searched(next_action, context, data_dict))
    except SearchError:
        if not context.get("for_view"):
            raise
        # A page of nothing, with its ways back, and not an error.
        log.info("The filter or the order of a page cannot be read.")
        nothing = {"count": 0, "results": [], "facets": {}, "search_facets": {}}
        return nothing | {"sort": data_dict.get("sort") or ""}


def _told(context: Context, found: DataDict) -> DataDict:
    """Leave word for the page how its search was answered."""
    if context.get("for_view") and found["jiangmen_search"] != "exact":
        instead = found.get("jiangmen_search_for", "")
        setattr(tk.g, TOLD, {"how": found["jiangmen_search"], "instead": instead})
    return found


def _searched(next_action: Any, context: Context, data_dict: DataDict) -> DataDict:
    """Return what the first pass that finds enough gives."""
    first, *others = passes(str(data_dict["q"])) or [ALL]
    found = _answered(next_action, context, data_dict, first)
    for step in others:
        by = found["jiangmen_search"]
        enough = found["count"] >= FEW
        # These mean something else than what has been found.
        if enough or (found["count"] and (step.name in APART or by in APART)):
            continue
        wider = _answered(next_action, context, data_dict, step)
        if not found["count"] or found["count"] < wider["count"] <= MANY:
            found = wider
    return found if found["count"] else _mended(next_action, context, data_dict, found)


def _answered(
    next_action: Any, context: Context, data_dict: DataDict, step: Pass
) -> DataDict:
    found = next_action(context, data_dict | step.params)
    return found | {"jiangmen_search": step.name}


def _mended(
    next_action: Any, context: Context, data_dict: DataDict, found: DataDict
) -> DataDict:
    """Return what a query with one character changed finds, if one is so near.

    Looked for among the entries that the caller finds, by two neighbouring characters.
    """
    text = cleaned(str(data_dict["q"]))
    pairs = tuple(_pairs(list(text)))
    if not pairs or not words.is_han(text):
        return found
    near = next_action(
        context,
        {**data_dict, **Pass("mended", pairs, 1, QF).params, "rows": NAMES, "start": 0},
    )
    names = [name for entry in near["results"] for name in _names(entry)]
    better = mending.mended(text, names)
    if not better:
        return found
    again = _answered(next_action, context, data_dict, passes(better)[0])
    return again | {"jiangmen_search": "mended", "jiangmen_search_for": better}


def _names(entry: DataDict) -> Iterator[str]:
    yield entry.get("title") or ""
    yield from (tag["name"] for tag in entry.get("tags") or [])
