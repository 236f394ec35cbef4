"""Every format of an edition: readable, complete, and the same bytes each time."""

import dataclasses
import hashlib
import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions import font
from ckanext.jiangmen.catalog.editions.errors import FontMissing, GlyphMissing
from ckanext.jiangmen.catalog.editions.layout import Measure
from ckanext.jiangmen.catalog.editions.render import FORMATS
from ckanext.jiangmen.catalog.editions.xml import NAMESPACE

FONT = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"
DEMO = Path(__file__).parents[3] / "demo"
AGAIN = """
import pickle, sys
from pathlib import Path
from ckanext.jiangmen.catalog.editions.render import FORMATS
document = pickle.loads(Path(sys.argv[1]).read_bytes())
for ending, made in FORMATS.items():
    made.write(document, Path(sys.argv[2]) / f"again.{ending}", sys.argv[3])
"""


@pytest.fixture
def made(document, tmp_path):
    """Write every format; return the paths by format."""
    paths = {}
    for ending, each in FORMATS.items():
        paths[ending] = tmp_path / f"edition.{ending}"
        each.write(document, paths[ending], FONT)
    return paths


def test_another_process_writes_the_same_bytes(document, made, tmp_path):
    value = tmp_path / "document"
    value.write_bytes(pickle.dumps(document))
    arguments = [sys.executable, "-c", AGAIN, str(value), str(tmp_path), FONT]
    environment = os.environ | {"PYTHONHASHSEED": "77", "TZ": "America/Lima"}
    subprocess.run(arguments, check=True, env=environment)
    for ending, path in made.items():
        again = tmp_path / f"again.{ending}"
        sums = [hashlib.sha256(p.read_bytes()).hexdigest() for p in (path, again)]
        assert sums[0] == sums[1], ending


def test_the_xml_follows_its_schema_and_holds_every_entry(document, made):
    tree = etree.parse(made["xml"])
    etree.XMLSchema(etree.parse(made["xsd"])).assertValid(tree)
    codes = tree.xpath(
        "//e:resource/e:resourceCode/text()", namespaces={"e": NAMESPACE}
    )
    assert codes == [e["resource_code"] for e in document.content.entries]
    remark = tree.findtext(f".//{{{NAMESPACE}}}remarks")
    assert remark == "<b>&\"' =1+1"


def test_the_schema_refuses_what_is_no_edition(made):
    schema = etree.XMLSchema(etree.parse(made["xsd"]))
    tree = etree.parse(made["xml"])
    category = tree.find(f".//{{{NAMESPACE}}}sharingCategory")
    category.text = "随意共享"
    assert not schema.validate(tree)


def test_the_workbook_has_every_entry_and_item_and_no_formula(document, made):
    book = CalamineWorkbook.from_path(made["xlsx"])
    assert book.sheet_names == ["说明", "目录", "信息项", "不予共享", "变化"]
    rows = book.get_sheet_by_name("目录").to_python()
    entries = document.content.entries
    assert [row[1] for row in rows[1:]] == [e["resource_code"] for e in entries]
    assert "=合计" in [row[2] for row in rows]
    items = book.get_sheet_by_name("信息项").to_python()
    assert len(items) - 1 == sum(len(e["information_items"]) for e in entries)


def test_the_json_is_a_catalogue_of_datasets(document, made):
    found = json.loads(made["jsonld"].read_text())
    assert found["@type"] == "dcat:Catalog"
    assert len(found["dcat:dataset"]) == len(document.content.entries)
    assert found["dcat:dataset"][0]["dct:publisher"]["foaf:name"] == "市地税局"


def test_the_page_stands_alone_and_escapes_what_people_wrote(made):
    text = made["html"].read_text()
    assert '<b>&"' not in text
    assert "&lt;b&gt;" in text
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    assert "<script" not in text


def test_the_pdf_embeds_its_font_and_has_bookmarks(made):
    data = made["pdf"].read_bytes()
    assert b"/FontFile2" in data
    assert b"/Outlines" in data
    assert b"/ToUnicode" in data


def test_the_font_has_every_character_of_the_demonstration():
    known = font.load(FONT).face.charToGlyph
    used = {
        character
        for path in DEMO.rglob("*")
        if path.suffix in {".yaml", ".csv", ".txt"} and "gb18030" not in path.name
        for character in path.read_text(encoding="utf-8-sig")
    }
    missing = {c for c in used if ord(c) not in known and c.isprintable()}
    assert not missing


def test_a_character_without_a_glyph_is_named_with_its_entry(document, entry):
    odd = shape.Content((entry(8, title="地名\U0002a6a5村"),))
    changed = dataclasses.replace(document, content=odd, difference=shape.Difference())
    with pytest.raises(GlyphMissing, match=r"U\+2A6A5，见307407440700012/8"):
        font.check(changed, font.load(FONT))


def test_a_font_that_is_not_there_is_one_sentence():
    with pytest.raises(FontMissing, match="没有字体文件"):
        font.load("/nowhere/font.ttf")


@pytest.mark.parametrize(
    "text",
    ["江门市" * 40, "abc " * 60, "x" * 300, "", "一\n二", "，" * 50, "甲ABC乙" * 30],
)
def test_lines_are_not_wider_than_their_column_and_lose_nothing(text):
    measure = Measure(font.load(FONT))
    lines = measure.wrap(text, 100, 10)
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")
    for line in lines:
        hung = line.rstrip("，")
        assert sum(map(measure.__getitem__, hung)) * 10 <= 100.01
