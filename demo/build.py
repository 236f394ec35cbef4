"""Build the demonstration from its sources: survey workbooks and their tables.

    python demo/build.py [--check]

Sources are `data/` (real data, see README.md), `entries/<department>.yaml` and
`first_walk/*.yaml`; results are `workbooks/`, `files/` and `first_walk/`. The same
sources give the same bytes; `--check` only says whether the results are up to date.

Short forms of the YAML: `kind` and `format` are 分类/子类 or 分类/类型；类型; `class`
is 类-项-目; `basis` is 依据类型：依据. An item is "名称 C30 标记…": the letter is the
code of its data type in schemas/lists.yaml, followed by the length; marks are 主键,
个人, 敏感, a category (公开 无条件 有条件 不予), and 列=, 源=, 注=.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from ckanext.jiangmen import identity
from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.survey import write_entries

HERE = Path(__file__).parent
SEED = 440700
FIRST_WALK = HERE / "first_walk"

TYPE = re.compile(r"^([CNYDTLMIBFG])(\d+(?:,\d+)?)?$")
CATEGORIES = {
    "公开": "可社会公开",
    "无条件": "无条件共享",
    "有条件": "有条件共享",
    "不予": "不予共享",
}
SENSITIVITY = {"个人": "个人信息", "敏感": "敏感个人信息"}
NAMED_MARKS = {"列": "column", "源": "source_department", "注": "remarks"}
COPIED = {
    "title": "title",
    "notes": "notes",
    "unit": "provider_unit",
    "sharing": "sharing_category",
    "condition": "share_condition",
    "scope": "share_scope",
    "method": "exchange_method",
    "reason": "exchange_reason",
    "cycle": "update_cycle",
    "why": "cycle_reason",
    "system": "system_name",
    "volume": "data_volume",
    "medium": "storage_medium",
    "licence": "license_id",
    "review": "secrecy_review_result",
    "remarks": "remarks",
}

Rows = list[list[Any]]


# Entries


def entries_of(source: Path, department: str) -> list[dict[str, Any]]:
    """Return the catalogue's entries of one YAML file."""
    written = yaml.safe_load(source.read_text("utf-8"))
    return [expand(entry, department) for entry in written]


def expand(short: dict[str, Any], department: str) -> dict[str, Any]:
    """Return an entry with the catalogue's field names."""
    entry: dict[str, Any] = {
        field: str(short[key]) for key, field in COPIED.items() if key in short
    }
    entry["owner_org"] = department
    entry["secrecy"] = "非涉密"
    entry["content_kind"], entry["content_subkind"] = short["kind"].split("/")
    entry["format_class"], _, types = short["format"].partition("/")
    entry["format_types"] = types.split("；")
    entry["subject_terms"] = short.get("terms", "").split("；")
    entry["class_lei"], entry["class_xiang"], entry["class_mu"] = short["class"].split(
        "-"
    )
    if "basis" in short:
        kind, _, text = short["basis"].partition("：")
        entry["legal_basis_type"], entry["legal_basis"] = kind, text
    if "licence" in short:
        entry["license_id"] = lists.licence_id(short["licence"])
        entry.setdefault("secrecy_review_result", "可公开")
        entry["secrecy_reviewer"] = "保密审查岗"
    entry["information_items"] = [item(text) for text in short.get("items", [])]
    return entry


def item(text: str) -> dict[str, str]:
    """Return an information item from its short form.

    >>> item("姓名 C30 个人 源=市公安局")["sensitivity"]
    '个人信息'
    """
    name, kind, *marks = text.split()
    found = TYPE.match(kind)
    if not found:
        raise ValueError(f"no data type in {text!r}")
    types = {row["code"]: row["value"] for row in lists.choices("data_type")}
    result = {"name": name, "data_type": types[found[1]]}
    if found[2]:
        result["data_length"] = found[2]
    for mark in marks:
        key, equals, value = mark.partition("=")
        if mark == "主键":
            result["is_key"] = "是"
        elif mark in SENSITIVITY:
            result["sensitivity"] = SENSITIVITY[mark]
        elif mark in CATEGORIES:
            result["sharing_category"] = CATEGORIES[mark]
        elif equals and key in NAMED_MARKS:
            result[NAMED_MARKS[key]] = value
        else:
            raise ValueError(f"unknown mark {mark!r} in {text!r}")
    return result


# Tables of real data


def division_rows() -> dict[str, Rows]:
    """Return the divisions by level: code, name, code above, name above."""
    cities = [["440700", "江门市", "440000", "广东省"]]
    names = {"440700": "江门市"}
    levels: dict[str, Rows] = {"市": cities}
    for level, file, above in (
        ("区县", "areas", None),
        ("镇街", "streets", "areaCode"),
        ("村居", "villages", "streetCode"),
    ):
        rows = []
        for row in _csv(f"data/divisions/{file}.440700.csv"):
            code = row[above] if above else "440700"
            rows.append([row["code"], row["name"], code, names[code]])
        names.update({row[0]: row[1] for row in rows})
        levels[level] = rows
    return levels


def tables() -> dict[str, str]:
    """Return every table of the demonstration as CSV, by its path under demo/."""
    levels = division_rows()
    head = ["区划代码", "名称", "上级代码", "上级名称"]
    areas = {row[0]: row[1] for row in levels["区县"]}
    villages = [
        [*row, row[0][:6], areas[row[0][:6]]]
        for row in levels["村居"]
    ]  # fmt: skip
    everything = [
        [*row[:2], level, *row[2:]] for level, rows in levels.items() for row in rows
    ]
    return {
        "first_walk/江门市行政区划.csv": _text(
            ["区划代码", "名称", "级别", "上级代码", "上级名称"], everything
        ),
        "files/江门市县级行政区划代码.csv": _text(head, levels["区县"]),
        "files/江门市镇街区划代码.csv": _text(head, levels["镇街"]),
        "files/江门市村居区划代码.csv": _text(
            [*head, "所属区县代码", "所属区县"], villages
        ),
        "files/江门市各镇街村居数量统计.csv": _text(*_village_counts(levels, areas)),
        "files/江门及周边地名.csv": _text(*_places()),
        **_synthetic_tables(),
    }


def _village_counts(
    levels: dict[str, Rows], areas: dict[str, str]
) -> tuple[list[str], Rows]:
    rows = []
    for code, name, area, _ in levels["镇街"]:
        names = [row[1] for row in levels["村居"] if row[2] == code]
        # 居民委员会 and 村民委员会, in full or short; the rest are offices and farms.
        urban = sum(1 for each in names if re.search("居委会|居民委员会|社区", each))
        rural = sum(
            1
            for each in names
            if re.search("村委会|村民委员会", each)
            and not re.search("居委会|居民委员会|社区", each)
        )
        other = len(names) - urban - rural
        rows.append([areas[area], code, name, urban, rural, other, len(names)])
    head = ["所属区县", "镇街代码", "镇街名称", "居委会数", "村委会数", "其他", "合计"]
    return head, rows


def _places() -> tuple[list[str], Rows]:
    places = json.loads(
        (HERE / "data/places_geonames/cities500.jiangmen.json").read_text("utf-8")
    )
    rows = []
    for place in sorted(places, key=lambda each: each["geonameid"]):
        han = [
            name
            for name in place["alternatenames"]
            if re.fullmatch("[\u3400-\u9fff]+", name)
        ]
        rows.append(
            [
                place["geonameid"],
                min(han, key=lambda name: (len(name), name)) if han else "",
                place["name"],
                place["longitude"],
                place["latitude"],
                place["population"] or "",
            ]
        )
    return ["地名编号", "名称", "罗马字名", "经度", "纬度", "人口"], rows


# Synthetic tables: nobody lives in them. Everybody is born in 1900, every company
# carries DEM in its credit code.


def _synthetic_tables() -> dict[str, str]:
    chance = random.Random(SEED)  # noqa: S311  (a demonstration, not a secret)
    companies = [_company(number, chance) for number in range(1, 301)]
    insured = [
        [
            identity.synthetic_resident_number(number, day=number * 7),
            f"演示人员{number:03d}",
            companies[number % len(companies)][0],
            chance.choice(["养老", "医疗", "失业", "工伤", "生育"]),
            chance.choice(["参保缴费", "参保缴费", "参保缴费", "暂停缴费"]),
            f"{chance.randrange(2500, 15000, 50)}.00",
            _date(chance),
        ]
        for number in range(1, 501)
    ]
    taxpayers = [
        [
            company[0],
            company[1],
            chance.choice(["1310", "3311", "5281", "6110", "7020"]),
            "正常" if company[5] == "在营" else "注销",
            f"江门市{chance.choice(['蓬江', '江海', '新会'])}区税务分局",
            company[3],
        ]
        for company in companies
        if chance.random() > 0.1
    ]
    return {
        "files/企业登记基本信息.csv": _text(
            [
                "统一社会信用代码", "企业名称", "企业类型", "成立日期", "登记机关",
                "经营状态", "注册资本", "法定代表人", "法定代表人证件号", "住所",
            ],
            companies,
        ),
        "files/城镇职工参保人员基本信息.csv": _text(
            [
                "公民身份号码", "姓名", "单位统一社会信用代码", "险种", "参保状态",
                "缴费基数", "参保日期",
            ],
            insured,
        ),
        "files/纳税人税务登记信息.csv": _text(
            [
                "统一社会信用代码", "纳税人名称", "行业代码", "登记状态",
                "主管税务机关", "登记日期",
            ],
            taxpayers,
        ),
    }  # fmt: skip


def _company(number: int, chance: random.Random) -> list[str]:
    area = chance.choice(["440703", "440704", "440705", "440781", "440783", "440784"])
    trade = chance.choice(["五金制品", "食品", "纺织", "摩托车配件", "陈皮", "灯饰"])
    return [
        credit_code(f"91{area}DEM{number:05d}"),
        f"江门市演示{number:03d}号{trade}有限公司",
        chance.choice(["有限责任公司", "股份有限公司", "个人独资企业"]),
        _date(chance),
        f"{lists.regions()[area]}工商行政管理局",
        chance.choice(["在营", "在营", "在营", "在营", "注销"]),
        f"{chance.randrange(100000, 10000000, 100000)}.00",
        f"演示代表{number:03d}",
        identity.synthetic_resident_number(number, area, number * 3),
        f"{lists.regions()[area]}演示路{number}号",
    ]


def credit_code(body: str) -> str:
    """Return a credit code of 16 characters with both check characters."""
    unit = body + identity.organization_check_character(body[8:16])
    return unit + identity.credit_check_character(unit)


def _date(chance: random.Random) -> str:
    year, month, day = chance.randint(1985, 2016), chance.randint(1, 12), 1
    return f"{year}-{month:02d}-{day + chance.randrange(28):02d}"


def _csv(path: str) -> list[dict[str, str]]:
    with (HERE / path).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _text(head: list[str], rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


# The whole


def build() -> dict[str, bytes]:
    """Return every built file's bytes by its path under demo/."""
    built = {path: text.encode() for path, text in tables().items()}
    for source in sorted((HERE / "entries").glob("*.yaml")):
        workbook = write_entries(entries_of(source, source.stem))
        built[f"workbooks/{source.stem}.xlsx"] = workbook
    (walk,) = FIRST_WALK.glob("*.yaml")
    built["first_walk/市民政局-调查表.xlsx"] = write_entries(
        entries_of(walk, "市民政局")
    )
    return built


def main() -> None:
    """Write what has changed, or with --check only name it and exit 1."""
    check = "--check" in sys.argv[1:]
    stale = {
        path: body
        for path, body in build().items()
        if not (HERE / path).is_file() or (HERE / path).read_bytes() != body
    }
    for path, body in stale.items():
        print(("stale: " if check else "wrote: ") + path)
        if not check:
            (HERE / path).parent.mkdir(parents=True, exist_ok=True)
            (HERE / path).write_bytes(body)
    if check and stale:
        sys.exit(1)


if __name__ == "__main__":
    main()
