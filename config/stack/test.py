"""`make test`: all tests on servers of their own, under `var/test`.

The demonstration may run or not: nothing of it is read or touched. Each site is a run
of its own, because CKAN's plugin builds one application per process; its files are
dealt out to one worker per core, each with databases and cores of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from layout import SITES, Layout, StackError
from process import run, say
from sites import compile_translations

# Not collected: pytest's way of saying that a folder holds no test.
NOTHING_COLLECTED = 5
SUFFIX = "test"
# A worker takes some 600 MB with its open site; more than four gain little.
WORKERS = min(os.cpu_count() or 1, 4)
PLAIN = ["-o", "addopts=", "--import-mode=importlib", "--strict-markers"]
WITHOUT_CKAN = [*PLAIN, "-p", "no:ckan", "-p", "no:ckan_fixtures"]
PARTS = ("pure", *SITES, "end_to_end")


def test_environment(layout: Layout) -> dict[str, str]:
    """Return the variables under which the stack's commands mean the test instance."""
    # Fixed ports and addresses are the demonstration's; an empty one counts as none.
    emptied = {
        name: ""
        for name in os.environ
        if name.startswith("JIANGMEN_") and name.endswith(("_PORT", "_URL"))
    }
    return (
        dict(os.environ)
        | emptied
        | {
            "JIANGMEN_VAR": str(layout.var / "test"),
            "JIANGMEN_VENV": str(layout.venv),
            "JIANGMEN_SOLR_LIB": str(layout.solr_lib),
            "PYTHONUTF8": "1",
        }
    )


def stack(layout: Layout, script: str, *arguments: str) -> None:
    """Run one of the stack's commands for the test instance."""
    command = [layout.bin("python"), "-B", f"config/stack/{script}.py", *arguments]
    run(command, environment=test_environment(layout), folder=layout.root)


def pytest(layout: Layout, part: str, more: list[str]) -> int:
    """Run one part; return pytest's exit code."""
    folder = layout.root / "tests" / part
    if not any(folder.rglob("test_*.py")):
        say(f"tests/{part} holds no test.")
        return 0
    options = list(WITHOUT_CKAN)
    if part in SITES:
        ini = layout.var / "test" / "etc" / f"test-{part}-{SUFFIX}.ini"
        options = [f"--ckan-ini={ini}"]
    if part != "end_to_end" and not more:
        options += [f"--numprocesses={WORKERS}", "--dist=loadfile"]
    say(f"pytest tests/{part}")
    done = subprocess.run(
        [layout.bin("pytest"), *options, *more, f"tests/{part}"],
        cwd=layout.root,
        env=test_environment(layout),
        check=False,
    )
    return 0 if done.returncode == NOTHING_COLLECTED else done.returncode


def suffixes(workers: int) -> list[str]:
    """Return the workers' environments, as `tests/conftest.py` counts them."""
    return [SUFFIX + (str(number) if number else "") for number in range(workers)]


def link_inis(layout: Layout) -> None:
    """Let config/test-share.ini and config/test-open.ini find the test servers."""
    for site in SITES:
        link = layout.etc / f"test-{site}.ini"
        target = Path("..") / "test" / "etc" / f"test-{site}-{SUFFIX}.ini"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def main(arguments: list[str]) -> int:
    """Run the named parts, all without a name; options go to pytest."""
    layout = Layout()
    parts = [word for word in arguments if word in PARTS] or list(PARTS)
    more = [word for word in arguments if word not in PARTS]
    codes = {}
    compile_translations(layout)
    if "pure" in parts:
        codes["pure"] = pytest(layout, "pure", more)
    if parts != ["pure"]:
        say("Starting the test servers …")
        stack(layout, "up", "--services", "--throw-away")
        try:
            if set(parts) & set(SITES):
                for suffix in suffixes(1 if more else WORKERS):
                    stack(layout, "test_env", suffix)
                link_inis(layout)
            for part in parts[:]:
                if part != "pure":
                    codes[part] = pytest(layout, part, more)
        finally:
            stack(layout, "down")
    for part, code in codes.items():
        say(f"tests/{part}: {'passed' if code == 0 else f'FAILED (pytest: {code})'}")
    return max(codes.values())


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StackError as error:
        sys.exit(f"make test: {error}")
