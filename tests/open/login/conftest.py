"""The browser of tests/share/login, for this site."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_SOURCE = Path(__file__).parents[2] / "share/login/conftest.py"
_spec = importlib.util.spec_from_file_location("share_login_conftest", _SOURCE)
_share = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_share)

browser = _share.browser
account = _share.account
