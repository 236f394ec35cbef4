"""Two departments with their people, an entry that may be opened, and its table."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

CSV = "区划代码,名称\n440703,蓬江区\n440704,江海区\n440705,新会区\n"


_SNAPSHOT: dict[str, list[dict]] = {}
_IDS: dict[str, str] = {}


@pytest.fixture
def people(platform, as_platform):
    """市民政局 and 市地税局 with cataloguers and reviewers, and the city's offices.

    Made by the actions once per run; later tests get the same rows back at once.
    """
    from ckan import model

    if _SNAPSHOT:
        _restore(model)
    else:
        _make_people(as_platform)
        _remember(model)
    return SimpleNamespace(civil=_IDS["市民政局"], tax=_IDS["市地税局"])


def _tables(model):
    """Return the tables that people and their organizations lie in, parents first."""
    names = ("user", "group", "member", "jiangmen_role")
    return [model.meta.metadata.tables[name] for name in names]


def _remember(model):
    for table in _tables(model):
        rows = model.Session.execute(table.select()).mappings()
        _SNAPSHOT[table.name] = [dict(row) for row in rows]
    model.Session.rollback()


def _restore(model):
    for table in _tables(model):
        model.Session.execute(table.delete())
        if _SNAPSHOT[table.name]:
            model.Session.execute(table.insert(), _SNAPSHOT[table.name])
    # The rows bring their numbers along; the next new one comes after them.
    model.Session.execute(
        sa.text(
            "SELECT setval(pg_get_serial_sequence('jiangmen_role', 'id'),"
            " (SELECT max(id) FROM jiangmen_role))"
        )
    )
    model.Session.commit()


def _make_people(as_platform):
    from ckan import model

    from ckanext.jiangmen import accounts
    from ckanext.jiangmen.accounts import MEMBER_CAPACITY, Role
    from ckanext.jiangmen.catalog import lists, organizations

    for title in ("市民政局", "市地税局"):
        row = lists.organization_named(title)
        made = as_platform(
            "organization_create", **organizations.organization_dict(row)
        )
        _IDS[title] = made["id"]
    for row in lists.libraries()[:3]:
        as_platform("group_create", **organizations.library_dict(row))

    def account(name, role, title=None):
        user = as_platform(
            "user_create",
            name=name,
            email=f"{name}@example.invalid",
            password="Zhongwen-2026",
            fullname=name,
        )
        if title:
            as_platform(
                "organization_member_create",
                id=_IDS[title],
                username=name,
                role=MEMBER_CAPACITY[role],
            )
        accounts.grant_role(user["id"], role, _IDS.get(title))

    account("c_cataloguer", Role.CATALOGUER, "市民政局")
    account("c_colleague", Role.CATALOGUER, "市民政局")
    account("c_reviewer", Role.REVIEWER, "市民政局")
    account("b_cataloguer", Role.CATALOGUER, "市地税局")
    account("b_reviewer", Role.REVIEWER, "市地税局")
    account("c_leader", Role.LEADER, "市民政局")
    account("secrecy", Role.SECRECY_REVIEWER)
    account("city_approver", Role.CITY_APPROVER)
    account("coordinator", Role.COORDINATOR)
    account("second_coordinator", Role.COORDINATOR)
    model.Session.commit()


@pytest.fixture
def an_entry(people):
    """Return a function that makes the dict of a right, open entry of 市民政局."""

    def make(**changes):
        entry = {
            "title": "江门市行政区划",
            "owner_org": people.civil,
            "content_kind": "基础信息",
            "content_subkind": "地理空间",
            "notes": "全市区划代码与名称。",
            "format_class": "电子表格",
            "format_types": ["xlsx"],
            "sharing_category": "可社会公开",
            "exchange_method": "系统对接",
            "update_cycle": "每年",
            "cycle_reason": "区划按年调整。",
            "secrecy": "非涉密",
            "secrecy_review_result": "可公开",
            "secrecy_reviewer": "值班审查员",
            "license_id": "CC-BY-4.0",
            "subject_terms": ["行政区划", "地名"],
            "information_items": [
                {"name": "区划代码", "data_type": "字符型", "data_length": "12"},
                {"name": "名称", "data_type": "字符型", "data_length": "60"},
            ],
        }
        return entry | changes

    return make


@pytest.fixture
def upload():
    """Return a function that makes an uploaded file."""
    from werkzeug.datastructures import FileStorage

    def make(content=CSV, name="江门市行政区划.csv"):
        data = content.encode() if isinstance(content, str) else content
        return FileStorage(stream=io.BytesIO(data), filename=name)

    return make


@pytest.fixture
def draft(act, an_entry):
    """Return a function that stores a draft of 市民政局 and gives it back."""

    def make(user="c_cataloguer", **changes):
        return act("package_create", user=user, **an_entry(**changes))

    return make


@pytest.fixture
def through_review(act):
    """Return a function that takes a revision from draft to approval."""

    def go(revision_id, author="c_cataloguer"):
        act("jiangmen_revision_submit", user=author, id=revision_id)
        answer = act("jiangmen_revision_approve", user="c_reviewer", id=revision_id)
        if answer["step"] == "secrecy":
            act("jiangmen_revision_approve", user="secrecy", id=revision_id)
        return act("jiangmen_revision_approve", user="coordinator", id=revision_id)

    return go


@pytest.fixture
def approved(draft, through_review):
    """Return a function that gives an entry in force, as its draft was answered."""

    def make(**changes):
        proposed = draft(**changes)
        through_review(proposed["revision_id"])
        return proposed

    return make


@pytest.fixture
def ground(people, act, upload):
    """Return a function that registers a complete ground of 市民政局."""

    def make(user="c_cataloguer", **changes):
        fields = {
            "door": "a",
            "title": "中华人民共和国统计法",
            "document_number": "主席令第十五号",
            "article": "第二十五条",
            "authority": "全国人民代表大会常务委员会",
            "issued": "2009-06-27",
            "upload": upload("演示：条文摘录", "统计法.txt"),
        } | changes
        return act("jiangmen_legal_basis_create", user=user, **fields)

    return make
