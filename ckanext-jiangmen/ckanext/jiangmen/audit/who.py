"""Who acts, from where and by what: the request, the command or the job at hand.

Nothing here asks the database: it is called while statements run.
"""

from __future__ import annotations

import getpass
import hashlib
import ipaddress
from typing import TypedDict

import click
from flask import g, has_request_context, request
from rq import get_current_job

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import bearer

PROXIES = "ckanext.jiangmen.publication.proxies"
LONGEST = 200


class Actor(TypedDict):
    """The part of a row that says who; `organizations` are added in the database."""

    account: str
    token: str
    address: str
    channel: str
    action: str


def present() -> Actor:
    """Return who acts now.

    `account` is a CKAN name, "" for nobody, or "os:" and the login of the operator
    whose command this is.
    """
    return _of_request() if has_request_context() else _of_process()


def _of_request() -> Actor:
    api = (request.view_args or {}).get("logic_function")
    return {
        "account": str(g.__dict__.get("user") or ""),
        "token": token(),
        "address": address(),
        "channel": "api" if request.path.startswith("/api/") else "page",
        "action": str(api or request.endpoint or "")[:LONGEST],
    }


def _of_process() -> Actor:
    job = get_current_job()
    command = click.get_current_context(silent=True)
    action = (job.func_name if job else None) or (command and command.command_path)
    return {
        "account": f"os:{_login()}",
        "token": "",
        "address": "",
        "channel": "job" if job else "command",
        "action": str(action or "")[:LONGEST],
    }


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def address() -> str:
    """Return the caller's address; a trusted proxy's word about it is believed.

    The last address of X-Forwarded-For is the one that our own proxy has seen.
    """
    peer = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if forwarded and _is_proxy(peer):
        return forwarded.split(",")[-1].strip()[:LONGEST]
    return peer


def _is_proxy(peer: str) -> bool:
    try:
        known = ipaddress.ip_address(peer)
    except ValueError:
        return False
    networks = tk.aslist(tk.config.get(PROXIES) or "127.0.0.0/8 ::1")
    return any(known in ipaddress.ip_network(n, strict=False) for n in networks)


def token() -> str:
    """Return the id of the API token that signs the request, "" without one.

    One that was not accepted is named by a hash: what it says of itself is nothing.
    """
    known, refused = bearer.current(), bearer.refusal()
    if known is not None:
        return known.id[:LONGEST]
    if refused is not None and refused.token_id:
        return refused.token_id[:LONGEST]
    given = request.headers.get(tk.config["apitoken_header_name"], "")
    if not given:
        return ""
    return f"sha256:{hashlib.sha256(given.encode('utf-8', 'replace')).hexdigest()[:16]}"
