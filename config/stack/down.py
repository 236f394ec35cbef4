"""`make down`: stop every process of this instance, and no server of the operator's."""

from __future__ import annotations

import sys

from layout import Layout, StackError
from process import say
from supervise import Supervisor


def main() -> None:
    """Stop sites, then services."""
    layout = Layout()
    if not layout.run.is_dir():
        say("Nothing was running.")
        return
    Supervisor(layout).shutdown()
    say("Everything is stopped.")


if __name__ == "__main__":
    try:
        main()
    except StackError as error:
        sys.exit(f"make down: {error}")
