"""Asking the site each question of the table, and undoing what the answer changed."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from authorization.table import NO_STATE, Cell, Row
from authorization.world import ABSENT, World
from flask_login import login_user

import ckan.plugins.toolkit as tk
from ckan import logic, model
from ckan.lib.navl.dictization_functions import DataError
from ckan.lib.search import SearchError, SearchQueryError

from ckanext.jiangmen.catalog import web

API = "/api/3/action/"
ANONYMOUS = "anonymous"
GUARDED = frozenset(
    {ANONYMOUS, "machine", "auditor", "security_officer", "system_operator"}
)
UNKNOWN_ACTION = b"Action name not known"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
INVALID = "invalid"
# A writing request was answered by a page, and the database is as it was.
NO_CHANGE = "no change"
# Rows written in the main database, and how often an account's; not the note of a
# token's last use. Counted since the server last reported, so two are compared.
WRITTEN = sa.text(
    "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0),"
    " coalesce(sum(n_tup_upd) FILTER (WHERE relname = 'user'), 0)"
    " FROM pg_stat_xact_user_tables"
    " WHERE schemaname = 'public' AND relname NOT IN ('api_token', 'jiangmen_token')"
)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    location: str
    body: bytes
    changed: bool = True


def registered_actions() -> set[str]:
    """Return the names of all actions of the site."""
    tk.get_action("status_show")
    return set(logic._actions)


def registered_routes(app: Any) -> set[str]:
    """Return every method and address of the site, as "GET /dataset/<id>"."""
    return {
        f"{method} {rule.rule}"
        for rule in app.flask_app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


@contextlib.contextmanager
def undone() -> Iterator[sa.Connection]:
    """Undo what the calls inside write into the main database.

    They commit into a savepoint of a transaction that is rolled back.
    """
    model.Session.remove()
    engine = model.ensure_engine()
    with engine.connect() as connection:
        outer = connection.begin()
        model.Session.configure(
            bind=connection, join_transaction_mode="create_savepoint"
        )
        try:
            yield connection
        finally:
            model.Session.remove()
            model.Session.configure(
                bind=engine, join_transaction_mode="conditional_savepoint"
            )
            outer.rollback()


def ask_action(
    app: Any, world: World, row: Row, cell: Cell, *, by_http: bool = False
) -> str:
    """Call an action as the cell's account and return what came of it.

    Whom the guards before every request stop (nobody, keepers, machine tokens) calls
    over HTTP; others do with `by_http`, and else in this process.
    """
    data = filled(row.send, world, cell)
    if by_http or cell.role in GUARDED:
        return outcome(
            send(app, "POST", API + row.key, cell.role, world, json.dumps(data)),
            row, world, cell,
        )  # fmt: skip
    return _call(app, world, row, cell, data)


# What the API answers to each error; others are internal errors.
ANSWERS = ((tk.NotAuthorized, 403), (tk.ObjectNotFound, 404), (tk.ValidationError, 409),
           (SearchQueryError, 400), (SearchError, 409), (DataError, 400))  # fmt: skip


def _call(app: Any, world: World, row: Row, cell: Cell, data: dict[str, Any]) -> str:
    body = b""
    here = app.flask_app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"})
    with here, undone():
        web.mark_request()
        user = model.User.get(cell.role)
        login_user(user)
        context: Any = {"user": cell.role, "auth_user_obj": user, "api_version": 3}
        action = tk.get_action(row.key)
        try:
            result = action(context, data)
            status, body = 200, json.dumps(result, default=str).encode()
        except Exception as err:  # noqa: BLE001 - like the API: none passes
            found = [code for kind, code in ANSWERS if isinstance(err, kind)]
            status = found[0] if found else 500
    return outcome(Answer(status, "", body), row, world, cell)


def ask_route(app: Any, world: World, row: Row, cell: Cell) -> str:
    """Ask for an address as the cell's account and return what came of it."""
    method, rule = row.key.split(" ", 1)
    values = filled(row.send, world, cell)
    path = re.sub(
        r"<(?:[^:>]+:)?([^>]+)>", lambda found: str(values.pop(found[1])), rule
    )
    query = f"?{urlencode(values)}" if values and method in SAFE else ""
    form = None if method in SAFE else values
    answer = send(app, method, path + query, cell.role, world, form)
    return outcome(answer, row, world, cell)


def filled(send: Mapping[str, Any], world: World, cell: Cell) -> dict[str, Any]:
    """Return parameters with ids in the places of {entry}, {file}, {revision}, …"""
    ids = dict(world.ids)
    if cell.state != NO_STATE:
        for name, part in (("entry", ""), ("file", ".file"), ("revision", ".revision")):
            ids[name] = world.ids.get(cell.state + part, ABSENT)
    ids["me"] = cell.role

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            whole = re.fullmatch(r"\{([\w.]+)\}", value)
            return str(ids[whole[1]]) if whole else value
        if isinstance(value, list):
            return [fill(each) for each in value]
        if isinstance(value, dict):
            return {key: fill(each) for key, each in value.items()}
        return value

    return {key: fill(value) for key, value in send.items()}


def send(
    app: Any, method: str, path: str, role: str, world: World, data: Any
) -> Answer:
    # An internal error is an answer like others: the caller sees its page.
    app.flask_app.config["PROPAGATE_EXCEPTIONS"] = False
    headers = {} if role == ANONYMOUS else {"Authorization": world.tokens[role]}
    with undone() as connection:
        before = _written(connection)
        answer = app.flask_app.test_client().open(
            path,
            method=method,
            headers=headers,
            data=data,
            content_type="application/json" if isinstance(data, str) else None,
        )
        location, body = answer.headers.get("Location", ""), answer.data
        answer.close()
        changed = method in SAFE or _differ(before, _written(connection))
    return Answer(answer.status_code, location, body, changed)


def _written(connection: sa.Connection) -> tuple[int, int]:
    rows, accounts = connection.execute(WRITTEN).one()
    return int(rows), int(accounts)


def _differ(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Return whether more was written than when the account was last seen."""
    rows, accounts = (now - then for now, then in zip(after, before, strict=True))
    return rows > min(accounts, 1)


def outcome(answer: Answer, row: Row, world: World, cell: Cell) -> str:
    """Return allowed, refused, hidden, not offered, or "failed" for internal errors.

    A refusal of the parameters is "invalid": who has no right must not get that far.
    """
    status = answer.status
    if status >= 500:
        return f"failed ({status})"
    if status in {401, 403} or _to_login(answer):
        return "refused"
    if status == 405 or (status == 400 and UNKNOWN_ACTION in answer.body):
        return "not offered"
    if status in {404, 410}:
        return "hidden"
    if not answer.changed and not row.is_action:
        return NO_CHANGE
    if row.klass.found and status == 200:
        return "allowed" if _names(answer.body, world, cell) else "hidden"
    return INVALID if status in {400, 409} else "allowed"


def _to_login(answer: Answer) -> bool:
    return answer.status in {301, 302, 303, 307} and urlsplit(
        answer.location
    ).path.endswith("/user/login")


def _names(body: bytes, world: World, cell: Cell) -> bool:
    wanted = [world.ids[cell.state], world.ids.get(f"{cell.state}.name", "")]
    return any(word and word.encode() in body for word in wanted)
