"""`make status`: what runs, how well, and how much memory it takes."""

from __future__ import annotations

import sys
from typing import Any

import services
import sites
from layout import HERE, Layout, StackError
from state import State, locked
from supervise import Supervisor, memory_mb


def main() -> int:
    """Print a line per process and per site; return 1 if something is not well."""
    layout = Layout()
    if not layout.run.is_dir():
        print("Nothing is set up yet: run make up.")
        return 1
    rows = Supervisor(layout).processes()
    if not rows:
        print("Nothing is running.")
        return 1
    with locked(layout) as state:
        return 0 if tell(layout, state, rows) else 1


def tell(layout: Layout, state: State, rows: list[dict[str, Any]]) -> bool:
    """Print a line per process, server and site; return whether all is well."""
    total = 0.0
    for row in rows:
        memory = memory_mb(row["pid"]) if row["pid"] else 0.0
        total += memory
        print(f"{row['name']:14} {row['statename']:10} {memory:7.0f} MB")
    print(f"{'together':14} {'':10} {total:7.0f} MB (proportional set size)")
    well = all(row["statename"] == "RUNNING" for row in rows)
    for name, word in services.given_states(state).items():
        print(f"{name + ' (yours)':25} {word}")
        well = well and word == "answers"
    for site in HERE:
        word = sites.failed_parts(state, site)
        print(f"{site}: {word}")
        well = well and word == "well"
    return well


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as error:
        sys.exit(f"make status: {error}")
