"""Pages of the trail: the auditor's search and exports, the public heads."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import acting_as
from ckanext.jiangmen.audit import heads, reading, search, trail
from ckanext.jiangmen.audit.logic import action
from ckanext.jiangmen.config import is_open_site

audit = Blueprint("jiangmen_audit", __name__)

PAGE_ROWS = 50
MOST_EXPORTED = 100_000
FILTERS = (*search.EQUAL, "grant", "since", "until")
# Excel reads a text that begins with one of these as a formula.
ACTIVE = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@audit.route("/audit")
def index() -> Any:
    """Show the published heads on the open site, the auditor's search on the other."""
    if not is_open_site():
        return tk.redirect_to("jiangmen_audit.trail_search")
    found = tk.get_action("jiangmen_audit_head_list")(
        acting_as(tk.current_user.name), {}
    )
    return tk.render("jiangmen/audit/heads.html", {"heads": found["heads"]})


def _filters() -> dict[str, str]:
    return {
        name: request.args[name].strip()
        for name in FILTERS
        if request.args.get(name, "").strip()
    }


@audit.route("/audit/trail")
def trail_search() -> str:
    """Search the trail; the newest rows first."""
    wanted, errors, found = _filters(), [], {"rows": [], "next": None}
    asked = {**wanted, "before": request.args.get("before"), "limit": PAGE_ROWS}
    try:
        found = tk.get_action("jiangmen_audit_list")(
            acting_as(tk.current_user.name), asked
        )
    except tk.NotAuthorized as err:
        tk.abort(403, str(err.message or ""))
    except tk.ValidationError as err:
        errors = [f"{_field(k)}：{v}" for k, v in err.error_summary.items()]
    return tk.render(
        "jiangmen/audit/search.html",
        {"found": found, "wanted": wanted, "errors": errors, "state": _state()},
    )


def _field(name: str) -> str:
    return {
        "since": tk._("From day"),
        "until": tk._("To day"),
        "kind": tk._("Kind"),
        "result": tk._("Result"),
    }.get(name.lower(), tk._("Filter"))


def _state() -> dict[str, Any]:
    """Return how the sealing stands."""
    with reading.connect() as connection:
        count, age_s = reading.unsealed(connection)
    return {"unsealed": count, "age_s": round(age_s), "heads": heads.own()[:10]}


def _check() -> Any:
    context = acting_as(tk.current_user.name)
    try:
        tk.check_access("jiangmen_audit_list", context, {})
    except tk.NotAuthorized as err:
        tk.abort(403, str(err.message or ""))
    return context


@audit.route("/audit/trail/export")
def export_found() -> Response:
    """Send what the search finds as CSV, at most 100,000 rows."""
    context = _check()
    try:
        asked = action.checked(_filters())
    except tk.ValidationError as err:
        tk.abort(400, "; ".join(f"{v}" for v in err.error_summary.values()))
    asked.pop("limit", None)
    trail.note_search(context, "jiangmen_audit.export_found", asked, None)
    return _file(_csv(asked), "text/csv; charset=utf-8", "csv")


def _csv(asked: dict[str, Any]) -> Iterator[str]:
    # A byte order mark: spreadsheets open it as UTF-8.
    yield "\ufeff" + ",".join(COLUMNS) + "\r\n"
    with reading.connect() as connection:
        for row in search.stream(connection, asked, MOST_EXPORTED):
            line = io.StringIO()
            cells = (_cell(row.get(name)) for name in COLUMNS)
            csv.writer(line, lineterminator="\r\n").writerow(cells)
            yield line.getvalue()


COLUMNS = (
    "seq", "id", "at", "kind", "account", "organizations", "token", "address",
    "channel", "action", "entry", "resource", "items", "row_count", "grants",
    "purpose", "result", "reason", "object", "object_id", "verb", "changes",
    "database_role",
)  # fmt: skip


def _cell(value: Any) -> str:
    if value is None:
        return ""
    plain = isinstance(value, str | int)
    text = str(value) if plain else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(ACTIVE) else text


@audit.route("/audit/chain")
def export_chain() -> Response:
    """Send the sealed chain, or the part up to a head, as the verifier reads it."""
    context = _check()
    first, last = _link("first", 1), _link("last", 0)
    asked = {"first": first, "last": last}
    trail.note_search(context, "jiangmen_audit.export_chain", asked, None)
    return _file(_chain(first, last), "application/x-ndjson; charset=utf-8", "jsonl")


def _link(name: str, usual: int) -> int:
    given = request.args.get(name, "")
    if given and (not given.isdecimal() or len(given) > 18):
        tk.abort(400, tk._("Please give a whole number above 0."))
    return int(given or usual)


def _chain(first: int, last: int) -> Iterator[str]:
    with reading.connect() as connection:
        for line in reading.lines(connection, max(first, 1), last):
            yield json.dumps(line, ensure_ascii=False) + "\n"


def _file(pieces: Iterator[str], kind: str, ending: str) -> Response:
    response = Response(stream_with_context(pieces), content_type=kind)
    name = f"audit-{clock.local(clock.now()):%Y%m%d-%H%M}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
