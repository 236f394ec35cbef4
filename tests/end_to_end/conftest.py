"""Both sites as real processes, and a browser; nothing of the code is imported.

`make test` sets JIANGMEN_VAR to an instance of its own; by hand:
`make test ARGS=end_to_end`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def stack() -> dict:
    """Bring up both sites with the demonstration; return `run.json` as a dict."""
    var = os.environ.get("JIANGMEN_VAR", "")
    if Path(var).name != "test":
        pytest.exit("end_to_end runs by `make test ARGS=end_to_end` only", 2)
    command = [sys.executable, "-B", "config/stack/up.py", "--throw-away"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads((Path(var) / "run.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def chromium():
    """Start Debian's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--lang=zh-CN"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """Open a fresh window that fails the test if a page's script fails."""
    context = chromium.new_context(locale="zh-CN", accept_downloads=True)
    window = context.new_page()
    errors: list[str] = []
    window.on("pageerror", lambda error: errors.append(str(error)))
    yield window
    context.close()
    assert not errors, f"scripts failed: {errors}"
