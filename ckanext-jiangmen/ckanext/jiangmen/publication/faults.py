"""Where a test may kill the process, to prove that nothing is lost or doubled.

Only with `testing = true` in the configuration and the point's name in the
environment; in production `reach` is one look at a setting.
"""

from __future__ import annotations

import os
import signal

import ckan.plugins.toolkit as tk

VARIABLE = "JIANGMEN_DIE_AT"

SENDER_POINTS = (
    "worker-begun",
    "worker-built",
    "worker-half-staged",
    "worker-staged",
    "worker-received",
    "worker-withdrawn",
)
RECEIVER_POINTS = (
    "receiver-staged",
    "receiver-table-loaded",
    "receiver-written",
    "receiver-committed",
    "receiver-indexed",
    "receiver-withdrawing",
    "receiver-unindexed",
    "receiver-purged",
    "receiver-cleaned",
)


def reach(point: str) -> None:
    """Kill this process without any farewell if a test asked for it at `point`."""
    if os.environ.get(VARIABLE) == point and tk.config.get("testing"):
        os.kill(os.getpid(), signal.SIGKILL)
