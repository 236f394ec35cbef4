"""The score of an entry: what it is made of and what raises it."""

from __future__ import annotations

import pytest

from ckanext.jiangmen.catalog.quality import score

GOOD = {
    "title": "江门市最低生活保障对象信息",
    "owner_org": "minzhengju",
    "content_kind": "业务事项数据",
    "notes": "经审批享受最低生活保障待遇的家庭，来自社会救助业务系统。",
    "format_class": "数据库",
    "sharing_category": "有条件共享",
    "exchange_method": "系统对接",
    "update_cycle": "每月",
    "secrecy": "非涉密",
    "provider_unit": "社会救助科",
    "format_types": ["MySQL"],
    "system_name": "社会救助系统",
    "data_volume": "1.2万条",
    "subject_terms": ["低保"],
    "region_code": "440700",
    "contact_name": "值班室",
    "contact_phone": "0750-3501398",
    "information_items": [
        {"name": "公民身份号码", "data_type": "字符型", "data_length": "18"},
        {"name": "救助金额", "data_type": "货币型"},
        {"name": "批准日期", "data_type": "日期型"},
    ],
}
ALIKE = [
    {
        "id": "x",
        "name": "x",
        "title": "低保对象",
        "organization": "市地税局",
        "likeness": 0.8,
    }
]


def test_a_complete_entry_has_a_hundred_points_and_nothing_to_mend():
    told = score.report(GOOD, [])
    assert told["score"] == 100
    assert told["findings"] == []


ITEM = {"name": "批准日期", "data_type": "字符型", "data_length": "10"}


@pytest.mark.parametrize(
    ("changes", "rule", "words"),
    [
        ({"data_volume": ""}, "missing", "未填写数据量"),
        ({"notes": GOOD["title"]}, "abstract_is_title", "摘要与名称相同"),
        ({"notes": "低保对象。"}, "short_abstract", "不少于15个字"),
        ({"notes": "测试测试测试测试测试测试测试测试。"}, "placeholder", "“测试”"),
        ({"notes": "低保家庭,来自社会救助系统的数据。"}, "half_width", "半角标点"),
        ({"remarks": "无"}, "says_nothing", "备注只写了“无”"),
        ({"information_items": [ITEM]}, "standard_type", "日期型或日期时间型"),
        (
            {"information_items": [{"name": "附件", "data_type": "通用型"}]},
            "standard_type",
            "改用标准数据类型",
        ),
        (
            {"information_items": [ITEM | {"name": "公民身份号码"}]},
            "standard_type",
            "标准数据长度为18",
        ),
    ],
)
def test_each_weakness_costs_points_and_says_how_to_mend_it(changes, rule, words):
    told = score.report(GOOD | changes, [])
    (finding,) = told["findings"]
    assert finding["rule"] == rule
    assert words in finding["message"]
    assert finding["points"] > 0
    assert told["score"] < 100
    assert told["score"] == round(100 - finding["points"])


def test_a_similar_title_of_another_department_costs_the_points_of_the_source():
    told = score.report(GOOD, ALIKE)
    assert told["parts"]["source"]["points"] == 0
    assert "一数一源" in told["findings"][0]["message"]


def test_an_empty_entry_is_scored_and_stays_between_0_and_100():
    told = score.report({}, ALIKE * 10)
    assert 0 <= told["score"] <= 100


def test_the_points_of_all_parts_are_a_hundred():
    parts = score.settings()["parts"].values()
    assert sum(part["points"] for part in parts) == 100
