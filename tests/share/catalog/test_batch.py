"""Approvals of a list: rows and search documents as core writes them one by one."""

from __future__ import annotations

import json
import threading

import pytest
import requests
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

TIMES = {
    "metadata_created",
    "metadata_modified",
    "created",
    "last_modified",
    "approved_at",
    "finished",
    "indexed_ts",
}
# What Solr keeps of its own, and what is random.
OF_SOLR = {"_version_", "index_id"}


@pytest.fixture
def store(people):
    """Return a function that stores drafts of 市民政局 at once; it gives their ids."""
    from ckanext.jiangmen.catalog import departments, entries, revisions, rules

    def save(*sent, user="c_cataloguer"):
        author = model.User.get(user).id
        ids = []
        for each in sent:
            entry, wrong = entries.shape(each)
            assert wrong == {}
            entry = rules.derive(entry, departments.of(entry["owner_org"]))
            ids.append(revisions.create(model.Session, entry, author, 0).id)
        model.Session.commit()
        return ids

    return save


@pytest.fixture
def to_last_step(act):
    """Return a function that takes revisions to the coordinating office's step."""

    def go(ids):
        act("jiangmen_revision_submit", user="c_cataloguer", id=ids)
        act("jiangmen_revision_approve", user="c_reviewer", id=ids)
        opening = [
            each
            for each in ids
            if act("jiangmen_revision_show", user="coordinator", id=each)["step"]
            == "secrecy"
        ]
        if opening:
            act("jiangmen_revision_approve", user="secrecy", id=opening)

    return go


def _varied(an_entry):
    """Return entries that differ in what the writer has to treat differently."""
    geometry = {
        "type": "Polygon",
        "coordinates": [[[113, 22], [113, 22.5], [112.5, 22.5], [113, 22]]],
    }
    items = [
        {"name": "姓名", "data_type": "字符型", "data_length": "20"},
        {
            "name": "身份证号",
            "data_type": "字符型",
            "data_length": "18",
            "is_key": "是",
            "sharing_category": "有条件共享",
            "share_condition": "部门业务需要。",
        },
    ]
    file = {
        "name": "说明",
        "url": "https://example.invalid/说明.html",
        "format": "HTML",
    }
    bare = {"name": "", "url": "example.invalid/a.json"}
    return [
        an_entry(title="全开放的资源"),
        an_entry(title="有文件的资源", resources=[file, bare]),
        an_entry(title="有范围的资源", spatial=json.dumps(geometry), remarks="备注。"),
        an_entry(
            title="基础库的资源",
            class_lei="1",
            class_xiang="01",
            class_mu="001",
            class_ximu="",
            subject_terms=["人口", "户籍", "民政"],
        ),
        an_entry(title="混合的资源", information_items=items),
        an_entry(
            title="无条件共享的资源",
            sharing_category="无条件共享",
            license_id="",
            resource_code="307407440700010/000777",
        ),
    ]


def _rows(table, column, package_id):
    query = sa.select(table).where(table.c[column] == package_id)
    rows = model.Session.execute(query.order_by(*table.primary_key)).mappings()
    return [dict(row) for row in rows]


def _database(package_id):
    """Return every row that an approval writes for a package, comparable."""
    meta = model.meta.metadata.tables
    tags = {
        row["id"]: row["name"]
        for row in model.Session.execute(sa.select(model.tag_table)).mappings()
    }
    package = _rows(model.package_table, "id", package_id)
    tied = _rows(model.package_tag_table, "package_id", package_id)
    found = {
        "package": package,
        "resource": sorted(
            _rows(model.resource_table, "package_id", package_id),
            key=lambda row: (row["state"], row["position"], row["url"]),
        ),
        "package_tag": sorted((tags[row["tag_id"]], row["state"]) for row in tied),
        "member": sorted(
            (row["table_name"], row["capacity"], row["group_id"], row["state"])
            for row in _rows(model.member_table, "table_id", package_id)
        ),
        "version": _rows(meta["jiangmen_version"], "package_id", package_id),
        "code": _rows(meta["jiangmen_code"], "package_id", package_id),
        "job": _rows(meta["jiangmen_catalog_job"], "package_id", package_id),
        "publication": _rows(meta["jiangmen_publication"], "package_id", package_id),
        "event": [
            (row["event"], row["step"], row["actor"], row["comment"], row["detail"])
            for row in sorted(
                _rows(meta["jiangmen_revision_event"], "package_id", package_id),
                key=lambda row: row["id"],
            )
        ],
    }
    model.Session.rollback()
    return found


def _document(package_id):
    """Return the search document as Solr holds it."""
    solr = tk.config["solr_url"].rstrip("/")
    asked = {"q": f'id:"{package_id}"', "fl": "*", "qt": "/select", "wt": "json"}
    found = requests.get(f"{solr}/select", params=asked, timeout=30).json()
    (document,) = found["response"]["docs"]
    return document


def _plain(value, renamed):
    """Return a value without times, random ids and the writer's own numbers."""
    if isinstance(value, str):
        for old, new in renamed.items():
            value = value.replace(old, new)
        if value[:1] in "{[":
            try:
                return _plain(json.loads(value), renamed)
            except ValueError:
                return value
        return value
    if isinstance(value, dict):
        dropped = TIMES | OF_SOLR
        return {
            _plain(key, renamed): _plain(each, renamed)
            for key, each in value.items()
            if key not in dropped
        }
    if isinstance(value, (list, tuple)):
        return [_plain(each, renamed) for each in value]
    return value


def _names_of(package_id):
    """Return what is random about an entry, and a word for each."""
    from ckanext.jiangmen.catalog.model import Revision

    package = model.Package.get(package_id)
    renamed = {package_id: "PACKAGE", package.name: "NAME", package.title: "TITLE"}
    query = sa.select(Revision.id).where(Revision.package_id == package_id)
    ids = model.Session.scalars(query.order_by(Revision.created))
    renamed |= {each: f"REVISION{place}" for place, each in enumerate(ids)}
    code = package.extras["resource_code"]
    for resource in package.resources_all:
        renamed[resource.id] = f"RESOURCE {resource.name}"
    return renamed | {code: "CODE", code.rsplit("/", 1)[1]: "SERIAL"}


def _state(revision_id, act):
    shown = act("jiangmen_revision_show", user="coordinator", id=revision_id)
    package_id = shown["package_id"]
    renamed = _names_of(package_id)
    database = _database(package_id)
    for kind in ("job", "publication"):
        for row in database[kind]:
            for key in ("id", "due", "created", "given_at"):
                row.pop(key, None)
    for row in database["code"]:
        row.pop("given_at")
    document = _document(package_id)
    entry = act("package_show", user="c_cataloguer", id=package_id)
    return {
        "database": _plain(database, renamed),
        "document": _plain(document, renamed),
        "package_show": _plain(entry, renamed),
        "revision": _plain((shown["state"], shown["step"]), renamed),
    }


def _without_code(sent):
    return [{**each, "resource_code": ""} for each in sent]


def test_rows_and_documents_of_a_list_are_those_of_core(
    act, an_entry, store, to_last_step
):
    sent = _varied(an_entry)
    listed, single = store(*sent), store(*_without_code(sent))
    to_last_step([*listed, *single])
    answers = act("jiangmen_revision_approve", user="coordinator", id=listed)
    assert [answer["ok"] for answer in answers] == [True] * len(sent), [
        a.get("error") for a in answers
    ]
    for revision_id in single:
        act("jiangmen_revision_approve", user="coordinator", id=revision_id)
    for one, other in zip(listed, single, strict=True):
        ours, cores = _state(one, act), _state(other, act)
        _same_code(ours["database"], cores["database"])
        _compare(ours, cores)


def _compare(ours, cores):
    for table, rows in cores.pop("database").items():
        assert ours["database"][table] == rows, table
    for part in cores:
        assert ours[part] == cores[part], part


def _same_code(ours, cores):
    """Overlook the origin of a code that only the listed entry brought along."""
    if ours["code"][0]["origin"] == "national":
        ours["code"][0]["origin"] = cores["code"][0]["origin"]
        for each in (ours, cores):
            each["code"][0].pop("class_code")


def test_a_list_of_edits_gives_the_rows_that_core_gives(
    act, an_entry, store, to_last_step
):
    sent = _without_code(_varied(an_entry))
    listed = store(*sent)
    # A department has no two entries of one title: the second half is called anew.
    single = store(*({**each, "title": each["title"] + "二"} for each in sent))
    to_last_step([*listed, *single])
    act("jiangmen_revision_approve", user="coordinator", id=[*listed, *single])
    edits = []
    for revision_id in (*listed, *single):
        shown = act("jiangmen_revision_show", user="coordinator", id=revision_id)
        edit = act(
            "package_patch",
            user="c_cataloguer",
            id=shown["package_id"],
            notes="修改后的摘要。",
            subject_terms=["地名", "新词"],
            resources=[{"name": "新文件", "url": "https://example.invalid/b.csv"}],
        )
        edits.append(edit["revision_id"])
    to_last_step(edits)
    first, second = edits[: len(listed)], edits[len(listed) :]
    answers = act("jiangmen_revision_approve", user="coordinator", id=first)
    assert all(answer["ok"] for answer in answers), answers
    for revision_id in second:
        act("jiangmen_revision_approve", user="coordinator", id=revision_id)
    for one, other in zip(first, second, strict=True):
        _compare(_state(one, act), _state(other, act))


def test_a_list_with_every_kind_of_wrong_revision_answers_each(
    act, an_entry, store, to_last_step, monkeypatch
):
    from ckanext.jiangmen.catalog.model import Revision

    titles = ("好的", "代码被占", "规则不符", "架构不符", "也是好的")
    ids = store(*(an_entry(title=title) for title in titles))
    to_last_step(ids)
    taken = store(an_entry(title="先来的", resource_code="307407440700010/000888"))
    to_last_step(taken)
    act("jiangmen_revision_approve", user="coordinator", id=taken[0])

    def change(revision_id, **changes):
        revision = model.Session.get(Revision, revision_id)
        revision.data = {**revision.data, **changes}

    change(ids[1], resource_code="307407440700010/000888")
    change(ids[2], update_cycle="每小时")
    change(ids[3], name="不能作名称")
    model.Session.commit()
    wanted = [*ids, "no-such-revision"]
    answers = act("jiangmen_revision_approve", user="coordinator", id=wanted)
    assert [answer["id"] for answer in answers] == wanted
    assert [answer["ok"] for answer in answers] == [True, False, False, False, True] + [
        False
    ]
    assert "307407440700010/000888" in answers[1]["error"]["revision"][0]
    assert "尚不能通过" in answers[2]["error"]["revision"][0]
    assert "name" in answers[3]["error"]
    assert answers[5]["error"]["__type"] == "Not Found Error"
    for revision_id in (ids[1], ids[2], ids[3]):
        shown = act("jiangmen_revision_show", user="coordinator", id=revision_id)
        assert (shown["state"], shown["step"]) == ("submitted", "coordinator")
        assert model.Package.get(shown["package_id"]) is None


@pytest.mark.parametrize("user", ["c_cataloguer", "c_reviewer", "b_reviewer"])
def test_a_list_is_refused_to_whoever_may_not_take_the_step(
    act, an_entry, store, to_last_step, user
):
    ids = store(an_entry(title="甲"), an_entry(title="乙"))
    to_last_step(ids)
    answers = act("jiangmen_revision_approve", user=user, id=ids)
    assert [answer["ok"] for answer in answers] == [False, False]
    assert (
        model.Session.scalar(
            sa.select(sa.func.count()).select_from(model.package_table)
        )
        == 0
    )


def test_two_approvers_of_overlapping_lists_approve_every_entry_once(
    act, an_entry, store, to_last_step
):
    from ckanext.jiangmen.catalog.model import Version

    ids = store(*(an_entry(title=f"资源{n}") for n in range(24)))
    to_last_step(ids)
    lists = {"coordinator": ids[:16], "second_coordinator": list(reversed(ids[8:]))}
    answers, failures = {}, []

    def approve(user):
        try:
            answers[user] = act("jiangmen_revision_approve", user=user, id=lists[user])
        except Exception as err:  # noqa: BLE001 - any failure of a thread is told
            failures.append(err)
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=approve, args=(user,)) for user in lists]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    won = [a["id"] for given in answers.values() for a in given if a["ok"]]
    assert sorted(won) == sorted(ids)
    versions = model.Session.scalars(sa.select(Version.version)).all()
    assert versions == [1] * len(ids)
    codes = {p.extras["resource_code"] for p in model.Session.query(model.Package)}
    assert len(codes) == len(ids)
    names = model.Session.scalars(sa.select(model.tag_table.c["name"])).all()
    assert len(names) == len(set(names))


def test_a_listener_that_fails_for_one_leaves_nothing_of_it_and_the_rest_in_force(
    act, an_entry, store, to_last_step, monkeypatch
):
    from ckanext.jiangmen.catalog import codes, events

    ids = store(*(an_entry(title=title) for title in ("甲", "坏的", "乙")))
    to_last_step(ids)

    def fail(session, package_id, version, entry):
        if entry["title"] == "坏的":
            raise RuntimeError("the outbox is full")

    monkeypatch.setattr(events, "_approved", [fail])
    answers = act("jiangmen_revision_approve", user="coordinator", id=ids)
    assert [answer["ok"] for answer in answers] == [True, False, True]
    assert answers[1]["error"]["__type"] == "Internal Error"
    shown = act("jiangmen_revision_show", user="coordinator", id=ids[1])
    assert (shown["state"], shown["step"]) == ("submitted", "coordinator")
    assert codes.code_of(model.Session, shown["package_id"]) is None
    found = act("package_search", user="c_cataloguer", q="*:*", rows=0)
    assert found["count"] == 2


class Killed(BaseException):
    """What a process that is killed never comes back from."""


@pytest.mark.parametrize("where", ["bulk_rows.insert", "events.tell_approved"])
def test_a_kill_in_the_middle_leaves_nothing_half_written(
    act, an_entry, store, to_last_step, monkeypatch, where
):
    from ckanext.jiangmen.catalog import batch

    ids = store(*(an_entry(title=f"资源{n}") for n in range(5)))
    to_last_step(ids)
    room, name = where.split(".")
    module, calls = getattr(batch, room), []
    real = getattr(module, name)

    def die(*args):
        real(*args)
        calls.append(args)
        if name == "insert" or len(calls) == 3:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(Killed):
            act("jiangmen_revision_approve", user="coordinator", id=ids)
    model.Session.remove()
    meta = model.meta.metadata.tables
    for table in (
        "package",
        "resource",
        "package_tag",
        "jiangmen_version",
        "jiangmen_code",
        "jiangmen_catalog_job",
        "jiangmen_publication",
    ):
        count = sa.select(sa.func.count()).select_from(meta[table])
        assert model.Session.scalar(count) == 0, table
    model.Session.rollback()
    answers = act("jiangmen_revision_approve", user="coordinator", id=ids)
    assert all(answer["ok"] for answer in answers)


def test_a_plugin_that_refuses_one_package_does_not_stop_the_list(
    act, an_entry, store, to_last_step, monkeypatch
):
    from ckanext.spatial.plugin import SpatialMetadata

    ids = store(*(an_entry(title=title) for title in ("甲", "歪的", "乙")))
    to_last_step(ids)

    def refuse(plugin, dataset, update=False):
        if dataset["title"] == "歪的":
            raise tk.ValidationError({"spatial": ["空间范围有误。"]})

    monkeypatch.setattr(SpatialMetadata, "check_spatial_extra", refuse)
    answers = act("jiangmen_revision_approve", user="coordinator", id=ids)
    assert [answer["ok"] for answer in answers] == [True, False, True], answers
    assert "spatial" in answers[1]["error"]


def test_a_whole_entry_read_with_others_is_the_one_read_alone(
    act, an_entry, store, to_last_step
):
    from ckanext.jiangmen.catalog import bulk_show, stored

    ids = store(*_varied(an_entry))
    to_last_step(ids)
    answers = act("jiangmen_revision_approve", user="coordinator", id=ids)
    packages = bulk_show.packages(answer["package_id"] for answer in answers)
    assert len(packages) == len(ids)
    for package_id, entry in bulk_show.whole_entries(packages).items():
        assert entry == stored.whole_entry(package_id)


def test_documents_made_together_are_those_that_core_makes(
    act, an_entry, store, to_last_step
):
    from ckan import logic
    from ckan.lib.search import index as core_index

    from ckanext.jiangmen.catalog import bulk_show, indexing

    ids = store(*_varied(an_entry))
    to_last_step(ids)
    answers = act("jiangmen_revision_approve", user="coordinator", id=ids)
    packages = bulk_show.packages(answer["package_id"] for answer in answers)
    documents = {each["id"]: each for each in indexing.documents_of(packages)}
    alone = indexing.Collector()
    context = {"user": tk.config["ckan.site_id"], "ignore_auth": True}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core_index, "make_connection", lambda: alone)
        for package_id in packages:
            both = logic.package_show_default_and_custom_schemas(context, package_id)
            logic.index_update_package_dicts(both, defer_commit=True)
    assert len(alone.documents) == len(ids)
    for document in alone.documents:
        assert _plain(documents[document["id"]], {}) == _plain(document, {})
