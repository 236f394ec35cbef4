"""Asking as an account, judging the answers, and comparing those of twins."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from leaks.ask import Ask
from leaks.marks import plain
from leaks.places import may_see
from leaks.world import World

from ckan import model


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers in order, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float

    @property
    def head(self) -> str:
        """The headers as text, unescaped."""
        return plain("\n".join(f"{name}: {value}" for name, value in self.headers))


@dataclass
class Report:
    """What a crawl found: `hits` (account, ask, place), `failures` internal errors."""

    responses: int = 0
    hits: list[tuple[str, Ask, str]] = field(default_factory=list)
    failures: list[tuple[str, Ask]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def send(app: Any, world: World, ask: Ask, account: str) -> Answer:
    """Send one request as an account ("" is nobody), without following redirects."""
    # An internal error is an answer like others: the caller sees its page.
    app.flask_app.config["PROPAGATE_EXCEPTIONS"] = False
    headers = {"Authorization": world.tokens[account]} if account else {}
    began = time.perf_counter()
    answer = app.flask_app.test_client().open(
        ask.path,
        method=ask.method,
        headers=headers,
        data=ask.data,
        content_type="application/json" if ask.data is not None else None,
    )
    body = answer.data
    took = time.perf_counter() - began
    answer.close()
    return Answer(answer.status_code, tuple(answer.headers), body, took)


def places_in(world: World, ask: Ask, answer: Answer) -> set[str]:
    """Return the places whose marks an answer tells, less those it was asked about."""
    found = world.marks.in_body(answer.body) | world.marks.in_text(answer.head)
    return found - world.marks.in_text(plain(ask.said)) if found else found


def crawl(
    app: Any,
    world: World,
    asks: Iterable[Ask],
    account: str,
    *,
    first_only: bool = False,
) -> Report:
    """Ask everything as one account; with `first_only` stop at the first hit."""
    report = Report()
    for ask in asks:
        answer = send(app, world, ask, account)
        report.responses += 1
        if answer.status >= 500:
            report.failures.append((account, ask))
        for place in places_in(world, ask, answer):
            report.seen.add(place)
            if not may_see(place, account, ask.path):
                report.hits.append((account, ask, place))
        if first_only and report.hits:
            break
    model.Session.remove()
    return report


# Transcripts

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CHANGING = (
    re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"),
    re.compile(r'name="_csrf_token" (?:content|value)="[^"]*"'),
    re.compile(r'nonce[-="]+[A-Za-z0-9_+/=-]+'),
    re.compile(r"(?:session|ckan)=[^;\s]+; [^\n]*"),
)
LEFT_OUT = frozenset({"date", "set-cookie", "content-length", "x-request-id"})


def transcript(answer: Answer, ask: Ask, *names: str) -> str:
    """Return an answer with `names`, times and tokens taken out, to be compared."""
    head = "\n".join(
        f"{name}: {value}"
        for name, value in answer.headers
        if name.lower() not in LEFT_OUT and not name.lower().startswith("x-ratelimit")
    )
    body = answer.body.decode("utf-8", "replace")
    text = plain(f"{answer.status}\n{head}\n{body}")
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "THIS").replace(name.upper(), "THIS")
    for pattern in _CHANGING:
        text = pattern.sub("", text)
    return text


def twins(
    app: Any, world: World, pairs: Iterable[tuple[Ask, Ask, str, str]], account: str
) -> Iterator[tuple[Ask, str, str]]:
    """Yield the pairs whose answers differ: (ask, answer, the absent one's answer)."""
    for hidden, absent, name, other in pairs:
        one = transcript(send(app, world, hidden, account), hidden, name)
        two = transcript(send(app, world, absent, account), absent, other)
        if one != two:
            yield hidden, one, two
    model.Session.remove()
