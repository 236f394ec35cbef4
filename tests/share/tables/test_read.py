"""Reading a table by projection: core's parameters, nothing hidden shows."""

from __future__ import annotations

import json

import pytest

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import identity
from ckanext.jiangmen.tables import load, read
from ckanext.jiangmen.tables import projection as rows_of

pytestmark = pytest.mark.usefixtures("tables_only")

NUMBERS = [identity.synthetic_resident_number(n) for n in (1, 2, 3)]


@pytest.fixture
def table(write, sample, resource_id):
    load.load_table(resource_id, write(sample.text), sample.items)
    return resource_id


@pytest.fixture
def people(write, resource_id):
    text = "姓名,公民身份号码,区划\n" + "".join(
        f"某{place},{number},44070{place}\n" for place, number in enumerate(NUMBERS)
    )
    load.load_table(resource_id, write(text))
    return resource_id


def found(projection, **params):
    return read.search(projection, {"resource_id": projection.resource_id, **params})


def codes(answer):
    return [record["code"] for record in answer["records"]]


def test_the_answer_has_the_shape_of_cores(table, projection):
    answer = found(projection(table))
    assert answer["total"] == 3
    assert answer["resource_id"] == table
    assert answer["limit"] == 100
    assert answer["fields"][:2] == [
        {"id": "_id", "type": "int"},
        {"id": "code", "type": "text", "info": {"label": "区划代码"}},
    ]
    assert answer["records"][0] == {
        "_id": 1,
        "code": "040703002101",
        "name": "孖簕村",
        "户数": 12,
        "金额": 100.1,
        "比例": 0.5,
        "设立日期": "2020-01-29",
        "更新时间": "2020-01-29T08:05:00",
        "有效": True,
    } | {"更新时间": answer["records"][0]["更新时间"]}


def cores(resource_id, **params):
    """Return core's own answer to the same search."""
    from ckanext.datastore.logic.action import datastore_search

    context = {"ignore_auth": True, "user": ""}
    return datastore_search(context, {"resource_id": resource_id, **params})


THE_ANSWER_EQUALS_CO_CASES = [
    {},
    {"records_format": "lists"},
    {"records_format": "csv"},
    {"records_format": "tsv"},
    {"limit": 0},
    {"limit": 2, "include_next_page": True},
    {"limit": 2, "include_next_page": True, "sort": "_id desc"},
    {"limit": 2, "include_next_page": True, "records_format": "csv"},
    {"offset": 1},
    {"filters": {"code": "440703002102"}},
    {"filters": {"code": ["440703002102", "440703002103"]}},
    {"filters": {"户数": {"gte": 7, "lt": 12}}},
    {"filters": {"$or": [{"户数": 7}, {"户数": 12}]}},
    {"filters": {"设立日期": {"gt": "2000-01-01"}}},
    {"filters": {"code": []}},
    {"filters": {"有效": True}},
    {"filters": {"_id": {"gt": 1}}},
    {"sort": "户数 desc nulls last, code"},
    {"sort": '"name" asc'},
    {"fields": "code,户数"},
    {"fields": ["name"], "records_format": "lists"},
    {"fields": ["有效"], "distinct": True, "sort": "有效"},
    {"include_total": False},
    {"id": "x"},
]


def test_the_answer_equals_cores(table, projection):
    for params in THE_ANSWER_EQUALS_CO_CASES:
        params.pop("id", None)
        expected = cores(table, **params)
        answer = found(projection(table), **params)
        for key in ("records", "total", "fields", "next_page", "limit"):
            assert answer.get(key) == expected.get(key), key


Q_IS_A_SUBSTRING_SEA_CASES = [
    ("氹", ["440703002102"]),
    ("村", ["040703002101", "440703002102", "440703002103"]),
    ("4407030021", ["440703002102", "440703002103"]),
    ("%", []),
    ("_", []),
    ("\\", []),
    ('"氹滘"', ["440703002102"]),
    ({"name": "蓢"}, ["440703002103"]),
    ({"户数": "1"}, ["040703002101"]),
]


def test_q_is_a_substring_search(table, projection):
    for q, expected in Q_IS_A_SUBSTRING_SEA_CASES:
        answer = found(projection(table), q=q)
        assert codes(answer) == expected
        assert answer["total"] == len(expected)


HIDDEN = [
    {"filters": {"X": "1"}},
    {"filters": {"X": ["1"]}},
    {"filters": {"X": {"gt": "1"}}},
    {"filters": {"$or": [{"X": "1"}, {"code": "1"}]}},
    {"filters": [{"X": ["1"]}]},
    {"sort": "X"},
    {"sort": "X desc"},
    {"fields": "X"},
    {"fields": ["code", "X"]},
    {"q": {"X": "孖"}},
    {"fields": ["X"], "distinct": True},
]


def refusal(projection, params, name):
    """Return the error of a search for `name`, the name itself replaced."""
    with pytest.raises(tk.ValidationError) as error:
        found(projection, **json.loads(json.dumps(params).replace("X", name)))
    text = json.dumps(error.value.error_dict, ensure_ascii=False)
    return text.replace(name, "X")


def test_a_hidden_column_is_answered_like_an_absent_one(table, projection):
    narrow = projection(table, "code", "户数")
    for params in HIDDEN:
        hidden, absent = (refusal(narrow, params, n) for n in ("name", "absent"))
        assert hidden == absent


def test_a_hidden_column_shows_nowhere(table, projection):
    narrow = projection(table, "code")
    for shape in ("objects", "lists", "csv", "tsv"):
        answer = found(narrow, records_format=shape)
        assert "孖" not in repr(answer)
    assert found(narrow, q="孖")["total"] == 0
    assert found(narrow, full_text="孖")["total"] == 0
    assert [f["id"] for f in read.info(narrow)["fields"]] == ["code"]


INTERNAL_COLUMNS_CAN_CASES = ["_full_text", "_blind_x", "rank", "xmin", "tableoid"]


def test_internal_columns_cannot_be_named(table, projection):
    for name in INTERNAL_COLUMNS_CAN_CASES:
        for params in ({"fields": name}, {"sort": name}, {"filters": {name: 1}}):
            with pytest.raises(tk.ValidationError):
                found(projection(table), **params)


def test_rows_outside_the_predicate_do_not_exist(table, projection):
    own = projection(table, predicate=rows_of.starts_with("code", "4407"))
    answer = found(own, include_next_page=True)
    assert codes(answer) == ["440703002102", "440703002103"]
    assert answer["total"] == 2
    # The rows are counted anew: a gap would tell of the hidden one.
    assert [record["_id"] for record in answer["records"]] == [1, 2]
    assert codes(found(own, filters={"_id": {"gt": 1}})) == ["440703002103"]
    assert found(own, q="孖")["total"] == 0
    assert found(own, filters={"code": "040703002101"})["total"] == 0


def test_predicates_are_bound_and_combined(table, projection):
    nasty = "'; DROP TABLE x; --%s%%"
    either = rows_of.any_of(
        [
            rows_of.compare("code", "=", nasty),
            rows_of.all_of(
                [
                    rows_of.compare("户数", ">=", 7),
                    rows_of.one_of("name", ["孖簕村", nasty]),
                ]
            ),
        ]
    )
    assert codes(found(projection(table, predicate=either))) == ["040703002101"]
    none = projection(table, predicate=rows_of.one_of("code", []))
    assert found(none)["total"] == 0


def test_the_hash_follows_columns_modes_and_rows(table, projection):
    whole = projection(table)
    assert whole.hash == projection(table).hash
    others = [
        projection(table, "code"),
        projection(table, predicate=rows_of.nothing()),
        projection(table, predicate=rows_of.compare("code", "=", "1")),
        projection(table, predicate=rows_of.compare("code", "=", "2")),
    ]
    assert len({p.hash for p in [whole, *others]}) == 5


WRONG_PARAMETERS_ARE_CASES = [
    {"filters": {"户数": "x"}},
    {"filters": {"设立日期": "gestern"}},
    {"filters": {"code": {}}},
    {"filters": {"code": {"like": "4%"}}},
    {"filters": {"code": {"gt": {"a": 1}}}},
    {"filters": "x"},
    {"filters": {"$or": 5}},
    {"limit": -1},
    {"limit": "x"},
    {"offset": -1},
    {"records_format": "xml"},
    {"sort": "code sideways"},
    {"fields": ["code"], "distinct": True, "sort": "户数"},
    {"q": {"name": 5}},
]


def test_wrong_parameters_are_refused_without_the_statement(table, projection):
    for params in WRONG_PARAMETERS_ARE_CASES:
        with pytest.raises(tk.ValidationError) as error:
            found(projection(table), **params)
        assert "SELECT" not in repr(error.value.error_dict)


def test_a_table_that_is_gone_is_not_found(table, projection):
    whole = projection(table)
    load.remove_table(table)
    with pytest.raises(tk.ObjectNotFound):
        found(whole)
    with pytest.raises(tk.ObjectNotFound):
        read.info(whole)


def test_a_column_that_is_gone_is_left_out(table, projection, write, sample):
    whole = projection(table)
    load.load_table(table, write("code\n1\n"), sample.items[:1])
    assert found(whole)["records"] == [{"_id": 1, "code": "1"}]


def test_info_tells_no_sizes_and_no_counts(table, projection):
    answer = read.info(projection(table))
    assert set(answer["meta"]) == {"id", "aliases", "table_type"}
    assert answer["fields"][0]["info"] == {"label": "区划代码"}
    assert answer["fields"][2]["schema"]["native_type"] == "int8"


# Identity numbers


THE_OWNER_READS_IDEN_CASES = ["objects", "lists", "csv", "tsv"]


def test_the_owner_reads_identity_numbers_in_every_format(people, projection):
    for shape in THE_OWNER_READS_IDEN_CASES:
        text = repr(found(projection(people), records_format=shape)["records"])
        assert all(number in text for number in NUMBERS)
        assert "s4:" not in text


OTHERS_READ_A_MASK_CASES = ["objects", "lists", "csv", "tsv"]


def test_others_read_a_mask(people, projection):
    for shape in OTHERS_READ_A_MASK_CASES:
        masked = projection(people, access="masked")
        text = repr(found(masked, records_format=shape)["records"])
        assert not any(number in text for number in NUMBERS)
        assert NUMBERS[0][:3] + "***********" + NUMBERS[0][-4:] in text
        assert "某0" in text
        assert "s4:" not in text


def test_an_encrypted_column_is_never_served_as_it_is_stored(people, projection):
    from dataclasses import replace

    whole = projection(people)
    plain = replace(
        whole,
        columns=tuple(replace(c, mode="plain", blind=None) for c in whole.columns),
    )
    text = repr(found(plain)["records"])
    assert "s4:" not in text
    assert NUMBERS[0] not in text


def test_one_person_is_found_through_the_blind_index(people, projection):
    whole = projection(people)
    for number in (NUMBERS[1], f" {NUMBERS[1].lower()} "):
        answer = found(whole, filters={"公民身份号码": number})
        assert [r["姓名"] for r in answer["records"]] == ["某1"]
        assert answer["total"] == 1
    both = found(whole, filters={"公民身份号码": NUMBERS[:2]})
    assert both["total"] == 2
    assert found(whole, q=NUMBERS[2])["records"][0]["姓名"] == "某2"
    assert found(whole, q=NUMBERS[2][:12])["total"] == 0


A_MASK_IS_NO_ORACLE_CASES = [
    {"filters": {"公民身份号码": NUMBERS[0]}},
    {"filters": {"公民身份号码": NUMBERS}},
    {"filters": {"公民身份号码": {"gt": "4"}}},
    {"sort": "公民身份号码"},
    {"fields": "公民身份号码", "distinct": True},
]


def test_a_mask_is_no_oracle(people, projection):
    for params in A_MASK_IS_NO_ORACLE_CASES:
        masked = projection(people, access="masked")
        with pytest.raises(tk.ValidationError):
            found(masked, **params)
        assert found(masked, q=NUMBERS[0])["total"] == 0


def test_ciphertexts_can_be_neither_compared_nor_sorted_by_their_owner(
    people, projection
):
    for params in (
        {"filters": {"公民身份号码": {"gt": "4"}}},
        {"sort": "公民身份号码"},
    ):
        with pytest.raises(tk.ValidationError):
            found(projection(people), **params)


def test_a_masked_plain_column_is_filtered_by_its_mask_only(people, projection):
    from dataclasses import replace

    whole = projection(people)
    columns = [
        replace(c, mode="masked") if c.name == "区划" else c for c in whole.columns
    ]
    masked = replace(whole, columns=tuple(columns))
    assert [r["区划"] for r in found(masked)["records"]] == ["4***0", "4***1", "4***2"]
    assert found(masked, filters={"区划": "440701"})["total"] == 0
    assert found(masked, q="440701")["total"] == 0
