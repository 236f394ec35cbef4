"""The schema of an edition's XML, made from the fields that an edition has.

Names and order follow the core metadata of GB/T 21063.3 and 发改高技〔2017〕1272号;
each element says its Chinese name. It goes with every edition, so that an old one stays
readable by its own schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.document import Document
from ckanext.jiangmen.catalog.editions.xml import NAMESPACE, element

# What GB/T 21063.3 calls the same.
CORE = {
    "resource_code": "信息资源标识符",
    "title": "信息资源名称",
    "department": "信息资源提供方",
    "notes": "信息资源摘要",
    "class_lei": "信息资源分类",
    "publish_date": "信息资源发布日期",
    "subject_terms": "关键字说明",
}
REQUIRED = frozenset({"title", "department"})
CHOICES = ("sharing_category", "open_flag", "share_type")

HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{NAMESPACE}"
 targetNamespace="{NAMESPACE}" elementFormDefault="qualified" xml:lang="zh-CN">
<xs:simpleType name="text"><xs:restriction base="xs:string"><xs:minLength value="1"/>
</xs:restriction></xs:simpleType>
<xs:element name="catalogue"><xs:complexType><xs:sequence>
<xs:element name="title" type="text"/>
<xs:element name="organization" type="text" minOccurs="0"/>
<xs:element name="resources"><xs:complexType><xs:sequence>
<xs:element name="resource" type="resource" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType></xs:element>
<xs:element name="withheldResources"><xs:complexType><xs:sequence>
<xs:element name="withheldResource" minOccurs="0" maxOccurs="unbounded">
<xs:complexType><xs:sequence><xs:element name="title" type="text"/>
<xs:element name="department" type="text"/>
<xs:element name="ground" type="text" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element>
<xs:element name="changes"><xs:complexType><xs:sequence>
<xs:element name="change" type="change" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType></xs:element>
</xs:sequence>
<xs:attribute name="number" type="xs:positiveInteger" use="required"/>
<xs:attribute name="date" type="xs:date" use="required"/>
<xs:attribute name="text" use="required"><xs:simpleType>
<xs:restriction base="xs:string">@texts@</xs:restriction></xs:simpleType>
</xs:attribute>
<xs:attribute name="previous" type="xs:nonNegativeInteger" use="required"/>
</xs:complexType>
<xs:unique name="oneEntryForAName" xmlns:e="{NAMESPACE}">
<xs:selector xpath="e:resources/e:resource"/><xs:field xpath="@name"/>
</xs:unique></xs:element>
<xs:complexType name="change"><xs:sequence>
<xs:element name="resourceCode" type="text" minOccurs="0"/>
<xs:element name="title" type="text"/>
<xs:element name="department" type="text" minOccurs="0"/>
<xs:element name="field" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
<xs:sequence><xs:element name="name" type="text"/>
<xs:element name="before" type="xs:string"/>
<xs:element name="after" type="xs:string"/></xs:sequence>
</xs:complexType></xs:element></xs:sequence>
<xs:attribute name="kind" use="required"><xs:simpleType>
<xs:restriction base="xs:string">@kinds@</xs:restriction></xs:simpleType>
</xs:attribute></xs:complexType>
"""


def write(_document: Document, path: Path) -> None:
    """Write the schema that the edition's XML follows."""
    path.write_text("".join(_pieces()), encoding="utf-8", newline="\n")


def _pieces() -> Iterator[str]:
    kinds = _values(("新增", "变更", "停用"))
    yield HEAD.replace("@texts@", _values(shape.TEXTS)).replace("@kinds@", kinds)
    yield '<xs:complexType name="resource"><xs:sequence>\n'
    for field in shape.FIELDS:
        yield _element(field, shape.label(field), CORE.get(field, ""))
    yield (
        '<xs:element name="informationItems"><xs:complexType><xs:sequence>\n'
        '<xs:element name="informationItem" type="informationItem" minOccurs="0"'
        ' maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>\n'
        '</xs:sequence><xs:attribute name="name" type="text" use="required"/>'
        '</xs:complexType>\n<xs:complexType name="informationItem"><xs:sequence>\n'
    )
    for field in shape.ITEM_FIELDS:
        yield _element(field, shape.item_label(field), "")
    yield "</xs:sequence></xs:complexType>\n</xs:schema>\n"


def _element(field: str, name: str, core: str) -> str:
    least = 1 if field in REQUIRED else 0
    most = "unbounded" if field in shape.LISTS else "1"
    said = f"{name}（GB/T 21063.3 {core}）" if core else name
    note = (
        f"<xs:annotation><xs:documentation>{escape(said)}</xs:documentation>"
        "</xs:annotation>"
    )
    head = f'<xs:element name={quoteattr(element(field))} minOccurs="{least}"'
    head += f' maxOccurs="{most}"'
    if field not in CHOICES:
        return f'{head} type="text">{note}</xs:element>\n'
    known = _values(_choices(field))
    return (
        f"{head}>{note}<xs:simpleType><xs:restriction "
        f'base="xs:string">{known}</xs:restriction></xs:simpleType></xs:element>\n'
    )


def _choices(field: str) -> Iterable[str]:
    if field == "open_flag":
        return ("是", "否")
    rows = lists.choices("sharing_category")
    key = "value" if field == "sharing_category" else "share_type"
    return dict.fromkeys(row[key] for row in rows)


def _values(values: Iterable[str]) -> str:
    return "".join(f"<xs:enumeration value={quoteattr(value)}/>" for value in values)
