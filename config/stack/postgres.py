"""PostgreSQL with PostGIS: a private server, and the databases of each site."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import given
import psycopg2
from layout import Layout, StackError, Wishes
from process import as_service, make_folder, run, write_file
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from state import State

BINARIES = Path("/usr/lib/postgresql/15/bin")
# Statements of the administrator that put 全程留痕 out of the site's reach.
TRAIL = Layout().root / "ckanext-jiangmen/ckanext/jiangmen/audit/sql/trail.sql"

CONFIGURATION = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
password_encryption = scram-sha-256
max_connections = 200
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
wal_compression = on
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
log_min_duration_statement = 2000
log_line_prefix = '%m %d %u '
idle_in_transaction_session_timeout = '15min'
{more}
"""
# Speed for throw-away data: nothing of a test has to survive a power cut.
THROW_AWAY = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


@dataclass(frozen=True)
class SiteDatabases:
    """Names of a site's databases and roles, all from one prefix."""

    prefix: str

    @property
    def main(self) -> str:
        """Return CKAN's database and its owner's name."""
        return self.prefix

    @property
    def datastore(self) -> str:
        """Return the database of tables and layers."""
        return f"{self.prefix}_datastore"

    @property
    def write(self) -> str:
        """Return the role that owns the tables."""
        return f"{self.prefix}_write"

    @property
    def read(self) -> str:
        """Return the role that may only read them."""
        return f"{self.prefix}_read"

    @property
    def roles(self) -> tuple[str, ...]:
        """Return every role of the site."""
        return (self.main, self.write, self.read, self.sealer, self.keeper)

    @property
    def keeper(self) -> str:
        """Return the role that owns the trail; nobody logs in as it."""
        return f"{self.prefix}_keeper"

    @property
    def sealer(self) -> str:
        """Return the role that chains and signs the trail."""
        return f"{self.prefix}_sealer"


def is_private(wishes: Wishes) -> bool:
    """Return whether the stack runs its own server."""
    return not wishes.postgres_url


def admin_url(state: State, database: str = "") -> str:
    """Return the administrator's DSN, for the database of that name."""
    wished = Wishes().postgres_url
    if wished:
        parts = given.parse("POSTGRES", wished)
        path = f"/{database or parts.path.strip('/') or 'postgres'}"
        return parts._replace(scheme="postgresql", path=path).geturl()
    secret, port = state.secret("postgres"), state.port("postgres")
    return f"postgresql://postgres:{secret}@127.0.0.1:{port}/{database or 'postgres'}"


def url(state: State, role: str, database: str) -> str:
    """Return the DSN of `role` on `database`."""
    parts = urlsplit(admin_url(state))
    netloc = f"{role}:{state.secret('role ' + role)}@{given.host(parts)}"
    netloc += f":{parts.port or 5432}"
    return parts._replace(netloc=netloc, path=f"/{database}").geturl()


def prepare(layout: Layout, state: State, *, throw_away: bool = False) -> bool:
    """Create the server's data folder, if there is none, and its configuration.

    Return whether the configuration changed.
    """
    data = make_folder(layout.var / "postgres")
    if not (data / "PG_VERSION").exists():
        password = layout.run / "postgres.password"
        write_file(password, state.secret("postgres") + "\n")
        try:
            command = [
                str(BINARIES / "initdb"), "--pgdata", str(data), "--username=postgres",
                "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8",
                "--locale=C.UTF-8", "--data-checksums",
            ]  # fmt: skip
            run(as_service(command), folder=layout.run)
        finally:
            password.unlink()
    more = THROW_AWAY if throw_away else ""
    text = CONFIGURATION.format(port=state.port("postgres"), more=more)
    return write_file(data / "postgresql.conf", text)


def command(layout: Layout) -> str:
    """Return the server's command line for the supervisor."""
    return f"{BINARIES / 'postgres'} -D {layout.var / 'postgres'}"


def answers(state: State) -> bool:
    """Return whether the server takes the administrator's connection."""
    try:
        psycopg2.connect(admin_url(state), connect_timeout=3).close()
    except psycopg2.OperationalError:
        return False
    return True


def psql(dsn: str, options: Sequence[str], stdin: str | None = None) -> str:
    """Run psql to the end and return what it printed.

    Its command line is open to every account of the machine: no password stands there.

    :raises StackError: a statement failed; those before it are done.
    """
    parts = urlsplit(dsn)
    environment = {}
    if parts.password is not None:
        environment["PGPASSWORD"] = unquote(parts.password)
        netloc = f"{parts.username}@{given.host(parts)}:{parts.port or 5432}"
        parts = parts._replace(netloc=netloc)
    command = ["psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", *options]
    return run([*command, parts.geturl()], stdin=stdin, environment=environment)


def _execute(dsn: str, statements: list[sql.Composable]) -> None:
    with closing(psycopg2.connect(dsn)) as connection:
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _exists(dsn: str, query: str, name: str) -> bool:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(query, [name])
        return cursor.fetchone() is not None


def has_table(dsn: str, name: str) -> bool:
    """Return whether the database has a table or view of this name."""
    return _exists(dsn, "SELECT 1 FROM pg_class WHERE relname = %s", name)


def ensure(state: State, names: SiteDatabases) -> bool:
    """Create what is missing of a site's roles, databases and schemas.

    Return whether a database had to be made.
    """
    admin = admin_url(state)
    for role in (names.main, names.write, names.read, names.sealer):
        _ensure_role(admin, role, state.secret(f"role {role}"))
    _ensure_group(admin, names.keeper)
    made = [
        _ensure_database(admin, names.main, names.main),
        _ensure_database(admin, names.datastore, names.write),
    ]
    _ensure_schemas(admin_url(state, names.datastore), names)
    connect = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
    _execute(
        admin,
        [connect.format(sql.Identifier(names.main), sql.Identifier(names.sealer))],
    )
    return any(made)


def lay_trail(state: State, names: SiteDatabases) -> None:
    """Lay out the trail after the migrations of the site (safe to repeat)."""
    roles = {"app": names.main, "keeper": names.keeper, "sealer": names.sealer}
    settings = [f"--set={word}={role}" for word, role in roles.items()]
    address = admin_url(state, names.main)
    psql(address, ["--output=/dev/null", *settings, f"--file={TRAIL}"])


def _ensure_group(admin: str, role: str) -> None:
    if not _exists(admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        statement = sql.SQL("CREATE ROLE {} NOLOGIN")
        _execute(admin, [statement.format(sql.Identifier(role))])


def _ensure_role(admin: str, role: str, password: str) -> None:
    known = _exists(admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", role)
    verb = sql.SQL("ALTER ROLE" if known else "CREATE ROLE")
    _execute(
        admin,
        [
            sql.SQL("{} {} LOGIN PASSWORD {}").format(
                verb, sql.Identifier(role), sql.Literal(password)
            )
        ],
    )


def _ensure_database(admin: str, name: str, owner: str) -> bool:
    if _exists(admin, "SELECT 1 FROM pg_database WHERE datname = %s", name):
        return False
    database, role = sql.Identifier(name), sql.Identifier(owner)
    _execute(
        admin,
        [
            sql.SQL(
                "CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0"
                " LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
            ).format(database, role),
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
        ],
    )
    return True


def _ensure_schemas(dsn: str, names: SiteDatabases) -> None:
    """Keep PostGIS and the layers out of `public`, where they would be resources."""
    values = {
        "db": sql.Identifier(names.datastore),
        "main": sql.Identifier(names.main),
        "write": sql.Identifier(names.write),
        "read": sql.Identifier(names.read),
    }
    statements = """
        GRANT CONNECT ON DATABASE {db} TO {main}, {read};
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT USAGE, CREATE ON SCHEMA public TO {main}, {write};
        GRANT USAGE ON SCHEMA public TO {read};
        CREATE SCHEMA IF NOT EXISTS postgis;
        CREATE EXTENSION IF NOT EXISTS postgis SCHEMA postgis;
        CREATE SCHEMA IF NOT EXISTS layers AUTHORIZATION {write};
        GRANT USAGE ON SCHEMA postgis, layers TO {write}, {read};
        ALTER DEFAULT PRIVILEGES FOR ROLE {write} IN SCHEMA layers
            GRANT SELECT ON TABLES TO {read};
        ALTER ROLE {write} IN DATABASE {db} SET search_path = public, postgis;
        ALTER ROLE {read} IN DATABASE {db} SET search_path = public, postgis;
    """
    _execute(dsn, [sql.SQL(statements).format(**values)])


def drop(state: State, names: SiteDatabases) -> None:
    """Remove a site's databases and roles (test environments only)."""
    admin = admin_url(state)
    if not answers(state):
        raise StackError("PostgreSQL does not answer; start it with `make services`.")
    for database in (names.main, names.datastore):
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        _execute(admin, [statement.format(sql.Identifier(database))])
    for role in names.roles:
        _execute(
            admin, [sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role))]
        )
