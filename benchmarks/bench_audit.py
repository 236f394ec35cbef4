r"""How many rows the trail takes a second: one by one, in batches, and sealed.

    make bench ARGS=audit    # or: bench_audit.py [CONFIG.ini]

Runs in a test environment of its own (`make test-env SUFFIX=bench`, made at the first
run): what is noted in a trail stays there. Wanted: 2,000 rows a second in batches, 250
single ones, each committed on its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SINGLE, BATCHES, BATCH, CHANGES = 2_000, 200, 100, 5_000

ROW = {
    "kind": "read",
    "account": "c_cataloguer",
    "token": "sha256:0123456789abcdef",
    "address": "203.0.113.9",
    "channel": "api",
    "action": "datastore_search",
    "entry": "0b5a7b5e-31f1-5b1c-9b8f-000000000001",
    "resource": "0b5a7b5e-31f1-5b1c-9b8f-000000000002",
    "items": ["区划代码", "名称", "统一社会信用代码"],
    "row_count": 100,
    "grants": ["0b5a7b5e-31f1-5b1c-9b8f-000000000003"],
    "purpose": "核对区划",
}


def environment() -> Path:
    """Return the settings of the environment, made at the first run."""
    path = Path(os.environ.get("BENCH_INI", ROOT / "var/etc/test-share-bench.ini"))
    if not path.exists():
        subprocess.run(["make", "test-env", "SUFFIX=bench"], cwd=ROOT, check=True)
    return path


def timed(name: str, count: int, work) -> None:
    """Print how many of `count` rows a second `work` did."""
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    print(f"{name:44} {count:7,} rows {seconds:7.2f} s {count / seconds:9,.0f}/s")


def main(ini: str) -> None:
    """Measure and print."""
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    app = make_app(CKANConfigLoader(ini).get_config())
    with app._wsgi_app.app_context():
        measure()


def measure() -> None:
    """Write, change, seal and verify."""
    import sqlalchemy as sa

    from ckan import model

    from ckanext.jiangmen.audit import config, reading, trail
    from ckanext.jiangmen.audit.keys import load_or_make
    from ckanext.jiangmen.audit.sealing import Sealer

    engine = model.ensure_engine()
    with engine.connect() as connection:
        for name in ("fsync", "synchronous_commit"):
            print(f"{name} = {connection.scalar(sa.text(f'SHOW {name}'))}")
    sealer = Sealer(
        sa.create_engine(config.sealer_url()),
        load_or_make(config.key_file()),
        config.site(),
    )

    def seal() -> None:
        while sealer.step():
            pass

    def singly() -> None:
        for _ in range(SINGLE):
            trail.note_read(
                {"user": "c_cataloguer"},
                "datastore_search",
                entry_id=ROW["entry"],
                resource_id=ROW["resource"],
                items=ROW["items"],
                rows=100,
                grants=ROW["grants"],
                purpose=ROW["purpose"],
            )

    def in_batches() -> None:
        note = sa.text("SELECT audit.note(CAST(:rows AS jsonb))")
        rows = json.dumps([ROW] * BATCH, ensure_ascii=False)
        for _ in range(BATCHES):
            with engine.begin() as connection:
                connection.execute(note, {"rows": rows})

    def by_triggers() -> None:
        insert = (
            "INSERT INTO vocabulary (id, name) SELECT 'bench' || n, 'bench' || n"
            " FROM generate_series(1, :count) n"
        )
        with engine.begin() as connection:
            connection.execute(sa.text(insert), {"count": CHANGES})
            connection.execute(sa.text("DELETE FROM vocabulary WHERE id ~ '^bench'"))

    seal()
    timed("single rows, each committed on its own", SINGLE, singly)
    timed(f"in batches of {BATCH}, each committed", BATCH * BATCHES, in_batches)
    timed("changes noted by triggers, one transaction", 2 * CHANGES, by_triggers)
    with reading.connect() as connection:
        waiting = reading.unsealed(connection)[0]
    timed("sealed: linked, hashed, signed", waiting, seal)
    sealer.publish_now()
    timed("verified in the database", _sealed(engine), reading.verify_database)


def _sealed(engine) -> int:
    import sqlalchemy as sa

    with engine.connect() as connection:
        return connection.scalar(
            sa.text("SELECT max(seq) FROM audit.jiangmen_audit_link")
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(environment()))
