"""Limits of requests, counted in Redis: per token, account, address and sign-in.

A sliding window: the last window's count fades while the present one fills, decided and
counted in one script, so that parallel requests cannot slip past each other. Refused
requests are not counted. Headers: draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import time
from dataclasses import dataclass
from typing import Literal, cast

import redis
from flask import Response, g, has_request_context, render_template, request
from redis.commands.core import Script

import ckan.plugins.toolkit as tk
from ckan.types import CKANApp

from ckanext.jiangmen import answers, bearer, config

log = logging.getLogger(__name__)

Kind = Literal["token", "account", "address", "login"]

# What a page needs before anybody has done anything, and what watches the site.
NOT_COUNTED = frozenset(
    {
        "webassets.index",
        "jiangmen.health",
        "jiangmen.robots",
        "jiangmen.script_translations",
        "api.i18n_js_translations",
    }
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Seconds: an answer that takes longer is none; then Redis is left alone for a while.
TIMEOUT_S = 0.5
PAUSE_S = 3.0

# KEYS: the counter's name; ARGV: limit, window in milliseconds.
# Returns: 1 or 0 (let through), how many are left, milliseconds to wait.
SCRIPT = """
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local slot = math.floor(now / window)
local passed = now - slot * window
local seen = redis.call('HMGET', KEYS[1], 'slot', 'count', 'before')
local at, count, before = tonumber(seen[1]), tonumber(seen[2]), tonumber(seen[3])
if at == nil or at < slot - 1 then
  count, before = 0, 0
elseif at < slot then
  before, count = count, 0
end
local used = before * (window - passed) / window + count
if used + 1 > limit then
  local wait
  if count >= limit then
    wait = window - passed + window * (1 - (limit - 1) / count)
  else
    wait = window * (1 - (limit - count - 1) / before) - passed
  end
  return {0, 0, math.max(1, math.ceil(wait))}
end
count = count + 1
redis.call('HSET', KEYS[1], 'slot', slot, 'count', count, 'before', before)
redis.call('PEXPIRE', KEYS[1], window * 2)
return {1, math.floor(limit - used - 1), window - passed}
"""


@dataclass(frozen=True)
class Limit:
    """So many requests of one kind of caller in a window."""

    kind: Kind | Literal["deed"]
    requests: int
    window_s: int


@dataclass(frozen=True)
class Count:
    """What a limit says to this request; `wait_s` is rounded up."""

    limit: Limit
    passed: bool
    left: int
    wait_s: int


class Uncounted(Exception):
    """Redis does not answer, so nothing can be counted."""


class _Counter:
    """Redis, with short patience, as `ckan.redis.url` names it."""

    def __init__(self) -> None:
        self.url = ""
        self.down_until = 0.0

    def take(self, name: str, limit: Limit) -> Count:
        """Count one request. Raise `Uncounted`."""
        if time.monotonic() < self.down_until:
            raise Uncounted
        window_ms = limit.window_s * 1000
        try:
            said = self._script()(keys=[name], args=[limit.requests, window_ms])
        except redis.RedisError as err:
            self.down_until = time.monotonic() + PAUSE_S
            log.warning("requests are not counted: %s", type(err).__name__)
            raise Uncounted from err
        passed, left, wait_ms = cast(list[int], said)
        return Count(limit, bool(passed), left, math.ceil(wait_ms / 1000))

    def probe(self) -> None:
        """Raise `redis.RedisError` where Redis does not answer."""
        self._script()
        self.client.ping()
        self.down_until = 0.0

    def _script(self) -> Script:
        url = tk.config["ckan.redis.url"]
        if url != self.url:
            self.client = redis.Redis.from_url(
                url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
            )
            self.script = self.client.register_script(SCRIPT)
            self.url, self.down_until = url, 0.0
        return self.script


_counter = _Counter()


def install(app: CKANApp) -> None:
    """Count every request of `app` and tell callers what is left."""
    app.before_request(check)
    app.after_request(tell)


def probe() -> None:
    """Raise where requests cannot be counted (the health page asks)."""
    _counter.probe()


def passes(deed: str, requests: int, window_s: int) -> bool:
    """Count one `deed` of the caller's address; return whether it may be done.

    For what is rarer than requests and leaves something behind. Outside of a request
    nothing is counted; where Redis does not answer nothing may be done.
    """
    if not config.limits_enabled() or not has_request_context() or requests <= 0:
        return True
    name = f"{tk.config['ckan.site_id']}:limit:{deed}:{_network()}"
    try:
        return _counter.take(name, Limit("deed", requests, window_s)).passed
    except Uncounted:
        return False


def check() -> Response | None:
    """Count the request; answer 429 where a limit is reached."""
    if not config.limits_enabled() or not _is_counted():
        return None
    found = []
    for kind, subject in _subjects():
        requests = config.limit_requests(kind)
        if requests <= 0:
            continue
        limit = Limit(kind, requests, max(1, config.limit_window_s()))
        name = f"{tk.config['ckan.site_id']}:limit:{kind}:{subject}"
        try:
            found.append(_counter.take(name, limit))
        except Uncounted:
            return _uncounted(kind)
        if not found[-1].passed:
            break
    if not found:
        return None
    # The limit that stops this caller first is the one it should know.
    told = min(found, key=lambda count: (count.passed, count.left))
    g.jiangmen_limits = told
    return None if told.passed else _refused(told)


def _is_counted() -> bool:
    if request.endpoint == "static":
        filename = str((request.view_args or {}).get("filename", ""))
        return filename.startswith("uploads/")
    return request.endpoint not in NOT_COUNTED


def _subjects() -> list[tuple[Kind, str]]:
    """Return who is counted for this request, and as what."""
    found: list[tuple[Kind, str]] = []
    if request.endpoint == "user.login" and request.method == "POST":
        found.append(("login", _network()))
    token = bearer.current()
    if token is not None:
        found.append(("token", token.id))
    elif tk.current_user.is_authenticated:
        found.append(("account", tk.current_user.id))
    else:
        found.append(("address", _network()))
    return found


def _network() -> str:
    """Return the caller's address; of IPv6 the network that one customer is given."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address)


def _uncounted(kind: Kind) -> Response | None:
    """Let readers pass without a count; refuse what tries passwords.

    Without Redis the limits fall away; that takes nothing from what tokens, roles and
    the lock of accounts decide (docs/decisions.md).
    """
    if kind != "login":
        return None
    sentence = tk._("Signing in is not possible at the moment; please try again later.")
    answer = _answer(503, "Service Unavailable", sentence)
    answer.headers["Retry-After"] = str(math.ceil(PAUSE_S))
    return answer


def _refused(count: Count) -> Response:
    sentence = tk._(
        "Too many requests: at most {requests} in {window} seconds; please try again "
        "in {wait} seconds."
    ).format(
        requests=count.limit.requests, window=count.limit.window_s, wait=count.wait_s
    )
    return _answer(429, "Rate Limit Error", sentence)


def _answer(status: int, kind: str, sentence: str) -> Response:
    """Return JSON to a program and to people a page that asks nothing of a database."""
    if request.path.startswith("/api/") or bearer.current() is not None:
        return answers.refused(status, kind, sentence)
    page = render_template("jiangmen/limited.html", sentence=sentence)
    answer = Response(page, status=status, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def tell(response: Response) -> Response:
    """Write what the limit leaves to the caller into the answer's headers."""
    count: Count | None = g.get("jiangmen_limits")
    if count is not None:
        limit = count.limit
        response.headers["RateLimit-Policy"] = (
            f'"{limit.kind}";q={limit.requests};w={limit.window_s}'
        )
        response.headers["RateLimit"] = (
            f'"{limit.kind}";r={count.left};t={count.wait_s}'
        )
        if not count.passed:
            response.headers["Retry-After"] = str(count.wait_s)
    return response
