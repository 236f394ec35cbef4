"""Writing the trail: what every capability calls before data leaves.

The trail is imported by every room and imports none. Rows go through `audit.note`, a
function of the database that belongs to a role nobody logs in as (sql/trail.sql).
Changes are written by triggers; here are reads, refusals, logins and logouts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.audit import who
from ckanext.jiangmen.errors import JiangmenError

# The departments of the account, as the database knows them at this moment.
ORGANIZATIONS = """
    (SELECT coalesce(jsonb_agg(DISTINCT r.organization_id), '[]')
     FROM public.jiangmen_role r JOIN public."user" u ON u.id = r.user_id
     WHERE u.name = :account AND r.organization_id IS NOT NULL)
"""
NOTE = sa.text(
    # The part in braces is the constant above.
    "SELECT audit.note(jsonb_agg(each || jsonb_build_object('organizations', "  # noqa: S608
    f"{ORGANIZATIONS}))) FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each"
)
# A trail that hangs is a trail that cannot be written.
LIMITS = "-c statement_timeout=5000 -c lock_timeout=2000"
LONGEST_TEXT = 2000
MOST_ITEMS = 2000

_engines: dict[int, sa.Engine] = {}


class TrailUnavailable(JiangmenError):
    """The trail cannot be written; what it should tell of must not happen."""


def sentence() -> str:
    """Return what callers are told when the trail cannot be written."""
    return tk._(
        "The audit trail cannot be written at the moment, so nothing was done. "
        "Please try again later."
    )


def note_read(  # noqa: PLR0913 - a row of the trail has that many parts
    context: Any,
    action: str,
    *,
    entry_id: str,
    resource_id: str | None = None,
    items: Sequence[str] = (),
    rows: int | None = None,
    grants: Sequence[str] = (),
    purpose: str | None = None,
    channel: str = "api",
) -> None:
    """Write that the caller of `context` reads data, before it is sent.

    `items` are the names of the information items read, `rows` their number (None
    where it is not known before sending), `channel` one of api, download, export,
    page. Committed on its own. Raise `TrailUnavailable` if it cannot be written.
    """
    _write(
        _row("read", context, action, channel)
        | {
            "entry": entry_id,
            "resource": resource_id,
            "items": [str(item)[:LONGEST_TEXT] for item in items][:MOST_ITEMS],
            "row_count": rows,
            "grants": list(grants),
            "purpose": (purpose or "")[:LONGEST_TEXT],
        }
    )


def note_file(
    context: Any,
    action: str,
    name: str,
    *,
    entries: Iterable[str] = (),
    rows: int | None = None,
) -> None:
    """Write that a file was made for the caller of `context`, before it is sent.

    `entries` are the ids of the entries told of in it: each gets a row, so that who
    follows one finds the file; `rows` their number where they are not named. All or
    nothing. Raise `TrailUnavailable` if it cannot be written.
    """
    ids = list(dict.fromkeys(entries))
    made = _row("read", context, action, "export") | {"resource": name[:LONGEST_TEXT]}
    whole = made | {"row_count": len(ids) if rows is None else rows}
    _write(whole, *(made | {"entry": one, "row_count": 1} for one in ids))


def note_refusal(  # noqa: PLR0913 - as above
    context: Any,
    action: str,
    *,
    entry_id: str | None = None,
    resource_id: str | None = None,
    reason: str,
    channel: str = "api",
) -> None:
    """Write that the caller of `context` was refused, and why.

    Raise `TrailUnavailable` if it cannot be written.
    """
    _write(
        _row("refusal", context, action, channel)
        | {
            "entry": entry_id,
            "resource": resource_id,
            "result": "refused",
            "reason": reason[:LONGEST_TEXT],
        }
    )
    if has_request_context():
        # The answer's status would be noted a second time.
        g.jiangmen_refusal_noted = True


def note_search(
    context: Any, action: str, asked: dict[str, Any], rows: int | None
) -> None:
    """Write that the auditor reads the trail itself: by which filters, how many rows.

    Raise `TrailUnavailable` if it cannot be written.
    """
    channel = who.present()["channel"]
    filters = "; ".join(f"{name}={value}" for name, value in sorted(asked.items()))
    _write(
        _row("read", context, action, channel)
        | {
            "object": "jiangmen_audit",
            "reason": filters[:LONGEST_TEXT],
            "row_count": rows,
        }
    )


def note_session(kind: str, account: str, *, result: str = "done") -> None:
    """Write a login or a logout (`kind`) of `account`, done or refused.

    Raise `TrailUnavailable` if it cannot be written.
    """
    _write({**who.present(), "kind": kind, "account": account, "result": result})


def _row(kind: str, context: Any, action: str, channel: str) -> dict[str, Any]:
    actor = who.present()
    # The account the action was called for; on the command line the operator's.
    account = (context.get("user") if context else None) or actor["account"]
    return {
        **actor,
        "kind": kind,
        "account": account,
        "action": action[: who.LONGEST],
        "channel": channel,
    }


def _engine() -> sa.Engine:
    """Return this process's own way to the database, apart from CKAN's session.

    Rows of the trail are committed on their own, whatever becomes of the request.
    """
    process = os.getpid()
    if process not in _engines:
        _engines[process] = sa.create_engine(
            tk.config["sqlalchemy.url"],
            isolation_level="AUTOCOMMIT",
            pool_size=2,
            max_overflow=8,
            pool_timeout=5,
            connect_args={"connect_timeout": 3, "options": LIMITS},
        )
    return _engines[process]


def _write(first: dict[str, Any], *others: dict[str, Any]) -> None:
    """Write rows of one account by one statement."""
    rows = json.dumps([first, *others], ensure_ascii=False)
    values = {
        # PostgreSQL's text has no NUL, whatever a caller has sent.
        "rows": rows.replace("\\u0000", "\\ufffd"),
        "account": first["account"],
    }
    try:
        try:
            _execute(values)
        except DBAPIError as err:
            # The server was started again meanwhile: one more try with a new one.
            if not err.connection_invalidated:
                raise
            _execute(values)
    except SQLAlchemyError as err:
        failed()
        raise TrailUnavailable(sentence()) from err


def failed() -> None:
    """Keep that this request met a trail that cannot be written: 503, whatever came."""
    if has_request_context():
        g.jiangmen_trail_failed = True


def _execute(values: dict[str, Any]) -> None:
    with _engine().connect() as connection:
        connection.execute(NOTE, values)
