"""Accounts of every role and an entry in every state, on each of the two sites.

Made once by the people themselves, through the actions. `ids` holds the ids by a name
of ours: `draft`, `draft.file`, `draft.revision`, `owner_cataloguer`, `grant`, …
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import uuid
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk
from ckan import model

OPEN, SHARED, CONDITIONAL, WITHHELD = (
    "可社会公开",
    "无条件共享",
    "有条件共享",
    "不予共享",
)
OWNER, OTHER, GRANTED = "市民政局", "市地税局", "市人力资源社会保障局"
ABSENT = "5f0c7e0a-1111-4222-8333-444455556666"
CSV = "区划代码,名称\n440703,蓬江区\n440704,江海区\n"
PASSWORD = "Zhongwen-2026"

# Accounts of the share site: role and department. `plain` holds no role, `target` is
# an account that others act on.
SHARE_ACCOUNTS = {
    "plain": (None, None),
    "other_cataloguer": ("cataloguer", OTHER),
    "other_reviewer": ("reviewer", OTHER),
    "other_leader": ("leader", OTHER),
    "owner_cataloguer": ("cataloguer", OWNER),
    "owner_reviewer": ("reviewer", OWNER),
    "owner_leader": ("leader", OWNER),
    "coordinator": ("coordinator", None),
    "secrecy_reviewer": ("secrecy_reviewer", None),
    "city_approver": ("city_approver", None),
    "auditor": ("auditor", None),
    "security_officer": ("security_officer", None),
    "system_operator": ("system_operator", None),
    "granted": ("cataloguer", GRANTED),
    "target": (None, None),
}  # fmt: skip
OPEN_ACCOUNTS = {
    "plain": (None, None),
    "moderator": ("moderator", None),
    "receiver": ("receiver", None),
    "auditor": ("auditor", None),
    "security_officer": ("security_officer", None),
    "system_operator": ("system_operator", None),
    "target": (None, None),
}  # fmt: skip
# Tokens that are no account's own: who holds them.
MACHINE = "machine"

Entry = dict[str, Any]


@dataclass
class World:
    """What was made: ids and tokens by names of ours."""

    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def act(self, action: str, user: str, **data: Any) -> Any:
        """Call an action as an account, its rights checked."""
        return tk.get_action(action)({"user": user, "ignore_auth": False}, data)

    def platform(self, action: str, **data: Any) -> Any:
        """Call an action as the site user, as operators do."""
        site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        return tk.get_action(action)({"user": site, "ignore_auth": True}, data)


def share() -> World:
    """Make the share site's people, entries of every state, a grant and a ground."""
    from ckanext.jiangmen.catalog import jobs, lists, organizations

    world = World()
    for row in lists.libraries()[:1]:
        made = world.platform("group_create", **organizations.library_dict(row))
        world.ids["library"] = made["id"]
    for title in (OWNER, OTHER, GRANTED):
        body = organizations.organization_dict(lists.organization_named(title))
        world.ids[title] = world.platform("organization_create", **body)["id"]
    world.ids["organization"] = world.ids[OWNER]
    _accounts(world, SHARE_ACCOUNTS)
    _ground(world)
    _entries(world)
    _grant(world)
    _inquiries(world)
    jobs.run_due()
    model.Session.remove()
    return world


def _accounts(world: World, accounts: dict[str, tuple[str | None, str | None]]) -> None:
    from ckanext.jiangmen.accounts import MEMBER_CAPACITY, Role, grant_role

    for name, (role, body) in accounts.items():
        user = world.platform(
            "user_create",
            name=name,
            fullname=name,
            email=f"{name}@example.invalid",
            password=PASSWORD,
        )
        world.ids[name] = user["id"]
        if body:
            world.platform(
                "organization_member_create",
                id=world.ids[body],
                username=name,
                role=MEMBER_CAPACITY[Role(str(role))],
            )
        if role:
            grant_role(user["id"], Role(role), world.ids[body] if body else None)
        made = world.platform("api_token_create", user=name, name="matrix")
        world.tokens[name] = made["token"]
    model.Session.commit()


def _upload(content: str, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content.encode()), name)


def _ground(world: World) -> None:
    """Register two grounds of the owner: one in force, one that waits."""
    for key, door in (("ground", "a"), ("waiting_ground", "b")):
        made = world.act(
            "jiangmen_legal_basis_create",
            "owner_cataloguer",
            door=door,
            title="中华人民共和国统计法",
            document_number="主席令第十五号",
            article="第二十五条",
            authority="全国人民代表大会常务委员会",
            issued="2009-06-27",
            upload=_upload("条文摘录", "统计法.txt"),
        )
        world.ids[key], world.ids[f"{key}.number"] = made["id"], made["number"]
    world.act(
        "jiangmen_legal_basis_decide",
        "coordinator",
        id=world.ids["ground"],
        decision="approve",
        comment="同意",
    )


def _entry(world: World, key: str, category: str) -> Entry:
    opened = category == OPEN
    entry: Entry = {
        "title": f"江门市行政区划（{key}）",
        "owner_org": world.ids[OWNER],
        "content_kind": "基础信息",
        "content_subkind": "地理空间",
        "notes": "全市区划代码与名称。",
        "format_class": "电子表格",
        "format_types": ["xlsx"],
        "sharing_category": category,
        "share_scope": "各部门" if category == CONDITIONAL else "",
        "share_condition": "按程序申请" if category == CONDITIONAL else "",
        "exchange_method": "系统对接",
        "update_cycle": "每年",
        "cycle_reason": "区划按年调整。",
        "secrecy": "非涉密",
        "secrecy_review_result": "可公开" if opened else "不可公开",
        "license_id": "CC-BY-4.0" if opened else "",
        "subject_terms": ["行政区划"],
        "information_items": [
            {"name": "区划代码", "data_type": "字符型", "data_length": "12"},
            {"name": "名称", "data_type": "字符型", "data_length": "60"},
        ],
    }
    if category == WITHHELD:
        entry |= {
            "legal_basis_type": "法律行政法规或中央政策",
            "legal_basis_id": world.ids["ground.number"],
        }
    return entry


def _propose(world: World, key: str, category: str) -> str:
    """Store a first draft with its table and return the revision's id."""
    author = "owner_cataloguer"
    made = world.act("package_create", author, **_entry(world, key, category))
    world.ids[key], world.ids[f"{key}.name"] = made["id"], made["name"]
    world.ids[f"{key}.revision"] = made["revision_id"]
    answer = world.act(
        "jiangmen_revision_attach",
        author,
        id=made["revision_id"],
        upload=_upload(CSV, "区划.csv"),
    )
    shown = world.act("jiangmen_revision_show", author, id=made["revision_id"])
    world.ids[f"{key}.file"] = shown["entry"]["resources"][0]["id"]
    return str(answer.get("revision_id") or made["revision_id"])


# What comes into force, and its category; the last one is withdrawn then.
IN_FORCE = {"open": OPEN, "shared": SHARED, "withheld": WITHHELD,
            "conditional": CONDITIONAL, "withdrawn": OPEN}  # fmt: skip
STEPS = {"reviewer": "owner_reviewer", "secrecy": "secrecy_reviewer",
         "coordinator": "coordinator"}  # fmt: skip


def _review(world: World, key: str, until: str = "") -> None:
    """Take a draft into force, or up to the step `until`."""
    revision = world.ids[f"{key}.revision"]
    answer = world.act("jiangmen_revision_submit", "owner_cataloguer", id=revision)
    while answer["step"] and answer["step"] != until:
        account = STEPS[answer["step"]]
        answer = world.act("jiangmen_revision_approve", account, id=revision)


def _entries(world: World) -> None:
    from ckanext.jiangmen.catalog import jobs

    _propose(world, "draft", OPEN)
    for key, step in (("submitted", "reviewer"), ("at_secrecy", "secrecy"),
                      ("at_office", "coordinator")):  # fmt: skip
        _propose(world, key, OPEN)
        _review(world, key, step)
    for key, category in IN_FORCE.items():
        _propose(world, key, category)
        _review(world, key)
    jobs.run_due()
    world.act(
        "jiangmen_entry_withdraw",
        "coordinator",
        id=world.ids["withdrawn"],
        reason="内容有误",
    )
    world.ids["nothing"] = ABSENT
    for part in ("", ".file", ".revision", ".name"):
        world.ids[f"absent{part}"] = ABSENT


def _grant(world: World) -> None:
    """Give one department the conditional entry, and a machine token by the grant."""
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).date().isoformat()
    made = world.act(
        "jiangmen_grant_create",
        "coordinator",
        id=world.ids["conditional"],
        organization=world.ids[GRANTED],
        items=["区划代码", "名称"],
        channels=["系统对接", "联机查询", "部门批量下载"],
        purpose="核对区划",
        valid_until=until,
    )
    world.ids["grant"] = made["id"]
    token = world.act(
        "jiangmen_token_create",
        "granted",
        grants=[made["id"]],
        name="前置机",
        ranges=["127.0.0.0/8", "::1"],
        valid_until=until,
    )
    world.tokens[MACHINE], world.ids["token"] = token["token"], token["id"]


def _inquiries(world: World) -> None:
    """Take in two messages of the public about an entry of the owner."""
    from ckanext.jiangmen.publication.dialogue import inbox

    for sequence, key in ((1, "inquiry"), (2, "inquiry.review")):
        world.ids[key] = f"HD-2026-{sequence:06d}"
        said = {
            "sequence": sequence,
            "number": world.ids[key],
            "taken_back": False,
            "kind": "suggestion",
            "title": "行政区划",
            "text": "请补充街道的名称。",
            "package_id": world.ids["open"],
            "published": "2026-11-20T09:00:00+08:00",
        }
        inbox.take(said)
    model.Session.commit()
    world.act(
        "jiangmen_inquiry_propose",
        "owner_cataloguer",
        number=world.ids["inquiry.review"],
        state="answered",
        text="已补充，谢谢。",
    )


# Open site

PUBLIC_BODY = {
    "id": "0b5a7b5e-31f1-5b1c-9b8f-000000000001",
    "name": "shi-min-zheng-ju",
    "title": OWNER,
    "org_kind": "市直部门",
    "region_code": "440700",
    "scope": "public",
    "contact_phone": "0750-3501398",
}
PUBLIC_ENTRY = {
    "owner_org": PUBLIC_BODY["id"],
    "notes": "江门市各级行政区划的代码和名称。",
    "content_kind": "基础信息",
    "content_subkind": "地理空间",
    "class_lei": "1",
    "class_xiang": "03",
    "class_mu": "001",
    "provider_unit": "区划地名科",
    "format_class": "电子表格",
    "format_types": ["csv"],
    "subject_terms": ["行政区划"],
    "license_id": "CC-BY-4.0",
    "exchange_method": "部门批量下载",
    "update_cycle": "每年",
    "schema_version": "1272-2017",
    "information_items": [
        {"name": "区划代码", "data_type": "字符型", "data_length": "12"},
        {"name": "名称", "data_type": "字符型", "data_length": "60"},
    ],
}


def open_site() -> World:
    """Make the open site's accounts, a published entry and one withdrawn.

    `spare` is published as well: what deletes really drops its table.
    """
    world = World()
    _accounts(world, OPEN_ACCOUNTS)
    for number, key in enumerate(("published", "withdrawn", "spare"), 1):
        _publish(world, key, number)
    world.act(
        "jiangmen_publication_withdraw",
        "receiver",
        crossing=str(uuid.uuid4()),
        package_id=world.ids["withdrawn"],
        verb="withdraw",
        version=1,
        sequence=9,
        bytes=0,
    )
    world.ids["nothing"] = ABSENT
    for part in ("", ".file", ".name"):
        world.ids[f"absent{part}"] = ABSENT
    world.ids["organization"] = PUBLIC_BODY["id"]
    model.Session.remove()
    return world


def _publish(world: World, key: str, number: int) -> None:
    """Send an entry with its table, as the share site's worker does."""
    from ckanext.jiangmen.publication import public_fields

    content = CSV.encode()
    sha256 = hashlib.sha256(content).hexdigest()
    package_id = str(uuid.UUID(int=number))
    said: dict[str, Any] = {
        "organization": PUBLIC_BODY,
        "entry": PUBLIC_ENTRY
        | {"id": package_id, "name": f"qu-hua-{key}", "title": f"行政区划（{key}）",
           "resource_code": f"103001/{number}"},
        "resources": [
            {"id": str(uuid.UUID(int=100 + number)), "name": "区划", "format": "CSV",
             "url": "file.csv", "url_type": "upload", "file_name": "区划.csv",
             "sha256": sha256, "size": len(content), "table": True,
             "header": ["区划代码", "名称"]}
        ],
    }  # fmt: skip
    world.act(
        "jiangmen_publication_stage",
        "receiver",
        sha256=sha256,
        size=len(content),
        offset=0,
        upload=_upload(CSV, "piece"),
    )
    world.act(
        "jiangmen_publication_receive",
        "receiver",
        crossing=str(uuid.uuid4()),
        package_id=package_id,
        verb="publish",
        version=1,
        sequence=number,
        repair=False,
        bytes=len(content),
        hash=public_fields.hash_of(said),
        **said,
    )
    world.ids[key], world.ids[f"{key}.name"] = package_id, f"qu-hua-{key}"
    world.ids[f"{key}.file"] = said["resources"][0]["id"]
