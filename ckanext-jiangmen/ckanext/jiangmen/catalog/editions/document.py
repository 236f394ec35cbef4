"""An edition of the catalogue as a plain value: entries by code, and what changed.

One value for all formats. Its entries come from `entry_of`; equal catalogues give
equal values, whatever order or database they come from.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.jiangmen.catalog import entries, lists, openness, resource_code

Entry = dict[str, Any]

FULL, DEPARTMENTS, PUBLIC = "full", "departments", "public"
TEXTS = (FULL, DEPARTMENTS, PUBLIC)
TEXT_TITLES = {FULL: "统筹文本", DEPARTMENTS: "部门文本", PUBLIC: "公开文本"}
NAME = "江门市政务信息资源目录"

# Ids, shapes, versions of the form and what is the same for all: not for readers.
_LEFT_OUT = frozenset(
    {
        "owner_org",
        "legal_basis_id",
        "category_badge",
        "schema_version",
        "spatial",
        "secrecy",
        "information_items",
    }
)
FIELDS = tuple(
    dict.fromkeys(
        ["resource_code", "title", "department"]
        + [field for field in entries.FIELDS if field not in _LEFT_OUT]
    )
)
ITEM_FIELDS = tuple(f for f in entries.ITEM_FIELDS if f != "legal_basis_id")
ITEMS = "information_items"
LISTS = frozenset(entries.LIST_FIELDS)
_NO_CHARACTERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Change:
    """One entry that is new, changed or gone; `fields` is [(label, before, after)]."""

    code: str
    title: str
    department: str
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Difference:
    """What an edition changes against the one before it."""

    added: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    retired: tuple[Change, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many entries are new, changed and gone."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "retired": len(self.retired),
        }


@dataclass(frozen=True)
class Content:
    """What an edition says: entries by code, and withheld ones by title only.

    A withheld entry is {title, department, grounds: [text]}.
    """

    entries: tuple[Entry, ...]
    withheld: tuple[Entry, ...] = ()

    def as_json(self) -> bytes:
        """Return the content in its one form as UTF-8 JSON."""
        value = {"entries": self.entries, "withheld": self.withheld}
        return json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()

    @property
    def sha256(self) -> str:
        """The sum of the content: equal contents have equal ones."""
        return hashlib.sha256(self.as_json()).hexdigest()


def read_json(data: bytes) -> Content:
    """Return the content that `Content.as_json` wrote."""
    value = json.loads(data)
    return Content(tuple(value["entries"]), tuple(value["withheld"]))


@dataclass(frozen=True)
class Document:
    """One text of one edition.

    `organization` is a department's title, "" for the whole city; `previous` the number
    of the edition that `difference` is against, 0 for none.
    """

    number: int
    date: str
    organization: str
    text: str
    content: Content
    difference: Difference
    previous: int = 0

    @property
    def title(self) -> str:
        """The catalogue's name, with the department that it is about."""
        return title_of(self.organization)

    @property
    def edition(self) -> str:
        """Which edition and which text of it, in words."""
        return f"第{self.number}版（{TEXT_TITLES[self.text]}）"

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Label and text of what stands at the head of every format."""
        items = sum(len(entry[ITEMS]) for entry in self.content.entries)
        departments = {entry["department"] for entry in self.content.entries}
        said = [
            ("版次", self.edition),
            ("编制日期", self.date),
            ("信息资源", f"{len(self.content.entries)}项"),
            ("信息项", f"{items}项"),
            ("提供方", f"{len(departments)}个"),
        ]
        if self.content.withheld:
            said.append(("不予共享", f"{len(self.content.withheld)}项（只列名称）"))
        return said

    @property
    def changes_heading(self) -> str:
        """The heading over the differences, with their numbers."""
        if not self.previous:
            return "与上一版的差异：本版为首版"
        found = self.difference.counts
        return (
            f"与第{self.previous}版的差异：新增{found['added']}项，"
            f"变更{found['changed']}项，停用{found['retired']}项"
        )

    def changes(self) -> Iterator[tuple[str, Change]]:
        """Yield 新增, 变更 or 停用 with each change."""
        found = self.difference
        kinds = (
            ("新增", found.added),
            ("变更", found.changed),
            ("停用", found.retired),
        )
        for kind, changes in kinds if self.previous else ():
            for change in changes:
                yield kind, change


def title_of(organization: str) -> str:
    """Return the name of the catalogue of a department, or of the city's for ""."""
    return f"{NAME}（{organization}）" if organization else NAME


# From an entry as it is stored to an entry of the catalogue


def entry_of(stored: Mapping[str, Any], department: str) -> Entry:
    """Return an approved entry as the catalogue shows it, items and all.

    Categories are those in force today; empty fields are left out.
    """
    said: Entry = {**stored, "department": department}
    said |= openness.derived_fields(openness.category_badge(stored))
    said["sharing_category"] = said["category_badge"]
    shown: Entry = {"name": clean(stored.get("name"))}
    for field in FIELDS:
        value = _value(field, said.get(field))
        if value:
            shown[field] = value
    shown[ITEMS] = [
        {field: text for field in ITEM_FIELDS if (text := clean(item.get(field)))}
        for item in openness.effective_items(stored)
    ]
    return shown


def _value(field: str, value: Any) -> Any:
    if field in LISTS:
        return [text for each in value or [] if (text := clean(each))]
    if field == "license_id" and value:
        known = {row["id"]: row["title_zh"] for row in lists.licences()}
        return known.get(value, clean(value))
    return clean(value)


def clean(value: Any) -> str:
    """Return a value as text that every format can hold."""
    return "" if value is None else _NO_CHARACTERS.sub("", str(value)).strip()


def for_departments(entry: Entry) -> Entry | None:
    """Return what departments may know of an entry; None: title and ground only."""
    if entry.get("sharing_category") == openness.WITHHELD:
        return None
    known = [i for i in entry[ITEMS] if i["sharing_category"] != openness.WITHHELD]
    return entry if len(known) == len(entry[ITEMS]) else {**entry, ITEMS: known}


def in_order(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries by code: by class, then by serial as a number."""
    return tuple(sorted(found, key=_place))


def _place(entry: Entry) -> tuple[bool, str, int, str, str]:
    code, title = entry.get("resource_code", ""), entry["title"]
    if not resource_code.is_resource_code(code):
        return (True, "", 0, code, title)
    parsed = resource_code.parse(code)
    return (False, parsed.class_code, parsed.number, code, title)


# How entries are shown


def label(field: str) -> str:
    """Return the Chinese name of a field."""
    return "信息资源提供方" if field == "department" else lists.label(field)


def item_label(field: str) -> str:
    """Return the Chinese name of a field of an item."""
    return lists.label(field, item=True)


def words(value: Any) -> str:
    """Return a field's value as one text."""
    return "；".join(value) if isinstance(value, list) else value


def sections(content: Content) -> Iterator[tuple[list[tuple[int, str, str]], Entry]]:
    """Yield each entry with the headings that begin before it: (level, key, title).

    Level 0 is 类, 1 is 项, 2 the 分类码 with its department where it has only one.
    """
    before: tuple[str, ...] = ()
    for class_code, group in itertools.groupby(content.entries, key=_class_code):
        of_class = list(group)
        bodies = {entry["department"] for entry in of_class}
        owner = bodies.pop() if len(bodies) == 1 else ""
        path = (class_code[:1], class_code[:3], class_code)
        heads = [
            (level, f"class-{key or 'none'}", _heading(level, key, owner))
            for level, key in enumerate(path)
            if before[: level + 1] != path[: level + 1]
        ]
        before = path
        for entry in of_class:
            yield heads, entry
            heads = []


def _class_code(entry: Entry) -> str:
    code = entry.get("resource_code", "")
    return code.split("/")[0] if resource_code.is_resource_code(code) else ""


def _heading(level: int, key: str, owner: str) -> str:
    if not key:
        return "其他" if level == 0 else "未按分类编码"
    if level == 0:
        return f"{key} {lists.class_name(key) or ''}".strip()
    if level == 1:
        return f"{key} {lists.class_name(key[0], key[1:]) or ''}".strip()
    return f"{key} {owner}".strip()


# What changed


def difference(before: Content, after: Content) -> Difference:
    """Return exactly what `after` adds, changes field by field, and no more has."""
    old, new = _by_key(before), _by_key(after)
    changed = []
    for key, entry in new.items():
        fields = tuple(_changed(old[key], entry)) if key in old else ()
        if fields:
            changed.append(_change(entry, fields))
    return Difference(
        added=tuple(_change(new[key]) for key in new if key not in old),
        changed=tuple(changed),
        retired=tuple(_change(old[key]) for key in old if key not in new),
    )


def _by_key(content: Content) -> dict[tuple[str, ...], Entry]:
    found: dict[tuple[str, ...], Entry] = {
        (entry.get("resource_code") or entry["name"],): entry
        for entry in content.entries
    }
    for row in content.withheld:
        found[row["department"], row["title"]] = row
    return found


def _change(entry: Entry, fields: tuple[tuple[str, str, str], ...] = ()) -> Change:
    code, department = entry.get("resource_code", ""), entry.get("department", "")
    return Change(code, entry["title"], department, fields)


def _changed(before: Entry, after: Entry) -> Iterator[tuple[str, str, str]]:
    if before == after:
        return
    for field in FIELDS:
        old, new = (words(each.get(field, "")) for each in (before, after))
        if old != new:
            yield label(field), old, new
    yield from _changed_items(before.get(ITEMS, []), after.get(ITEMS, []))
    old, new = (words(each.get("grounds", [])) for each in (before, after))
    if old != new:
        yield "不予共享依据", old, new


def _changed_items(
    before: list[Entry], after: list[Entry]
) -> Iterator[tuple[str, str, str]]:
    old, new = ({item.get("name", ""): item for item in e} for e in (before, after))
    for name in new:
        if name not in old:
            yield f"信息项“{name}”", "", _item_words(new[name])
            continue
        for field in ITEM_FIELDS:
            was, is_now = (each[name].get(field, "") for each in (old, new))
            if was != is_now:
                yield f"信息项“{name}”的{item_label(field)}", was, is_now
    for name in old:
        if name not in new:
            yield f"信息项“{name}”", _item_words(old[name]), ""
    both = [name for name in old if name in new]
    if both != [name for name in new if name in old]:
        yield "信息项次序", "、".join(both), "、".join(n for n in new if n in old)


def _item_words(item: Entry) -> str:
    known = (field for field in ITEM_FIELDS[1:] if field in item)
    return "；".join(f"{item_label(field)}：{item[field]}" for field in known)


def difference_rows(document: Document) -> list[dict[str, Any]]:
    """Return the differences as plain rows, for pages and machines."""
    return [
        {
            "kind": kind,
            "code": change.code,
            "title": change.title,
            "department": change.department,
            "fields": [
                {"name": name, "before": before, "after": after}
                for name, before, after in change.fields
            ],
        }
        for kind, change in document.changes()
    ]
