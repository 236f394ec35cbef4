"""Settings of the trail, each read through one typed function."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk

KEY_FILE = "ckanext.jiangmen.audit.key_file"
SEALER_FILE = "ckanext.jiangmen.audit.sealer_file"
UNSEALED_LIMIT = "ckanext.jiangmen.audit.unsealed_limit_s"


def site() -> str:
    """Return the name under which this site's chain is published."""
    return str(tk.config["ckan.site_id"])


def key_file() -> Path:
    """Return where the sealer's private key lies, mode 0600."""
    return _file(KEY_FILE, f"audit-key-{site()}.pem")


def sealer_url() -> str:
    """Return the sealer's own way to the database; the sites' processes lack it."""
    path = _file(SEALER_FILE, f"sealer-{site()}.url")
    return path.read_text(encoding="utf-8").strip()


def _file(option: str, usual: str) -> Path:
    wished = tk.config[option]
    return Path(wished or Path(tk.config["ckanext.jiangmen.state_path"]) / usual)


def unsealed_limit_s() -> int:
    """Return after how many seconds a row without a seal is an alarm."""
    return int(tk.config[UNSEALED_LIMIT])
