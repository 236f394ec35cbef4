"""Items proposed for a file that nobody has described."""

from __future__ import annotations

from ckanext.jiangmen import identity
from ckanext.jiangmen.tables import propose


def test_types_lengths_and_keys_are_proposed(tmp_path):
    path = tmp_path / "t.csv"
    numbers = [identity.synthetic_resident_number(n) for n in (1, 2)]
    path.write_text(
        "区划代码,区号,名称,户数,面积,日期,时间,有效,身份,空\n"
        "440703002101,0750,孖簕村,12,1.50,2020-01-29,2020-01-29 08:00,是,"
        f"{numbers[0]},\n"
        f"440703002102,0750,氹滘村,7,-2,2020/2/9,2020-02-09 00:00:01,否,{numbers[1]},\n"
    )
    items = propose.propose_items(path)
    assert [(i["name"], i["data_type"]) for i in items] == [
        ("区划代码", "字符型"),
        ("区号", "字符型"),
        ("名称", "字符型"),
        ("户数", "整型"),
        ("面积", "数值型"),
        ("日期", "日期型"),
        ("时间", "日期时间型"),
        ("有效", "逻辑型"),
        ("身份", "字符型"),
        ("空", "字符型"),
    ]
    assert [i["is_key"] for i in items[:2]] == ["是", "否"]
    assert items[0]["data_length"] == "12"
    assert items[8]["sensitivity"] == "敏感个人信息"
    assert items[5]["data_length"] == ""


def test_a_name_that_is_too_long_is_left_for_the_cataloguer(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("汉" * 30 + ",b\n1,2\n")
    assert [i["column"] for i in propose.propose_items(path)] == ["", "b"]


def test_only_one_column_is_proposed_as_the_key(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("编号,名称,类别\n1,甲,子\n2,乙,子\n")
    assert [i["is_key"] for i in propose.propose_items(path)] == ["是", "否", "否"]


def test_names_of_columns_tell_of_persons(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("姓名,联系电话,身份证号码,单位名称\n张三,,,甲\n")
    levels = [i["sensitivity"] for i in propose.propose_items(path)]
    assert levels == ["个人信息", "个人信息", "敏感个人信息", "无"]
