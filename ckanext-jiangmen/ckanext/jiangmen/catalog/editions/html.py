"""An edition as one static page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.document import Document, Entry

STYLE = """
body{font-family:"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","WenQuanYi Zen Hei",sans-serif;line-height:1.6;color:#1d2b3a;max-width:72rem;margin:0 auto;padding:1rem}
h1{text-align:center;font-size:1.8rem}h2{border-bottom:2px solid #1559a8;margin-top:2.5rem}
h3{color:#1559a8;margin:1.6rem 0 .2rem}h4{margin:1.4rem 0 .3rem}
table{border-collapse:collapse;width:100%;margin:.4rem 0 1rem}
th,td{border:1px solid #b8c4d0;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#eef3f8}table.facts th{width:12rem}nav ol{columns:2 20rem}
article{break-inside:avoid-page;border-top:1px solid #d5dde5}
"""  # noqa: E501 - one line for one rule


def write(document: Document, path: Path) -> None:
    """Write the page, a piece at a time."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for piece in _pieces(document):
            stream.write(piece)


def _pieces(document: Document) -> Iterator[str]:
    title = escape(f"{document.title} {document.edition}")
    yield (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n"
        f"<h1>{escape(document.title)}</h1>\n{_table(document.facts)}</header>\n"
    )
    yield from _contents(document)
    yield from _entries(document)
    yield from _withheld(document)
    yield from _changes(document)
    yield "</body>\n</html>\n"


def _contents(document: Document) -> Iterator[str]:
    yield '<nav aria-label="目次">\n<h2>目次</h2>\n<ol>\n'
    for heads, _ in shape.sections(document.content):
        for _level, key, title in heads:
            yield f'<li><a href="#{escape(key)}">{escape(title)}</a></li>\n'
    if document.content.withheld:
        yield '<li><a href="#withheld">不予共享的信息资源</a></li>\n'
    yield '<li><a href="#changes">与上一版的差异</a></li>\n</ol>\n</nav>\n<main>\n'


def _entries(document: Document) -> Iterator[str]:
    for heads, entry in shape.sections(document.content):
        for level, key, title in heads:
            tag = "h2" if level == 0 else "h3"
            yield f'<{tag} id="{escape(key)}">{escape(title)}</{tag}>\n'
        code = entry.get("resource_code", "")
        yield f'<article id="{escape(code or entry["name"])}">\n'
        yield f"<h4>{escape(code)} {escape(entry['title'])}</h4>\n"
        yield _table(
            (shape.label(field), shape.words(entry[field]))
            for field in shape.FIELDS
            if field in entry
        )
        yield _items(entry)
        yield "</article>\n"
    yield "</main>\n"


def _items(entry: Entry) -> str:
    if not entry[shape.ITEMS]:
        return ""
    used = [f for f in shape.ITEM_FIELDS if any(f in i for i in entry[shape.ITEMS])]
    heads = "".join(f'<th scope="col">{shape.item_label(f)}</th>' for f in used)
    rows = [
        "<tr>"
        + "".join(f"<td>{escape(item.get(field, ''))}</td>" for field in used)
        + "</tr>\n"
        for item in entry[shape.ITEMS]
    ]
    return f"<table><thead><tr>{heads}</tr></thead>\n{''.join(rows)}</table>\n"


def _table(rows: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> str:
    said = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>\n'
        for name, value in rows
    )
    return f'<table class="facts">\n{said}</table>\n'


def _withheld(document: Document) -> Iterator[str]:
    if not document.content.withheld:
        return
    yield (
        '<section id="withheld">\n<h2>不予共享的信息资源</h2>\n<table><thead><tr>'
        '<th scope="col">信息资源名称</th><th scope="col">信息资源提供方</th>'
        '<th scope="col">不予共享依据</th></tr></thead>\n'
    )
    for row in document.content.withheld:
        cells = (row["title"], row["department"], "；".join(row["grounds"]))
        yield "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>\n"
    yield "</table>\n</section>\n"


def _changes(document: Document) -> Iterator[str]:
    yield (
        '<section id="changes">\n'
        f"<h2>{escape(document.changes_heading)}</h2>\n<table><thead><tr>"
        + "".join(
            f'<th scope="col">{head}</th>'
            for head in ("变化", "代码", "名称", "提供方", "内容", "变更前", "变更后")
        )
        + "</tr></thead>\n"
    )
    for kind, change in document.changes():
        for field in change.fields or (("", "", ""),):
            cells = (kind, change.code, change.title, change.department, *field)
            yield "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>\n"
    yield "</table>\n</section>\n"
