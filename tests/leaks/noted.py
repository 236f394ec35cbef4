"""What the platform keeps besides entries: grounds, grants, purposes, errors."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

from leaks.world import World, items_of
from werkzeug.datastructures import FileStorage

from ckan import model

GROUND = ("title", "document_number", "article", "authority", "reason")
CHANNELS = ["系统对接", "联机查询", "部门批量下载"]


def grounds(world: World) -> None:
    """Register the grounds on which two departments withhold, one of them decided."""
    for key, author, body in (
        ("ground", "c_cataloguer", "市民政局"),
        ("internal_ground", "d_cataloguer", "市政府办公室"),
    ):
        name = world.text(f"{key}.file_name", "依据")
        made = world.act(
            "jiangmen_legal_basis_create",
            author,
            door="a",
            issued="2017-04-05",
            upload=FileStorage(
                io.BytesIO(world.text(f"{key}.file").encode()), f"{name}.txt"
            ),
            **{part: world.text(f"{key}.{part}", "依据") for part in GROUND},
        )
        world.ids[f"ground.{world.ids[body]}"] = made["number"]
        world.ids[key] = made["id"]
    world.act(
        "jiangmen_legal_basis_decide",
        "coordinator",
        id=world.ids["ground"],
        decision="approve",
        comment=world.text("ground.comment", "同意"),
        document_number=world.text("ground.decision"),
    )


def grants(world: World) -> None:
    """Give 市人力资源社会保障局 a grant in force; that of 市公安局 was revoked."""
    until = (dt.date.today() + dt.timedelta(days=30)).isoformat()  # noqa: DTZ011
    items = items_of(world, "conditional.item")
    names = [item["name"] for item in items]
    cell = world.text("conditional.item.cell", "张")
    for key, body, rows in (
        ("grant", "市人力资源社会保障局", [cell]), ("ended", "市公安局", []),
    ):  # fmt: skip
        made = world.act(
            "jiangmen_grant_create",
            "coordinator",
            id=world.ids["conditional"],
            organization=world.ids[body],
            items=names,
            channels=CHANNELS,
            purpose=world.text(f"{key}.purpose", "核对"),
            valid_until=until,
            rows={names[0]: [*rows, world.text(f"{key}.rows")]},
        )
        world.ids[key] = made["id"]
    world.act(
        "jiangmen_grant_revoke",
        "coordinator",
        id=world.ids["ended"],
        reason=world.text("ended.reason", "用毕"),
    )
    _expired(world, names)
    _machine(world, until)


def _expired(world: World, names: list[str]) -> None:
    """Give 市公安局 a grant whose term has run out (none can be made so)."""
    from ckanext.jiangmen import clock
    from ckanext.jiangmen.sharing.model import GrantRow

    past = clock.now() - dt.timedelta(minutes=5)
    model.Session.add(
        GrantRow(
            id="00000000-0000-4000-8000-0000000000a3",
            package_id=world.ids["conditional"],
            owner_org=world.ids["市民政局"],
            organization=world.ids["市公安局"],
            items=names,
            channels=CHANNELS,
            purpose=world.text("ended.purpose"),
            valid_until=past,
            created_by=world.ids["coordinator"],
        )  # fmt: skip
    )
    model.Session.commit()


def _machine(world: World, until: str) -> None:
    """Make a token that reads by the grant in force."""
    made = world.act(
        "jiangmen_token_create",
        "a_cataloguer",
        grants=[world.ids["grant"]],
        name=world.text("token.name", "前置机"),
        ranges=["127.0.0.0/8", "::1"],
        valid_until=until,
    )
    world.tokens["machine"] = made["token"]


def purposes(world: World) -> None:
    """Let an account declare what it reads a base library for."""
    world.act(
        "jiangmen_purpose_declare",
        "c_colleague",
        id="ziranrenku",
        purpose=world.text("purpose.text", "核对待遇"),
    )


def inquiries(world: World) -> None:
    """Plant two messages of the public: one answered, one whose answer was returned."""
    from ckanext.jiangmen.publication.dialogue import inbox

    for sequence in (1, 2):
        inbox.take(
            {
                "sequence": sequence,
                "number": f"HD-2026-{sequence:06d}",
                "taken_back": False,
                "kind": "complaint",
                "title": world.text("inquiry.title", "来信"),
                "text": world.text("inquiry.text", "请处理"),
                "package_id": world.ids["open"],
                "published": "2026-11-20T09:00:00+08:00",
            }
        )
    model.Session.commit()
    _answer(world, "HD-2026-000001", "inquiry.answer", "inquiry.ground")
    world.act("jiangmen_inquiry_approve", "c_reviewer", number="HD-2026-000001")
    _answer(world, "HD-2026-000002", "inquiry.proposal", "inquiry.proposal")
    world.act(
        "jiangmen_inquiry_return",
        "c_reviewer",
        number="HD-2026-000002",
        comment=world.text("inquiry.comment", "请补充"),
    )


def _answer(world: World, number: str, text: str, ground: str) -> None:
    world.act(
        "jiangmen_inquiry_propose",
        "c_cataloguer",
        number=number,
        state="declined",
        text=world.text(text, "答复"),
        ground=world.text(ground, "依据"),
    )


def expected(world: World) -> None:
    """Plant what 市民政局 is expected to file."""
    from ckanext.jiangmen.catalog.reference.model import Reference

    words = {
        name: world.text(f"reference.{name}")
        for name in ("title", "title_key", "content_kind", "clause", "remarks")
    }
    model.Session.add(
        Reference(
            id="00000000-0000-4000-8000-0000000000b1",
            owner_org=world.ids["市民政局"],
            aliases=[world.text("reference.aliases")],
            author=world.ids["coordinator"],
            **words,
        )
    )
    model.Session.commit()


def accidents(world: World) -> None:
    """Plant what only accidents write: errors, findings, exceptions, an import."""
    from ckanext.jiangmen import clock
    from ckanext.jiangmen.catalog.model import Import, ImportChange, Job
    from ckanext.jiangmen.publication.model import Publication, ReviewedException

    owner = world.ids["市民政局"]
    package = world.ids["open"]
    model.Session.add(
        Import(
            id="00000000-0000-4000-8000-0000000000a1",
            author=world.ids["c_cataloguer"],
            file_name=world.text("import.file_name", "调查表") + ".xlsx",
            sha256="0" * 64,
            state="done",
            only_good_rows=False,
            result={"errors": [{"message": world.text("import.title")}]},
            finished=clock.now(),
        )
    )
    model.Session.flush()
    model.Session.add(
        ImportChange(
            import_id="00000000-0000-4000-8000-0000000000a1",
            revision_id=world.ids["draft.revision"],
            package_id=world.ids["draft"],
            change="changed",
            before={"title": world.text("import.title")},
            after={"title": world.text("import.title")},
            lock_version=1,
        )
    )
    far = clock.now().replace(year=2099)
    model.Session.add(
        Job(
            kind="load",
            package_id=world.ids["withheld"],
            attempts=3,
            due=far,
            resource_id=world.ids["withheld.table"],
            payload={},
            created=clock.now(),
            last_error=world.text("job.error", "载入失败"),
        )  # fmt: skip
    )
    model.Session.add(
        Publication(
            package_id=world.ids["withdrawn"],
            owner_org=owner,
            verb="withdraw",
            version=9,
            state="blocked",
            title=world.text("withdrawn.title"),
            due=far,
            reason=world.text("publication.reason"),
            created=clock.now(),
            error=world.text("publication.error", "发现"),
            findings=[
                {
                    "kind": "手机号码",
                    "place_key": "notes",
                    "message": world.text("publication.error"),
                }
            ],
        )  # fmt: skip
    )
    model.Session.add(
        ReviewedException(
            id="00000000-0000-4000-8000-0000000000a2",
            package_id=package,
            kind="手机号码",
            place_key="notes",
            reviewer=world.ids["secrecy"],
            reason=world.text("exception.reason", "值班电话"),
            created=clock.now(),
        )  # fmt: skip
    )
    model.Session.commit()
    world.ids["import"] = "00000000-0000-4000-8000-0000000000a1"


def editions(world: World) -> None:
    """Have the catalogue of the city and of one department compiled, after all else.

    Who made one finds other lists than before: not planted by `hide`.
    """
    world.act("jiangmen_edition_create", "coordinator")
    world.act("jiangmen_edition_create", "c_reviewer", organization="minzhengju")
    model.Session.remove()


# What `hide` plants of this module, in order; a capability adds its own.
HIDDEN: list[Callable[[World], None]] = [
    grants,
    purposes,
    inquiries,
    expected,
    accidents,
]
