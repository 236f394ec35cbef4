r"""How fast a million rows load, beside psql's \\copy of the same rows in the same run.

    make bench ARGS=load_table    # or: bench_load_table.py [CONFIG.ini [ROWS [RUNS]]]

The file has 12 columns of all types and Chinese text. Of each way the best of RUNS is
taken. `\\copy` goes into a plain table without key, trigger or checks.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

TYPES = {
    "编号": ("字符型", "text"),
    "姓名": ("字符型", "text"),
    "区划": ("字符型", "text"),
    "地址": ("字符型", "text"),
    "日期": ("日期型", "date"),
    "时间": ("日期时间型", "timestamp"),
    "金额": ("货币型", "numeric"),
    "数量": ("整型", "int8"),
    "比例": ("双精度型", "float8"),
    "有效": ("逻辑型", "bool"),
    "电话": ("字符型", "text"),
    "备注": ("备注型", "text"),
}


def write_rows(path: Path, rows: int) -> None:
    """Write the file; equal for equal `rows` (seed 1)."""
    dice = random.Random(1)
    with path.open("w") as file:
        file.write(",".join(TYPES) + "\n")
        for i in range(rows):
            file.write(
                f"{i:08d},{'张王李赵'[i % 4]}某{i % 97},4407{i % 100:02d},"
                f"江门市蓬江区白沙街道胜利路{i % 5000}号{i % 30}栋{i % 900}房,"
                f"20{i % 24:02d}-{i % 12 + 1:02d}-{i % 28 + 1:02d},"
                f"2020-01-01 {i % 24:02d}:{i % 60:02d}:00,"
                f"{dice.random() * 10000:.2f},{dice.randrange(10**6)},"
                f"{dice.random():.6f},{'tf'[i % 2]},0750{i % 10**7:07d},"
                f'"参保单位，备注{i % 1000}, 含逗号的一段较长的说明文字{i}"\n'
            )


def copy_with_psql(dsn: str, path: Path) -> float:
    r"""Return the seconds of `\\copy` into a new plain table, and drop it."""
    table = "_benchmark_copy"
    columns = ", ".join(f'"{name}" {kind}' for name, (_, kind) in TYPES.items())
    psql = ["psql", dsn, "-q", "-v", "ON_ERROR_STOP=1", "-c"]
    subprocess.run([*psql, f"DROP TABLE IF EXISTS {table}"], check=True)
    subprocess.run([*psql, f"CREATE TABLE {table} ({columns})"], check=True)
    began = time.perf_counter()
    subprocess.run([*psql, f"\\copy {table} FROM '{path}' CSV HEADER"], check=True)
    seconds = time.perf_counter() - began
    subprocess.run([*psql, f"DROP TABLE {table}"], check=True)
    return seconds


def main(ini: str, rows: int, runs: int) -> None:
    """Measure both ways in turn and print rows a second, their ratio and the memory."""
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    make_app(CKANConfigLoader(ini).get_config())
    from ckanext.jiangmen.tables import config, load

    resource_id = str(uuid.uuid4())
    items = [{"name": n, "data_type": kind} for n, (kind, _) in TYPES.items()]
    copied: list[float] = []
    loaded: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        write_rows(path, rows)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        try:
            for _ in range(runs):
                copied.append(copy_with_psql(config.write_dsn(), path))
                report = load.load_table(resource_id, path, items)
                assert report.rows == rows, report.rows
                loaded.append(report.seconds)
        finally:
            load.remove_table(resource_id)
        size = path.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rows:,} rows x {len(TYPES)} columns, {size:.0f} MB, best of {runs}")
    print(f"psql \\copy  {rows / min(copied):>10,.0f} rows/s  {min(copied):.2f} s")
    print(f"load_table  {rows / min(loaded):>10,.0f} rows/s  {min(loaded):.2f} s")
    print(f"ratio {min(copied) / min(loaded):.2f}")
    print(f"memory {before:.0f} MB before, {peak:.0f} MB at most")


if __name__ == "__main__":
    main(
        sys.argv[1] if len(sys.argv) > 1 else "config/share.ini",
        int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000,
        int(sys.argv[3]) if len(sys.argv) > 3 else 2,
    )
