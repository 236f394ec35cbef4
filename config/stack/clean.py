"""`make clean`: stop everything and delete data, logs and secrets of this instance.

The Python environment and Solr's jars stay: they hold nothing of the platform. What
lies on servers that the operator brought stays too; it says what, and how to delete it.
"""

from __future__ import annotations

import shutil
import sys

import owners
import site_ini
from layout import HERE, Layout, StackError
from process import say
from state import locked
from supervise import Supervisor

DATA = ("postgres", "redis", "files", "log", "run", "etc", "test", "end_to_end")


def main() -> None:
    """Stop and delete."""
    layout = Layout()
    if layout.run.is_dir():
        Supervisor(layout).shutdown()
    left = []
    if (layout.etc / "stack.json").exists():
        with locked(layout) as state:
            left = owners.left_behind(state, [site_ini.names(site) for site in HERE])
    for name in DATA:
        shutil.rmtree(layout.var / name, ignore_errors=True)
    for name in ("home", "webapp"):
        shutil.rmtree(layout.var / "solr" / name, ignore_errors=True)
    (layout.var / "run.json").unlink(missing_ok=True)
    say("Data, logs and secrets of this instance are deleted.")
    for sentence in left:
        say(sentence)


if __name__ == "__main__":
    try:
        main()
    except StackError as error:
        sys.exit(f"make clean: {error}")
