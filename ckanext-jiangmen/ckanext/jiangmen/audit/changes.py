"""Telling the database who changes it: settings of the transaction, for its triggers.

Told before the first statement of a transaction that writes, and again when somebody
else acts (a request is identified within a transaction): readers pay nothing.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, ExceptionContext

from ckan import model

from ckanext.jiangmen.audit import trail, who
from ckanext.jiangmen.audit.trail import ORGANIZATIONS

_KEY = "jiangmen_actor"
_laid_out: list[bool] = []
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH|TRUNCATE|MERGE|COPY)\b", re.I)
_TELL = (
    "SELECT set_config('jiangmen.actor', (%(actor)s::jsonb"
    f" || jsonb_build_object('organizations', {ORGANIZATIONS}))::text, true)"
).replace(":account", "%(account)s")


def listen() -> None:
    """Tell the actor to every transaction of CKAN's database, from now on."""
    if event.contains(Engine, "before_cursor_execute", _tell):
        return
    event.listen(Engine, "before_cursor_execute", _tell)
    event.listen(Engine, "handle_error", _look_at)
    for moment in ("begin", "commit", "rollback", "rollback_savepoint"):
        event.listen(Engine, moment, _forget)


def _forget(connection: Connection, *_: Any) -> None:
    connection.info.pop(_KEY, None)


def _tell(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
    if connection.engine is not model.meta.engine or not _WRITES.match(statement):
        return
    actor = who.present()
    if connection.info.get(_KEY) == actor:
        return
    if not _is_laid_out(cursor):
        return
    cursor.execute(
        _TELL,
        {"actor": json.dumps(actor, ensure_ascii=False), "account": actor["account"]},
    )
    connection.info[_KEY] = actor


def _is_laid_out(cursor: Any) -> bool:
    """Return whether the database has a trail: not yet in its first migrations."""
    if not _laid_out:
        cursor.execute("SELECT to_regclass('audit.jiangmen_audit') IS NOT NULL")
        if cursor.fetchone()[0]:
            _laid_out.append(True)
    return bool(_laid_out)


def _look_at(failure: ExceptionContext) -> None:
    """Keep that a change failed because its trail could not be written."""
    said = getattr(failure.original_exception, "diag", None)
    if "audit.note" in f"{getattr(said, 'context', '')}":
        trail.failed()
