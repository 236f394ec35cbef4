"""Resource codes, pinyin names, the code lists."""

from __future__ import annotations

import json
import random
import re
from importlib.resources import files

import pytest
import yaml

from ckanext.jiangmen import identity
from ckanext.jiangmen.catalog import former_codes, lists, names, resource_code

SCHEMAS = files("ckanext.jiangmen.schemas")


def _random_code(draw):
    ximu = "".join(draw.choices("0123456789ABCXYZ", k=draw.randrange(0, 20)))
    serial = "".join(draw.choices("0123456789", k=draw.randrange(1, 12)))
    fixed = f"{draw.randrange(10**6):06d}"
    return f"{fixed}{ximu}/{serial}"


def test_ten_thousand_codes_survive_parsing_and_formatting():
    draw = random.Random(1272)
    for _ in range(10_000):
        text = _random_code(draw)
        code = resource_code.parse(text)
        assert resource_code.format(code) == text
        assert resource_code.parse(resource_code.format(code)) == code
        assert code.class_code + "/" + code.serial == text


def test_a_code_has_its_five_parts():
    code = resource_code.parse("307407440700010/000012")
    assert (code.lei, code.xiang, code.mu, code.ximu) == ("3", "07", "407", "440700010")
    assert (code.serial, code.number) == ("000012", 12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "221211003",
        "22121/1",
        "221211003/",
        "a21211003/1",
        "221211003/1a",
        "221211003-1",
        "２２１２１１００３/1",
        "221211003/1\n",
        " 221211003/1",
        "221211abc/1",
    ],
)
def test_what_is_no_code_is_refused(text):
    assert not resource_code.is_resource_code(text)
    with pytest.raises(resource_code.ResourceCodeWrong):
        resource_code.parse(text)


def test_issued_codes_carry_six_digits_and_grow():
    assert str(resource_code.issue("3", "07", "407", "", 1)) == "307407/000001"
    assert str(resource_code.issue("3", "07", "407", "A1", 10**6)) == "307407A1/1000000"


@pytest.mark.parametrize(
    "wrong", [("", "07", "407"), ("3", "7", "407"), ("3", "07", "4")]
)
def test_a_class_needs_all_its_digits(wrong):
    with pytest.raises(resource_code.ResourceCodeWrong):
        resource_code.class_code(*wrong)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("江门市行政区划", "jiang-men-shi-xing-zheng-qu-hua-0a1b2c"),
        ("2020年 Health 系列", "2020-nian-health-xi-lie-0a1b2c"),
        ("孖簕", "ma-le-0a1b2c"),
        ("！？", "entry-0a1b2c"),
        ("", "entry-0a1b2c"),
        ("A" * 200, "a" * 60 + "-0a1b2c"),
    ],
)
def test_names_are_pinyin(title, name):
    assert names.slug(title, "0a1b2c") == name


def test_names_are_short_plain_and_of_whole_syllables():
    name = names.new_entry_name("江门市政务信息资源目录" * 10)
    assert re.fullmatch(r"[a-z0-9\-]+", name)
    assert len(name) <= 67
    assert names.new_entry_name("同名") != names.new_entry_name("同名")


@pytest.mark.parametrize("name", lists.list_names())
def test_every_list_has_a_source_and_different_values(name):
    assert lists.source(name)
    assert len(set(lists.values(name))) == len(lists.values(name))


def test_the_fifteen_statistics_domains_are_the_plans():
    assert "".join(lists.subkinds("统计数据")) == (
        "国民经济总量农业工业建筑业运输邮电业批发零售贸易业餐饮业人口就业劳动工资投资科技"
        "物价城乡人民生活城市社会经济"
    )


def _fields():
    schema = yaml.safe_load(SCHEMAS.joinpath("dataset.yaml").read_text("utf-8"))
    fields = list(schema["dataset_fields"])
    items = next(f for f in fields if f["field_name"] == "information_items")
    return fields, items["repeating_subfields"]


LIST_OF_ITEM_FIELD = {"is_key": "yes_no", "open_flag": "yes_no"}


def test_the_schemas_choices_are_those_of_the_lists():
    fields, items = _fields()
    for field in fields + items:
        name = field["field_name"]
        if "choices" in field:
            listed = LIST_OF_ITEM_FIELD.get(name, name)
            assert [c["value"] for c in field["choices"]] == list(lists.values(listed))
    for file_name, kinds in (
        ("organization.yaml", {"org_kind": "org_kind", "scope": "org_scope"}),
        ("group.yaml", {"library_kind": "library_kind"}),
    ):
        schema = yaml.safe_load(SCHEMAS.joinpath(file_name).read_text("utf-8"))
        by_name = {field["field_name"]: field for field in schema["fields"]}
        for name, listed in kinds.items():
            values = [choice["value"] for choice in by_name[name]["choices"]]
            assert values == list(lists.values(listed))


def test_every_field_has_a_label_in_both_languages_and_no_forbidden_name():
    fields, items = _fields()
    for field in fields + items:
        assert set(field["label"]) == {"en", "zh_Hans_CN"}
        assert all(field["label"].values())
        assert field["field_name"] not in dir({})


def test_every_column_of_the_workbook_is_a_field_and_the_labels_agree():
    fields, items = _fields()
    for sheet, known in zip(lists.survey_sheets(), (fields, items), strict=True):
        labels = {f["field_name"]: f["label"]["zh_Hans_CN"] for f in known}
        for column in sheet["columns"]:
            if column.get("field") and (sheet["about"], column["field"]) != (
                "item",
                "title",
            ):
                assert labels[column["field"]] == column["header"]


ENTRY_HEADERS = (
    "序号, 内容类别*, 内容子类, 信息资源名称*, 信息资源代码, 类, 项, 目, 细目, "
    "信息资源提供方*, 提供方内部部门, 信息资源提供方代码, 信息资源摘要*, "
    "信息资源格式分类*, 信息资源格式类型, "
    "共享方式类别*, 共享条件, 共享范围, 不予共享依据类型, 不予共享依据, 交换方式*, "
    "未采用更优方式的理由, 是否向社会开放, 开放条件, 更新周期*, 非实时理由, 发布日期, "
    "关联资源代码, 所属系统名称, 数据量, 主题词, 存储介质, 涉密属性*, 保密审查结果, "
    "保密审查人, 开放许可, 联系人, 联系电话, 备注"
)
ITEM_HEADERS = (
    "信息资源名称*, 信息项名称*, 列名, 数据类型*, 数据长度, 是否主键, 共享方式类别, "
    "共享条件, 是否向社会开放, 敏感级别, 数源部门, 备注"
)


def test_the_workbooks_headers_are_word_for_word():
    for sheet, wanted in zip(
        lists.survey_sheets(), (ENTRY_HEADERS, ITEM_HEADERS), strict=True
    ):
        headers = [
            column["header"] + ("*" if column.get("required") else "")
            for column in sheet["columns"]
        ]
        assert headers == wanted.split(", ")


def test_there_are_four_base_and_ten_theme_libraries_each_with_a_lead():
    kinds = [row["kind"] for row in lists.libraries()]
    assert (kinds.count("基础库"), kinds.count("主题库")) == (4, 10)
    for row in lists.libraries():
        assert row["lead"]
        assert "市网信统筹局" in row["coordinating"]
        assert row["clause"]


def test_every_department_of_a_library_is_a_known_body():
    for row in lists.libraries():
        for role in ("lead", "coordinating", "participating"):
            for title in row[role]:
                assert lists.organization_named(title)["title"] == title


def test_bodies_have_different_names_valid_synthetic_codes_and_known_regions():
    rows = lists.organizations()
    assert sum(row["org_kind"] == "市区" for row in rows) == 7
    for field in ("name", "title", "credit_code"):
        assert len({row[field] for row in rows}) == len(rows)
    for row in rows:
        identity.check_credit_code(row["credit_code"])
        assert row["credit_code"][8:11] == "DEM"
        assert row["region_code"] in lists.regions()
        assert row["org_kind"] in lists.values("org_kind")
        assert row["scope"] in lists.values("org_scope")
        resource_code.class_code(*row["class_defaults"].values())
        assert lists.class_name("3", "07")


def test_no_alias_means_two_bodies():
    names_of_all = [
        name
        for row in lists.organizations()
        for name in {row["name"], row["title"], *row["aliases"]}
    ]
    assert len(set(names_of_all)) == len(names_of_all)


@pytest.mark.parametrize(
    "written", ["市民政局", "江门市民政局", " 市民政局 ", "minzhengju"]
)
def test_a_body_is_found_by_all_its_names(written):
    assert lists.organization_named(written)["name"] == "minzhengju"
    assert lists.organization_named("没有这个局") is None


@pytest.mark.parametrize("written", ["CC BY 4.0", "CC-BY-4.0", "cc by 4.0"])
def test_licences_are_found_by_title_and_id(written):
    assert lists.licence_id(written) == "CC-BY-4.0"
    assert lists.licence_id("CC0 1.0") == "CC0-1.0"
    assert lists.licence_id("版权所有") is None


def test_licences_are_in_ckans_own_form():
    rows = json.loads(SCHEMAS.joinpath("licenses.json").read_text("utf-8"))
    for row in rows:
        assert {"id", "title", "url", "status", "od_conformance"} <= set(row)


def test_classes_of_libraries_are_in_the_table():
    for wanted, _name in lists.library_classes():
        assert lists.class_name(*wanted[:2])


CLASSES = {"1", "2", "3"}


@pytest.mark.parametrize("text", ["440012/000057", "44H012/57", "65Z999/A7"])
def test_codes_of_the_older_standard_are_recognised(text):
    assert resource_code.is_legacy(text, CLASSES)


@pytest.mark.parametrize(
    "text",
    [
        "307407440700010/000012",
        "110001/1",  # 类1 项10 目001: it could be either, and is one of 1272号
        "44I012/57",  # I and O are no letters of counties
        "440000/57",  # departments begin at 001
        "44H012",
        "",
    ],
)
def test_national_codes_and_other_texts_are_none_of_the_older_standard(text):
    assert not resource_code.is_legacy(text, CLASSES)


def test_a_legacy_code_moves_to_the_former_numbers_and_a_national_one_stays():
    entry = {"resource_code": "44H012/57", "former_codes": ["民调-18"]}
    former_codes.keep_legacy(entry)
    assert entry == {"resource_code": "", "former_codes": ["民调-18", "44H012/57"]}
    national = {"resource_code": "307407/000012"}
    former_codes.keep_legacy(national)
    assert national == {"resource_code": "307407/000012"}


def test_former_numbers_are_short_and_named_once():
    told = list(former_codes.check({"former_codes": ["甲" * 65, "018", "018"]}))
    assert [problem.rule for problem in told] == ["former_code"] * 2
    assert "64个字符" in told[0].message
    assert "重复" in told[1].message
