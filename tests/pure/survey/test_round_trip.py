"""What is exported and read again is the entry itself, whatever its values are."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ckanext.jiangmen.catalog import entries, lists, rules, survey_proposal
from ckanext.jiangmen.catalog.survey import read_workbook, write_entries

DEMO = Path(__file__).parents[3] / "demo/workbooks"
BODY = {"id": "00000000-0000-4000-8000-000000000001", "title": "市民政局"}
# What departments type and paste: widths, invisible characters, formulas, separators,
# rare characters of the region's places, line breaks, what looks like an escape.
PIECES = [
    "江门",
    "孖簕浐湴氹滘蓢裡",
    "😀",
    "ＡＢＣ１２",
    "Ⅱ",
    "㎡",
    "ﬁ",
    "½",
    "=",
    "+",
    "-",
    "@",
    "'00123",
    "1e5",
    "1.0",
    "TRUE",
    "是",
    "_x0041_",
    "_x000A_",
    "<b>",
    "&amp;",
    "“引号”",
    '"',
    "'",
    "；",
    ";",
    "、",
    "，",
    "\u3000",
    "\u200b",
    "\u202e",
    "\ufeff",
    "\u00ad",
    "\t",
    "a\nb",
    "c\r\nd",
    "e\rf",
    "#N/A",
    "2017-04-05",
    "440700",
    "0.1",
    "-0",
    "%s",
    "{x}",
    "\u0001",
    "\u000b",
    "\u007f",
    "\u0085",
    "\u2028",
    "Ｘ＊",
    "*",
    "",
]


def words(chance):
    return "".join(chance.choices(PIECES, k=chance.randint(0, 6)))


def generated(seed):
    """An entry with something, or nothing, in every field of the schema."""
    chance = random.Random(seed)
    sent = {field: words(chance) for field in entries.TEXT_FIELDS}
    sent |= {
        field: [words(chance) for _ in range(chance.randint(0, 3))]
        for field in entries.LIST_FIELDS
    }
    sent |= {"title": f"资源{seed}{words(chance)}", "secrecy": "非涉密"}
    sent["license_id"] = chance.choice(["CC-BY-4.0", "CC0-1.0", "", "另行约定"])
    sent["information_items"] = [
        {field: words(chance) for field in entries.ITEM_FIELDS}
        | {"name": f"项{number}{words(chance)}"}
        for number in range(chance.randint(0, 4))
    ]
    entry, errors = entries.shape(sent | {"owner_org": BODY["id"]})
    assert not errors
    return entry


def changes(stored):
    """What reading the exported entries would change in them: {title: fields}."""
    written = write_entries(
        [{**entry, "organization_title": BODY["title"]} for entry in stored]
    )
    workbook = read_workbook(written)
    assert len(workbook.entries) == len(stored)
    return {
        base["title"]: found
        for base, each in zip(stored, workbook.entries, strict=True)
        if (
            found := entries.changed_fields(
                base, survey_proposal.proposed(each, BODY, workbook, base)
            )
        )
    }


@pytest.mark.parametrize("seed", range(3))
def test_an_exported_entry_is_read_back_as_itself_whatever_it_holds(seed):
    stored = [generated(seed * 100 + number) for number in range(100)]
    assert changes(stored) == {}


def test_the_demonstration_comes_back_unchanged():
    stored = []
    for path in sorted(DEMO.glob("*.xlsx")):
        for each in read_workbook(path).entries:
            # Titles are unique in a body, and this is one workbook for all of them.
            title = f"{path.stem}：{each.entry['title']}"
            sent = each.entry | {"owner_org": BODY["id"], "title": title}
            entry, errors = entries.shape(sent)
            assert not errors
            stored.append(rules.derive(entry, BODY))
    assert len(stored) >= 110
    assert changes(stored) == {}


def test_a_text_longer_than_a_cell_is_cut_in_the_workbook_only():
    entry = generated(1) | {"remarks": "长" * 40_000}
    assert changes([entry]) == {}


def test_every_column_of_the_workbook_is_part_of_the_property():
    columns = {
        column.get("field")
        for sheet in lists.survey_sheets()
        for column in sheet["columns"]
    }
    covered = {*entries.FIELDS, *entries.ITEM_FIELDS, None}
    assert columns <= covered
