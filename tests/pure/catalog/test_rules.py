"""Every rule of the catalogue: an entry that keeps it and one that breaks it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ckanext.jiangmen.catalog import problems, rules

RULES_PAGE = Path(__file__).parents[3] / "docs/rules.md"

INTERNAL = {"scope": "internal"}
PUBLIC = {"scope": "public"}


def item(name="区划代码", **fields):
    return {"name": name, "data_type": "字符型", "data_length": "12"} | fields


def entry(**fields):
    """Return an entry that breaks no rule, shared without condition."""
    return {
        "content_kind": "基础信息",
        "content_subkind": "地理空间",
        "title": "江门市行政区划",
        "owner_org": "minzhengju",
        "notes": "全市各级行政区划的代码和名称。",
        "format_class": "数据库",
        "sharing_category": "无条件共享",
        "exchange_method": "系统对接",
        "update_cycle": "实时",
        "secrecy": "非涉密",
        "information_items": [item(), item("区划名称")],
    } | fields


def opened(**fields):
    """Return an entry that breaks no rule, 可社会公开."""
    return (
        entry(
            sharing_category="可社会公开",
            license_id="CC BY 4.0",
            secrecy_review_result="可公开",
        )
        | fields
    )


def items(*rows):
    return entry(information_items=list(rows))


def broken(subject, organization=None):
    """Return (rule, field, item, item_field) of every problem."""
    return [
        (problem.rule, problem.field, problem.item, problem.item_field)
        for problem in rules.check_entry(subject, organization)
    ]


CONDITIONAL = {
    "sharing_category": "有条件共享",
    "share_condition": "用于行政审批核验",
    "share_scope": "市直部门",
}
WITHHELD = {
    "sharing_category": "不予共享",
    "legal_basis_type": "市政府审定",
    "legal_basis": "江府办复〔2017〕1号，2017年5月2日",
}
BATCH = {"exchange_method": "部门批量下载", "exchange_reason": "系统尚无接口"}
DOCUMENT = {
    "content_kind": "电子文档",
    "content_subkind": "全文",
    "format_class": "电子文件",
    "information_items": [],
    "subject_terms": ["区划"],
    "storage_medium": "全文",
}
BOX = (
    '{"type": "Polygon", "coordinates": [[[112, 22], [113, 22], [113, 23], [112, 22]]]}'
)

KEPT = {
    "an entry shared without condition": entry(),
    "an open entry": opened(),
    "an open entry with its licence's id": opened(license_id="CC0-1.0"),
    "an entry on condition": entry(**CONDITIONAL),
    "a withheld entry": entry(**WITHHELD),
    "an electronic document": entry(**DOCUMENT),
    "a lesser exchange method with its reason": entry(**BATCH),
    "a slower cycle with its reason": entry(update_cycle="每年", cycle_reason="年报"),
    "a whole class": entry(class_lei="3", class_xiang="07", class_mu="407"),
    "a class with letters in 细目": entry(
        class_lei="2", class_xiang="53", class_mu="001", class_ximu="440700A"
    ),
    "a resource code": entry(resource_code="307407440700010/000001"),
    "related codes in one text": entry(related_codes="307407/1；307407/2、307407/3"),
    "a related code of another catalogue": entry(
        related_codes=["外部:440783001/12", "外部： 440000/A7"]
    ),
    "a provider's code": entry(provider_code="91350100M000100Y43"),
    "a region": entry(region_code="440781"),
    "a town of a region": entry(region_code="440781101"),
    "a format of two classes": entry(format_types=["CSV", "xlsx"]),
    "a format that no list knows": entry(format_types=["自研格式"]),
    "a self-described format": entry(
        format_class="自描述格式", format_types=["XML"], information_items=[]
    ),
    "a picture without items": entry(format_class="图形图像", information_items=[]),
    "an abstract of 256 characters": entry(notes="摘" * 256),
    "telephones": entry(contact_phone="0750-3123456转801、13800138000"),
    "a service number": entry(contact_phone="12345"),
    "a hotline": entry(contact_phone="0750-12345"),
    "a publication date": entry(publish_date="2017-04-05"),
    "an outline": entry(spatial=BOX),
    "a flag that agrees": opened(open_flag="是"),
    "a type that agrees": opened(share_type="无条件共享"),
    "an open entry of a public body": opened(),
    "part of the items open": opened(
        secrecy_review_result="部分公开",
        information_items=[item(open_flag="是"), item("内部备注", open_flag="否")],
    ),
    "part open by their own category": opened(
        sharing_category="无条件共享",
        secrecy_review_result="部分公开",
        information_items=[item(sharing_category="可社会公开"), item("内部备注")],
    ),
    "a column of 63 bytes": items(item("列" * 21)),
    "a long name with a column": items(item("列" * 30, column="lie")),
    "a length with decimals": items(item(data_type="数值型", data_length="10,2")),
    "a long text with its note": items(
        item(data_type="备注型", data_length="", remarks="说明文字")
    ),
    "a date without length": items(item(data_type="日期型", data_length="")),
    "an item on its own condition": items(
        item(sharing_category="有条件共享", share_condition="核验")
    ),
    "a length as a number": items(item(data_length=12)),
}

BROKEN = {
    "required": (entry(title=" "), ("required", "title", None, None)),
    "required item name": (
        items(item(name="")),
        ("required", "information_items", 0, "name"),
    ),
    "required data type": (
        items(item(), item("乙", data_type=None)),
        ("required", "information_items", 1, "data_type"),
    ),
    "kind_requires subject_terms": (
        entry(**DOCUMENT | {"subject_terms": []}),
        ("kind_requires", "subject_terms", None, None),
    ),
    "kind_requires storage_medium": (
        entry(**DOCUMENT | {"storage_medium": ""}),
        ("kind_requires", "storage_medium", None, None),
    ),
    "choice": (
        entry(exchange_method="拷盘"),
        ("choice", "exchange_method", None, None),
    ),
    "choice of an item": (
        items(item(sensitivity="绝密")),
        ("choice", "information_items", 0, "sensitivity"),
    ),
    "choice of a licence": (
        opened(license_id="版权所有"),
        ("choice", "license_id", None, None),
    ),
    "subkind": (
        entry(content_subkind="行政许可"),
        ("subkind", "content_subkind", None, None),
    ),
    "too_long": (entry(notes="摘" * 257), ("too_long", "notes", None, None)),
    "too_long item": (
        items(item(remarks="注" * 2001)),
        ("too_long", "information_items", 0, "remarks"),
    ),
    "text": (entry(title="江门市\n行政区划"), ("text", "title", None, None)),
    "text no text": (entry(remarks={"a": 1}), ("text", "remarks", None, None)),
    "secrecy": (entry(secrecy="秘密"), ("secrecy", "secrecy", None, None)),
    "class without 目": (
        entry(class_lei="3", class_xiang="07"),
        ("class", "class_mu", None, None),
    ),
    "class of one digit": (
        entry(class_lei="3", class_xiang="7", class_mu="407"),
        ("class", "class_xiang", None, None),
    ),
    "class that is none": (
        entry(class_lei="9", class_xiang="01", class_mu="001"),
        ("class", "class_lei", None, None),
    ),
    "class 项 that is none": (
        entry(class_lei="1", class_xiang="44", class_mu="001"),
        ("class", "class_xiang", None, None),
    ),
    "resource_code": (
        entry(resource_code="江门-1"),
        ("resource_code", "resource_code", None, None),
    ),
    "former number twice": (
        entry(former_codes=["018", "018"]),
        ("former_code", "former_codes", None, None),
    ),
    "related_code": (
        entry(related_codes=["307407/1", "第二号"]),
        ("related_code", "related_codes", None, None),
    ),
    "related_code of another catalogue without a code": (
        entry(related_codes=["外部:台山市的目录"]),
        ("related_code", "related_codes", None, None),
    ),
    "related_code of another catalogue twice": (
        entry(related_codes=["外部:440783001/12", "外部： 440783001/12"]),
        ("related_code", "related_codes", None, None),
    ),
    "related_code twice": (
        entry(related_codes=["307407/1", "307407/1"]),
        ("related_code", "related_codes", None, None),
    ),
    "related_code itself": (
        entry(resource_code="307407/1", related_codes=["307407/1"]),
        ("related_code", "related_codes", None, None),
    ),
    "provider_code": (
        entry(provider_code="91350100M000100Y4X"),
        ("provider_code", "provider_code", None, None),
    ),
    "region": (entry(region_code="440782"), ("region", "region_code", None, None)),
    "format_type": (
        entry(format_types=["JPG"]),
        ("format_type", "format_types", None, None),
    ),
    "items_required": (
        entry(information_items=[]),
        ("items_required", "information_items", None, None),
    ),
    "items_shape": (
        entry(information_items=["区划代码"]),
        ("items_shape", "information_items", None, None),
    ),
    "condition": (
        entry(**CONDITIONAL | {"share_condition": ""}),
        ("condition", "share_condition", None, None),
    ),
    "condition scope": (
        entry(**CONDITIONAL | {"share_scope": ""}),
        ("condition", "share_scope", None, None),
    ),
    "legal_basis type": (
        entry(**WITHHELD | {"legal_basis_type": ""}),
        ("legal_basis", "legal_basis_type", None, None),
    ),
    "legal_basis text": (
        entry(**WITHHELD | {"legal_basis": " "}),
        ("legal_basis", "legal_basis", None, None),
    ),
    "exchange_reason": (
        entry(**BATCH | {"exchange_reason": ""}),
        ("exchange_reason", "exchange_reason", None, None),
    ),
    "cycle_reason": (
        entry(update_cycle="每日"),
        ("cycle_reason", "cycle_reason", None, None),
    ),
    "open_contradiction": (
        opened(open_flag="否"),
        ("open_contradiction", "open_flag", None, None),
    ),
    "open_contradiction the other way": (
        entry(open_flag="是"),
        ("open_contradiction", "open_flag", None, None),
    ),
    "open_contradiction of an item": (
        items(item(open_flag="是")),
        ("open_contradiction", "information_items", 0, "open_flag"),
    ),
    "open_contradiction of an open item": (
        opened(information_items=[item(sharing_category="可社会公开", open_flag="否")]),
        ("open_contradiction", "information_items", 0, "open_flag"),
    ),
    "derived": (
        entry(share_type="有条件共享"),
        ("derived", "share_type", None, None),
    ),
    "licence": (opened(license_id=""), ("licence", "license_id", None, None)),
    "review missing": (
        opened(secrecy_review_result=None),
        ("review", "secrecy_review_result", None, None),
    ),
    "review against": (
        opened(secrecy_review_result="不可公开"),
        ("review", "secrecy_review_result", None, None),
    ),
    "partial_review": (
        opened(secrecy_review_result="部分公开"),
        ("partial_review", "secrecy_review_result", None, None),
    ),
    "partial_review of a file": (
        opened(
            secrecy_review_result="部分公开",
            format_class="电子文件",
            information_items=[],
        ),
        ("partial_review", "secrecy_review_result", None, None),
    ),
    "phone": (
        entry(contact_phone="0750-3123456；没有"),
        ("phone", "contact_phone", None, None),
    ),
    "date": (entry(publish_date="2017-02-30"), ("date", "publish_date", None, None)),
    "date form": (entry(publish_date="2017年"), ("date", "publish_date", None, None)),
    "spatial axes": (
        entry(spatial='{"type": "Point", "coordinates": [22.5, 113.0]}'),
        ("spatial", "spatial", None, None),
    ),
    "spatial text": (entry(spatial="江门"), ("spatial", "spatial", None, None)),
    "item_duplicate": (
        items(item(), item()),
        ("item_duplicate", "information_items", 1, "name"),
    ),
    "column_too_long name": (
        items(item("列" * 22)),
        ("column_too_long", "information_items", 0, "column"),
    ),
    "column_too_long": (
        items(item(column="列" * 22)),
        ("column_too_long", "information_items", 0, "column"),
    ),
    "column_duplicate": (
        items(item("甲", column="a"), item("乙", column="a")),
        ("column_duplicate", "information_items", 1, "column"),
    ),
    "column_duplicate by name": (
        items(item("甲", column="乙"), item("乙")),
        ("column_duplicate", "information_items", 1, "column"),
    ),
    "column_name": (
        items(item(column="_id")),
        ("column_name", "information_items", 0, "column"),
    ),
    "length": (
        items(item(data_length="")),
        ("length", "information_items", 0, "data_length"),
    ),
    "length form": (
        items(item(data_length="很长")),
        ("length", "information_items", 0, "data_length"),
    ),
    "type_note": (
        items(item(data_type="备注型")),
        ("type_note", "information_items", 0, "remarks"),
    ),
    "item_condition": (
        items(item(sharing_category="有条件共享")),
        ("item_condition", "information_items", 0, "share_condition"),
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_is_taken(name):
    assert rules.check_entry(KEPT[name], PUBLIC) == []


@pytest.mark.parametrize("name", BROKEN)
def test_is_refused_with_one_problem_in_its_place(name):
    subject, expected = BROKEN[name]
    assert broken(subject) == [expected]


def test_an_internal_body_has_nothing_open():
    expected = ("internal_organization", "sharing_category", None, None)
    assert broken(opened(), INTERNAL) == [expected]
    mixed = opened(
        sharing_category="无条件共享",
        information_items=[item(sharing_category="可社会公开")],
    )
    assert expected in broken(mixed, INTERNAL)
    assert broken(entry(), INTERNAL) == []


def test_every_rule_of_the_table_is_tested_and_every_tested_rule_is_in_it():
    tested = {expected[0] for _, expected in BROKEN.values()}
    assert tested | {"internal_organization"} == {rule.id for rule in rules.RULES}
    assert all(rule.clause and rule.demands for rule in rules.RULES)


def test_the_page_of_rules_is_the_table():
    assert RULES_PAGE.read_text("utf-8") == problems.as_markdown()


@pytest.mark.parametrize("name", BROKEN)
def test_every_message_is_one_chinese_sentence_that_says_how_to_mend(name):
    for problem in rules.check_entry(BROKEN[name][0]):
        assert problem.message.endswith("。")
        assert problem.message.count("。") == 1
        assert "None" not in problem.message
        assert any(word in problem.message for word in ("请", "应为"))


def test_an_empty_entry_misses_exactly_what_the_workbook_stars():
    starred = """content_kind title owner_org notes format_class sharing_category
    exchange_method update_cycle secrecy"""
    found = [field for _, field, _, _ in broken({})]
    assert sorted(found) == sorted(starred.split())


def test_of_a_classified_entry_no_word_is_repeated():
    subject = entry(secrecy="机密", title="绝密行动", notes="", exchange_method="拷盘")
    (problem,) = rules.check_entry(subject)
    assert rules.is_classified(subject)
    assert "绝密行动" not in problem.message
    assert "机密" not in problem.message
    assert not rules.is_classified(entry())
    assert not rules.is_classified({})


def test_a_withheld_item_needs_the_entrys_ground():
    subject = items(item(), item("密级", sharing_category="不予共享"))
    assert {rule for rule, *_ in broken(subject)} == {"legal_basis"}
    grounds = {key: WITHHELD[key] for key in ("legal_basis_type", "legal_basis")}
    assert broken(subject | grounds) == []


def test_all_problems_are_told_at_once():
    subject = entry(title="", notes="摘" * 300, contact_phone="x", update_cycle="每日")
    assert {rule for rule, *_ in broken(subject)} == {
        "required",
        "too_long",
        "phone",
        "cycle_reason",
    }


def test_a_column_proposal_fits_and_is_free():
    long = "很长的信息项名称" * 5
    taken = long.encode()[:63].decode(errors="ignore")
    subject = items(item(long), item("甲", column=taken))
    problem = rules.check_entry(subject)[0]
    proposal = problem.message.split("“")[1].split("”")[0]
    assert len(proposal.encode()) <= 63
    mended = items(item(long, column=proposal), subject["information_items"][1])
    assert rules.check_entry(mended) == []


@pytest.mark.parametrize(
    "junk",
    [
        {"information_items": "不是列表"},
        {"information_items": [None]},
        {"information_items": [{"name": ["a"], "data_type": {"b": 1}}]},
        {"title": ["a"], "notes": 5, "related_codes": [None, 3, {"a": 1}]},
        {"spatial": "{", "format_types": 7, "contact_phone": ["1"]},
        {"class_lei": 3, "class_xiang": 7.5, "class_mu": None},
        {"sharing_category": ["可社会公开"], "secrecy": 0},
    ],
)
def test_whatever_is_sent_gets_problems_and_no_exception(junk):
    assert rules.check_entry(entry(**junk))
    rules.derive(entry(**junk))


def test_a_thousand_items_are_checked_in_fifty_milliseconds():
    subject = opened(
        information_items=[item(f"第{number}列") for number in range(1000)]
    )
    rules.check_entry(subject)
    best = min(_seconds(subject) for _ in range(5))
    assert best < 0.05


def _seconds(subject):
    start = time.perf_counter()
    rules.check_entry(subject)
    return time.perf_counter() - start
