r"""How long an edition of 5,000 entries takes, and how much memory.

    make bench ARGS=editions    # or: bench_editions.py [CONFIG.ini]

Runs in a test environment of its own (`make test-env SUFFIX=bench`, made at the first
run), which it empties of entries and editions. Wanted: three texts in six formats each
in less than 60 s and 1 GB. Synthetic entries with 10 items; every third is 可社会公开
and on the open site, every hundredth 不予共享.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENTRIES, ITEMS, BODIES = 5_000, 10, 40
CATEGORIES = ("可社会公开", "无条件共享", "有条件共享")


def environment() -> Path:
    """Return the settings of the environment, made at the first run."""
    path = Path(os.environ.get("BENCH_INI", ROOT / "var/etc/test-share-bench.ini"))
    if not path.exists():
        subprocess.run(["make", "test-env", "SUFFIX=bench"], cwd=ROOT, check=True)
    return path


def stored(number: int) -> dict:
    """Return a synthetic entry as an approval keeps it."""
    body = number % BODIES
    withheld = number % 100 == 0
    category = "不予共享" if withheld else CATEGORIES[number % 3]
    return {
        "id": f"bench-{number}",
        "name": f"bench-{number}",
        "type": "dataset",
        "title": f"江门市第{number}类登记信息（合成数据）",
        "owner_org": f"bench-{body}",
        "notes": "登记机关在办理业务时采集并保存的信息，包括登记号、名称、地址和时间。"
        * 2,
        "resource_code": f"307407440700{body:03d}/{number + 1:06d}",
        "class_lei": "3",
        "class_xiang": "07",
        "class_mu": "407",
        "class_ximu": f"440700{body:03d}",
        "provider_unit": "登记科",
        "content_kind": "业务事项数据",
        "content_subkind": "行政许可",
        "format_class": "数据库",
        "format_types": ["oracle"],
        "sharing_category": category,
        "legal_basis": "合成依据" if withheld else "",
        "share_condition": "因履行职责需要，经提供方同意。",
        "share_scope": "全市政务部门",
        "exchange_method": "系统对接",
        "update_cycle": "每日",
        "cycle_reason": "夜间批量处理。",
        "secrecy": "非涉密",
        "system_name": "登记管理系统",
        "data_volume": "1.2万条",
        "subject_terms": ["登记", "许可"],
        "publish_date": "2026-01-01",
        "contact_name": "数据岗",
        "contact_phone": "0750-12345",
        "information_items": [
            {
                "name": f"登记事项{place}",
                "column": f"登记事项{place}",
                "data_type": "字符型",
                "data_length": "60",
                "remarks": "登记时填写。",
            }
            for place in range(ITEMS)
        ],
    }


def fill() -> None:
    """Replace entries, their versions and crossings by the synthetic ones."""
    import sqlalchemy as sa

    from ckan import model

    entries = [stored(number) for number in range(ENTRIES)]
    rows = [
        {"id": e["id"], "title": e["title"], "owner": e["owner_org"], "data": _json(e)}
        for e in entries
    ]
    public = [r for r, e in zip(rows, entries, strict=True) if _is_public(e)]
    with model.ensure_engine().begin() as connection:
        for statement in (
            "TRUNCATE jiangmen_edition, jiangmen_catalog_job, jiangmen_version,"
            " jiangmen_publication, package CASCADE",
            "DELETE FROM \"group\" WHERE id LIKE 'bench-%'",
        ):
            connection.execute(sa.text(statement))
        connection.execute(
            sa.text(
                'INSERT INTO "group" (id, name, title, type, is_organization, state,'
                " approval_status, extras) SELECT 'bench-' || n, 'bench-' || n,"
                " '市第' || n || '局', 'organization', true, 'active', 'approved',"
                ' \'{"scope": "public"}\' FROM generate_series(0, :last) n'
            ),
            {"last": BODIES - 1},
        )
        for statement, some in (
            (
                "INSERT INTO package (id, name, title, type, state, private, owner_org)"
                " VALUES (:id, :id, :title, 'dataset', 'active', true, :owner)",
                rows,
            ),
            (
                "INSERT INTO jiangmen_version (package_id, version, kind, data, author,"
                " note) VALUES (:id, 1, 'direct', CAST(:data AS jsonb), '', '')",
                rows,
            ),
            (
                "INSERT INTO jiangmen_publication (package_id, owner_org, title, verb,"
                " version, repair, reason, entry, state, attempts, error, findings,"
                " hash, bytes_sent, bytes_total) VALUES (:id, :owner, :title,"
                " 'publish', 1, false, '', CAST(:data AS jsonb), 'done', 1, '', '[]',"
                " '', 0, 0)",
                public,
            ),
        ):
            connection.execute(sa.text(statement), some)


def _json(entry: dict) -> str:
    return json.dumps(entry, ensure_ascii=False)


def _is_public(entry: dict) -> bool:
    return entry["sharing_category"] == "可社会公开"


def main(ini: str) -> None:
    """Fill, make an edition, ask for another, change one entry, make the next."""
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    app = make_app(CKANConfigLoader(ini).get_config())
    with app._wsgi_app.test_request_context():
        fill()
        measure()


def measure() -> None:
    """Print seconds, memory and bytes of each edition."""
    import sqlalchemy as sa

    from ckan import model

    from ckanext.jiangmen.catalog.editions import compiling

    for name in ("first edition", "nothing changed", "one entry changed"):
        if name == "one entry changed":
            change = (
                "UPDATE jiangmen_version SET data = jsonb_set(data, '{notes}',"
                " '\"新摘要。\"') WHERE package_id = 'bench-7'"
            )
            with model.ensure_engine().begin() as connection:
                connection.execute(sa.text(change))
        began, spent = time.perf_counter(), time.process_time()
        row = compiling.ask(None, "bench")
        compiling.run(row.id)
        model.Session.refresh(row)
        taken = sum(f["size"] for kept in row.files.values() for f in kept.values())
        changed = row.counts.get("full", {}).get("changed", 0)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{name:18} {row.state:10} {time.perf_counter() - began:6.1f} s"
            f" (processor {time.process_time() - spent:5.1f} s), peak {peak} MB,"
            f" files {taken // 1024 // 1024} MB, changed {changed} {row.message}"
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(environment()))
