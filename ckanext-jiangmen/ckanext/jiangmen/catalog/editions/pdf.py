"""An edition as PDF: cover, contents with pages, bookmarks, an embedded font."""

from __future__ import annotations

from pathlib import Path

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions import font as fonts
from ckanext.jiangmen.catalog.editions.document import Document, Entry
from ckanext.jiangmen.catalog.editions.layout import (
    HEIGHT,
    LEFT,
    PLAIN,
    RIGHT,
    SMALL,
    WIDTH,
    Flow,
    Measure,
    draw,
)

HEADS = (16.0, 13.0, 11.0)
MIDDLE = (LEFT + RIGHT) / 2
ITEM_EDGES = (LEFT, 70, 205, 285, 350, 440, RIGHT)
ITEM_HEAD = ("序号", "信息项名称", "数据类型", "共享方式", "主键/敏感级别", "数源/备注")
LIST_EDGES = (LEFT, 165, 400, 512, RIGHT)
WITHHELD_EDGES = (LEFT, 75, 250, 350, RIGHT)
CHANGE_EDGES = (LEFT, 80, 190, 330, 440, RIGHT)
# Streams as bytes: as text they are a quarter longer, and written slowly.
rl_config.useA85 = 0
# Contents: (key, title, level, page), pages counted from 0 behind the front matter.
Contents = list[tuple[str, str, int, int]]


def write(document: Document, path: Path, font_path: str) -> None:
    """Write the PDF; the same document gives the same bytes.

    Raise `FontMissing`, or `GlyphMissing` where the font lacks a character.
    """
    font = fonts.load(font_path)
    fonts.check(document, font)
    measure = Measure(font)
    body, contents, listed = _body(document, measure)
    front = len(_front(document, measure, contents, listed, 0).pages)
    pages = _front(document, measure, contents, listed, front).pages + body.pages
    canvas = Canvas(
        str(path), pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, lang="zh"
    )
    canvas.setTitle(f"{document.title} {document.edition}")
    canvas.setAuthor(document.organization or "市网信统筹局")
    canvas.setSubject(document.date)
    canvas.showOutline()
    for number, page in enumerate(pages, 1):
        foot = f"{document.title}　{document.edition}　第{number}页，共{len(pages)}页"
        draw(canvas, font, page, foot)
    canvas.save()


def _front(
    document: Document,
    measure: Measure,
    contents: Contents,
    listed: list[tuple[Entry, int]],
    pages_before: int,
) -> Flow:
    """Return cover, contents and the list of all entries with their pages."""
    flow = Flow(measure)
    _cover(flow, document)
    flow.turn()
    flow.mark("contents", "目次", 0)
    flow.line("目次", HEADS[0])
    flow.skip(6)
    for key, title, level, page in contents:
        indent = LEFT + 14 * level
        number = str(pages_before + page + 1)
        flow.cells((title, number), (indent, LIST_EDGES[3], RIGHT), PLAIN)
        flow.link(key)
    flow.turn()
    flow.mark("list", "信息资源一览", 0)
    flow.line("信息资源一览", HEADS[0])
    flow.cells(("信息资源代码", "名称", "提供方", "页码"), LIST_EDGES, PLAIN)
    flow.rule()
    for entry, page in listed:
        code, number = entry.get("resource_code", ""), str(pages_before + page + 1)
        row = (code, entry["title"], entry["department"], number)
        flow.cells(row, LIST_EDGES, SMALL)
        flow.link(code or entry["name"])
    return flow


def _cover(flow: Flow, document: Document) -> None:
    flow.mark("cover", "封面", 0)
    flow.skip(160)
    for line in flow.measure.wrap(document.title, RIGHT - LEFT, 24):
        width = sum(map(flow.measure.__getitem__, line)) * 24
        flow.line(line, 24, MIDDLE - width / 2)
    flow.skip(60)
    for name, value in document.facts:
        flow.cells((name, value), (LEFT + 120, LEFT + 220, RIGHT), 12)
        flow.skip(4)


def _body(
    document: Document, measure: Measure
) -> tuple[Flow, Contents, list[tuple[Entry, int]]]:
    flow = Flow(measure)
    contents: Contents = []
    listed: list[tuple[Entry, int]] = []

    def begin(key: str, title: str, level: int) -> None:
        flow.need(90)
        flow.skip(8)
        contents.append((key, title, level, flow.number))
        flow.mark(key, title, level)
        flow.paragraph(title, HEADS[level])

    for heads, entry in shape.sections(document.content):
        for level, key, title in heads:
            begin(key, title, level)
        flow.need(70)
        listed.append((entry, flow.number))
        _entry(flow, entry)
    if document.content.withheld:
        begin("withheld", "不予共享的信息资源", 0)
        _withheld(flow, document)
    begin("changes", document.changes_heading, 0)
    _changes(flow, document)
    return flow, contents, listed


def _entry(flow: Flow, entry: Entry) -> None:
    code = entry.get("resource_code", "")
    title = f"{code} {entry['title']}".strip()
    flow.skip(6)
    flow.mark(code or entry["name"], title, 3)
    flow.paragraph(title, HEADS[2])
    flow.rule()
    flow.skip(3)
    _fields(flow, entry)
    if entry[shape.ITEMS]:
        flow.skip(2)
        flow.cells(ITEM_HEAD, ITEM_EDGES, SMALL)
        flow.rule()
        for place, item in enumerate(entry[shape.ITEMS], 1):
            flow.cells((str(place), *_item(item)), ITEM_EDGES, SMALL)


def _fields(flow: Flow, entry: Entry) -> None:
    """Write the fields: two in a line where both are short."""
    pending = ""
    half = (RIGHT - LEFT) / 2
    for field in shape.FIELDS:
        if field not in entry or field in {"resource_code", "title"}:
            continue
        said = f"{shape.label(field)}：{shape.words(entry[field])}"
        short = len(flow.measure.wrap(said, half - 4, PLAIN)) == 1
        if short and not pending:
            pending = said
            continue
        if short:
            flow.cells((pending, said), (LEFT, MIDDLE, RIGHT), PLAIN)
        else:
            if pending:
                flow.paragraph(pending, PLAIN)
            flow.paragraph(said, PLAIN)
        pending = ""
    if pending:
        flow.paragraph(pending, PLAIN)


def _item(item: Entry) -> tuple[str, str, str, str, str]:
    length = item.get("data_length", "")
    kind = item.get("data_type", "") + (f"({length})" if length else "")
    key = "主键" if item.get("is_key") == "是" else ""
    column = item.get("column", "")
    name = item.get("name", "")
    if column and column != name:
        name += f"（{column}）"
    return (
        name,
        kind,
        item.get("sharing_category", ""),
        " ".join(filter(None, (key, item.get("sensitivity")))),
        "；".join(
            text
            for field in ("source_department", "share_condition", "remarks")
            if (text := item.get(field))
        ),
    )


def _withheld(flow: Flow, document: Document) -> None:
    heads = ("序号", "信息资源名称", "信息资源提供方", "不予共享依据")
    flow.cells(heads, WITHHELD_EDGES, PLAIN)
    flow.rule()
    for place, row in enumerate(document.content.withheld, 1):
        cells = (str(place), row["title"], row["department"], "；".join(row["grounds"]))
        flow.cells(cells, WITHHELD_EDGES, SMALL)


def _changes(flow: Flow, document: Document) -> None:
    if not document.previous:
        return
    heads = ("变化", "代码、名称", "变更内容", "变更前", "变更后")
    flow.cells(heads, CHANGE_EDGES, PLAIN)
    flow.rule()
    for kind, change in document.changes():
        for field in change.fields or (("", "", ""),):
            flow.cells(
                (kind, f"{change.code} {change.title}".strip(), *field),
                CHANGE_EDGES,
                SMALL,
            )
