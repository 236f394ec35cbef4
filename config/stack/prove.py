"""`make prove [SEED=n]`: the large counts; each writes `docs/proof/<name>.md`.

A proof is a module `benchmarks/prove_<name>.py` that takes `--seed N`. It keeps its
progress under `var/proof/<name>/`, so a broken run goes on where it stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from layout import Layout
from process import say


def main(names: list[str]) -> int:
    """Run the proofs named, all without a name; return 1 if one has failed."""
    layout = Layout()
    seed = os.environ.get("SEED") or str(int(time.time()))
    (layout.root / "docs" / "proof").mkdir(parents=True, exist_ok=True)
    failed = 0
    for path in sorted((layout.root / "benchmarks").glob("prove_*.py")):
        if names and path.stem.removeprefix("prove_") not in names:
            continue
        say(f"{path.name}, seed {seed}")
        command = [layout.bin("python"), str(path), "--seed", seed]
        failed |= subprocess.run(command, cwd=layout.root, check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
