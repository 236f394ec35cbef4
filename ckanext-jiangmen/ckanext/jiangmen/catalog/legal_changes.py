"""What can be done with a ground: register, mend, decide, check, each by its people.

Nobody decides what they proposed: neither who registered or mended the ground, nor who
wrote an entry that names it (七(一)). The commit is done here, and the index follows
before the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import attachments, entries, jobs, legal_basis
from ckanext.jiangmen.catalog.errors import CatalogError
from ckanext.jiangmen.catalog.legal_register import ROWS, settle
from ckanext.jiangmen.catalog.model import LegalBasis, LegalBasisEvent, Revision
from ckanext.jiangmen.catalog.values import has_control_characters, text

TEXTS = {
    "title": 300,
    "document_number": 100,
    "article": 500,
    "authority": 200,
    "reason": 1000,
}
TEXT_LABELS = legal_basis.LABELS | {"reason": "不予共享的理由"}
DATES = ("issued", "valid_until", "next_check")
LONGEST_COMMENT, LONGEST_NUMBER = 1000, 100
FILE_LIMIT_MB = 50
ENDINGS = (
    *("pdf", "ofd", "doc", "docx", "wps", "txt", "html", "xml"),
    *("jpg", "jpeg", "png", "tif", "tiff", "zip"),
)
DECIDERS = {
    legal_basis.LAW: Role.COORDINATOR,
    legal_basis.CITY: Role.CITY_APPROVER,
    legal_basis.SUPERIOR: Role.COORDINATOR,
}
DECIDER_TITLES = {
    Role.COORDINATOR: "市网信统筹局",
    Role.CITY_APPROVER: "市政府审定人",
}
APPROVE, REFUSE = "approve", "refuse"
VALID, ENDED = "valid", "ended"


class LegalBasisRefused(CatalogError):
    """A step cannot be taken; `forbidden` tells a missing right from a wrong state."""

    def __init__(self, message: str, *, forbidden: bool = False) -> None:
        super().__init__(message)
        self.forbidden = forbidden


Fields = dict[str, Any]
Errors = dict[str, Any]


def read(sent: Mapping[str, Any]) -> tuple[Fields, Errors]:
    """Return the fields that a caller sent, and what is wrong with them.

    Fields that were not sent are left out; an empty date is None.
    """
    fields: Fields = {}
    errors: Errors = {}
    if "door" in sent:
        fields["door"] = legal_basis.door_of(str(sent["door"] or ""))
        if sent["door"] and not fields["door"]:
            doors = "、".join(f"{k} {v}" for k, v in legal_basis.door_titles().items())
            errors["door"] = [f"依据类型不在列表中，请改为：{doors}。"]
    for name, longest in TEXTS.items():
        if name in sent:
            fields[name] = text(sent[name])
            wrong = _wrong_text(name, sent[name], longest)
            if wrong:
                errors[name] = [wrong]
    for name in DATES:
        if name in sent:
            _read_date(name, sent[name], fields, errors)
    if not errors:
        errors |= _wrong_dates(fields)
    return fields, errors


def _wrong_text(name: str, value: Any, longest: int) -> str:
    label = TEXT_LABELS[name]
    if value is not None and not isinstance(value, (str, int, float)):
        return f"{label}须为文字，请改正。"
    said = text(value)
    if len(said) > longest:
        return f"{label}有{len(said)}个字，最多{longest}个，请精简。"
    if name != "reason" and has_control_characters(said):
        return f"{label}中有换行或控制字符，请删除。"
    return ""


def _read_date(name: str, value: Any, fields: Fields, errors: Errors) -> None:
    said = str(value or "").strip()
    try:
        fields[name] = dt.date.fromisoformat(said) if said else None
    except ValueError:
        label = legal_basis.LABELS[name]
        errors[name] = [f"{label}“{said[:20]}”不是真实日期，请写作 2017-04-05。"]


def _wrong_dates(fields: Fields) -> Errors:
    today = clock.today()
    errors: Errors = {}
    issued, until = fields.get("issued"), fields.get("valid_until")
    check = fields.get("next_check")
    if issued and issued > today:
        errors["issued"] = ["文件日期晚于今天，请改正。"]
    if until and until < today:
        errors["valid_until"] = ["有效期已届满，不能作为依据，请改正或更换依据。"]
    if check and not today <= check <= today + dt.timedelta(legal_basis.YEAR_DAYS):
        errors["next_check"] = ["依据每年至少核查一次，下次核查须在今天起一年之内。"]
    return errors


def stage(upload: Any) -> Fields:
    """Put the document into the store of files; return the columns that describe it.

    Raise ValidationError for what is no document or too large.
    """
    if not isinstance(upload, FileStorage) or not attachments.is_upload(upload):
        raise tk.ValidationError({"upload": [attachments.NO_FILE]})
    ending = PurePath(upload.filename or "").suffix.lstrip(".").lower()
    if ending not in ENDINGS:
        known = "、".join(ENDINGS)
        raise tk.ValidationError({"upload": [f"依据文件须为以下格式：{known}。"]})
    staged = attachments.stage(upload)
    if staged["size"] > FILE_LIMIT_MB * 1024 * 1024:
        message = f"依据文件超过 {FILE_LIMIT_MB} MB 的上限，请压缩后上传。"
        raise tk.ValidationError({"upload": [message]})
    return {name: staged[name] for name in ("sha256", "file_name", "mimetype", "size")}


def create(owner_org: str, fields: Fields, author: str) -> LegalBasis:
    """Register a ground: submitted if it is complete, else a draft."""
    if not fields.get("door"):
        doors = "、".join(legal_basis.door_titles().values())
        raise tk.ValidationError({"door": [f"请选择依据类型：{doors}。"]})
    moment = clock.now()
    row = LegalBasis(
        id=entries.new_id(),
        owner_org=owner_org,
        state=legal_basis.DRAFT,
        author=author,
        created=moment,
        modified=moment,
        **_with_next_check(fields),
    )
    _submit_if_complete(row)
    model.Session.add(row)
    model.Session.flush()
    record(row, "created", author, detail={"state": row.state})
    finish()
    return row


def _with_next_check(fields: Fields) -> Fields:
    if fields.get("next_check"):
        return fields
    return fields | {"next_check": next_year()}


def next_year() -> dt.date:
    """Return the day by which what is checked today is checked again."""
    return clock.today() + dt.timedelta(365)


def lacks(row: LegalBasis) -> list[tuple[str, str]]:
    """Return (field, sentence) for what a row still lacks."""
    return legal_basis.missing(
        {name: getattr(row, name) for name in legal_basis.REQUIRED}
    )


def _submit_if_complete(row: LegalBasis) -> None:
    if not lacks(row):
        row.state = legal_basis.SUBMITTED


def update(row: LegalBasis, fields: Fields, caller: Caller) -> None:
    """Mend a ground; it is decided anew. One that was submitted stays complete."""
    if row.state == legal_basis.ENDED:
        raise LegalBasisRefused("该依据已终止，不能再修改；请另行登记。")
    if "next_check" in fields:
        fields = _with_next_check(fields)
    before = {
        name: str(getattr(row, name) or "")
        for name in fields
        if getattr(row, name) != fields[name]
    }
    for name, value in fields.items():
        setattr(row, name, value)
    wrong = lacks(row)
    if wrong and row.state != legal_basis.DRAFT:
        model.Session.rollback()
        raise tk.ValidationError({name: [sentence] for name, sentence in wrong})
    if before or row.state in {legal_basis.DRAFT, legal_basis.REFUSED}:
        row.decided_by, row.decided_at, row.decision_number = None, None, ""
        row.state = legal_basis.DRAFT
        _submit_if_complete(row)
    _touch(row)
    record(row, "updated", caller.user_id, detail=before)
    finish()


def decide(
    row: LegalBasis, caller: Caller, decision: str, comment: str, number: str
) -> None:
    """Let the office that the door asks for decide about a ground."""
    if decision not in {APPROVE, REFUSE}:
        raise tk.ValidationError({"decision": ["审定意见须为 approve 或 refuse。"]})
    may_decide(row, caller)
    if row.state != legal_basis.SUBMITTED:
        raise LegalBasisRefused("该依据不在待审状态，不能审定。")
    if decision == REFUSE and not comment:
        raise tk.ValidationError({"comment": ["不予通过的，请写明理由。"]})
    if decision == APPROVE:
        why = legal_basis.lapsed(ROWS.find(row.id) or _value(row))
        if why:
            raise LegalBasisRefused("该依据的有效期或年度核查日期已过，请退回更新。")
    row.state = legal_basis.IN_FORCE if decision == APPROVE else legal_basis.REFUSED
    row.decided_by, row.decided_at = caller.user_id, clock.now()
    row.comment, row.decision_number = comment, number
    _touch(row)
    event = "approved" if decision == APPROVE else "refused"
    detail = {"decision_number": number} if number else {}
    record(row, event, caller.user_id, comment=comment, detail=detail)
    finish()


def _value(row: LegalBasis) -> legal_basis.Basis:
    names = legal_basis.Basis.__dataclass_fields__
    return legal_basis.Basis(**{name: getattr(row, name) for name in names})


def may_decide(row: LegalBasis, caller: Caller) -> None:
    """Raise `LegalBasisRefused` where the account may not decide about this ground."""
    role = DECIDERS[row.door]
    if not caller.has(role):
        door = legal_basis.door_titles()[row.door]
        raise LegalBasisRefused(
            f"“{door}”类依据由{DECIDER_TITLES[role]}审定，您的账户没有这一职责。",
            forbidden=True,
        )
    if caller.user_id in proposers(row):
        raise LegalBasisRefused(
            "登记、修改该依据或编制引用它的条目的人员不能审定，请由其他人员办理。",
            forbidden=True,
        )


def proposers(row: LegalBasis) -> set[str]:
    """Return the ids of all who had a part in proposing a ground."""
    found = {row.author}
    found |= set(
        model.Session.scalars(
            sa.select(LegalBasisEvent.actor).where(
                LegalBasisEvent.basis_id == row.id,
                LegalBasisEvent.event.in_(("created", "updated")),
            )
        )
    )
    references = [
        condition
        for reference in (row.number, row.id)
        for condition in (
            Revision.data.contains({"legal_basis_id": reference}),
            Revision.data.contains(
                {"information_items": [{"legal_basis_id": reference}]}
            ),
        )
    ]
    authors = sa.select(Revision.author).where(
        Revision.owner_org == row.owner_org,
        Revision.state != "discarded",
        sa.or_(*references),
    )
    return found | set(model.Session.scalars(authors))


def check(row: LegalBasis, caller: Caller, result: str, comment: str) -> None:
    """Write down the yearly check: the ground is valid still, or it has ended."""
    if result not in {VALID, ENDED}:
        raise tk.ValidationError({"result": ["核查结果须为 valid 或 ended。"]})
    if row.state not in {legal_basis.SUBMITTED, legal_basis.IN_FORCE}:
        raise LegalBasisRefused("只有待审或有效的依据需要年度核查。")
    if caller.user_id in proposers(row):
        raise LegalBasisRefused(
            "登记、修改该依据的人员不能核查，请由本部门其他审核人员办理。",
            forbidden=True,
        )
    if result == ENDED:
        if not comment:
            raise tk.ValidationError({"comment": ["终止依据的，请写明理由。"]})
        row.state = legal_basis.ENDED
    else:
        row.last_check, row.next_check = clock.today(), next_year()
    _touch(row)
    event = "ended" if result == ENDED else "checked"
    record(row, event, caller.user_id, comment=comment)
    finish()


def record(
    row: LegalBasis,
    event: str,
    actor: str,
    *,
    comment: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down what happened to a ground."""
    model.Session.add(
        LegalBasisEvent(
            basis_id=row.id,
            event=event,
            actor=actor,
            comment=comment,
            detail=dict(detail or {}),
            at=clock.now(),
        )
    )


def _touch(row: LegalBasis) -> None:
    row.lock_version += 1
    row.modified = clock.now()


def finish() -> None:
    """Commit; what the ground opens or closes is in the index before the answer."""
    model.Session.flush()
    packages = settle(model.Session())
    model.Session.commit()
    ROWS.forget()
    jobs.run_index(packages)
