"""Where this instance keeps its things, and what the environment asks for.

An instance is one folder (`var/` unless JIANGMEN_VAR moves it): data, sockets, logs,
secrets. Two instances of one checkout share nothing but the code.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITES = ("share", "open")
SERVICE_USER = "jiangmen"


class StackError(Exception):
    """The stack cannot go on; the message is one sentence for the operator."""


def _setting(name: str, default: str = "") -> str:
    return os.environ.get(f"JIANGMEN_{name}", "").strip() or default


# The sites that this instance runs: both, but one in a container of its own.
HERE = tuple(site for site in SITES if _setting("SITE", site) == site)


@dataclass(frozen=True)
class Layout:
    """Folders and wishes of one instance."""

    root: Path = ROOT
    var: Path = field(
        default_factory=lambda: Path(_setting("VAR", str(ROOT / "var"))).resolve()
    )

    @property
    def etc(self) -> Path:
        """Return the folder of generated configuration and secrets (0600 files)."""
        return self.var / "etc"

    @property
    def log(self) -> Path:
        """Return the folder of the logs of every process."""
        return self.var / "log"

    @property
    def run(self) -> Path:
        """Return the folder of sockets and pid files."""
        return self.var / "run"

    @property
    def venv(self) -> Path:
        """Return the Python environment; JIANGMEN_VENV lends another instance's."""
        return Path(_setting("VENV", str(self.var / "venv")))

    @property
    def solr_lib(self) -> Path:
        """Return the folder of Solr's jars; JIANGMEN_SOLR_LIB lends another's."""
        return Path(_setting("SOLR_LIB", str(self.var / "solr" / "lib")))

    @property
    def instance(self) -> str:
        """Return the word that marks this instance's processes in /proc."""
        return f"JIANGMEN_INSTANCE={self.var}"

    def bin(self, command: str) -> str:
        """Return the path of a command of the Python environment."""
        return str(self.venv / "bin" / command)

    def storage(self, name: str) -> Path:
        """Return the file store of a site (or of a test site)."""
        return self.var / "files" / name


@dataclass(frozen=True)
class Wishes:
    """What the environment sets; an empty string leaves the choice to the stack."""

    postgres_url: str = field(default_factory=lambda: _setting("POSTGRES_URL"))
    solr_url: str = field(default_factory=lambda: _setting("SOLR_URL"))
    redis_url: str = field(default_factory=lambda: _setting("REDIS_URL"))
    listen: str = field(default_factory=lambda: _setting("LISTEN", "127.0.0.1"))
    share_url: str = field(default_factory=lambda: _setting("SHARE_URL"))
    open_url: str = field(default_factory=lambda: _setting("OPEN_URL"))
    workers: str = field(default_factory=lambda: _setting("WORKERS", "2"))
    solr_heap: str = field(default_factory=lambda: _setting("SOLR_HEAP", "1g"))
    publication_url: str = field(default_factory=lambda: _setting("PUBLICATION_URL"))
    receiver_file: str = field(default_factory=lambda: _setting("RECEIVER_FILE"))
    publication_addresses: str = field(
        default_factory=lambda: _setting("PUBLICATION_ADDRESSES")
    )
    proxy: str = field(default_factory=lambda: _setting("PROXY"))
    max_upload_mb: str = field(default_factory=lambda: _setting("MAX_UPLOAD_MB", "500"))

    def port(self, name: str) -> int | None:
        """Return the port the environment fixes for `name`, e.g. JIANGMEN_OPEN_PORT."""
        value = _setting(f"{name.upper()}_PORT")
        if value and not (
            value.isascii() and value.isdecimal() and 0 < int(value) < 65536
        ):
            raise StackError(
                f"JIANGMEN_{name.upper()}_PORT is {value!r}; a port is a number from"
                " 1 to 65535."
            )
        return int(value) if value else None

    def given(self) -> dict[str, str]:
        """Return the servers that the operator brings: name and address of each."""
        every = {
            "postgres": self.postgres_url,
            "redis": self.redis_url,
            "solr": self.solr_url,
        }
        return {name: url for name, url in every.items() if url}

    def site_url(self, site: str) -> str:
        """Return the address that users see, where the environment names one."""
        return (self.share_url if site == "share" else self.open_url).rstrip("/")


def service_user() -> pwd.struct_passwd:
    """Return the account that the services run under: never root.

    :raises StackError: this is root and the account does not exist yet.
    """
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    name = _setting("USER", SERVICE_USER)
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise StackError(
            f"There is no account {name!r} to run the services under."
        ) from None
