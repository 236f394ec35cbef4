"""Bring the demonstration into the catalogue by the way every department takes.

For each body: register the grounds for what it withholds and have them decided, import
its survey workbook as its cataloguer, attach the files, submit, approve as its
reviewer, as 保密审查 and as 市网信统筹局. Nothing is written past the
actions, so what they refuse stops the load. Whatever was interrupted goes on from
where it stands; a body that is done is never touched again.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.model.system_info import get_system_info, set_system_info

from ckanext.jiangmen.accounts import (
    MEMBER_CAPACITY,
    Role,
    RoleRow,
    acting_as,
    acting_as_platform,
    grant_role,
)
from ckanext.jiangmen.catalog import departments, legal_basis, legal_changes
from ckanext.jiangmen.catalog.errors import CatalogError
from ckanext.jiangmen.catalog.reference import book

MARK = "jiangmen.demo."
TITLES = {Role.CATALOGUER: "编目员", Role.REVIEWER: "审核员"}


class DemonstrationStopped(CatalogError):
    """The demonstration cannot be loaded further; the text says where and why."""


@dataclass(frozen=True)
class Body:
    """One body of the demonstration: its workbook, and its files by entry title."""

    title: str
    workbook: Path
    files: dict[str, list[Path]]
    organization: dict[str, Any]
    grounds: tuple[dict[str, Any], ...] = ()


@dataclass
class Done:
    """What was done for one body; `already` if it had been done before."""

    title: str
    already: bool = False
    created: int = 0
    attached: int = 0
    approved: int = 0


def bodies(folder: Path) -> list[Body]:
    """Return the bodies that have a workbook in `folder`, in order.

    Raise `DemonstrationStopped` for one that the platform does not know.
    """
    known = departments.by_titles()
    grounds = _grounds_of(folder)
    found = []
    for source in sorted((folder / "entries").glob("*.yaml")):
        title = source.stem
        if title not in known:
            raise DemonstrationStopped(f"平台上没有“{title}”，请先载入单位。")
        listed = yaml.safe_load(source.read_text("utf-8"))
        files = {
            entry["title"]: [folder / name for name in entry.get("files", [])]
            for entry in listed
        }
        workbook = folder / "workbooks" / f"{title}.xlsx"
        lawful = tuple(one for one in grounds if one["organization"] == title)
        found.append(Body(title, workbook, files, known[title], lawful))
    if not found:
        raise DemonstrationStopped(f"{folder} 中没有演示数据。")
    return found


def _grounds_of(folder: Path) -> list[dict[str, Any]]:
    """Return the grounds that the folder lists, their files as paths."""
    source = folder / "legal_bases.yaml"
    if not source.is_file():
        return []
    listed = yaml.safe_load(source.read_text("utf-8"))
    return [one | {"file": folder / one["file"]} for one in listed]


def load_body(body: Body) -> Done:
    """Bring one body's entries into force; return what was done.

    Raise `DemonstrationStopped` where an action refuses.
    """
    done = Done(body.title)
    mark = MARK + body.organization["name"]
    if get_system_info(mark) == "done":
        done.already = True
        return done
    cataloguer = _account(Role.CATALOGUER, body.organization)
    reviewer = _account(Role.REVIEWER, body.organization)
    _register(body, cataloguer)
    done.created = _import(body, cataloguer)
    drafts = _waiting(body, cataloguer, "draft,returned")
    for draft in drafts:
        done.attached += _attach(body, draft, cataloguer)
    _bulk("jiangmen_revision_submit", drafts, cataloguer, body)
    for account in (
        reviewer,
        _city_account(Role.SECRECY_REVIEWER),
        _city_account(Role.COORDINATOR),
    ):
        waiting = _waiting(body, account, "submitted", waiting_for_me=True)
        answers = _bulk("jiangmen_revision_approve", waiting, account, body)
        done.approved += sum(answer["state"] == "approved" for answer in answers)
    left = _waiting(body, cataloguer, "open")
    if left:
        raise DemonstrationStopped(
            f"{body.title}“{left[0]['title']}”仍在等待办理：{left[0]['state_title']}。"
        )
    set_system_info(mark, "done")
    return done


def load_references(folder: Path) -> int:
    """Load the reference list of `reference.yaml` once; return how many lines it has.

    Raise `DemonstrationStopped` where the action refuses a cell.
    """
    source, mark = folder / "reference.yaml", MARK + "reference"
    if not source.is_file() or get_system_info(mark) == "done":
        return 0
    rows = [
        {
            "organization_title": title,
            "title": each["title"],
            "content_kind": each["kind"],
            "aliases": each.get("also", []),
            "clause": each["clause"],
        }
        for each in yaml.safe_load(source.read_text("utf-8"))
        for title in each["each"]
    ]
    upload = FileStorage(io.BytesIO(book.write(rows)), filename="参考内容.xlsx")
    coordinator = acting_as(_city_account(Role.COORDINATOR))
    done = tk.get_action("jiangmen_reference_import")(coordinator, {"upload": upload})
    if done["errors"]:
        raise DemonstrationStopped(f"参考内容：{done['errors'][0]['message']}")
    set_system_info(mark, "done")
    return done["created"]


def _register(body: Body, account: str) -> None:
    """Register the body's grounds and have them decided; what is there stays."""
    if not body.grounds:
        return
    listed = _call("jiangmen_legal_basis_list", account, body)["results"]
    known = {(one["document_number"], one["article"]): one for one in listed}
    for ground in body.grounds:
        found = known.get((ground["document_number"], ground["article"]))
        if found is None:
            fields = {k: v for k, v in ground.items() if k != "file"}
            fields["organization"] = body.organization["id"]
            with ground["file"].open("rb") as stream:
                upload = FileStorage(stream, filename=ground["file"].name)
                found = _call(
                    "jiangmen_legal_basis_create",
                    account,
                    body,
                    **fields,
                    upload=upload,
                )
        if found["state"] == legal_basis.SUBMITTED:
            decider = _city_account(legal_changes.DECIDERS[found["door"]])
            _call(
                "jiangmen_legal_basis_decide",
                decider,
                body,
                id=found["id"],
                decision=legal_changes.APPROVE,
            )


def _import(body: Body, account: str) -> int:
    """Import the workbook; return how many drafts it made."""
    with body.workbook.open("rb") as stream:
        answer = _call(
            "jiangmen_survey_import",
            account,
            body,
            upload=FileStorage(stream, filename=body.workbook.name),
        )
    if answer["errors"]:
        first = answer["errors"][0]
        raise DemonstrationStopped(
            f"{body.workbook.name} {first['sheet']} {first['cell']}：{first['message']}"
        )
    return answer["created"] + answer["changed"]


def _attach(body: Body, draft: dict[str, Any], account: str) -> int:
    """Attach what the draft does not have yet; return how many files that were."""
    wanted = body.files[draft["title"]]
    if not wanted:
        return 0
    shown = _call("jiangmen_revision_show", account, body, id=draft["id"])
    has = {file.get("file_name") for file in shown["entry"].get("resources") or []}
    missing = [path for path in wanted if path.name not in has]
    for path in missing:
        with path.open("rb") as stream:
            _call(
                "jiangmen_revision_attach",
                account,
                body,
                id=draft["id"],
                upload=FileStorage(stream, filename=path.name),
            )
    return len(missing)


def _waiting(body: Body, account: str, state: str, **more: Any) -> list[dict[str, Any]]:
    """Return the body's first drafts of demonstration entries in one of the states."""
    listed = _call(
        "jiangmen_revision_list",
        account,
        body,
        state=state,
        organization=body.organization["name"],
        **more,
    )
    return [
        revision
        for revision in listed
        if revision["title"] in body.files and revision["kind"] == "create"
    ]


def _bulk(
    action: str, revisions: list[dict[str, Any]], account: str, body: Body
) -> list[dict[str, Any]]:
    """Take one step on all of them; stop at the first that is refused."""
    if not revisions:
        return []
    ids = [revision["id"] for revision in revisions]
    answers = _call(action, account, body, id=ids)
    for revision, answer in zip(revisions, answers, strict=True):
        if not answer["ok"]:
            raise DemonstrationStopped(
                f"{body.title}“{revision['title']}”：{_sentence(answer['error'])}"
            )
    return answers


def _call(action: str, account: str, body: Body, **data: Any) -> Any:
    try:
        return tk.get_action(action)(acting_as(account), data)
    except tk.ValidationError as err:
        why = _sentence(err.error_dict)
    except tk.NotAuthorized as err:
        why = str(err.message or "没有权限")
    raise DemonstrationStopped(f"{body.title}（{action}）：{why}")


def _sentence(errors: Any) -> str:
    """Return the first sentence of an answer's errors."""
    return next(_sentences(errors), "未说明原因")


def _sentences(errors: Any) -> Iterator[str]:
    if isinstance(errors, str):
        yield errors
    elif isinstance(errors, dict):
        for key, value in errors.items():
            if key != "__type":
                yield from _sentences(value)
    elif isinstance(errors, list):
        for value in errors:
            yield from _sentences(value)


def _account(role: Role, organization: dict[str, Any]) -> str:
    """Return an account that holds the department's role; one is made if none does."""
    return _holder(role, organization["id"]) or _create(role, organization)


def _city_account(role: Role) -> str:
    name = _holder(role, None)
    if name is None:
        raise DemonstrationStopped(f"还没有 {role} 账户，请先载入账户。")
    return name


def _holder(role: Role, organization_id: str | None) -> str | None:
    return model.Session.scalar(
        sa.select(model.User.name)
        .join(RoleRow, RoleRow.user_id == model.User.id)
        .where(
            RoleRow.role == role,
            RoleRow.organization_id.is_not_distinct_from(organization_id),
            model.User.state == model.State.ACTIVE,
        )
        .order_by(model.User.created)
        .limit(1)
    )


def _create(role: Role, organization: dict[str, Any]) -> str:
    """Create an account whose password nobody knows; an operator can set another."""
    name = f"{organization['name']}_{role}"
    if model.User.get(name) is None:
        tk.get_action("user_create")(
            acting_as_platform(),
            {
                "name": name,
                "fullname": f"{organization['title']} {TITLES[role]}",
                "email": f"{name}@example.invalid",
                "password": secrets.token_urlsafe(24) + "aA1!",
            },
        )
    tk.get_action("organization_member_create")(
        acting_as_platform(),
        {
            "id": organization["id"],
            "username": name,
            "role": MEMBER_CAPACITY[role],
        },
    )
    user = model.User.get(name)
    if user is None:
        raise DemonstrationStopped(f"账户 {name} 没有建成。")
    grant_role(user.id, role, organization["id"])
    model.Session.commit()
    return name
