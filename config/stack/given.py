"""Servers that the operator brings: their addresses, and whether they will do.

Addresses hold passwords, so no message here repeats one: a server is named by its host
and port, its setting by its name.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

import psycopg2
import redis
import requests
from layout import StackError

EXAMPLES = {
    "POSTGRES": "postgresql://admin:password@host:5432/postgres",
    "REDIS": "redis://:password@host:6379/0",
    "SOLR": "http://host:8983/solr",
}
SCHEMES = {
    "POSTGRES": {"postgresql", "postgres"},
    "REDIS": {"redis", "rediss"},
    "SOLR": {"http", "https"},
}
TITLES = {"POSTGRES": "PostgreSQL", "REDIS": "Redis", "SOLR": "Solr"}
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|\s")
# Seconds to wait for a server that is just being started.
PATIENCE_S = 30


class NotYet(Exception):
    """A server does not answer, but may soon; the message says how it fails."""


def parse(name: str, value: str) -> SplitResult:
    """Return the parts of the address in JIANGMEN_`name`_URL.

    :raises StackError: it is none that this server can be reached at.
    """
    try:
        parts = urlsplit(value)
        well = bool(parts.scheme in SCHEMES[name] and parts.hostname)
        well = well and (parts.port is None or parts.port > 0)
        path = parts.path.strip("/")
        if name == "REDIS":
            well = well and (not path or path.isdecimal())
        elif name == "POSTGRES":
            well = well and bool(parts.username) and "/" not in path
        # A stray # or ? of a password cuts the address there.
        well = well and not parts.fragment and "@" not in parts.query + parts.path
        well = well and not BAD_ESCAPE.search(value)
    except ValueError:
        well = False
    if not well:
        raise StackError(
            f"JIANGMEN_{name}_URL is not an address like {EXAMPLES[name]};"
            " in names and passwords write @ : / # ? % as %40 %3A %2F %23 %3F %25."
        )
    return parts


def place(name: str, value: str) -> str:
    """Return host and port of an address, to be shown."""
    parts = parse(name, value)
    defaults = {"POSTGRES": 5432, "REDIS": 6379, "SOLR": 8983}
    return f"{host(parts)}:{parts.port or defaults[name]}"


def host(parts: SplitResult) -> str:
    """Return the host as addresses write it: an IPv6 one stands in brackets."""
    name = parts.hostname or ""
    return f"[{name}]" if ":" in name else name


def wait(name: str, value: str, probe: Callable[[str], None]) -> None:
    """Return once `probe` accepts the server.

    :raises StackError: it does not answer, refuses us, or will not do.
    """
    where = f"Your {TITLES[name]} ({place(name, value)})"
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            probe(value)
        except NotYet as error:
            if time.monotonic() > end:
                raise StackError(
                    f"{where} does not answer ({error}); start it, or correct"
                    f" JIANGMEN_{name}_URL."
                ) from None
            time.sleep(0.5)
        except StackError as error:
            raise StackError(f"{where} {error}") from None
        else:
            return


def probe_postgres(dsn: str) -> None:
    """Look whether the server will do: version, rights, PostGIS.

    :raises NotYet: nothing answers.
    :raises StackError: the end of a sentence that begins with the server.
    """
    try:
        connection = psycopg2.connect(dsn, connect_timeout=5)
    except psycopg2.OperationalError as error:
        words = " ".join(str(error).split())
        if "FATAL:" in words and "the database system is" not in words:
            refusal = words.split("FATAL:")[1].split(" connection to server")[0]
            raise StackError(
                f"refuses JIANGMEN_POSTGRES_URL: {refusal.strip()}."
            ) from None
        raise NotYet(words.rsplit("failed:", 1)[-1].strip()) from None
    except psycopg2.Error as error:
        raise StackError(
            f"cannot be asked with JIANGMEN_POSTGRES_URL ({type(error).__name__});"
            f" write it like {EXAMPLES['POSTGRES']}."
        ) from None
    try:
        _judge_postgres(connection)
    finally:
        connection.close()


def _judge_postgres(connection: psycopg2.extensions.connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT current_user, rolsuper, current_setting('server_version_num')::int,
                (SELECT default_version FROM pg_available_extensions
                 WHERE name = 'postgis')
            FROM pg_roles WHERE rolname = current_user
            """
        )
        role, superuser, version, postgis = cursor.fetchone() or ("", False, 0, None)
    if version < 15_00_00:
        raise StackError(f"is version {version // 10000}; 15 or newer is needed.")
    if not superuser:
        raise StackError(
            f"gives the role {role} too few rights: it must be a superuser, because"
            " databases, roles and the extension PostGIS are made in its name; as the"
            f' administrator run: ALTER ROLE "{role}" SUPERUSER;'
        )
    if not postgis:
        raise StackError(
            "lacks PostGIS 3; install it on that machine"
            " (Debian: postgresql-15-postgis-3)."
        )


def probe_redis(url: str) -> None:
    """Look whether the server takes the password, has the database and keeps jobs.

    :raises NotYet: nothing answers.
    :raises StackError: the end of a sentence that begins with the server.
    """
    client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    try:
        client.ping()
        version = str(client.info("server")["redis_version"])
        policy = _redis_policy(client)
    except (redis.AuthenticationError, redis.ResponseError) as error:
        reason = str(error).rstrip(".")
        if "HELLO" in reason or "NOAUTH" in reason:
            reason = "it asks for a password"
        raise StackError(f"refuses JIANGMEN_REDIS_URL: {reason}.") from None
    except redis.RedisError as error:
        raise NotYet(type(error).__name__) from None
    finally:
        client.close()
    if int(version.split(".", maxsplit=1)[0]) < 6:
        raise StackError(f"is version {version}; 6 or newer is needed.")
    if policy not in {"noeviction", ""}:
        raise StackError(
            f"forgets keys when its memory is full (maxmemory-policy {policy}), and"
            " with them jobs and sessions; run: CONFIG SET maxmemory-policy noeviction"
        )


def _redis_policy(client: redis.Redis) -> str:
    """Return what the server forgets when it is full, "" where it does not say."""
    try:
        answer = client.config_get("maxmemory-policy")
    except redis.ResponseError:
        return ""
    return str(answer.get("maxmemory-policy", ""))


def probe_solr(url: str) -> None:
    """Look whether the server lets us in and is a Solr 9.

    :raises NotYet: nothing answers.
    :raises StackError: the end of a sentence that begins with the server.
    """
    try:
        answer = requests.get(f"{url.rstrip('/')}/admin/info/system", timeout=5)
    except requests.RequestException as error:
        raise NotYet(type(error).__name__) from None
    if answer.status_code in {401, 403}:
        raise StackError(
            "refuses the name and the password of JIANGMEN_SOLR_URL"
            f" (status {answer.status_code}); write it like"
            " http://name:password@host:8983/solr."
        )
    if answer.status_code >= 500:
        raise NotYet(f"status {answer.status_code}")
    try:
        version = str(answer.json()["lucene"]["solr-spec-version"])
    except (ValueError, KeyError):
        raise StackError(
            f"is no Solr at this path (status {answer.status_code}); write"
            f" JIANGMEN_SOLR_URL like {EXAMPLES['SOLR']}."
        ) from None
    if not version.startswith("9."):
        raise StackError(f"is version {version}; 9 is needed.")
