"""A share site with something planted in every place, made by the people themselves."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from leaks.marks import Marks
from leaks.places import PLACES, TEXTS
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk
from ckan import model

OPEN, SHARED, CONDITIONAL, WITHHELD = (
    "可社会公开",
    "无条件共享",
    "有条件共享",
    "不予共享",
)
LISTS = ("subject_terms", "format_types", "former_codes")
BASIS = {"legal_basis_type": "法律行政法规或中央政策"}
CLOSED = {"license_id": "", "secrecy_review_result": "不可公开"}

Entry = dict[str, Any]


def _stay() -> None:
    """Send nothing to the open site."""


@dataclass
class World:
    """What was planted: marks, ids by a name of ours, tokens by account.

    `ids` holds e.g. `withheld`, `withheld.name`, `withheld.table`, `draft.revision`;
    `cross` sends what waits to the open site, where there is one.
    """

    marks: Marks
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    cross: Callable[[], Any] = _stay

    def act(self, action: str, user: str, **data: Any) -> Any:
        """Call an action as an account, its rights checked."""
        return tk.get_action(action)({"user": user, "ignore_auth": False}, data)

    def platform(self, action: str, **data: Any) -> Any:
        """Call an action as the site user, as operators do."""
        site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        return tk.get_action(action)({"user": site, "ignore_auth": True}, data)

    def text(self, place: str, base: str = "") -> str:
        """Return a text with the mark of a place."""
        return self.marks[place].text(base)


def build(seed: int, cross: Callable[[], Any] = _stay) -> World:
    """Make the people and what everybody may see of the world."""
    from leaks import noted, people

    world = World(Marks(PLACES, seed), cross=cross)
    people.people(world)
    noted.grounds(world)
    _shared_entries(world)
    _run_jobs()
    return world


def hide(world: World) -> None:
    """Add what is nobody else's matter; others must not notice (differential test)."""
    from leaks import noted

    for plant in (*HIDDEN, *noted.HIDDEN):
        plant(world)
    _run_jobs()


def _run_jobs() -> None:
    from ckanext.jiangmen.catalog import jobs

    jobs.run_due()
    model.Session.remove()


# Entries


def entry_of(world: World, key: str, category: str, **changes: Any) -> Entry:
    """Return the dict of an entry with the marks of `key` in all its texts."""
    entry: Entry = {
        "owner_org": world.ids["市民政局"],
        "content_kind": "业务事项数据",
        "content_subkind": "行政给付",
        "format_class": "电子表格",
        "sharing_category": category,
        "exchange_method": "前置机共享",
        "update_cycle": "每月",
        "secrecy": "非涉密",
        "secrecy_review_result": "可公开",
        "license_id": "CC-BY-4.0",
        **(CLOSED if category != OPEN else {}),
        **marked_texts(world, key),
    }
    if category == WITHHELD:
        owner = changes.get("owner_org", entry["owner_org"])
        entry |= BASIS | {"legal_basis_id": world.ids[f"ground.{owner}"]}
    return entry | changes


def marked_texts(world: World, key: str) -> Entry:
    """Return every text of an entry with the mark of its place."""
    texts: Entry = {
        name: world.text(f"{key}.{name}") for name in TEXTS if f"{key}.{name}" in PLACES
    }
    return texts | {name: [texts[name]] for name in LISTS}


def outline(world: World, place: str) -> str:
    """Return a small polygon that begins at the mark's coordinate."""
    x = world.marks[place].longitude
    ring = [[x, 22.5], [x + 0.01, 22.5], [x + 0.01, 22.51], [x, 22.5]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def items_of(world: World, item: str, category: str = "") -> list[dict[str, str]]:
    """Return the items of one group: a text, a number and, where planned, a person."""
    name, column, remarks, source = (
        world.text(f"{item}.{part}")
        for part in ("name", "column", "remarks", "source_department")
    )
    shared = {
        "sharing_category": category,
        "remarks": remarks,
        "source_department": source,
    }
    made = [
        {"name": f"事项{name}", "column": f"事{column}", "data_type": "字符型",
         "data_length": "200", **shared},
        {"name": f"数量{name}", "column": f"数{column}", "data_type": "整型",
         "data_length": "12", **shared},
    ]  # fmt: skip
    if f"{item}.person" in PLACES:
        made.append(
            {"name": f"公民身份号码{name}", "column": f"身份证号{column}",
             "data_type": "字符型", "data_length": "18", **shared}
        )  # fmt: skip
    return made


def table_of(world: World, *groups: str) -> str:
    """Return a CSV with the marks of every group's cells in its first row."""
    header: list[str] = []
    first: list[str] = []
    second: list[str] = []
    for group in groups:
        header += [item["column"] for item in items_of(world, group)]
        first += [
            world.text(f"{group}.cell", "张"),
            world.marks[f"{group}.number"].number,
        ]
        second += ["平常", "1"]
        if f"{group}.person" in PLACES:
            first.append(world.marks[f"{group}.person"].person)
            second.append("")
    return "\n".join(",".join(row) for row in (header, first, second)) + "\n"


def _attach(
    world: World, revision: str, name: str, content: str, user: str, **more: str
) -> Entry:
    return world.act(
        "jiangmen_revision_attach",
        user,
        id=revision,
        upload=FileStorage(io.BytesIO(content.encode()), name),
        **more,
    )


def _propose(
    world: World, key: str, entry: Entry, groups: tuple[str, ...], user: str
) -> Entry:
    """Store the first draft of an entry with its table and return it."""
    if "spatial" not in entry and f"{key}.spatial" in PLACES:
        entry["spatial"] = outline(world, f"{key}.spatial")
    proposed = world.act("package_create", user, **entry)
    if f"{key}.table" in PLACES:
        name = world.text(f"{key}.table", "名册")
        table = table_of(world, *groups)
        _attach(world, proposed["revision_id"], f"{name}.csv", table, user)
    shown = world.act("jiangmen_revision_show", user, id=proposed["revision_id"])
    world.ids[key], world.ids[f"{key}.name"] = proposed["id"], proposed["name"]
    world.ids[f"{key}.revision"] = proposed["revision_id"]
    for resource in shown["entry"]["resources"]:
        world.ids[f"{key}.table"] = resource["id"]
        if f"{key}.original" in PLACES:
            world.marks.also(f"{key}.original", resource["sha256"])
    if f"{key}.id" in PLACES:
        for name in (key, f"{key}.revision", f"{key}.table"):
            world.marks.also(f"{key}.id", world.ids[name])
    return proposed


def _through(
    world: World, key: str, revision: str, *, note: str = "", last: str = ""
) -> None:
    """Take a revision of 市民政局 from its draft into force, up to the step `last`."""
    author = "d_cataloguer" if key.startswith("internal") else "c_cataloguer"
    reviewer = author.replace("cataloguer", "reviewer")
    answer = world.act("jiangmen_revision_submit", author, id=revision, note=note)
    people = {"reviewer": reviewer, "secrecy": "secrecy", "coordinator": "coordinator"}
    while answer["step"] and answer["step"] != last:
        comment = (
            world.text("open.approval_comment", "同意") if key == "open" else "同意"
        )
        answer = world.act(
            "jiangmen_revision_approve",
            people[answer["step"]],
            id=revision,
            comment=comment,
        )


def _entry(world: World, key: str, category: str, **changes: Any) -> None:
    """Put an entry with one group of items and its table in force."""
    user = "d_cataloguer" if key.startswith("internal") else "c_cataloguer"
    group = f"{key}.item"
    entry = entry_of(world, key, category, **changes)
    if f"{group}.name" in PLACES:
        entry["information_items"] = items_of(world, group)
    else:
        entry |= {"format_class": "电子文件", "information_items": []}
    proposed = _propose(world, key, entry, (group,), user)
    note = world.text(f"{key}.note", "请审核")
    _through(world, key, proposed["revision_id"], note=note)


GROUPS = {"public": OPEN, "shared": SHARED, "conditional": CONDITIONAL,
          "withheld": WITHHELD}  # fmt: skip


def _open_entry(world: World) -> None:
    """A published entry with items of all categories, in its second version."""
    items = [
        item
        for group, category in GROUPS.items()
        for item in items_of(world, f"open.{group}", category)
    ]
    entry = entry_of(
        world,
        "former",
        OPEN,
        information_items=items,
        spatial=outline(world, "open.spatial"),
        # The name in addresses is made of the first title and stays.
        title=world.text("open.title"),
        legal_basis_id=world.ids[f"ground.{world.ids['市民政局']}"],
        **BASIS,
    )
    groups = tuple(f"open.{group}" for group in GROUPS)
    proposed = _propose(world, "open", entry, groups, "c_cataloguer")
    # What comes after the dot becomes the format.
    for kind, ending in (("document", "txt"), ("paper", world.text("open.paper"))):
        _attach(
            world,
            proposed["revision_id"],
            f"{world.text(f'open.{kind}', '说明')}.{ending}",
            world.text(f"open.{kind}_text", "正文"),
            "c_cataloguer",
            description=world.text(f"open.{kind}_note", "简介"),
        )
    _give_categories(world, proposed)
    _through(world, "open", proposed["revision_id"])
    _run_jobs()
    world.cross()
    changed = world.act(
        "package_patch",
        "c_cataloguer",
        id=proposed["id"],
        **marked_texts(world, "open"),
    )
    _through(world, "open", changed["revision_id"])


def _give_categories(world: World, proposed: Entry) -> None:
    """Open the document, withhold the paper, note both ids."""
    shown = world.act(
        "jiangmen_revision_show", "c_cataloguer", id=proposed["revision_id"]
    )
    files = shown["entry"]["resources"]
    world.ids["open.table"] = files[0]["id"]
    world.ids["open.document"], world.ids["open.paper"] = (f["id"] for f in files[1:])
    files[1]["sharing_category"], files[2]["sharing_category"] = OPEN, WITHHELD
    world.marks.also("open.paper", files[2]["sha256"])
    world.act("package_patch", "c_cataloguer", id=proposed["id"], resources=files)


def _shared_entries(world: World) -> None:
    _open_entry(world)
    _entry(world, "shared", SHARED)
    _entry(world, "conditional", CONDITIONAL)
    _entry(world, "internal", SHARED, owner_org=world.ids["市政府办公室"])


# Hidden


def _withheld(world: World) -> None:
    _entry(world, "withheld", WITHHELD)
    body = world.ids["市政府办公室"]
    _entry(world, "internal_withheld", WITHHELD, owner_org=body)


def _first_draft(world: World, key: str, category: str) -> str:
    group = f"{key}.item"
    entry = entry_of(world, key, category, information_items=items_of(world, group))
    return _propose(world, key, entry, (group,), "c_cataloguer")["revision_id"]


def _unfinished(world: World) -> None:
    """A draft, one under review, one returned, an edit of what is in force."""
    _first_draft(world, "draft", SHARED)
    world.act(
        "package_patch",
        "c_cataloguer",
        id=world.ids["draft"],
        remarks=world.text("draft.note") + world.text("draft.remarks"),
    )
    _put_aside(world)
    submitted = _first_draft(world, "submitted", OPEN)
    note = world.text("submitted.note")
    _through(world, "submitted", submitted, note=note, last="secrecy")
    returned = _first_draft(world, "returned", OPEN)
    note = world.text("returned.note")
    shown = world.act(
        "jiangmen_revision_submit", "c_cataloguer", id=returned, note=note
    )
    world.act(
        "jiangmen_revision_comment_create",
        "c_reviewer",
        id=returned,
        field="information_items",
        item=shown["entry"]["information_items"][0]["name"],
        comment=world.text("returned.said", "请补充"),
    )
    world.act(
        "jiangmen_revision_return",
        "c_reviewer",
        id=returned,
        comment=world.text("returned.comment", "请改"),
    )
    edit = world.act(
        "package_patch",
        "c_cataloguer",
        id=world.ids["open"],
        **marked_texts(world, "edit"),
    )
    world.ids["edit.revision"] = edit["revision_id"]
    world.act(
        "jiangmen_unsaved_keep",
        "c_cataloguer",
        form="7e1f6a52-0000-4000-8000-000000001900",
        owner_org=world.ids["市民政局"],
        **marked_texts(world, "unsaved"),
    )


def _put_aside(world: World) -> None:
    """An edit of the draft that collides with its author's last one."""
    with suppress(tk.ValidationError):
        world.act(
            "package_patch",
            "c_colleague",
            id=world.ids["draft"],
            lock_version=1,
            remarks=world.text("draft.remarks", "另一说明"),
        )


def _withdrawn(world: World) -> None:
    _entry(world, "withdrawn", OPEN)
    _run_jobs()
    world.cross()
    world.act(
        "jiangmen_entry_withdraw",
        "coordinator",
        id=world.ids["withdrawn"],
        reason=world.text("withdrawn.reason", "内容有误"),
    )
    _run_jobs()
    world.cross()


# What `hide` plants, in order; a capability adds its own.
HIDDEN: list[Callable[[World], None]] = [_withheld, _unfinished, _withdrawn]
