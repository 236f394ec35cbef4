"""Walking all addresses and actions of a site as every role, listening for English.

The addresses, their parameters and who comes are those of `tests/authorization`.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from authorization import calls, table
from authorization.table import Cell, Row
from authorization.world import World
from words.reader import english, english_of

# Set to ask every role in every state; else one role for each outcome of an address.
ALL = "WORDS_ALL"
# Titles hold these in brackets; alone they are words.
IN_FORCE = ("open", "draft", "shared", "withheld", "conditional", "published")
# Pages of other languages, pages of machines, and what answers in no words.
OTHER = re.compile(r"^/(en|no|zh_CN|zh_TW|webassets|feeds|api/i18n)(/|$)|i18n|\.atom")
LIST = 400


@dataclass
class Report:
    """What a walk heard: (address, role, where, text)."""

    pages: int = 0
    roles: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    heard: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def line(self) -> str:
        """Return the figures in one line."""
        return (
            f"{self.pages} answers of {len(self.addresses)} addresses to"
            f" {len(self.roles)} roles, {len(self.heard)} texts in English"
        )

    def lines(self) -> list[str]:
        """Return a line for each English text, with the first place it was heard at."""
        return [
            f"{address} as {role}: <{where}> {text[:160]}"
            for (where, text), (address, role) in list(self.heard.items())[:LIST]
        ]


def walk(app: Any, world: World, site: str) -> Report:
    """Ask for every address as the roles that it answers differently."""
    report = Report()
    known = _names_of(world)
    for row, cell in _chosen(table.load("routes", site)):
        if OTHER.search(cell.key.split(" ", 1)[1]):
            continue
        answer, path = _ask_page(app, world, row, cell)
        kind = answer.headers.get("Content-Type", "")
        if kind.startswith("text/html"):
            heard = list(english_of(answer.get_data(as_text=True), known))
        elif kind.startswith("application/json") and answer.status_code >= 400:
            heard = list(_errors(answer.get_data(as_text=True), known))
        else:
            heard = []
        answer.close()
        _note(report, cell, heard, path)
    return report


def walk_api(app: Any, world: World, site: str) -> Report:
    """Call every action as the roles it answers differently, and with nothing."""
    report = Report()
    known = _names_of(world)
    for row, cell in _chosen(table.load("actions", site)):
        said = calls.filled(row.send, world, cell)
        for data in (said, {}):
            answer = calls.send(
                app, "POST", calls.API + cell.key, cell.role, world, json.dumps(data)
            )
            if answer.status >= 400:
                text = answer.body.decode("utf-8", "replace")
                _note(report, cell, list(_errors(text, known)), cell.key)
    return report


def _note(
    report: Report, cell: Cell, heard: list[tuple[str, str]], address: str
) -> None:
    report.pages += 1
    report.roles.add(cell.role)
    report.addresses.add(cell.key)
    for where, text in heard:
        report.heard.setdefault((where, text), (address, cell.role))


def _chosen(asked: table.Table) -> Iterator[tuple[Row, Cell]]:
    """Yield the cells to ask: of one address, state and outcome one role."""
    if ALL in os.environ:
        yield from asked.cells()
        return
    alike: dict[tuple[str, str, str], list[tuple[Row, Cell]]] = {}
    for row, cell in asked.cells():
        alike.setdefault((cell.key, cell.state, cell.expected), []).append((row, cell))
    for key, cells in alike.items():
        yield cells[zlib.crc32("/".join(key).encode()) % len(cells)]


def _ask_page(app: Any, world: World, row: Row, cell: Cell) -> tuple[Any, str]:
    app.flask_app.config["PROPAGATE_EXCEPTIONS"] = False
    method, rule = cell.key.split(" ", 1)
    values = calls.filled(row.send, world, cell)
    path = re.sub(r"<(?:[^>]+:)?([^>]+)>", lambda part: str(values.pop(part[1])), rule)
    safe = method in calls.SAFE
    query = f"?{urlencode(values)}" if values and safe else ""
    token = world.tokens.get(cell.role)
    headers = {"Authorization": token} if token else {}
    client = app.flask_app.test_client()
    with calls.undone():
        form = None if safe else values
        answer = client.open(path + query, method=method, headers=headers, data=form)
        # What a form answers is said on the page that follows.
        for _ in range(3):
            if not 300 <= answer.status_code < 400:
                break
            to = urlsplit(answer.headers["Location"])
            answer.close()
            answer = client.get(f"{to.path}?{to.query}", headers=headers)
        answer.get_data()
    return answer, f"{method} {path}"


def _names_of(world: World) -> set[str]:
    """Return the names that accounts and things were given in this world."""
    named = {*world.ids, *world.tokens, "matrix", *world.ids.values()}
    return {name for name in named if name not in IN_FORCE} | {
        f"（{name}）" for name in named
    }


def _errors(text: str, known: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the English sentences of an answer's errors; kinds and fields are keys."""
    try:
        said = json.loads(text)
    except ValueError:
        said = text
    error = said.get("error", said) if isinstance(said, dict) else said
    for sentence in _sentences(error):
        if english(sentence, known):
            yield "error", sentence


def _sentences(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for key, value in said.items():
            if key not in {"__type", "help"}:
                yield from _sentences(value)
    elif isinstance(said, list):
        for each in said:
            yield from _sentences(each)
