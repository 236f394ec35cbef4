"""What an import of a survey workbook would do: new, changed, unchanged, wrong.

An entry is found again by its 信息资源代码, else by (信息资源提供方, 信息资源名称), and
compared with its newest open revision, else with its approved version.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.catalog import departments, entries, related, revisions, rules
from ckanext.jiangmen.catalog.model import (
    EDITABLE_STATES,
    OPEN_STATES,
    Code,
    Revision,
    Version,
)
from ckanext.jiangmen.catalog.rules import Problem
from ckanext.jiangmen.catalog.survey import CellProblem, SheetEntry, Workbook, locate

NO_BODY = "没有名为“{name}”的单位，请填写已登记的单位名称，如“市民政局”。"
NOT_YOURS = "“{name}”不是您所在的单位；调查表只能由本单位的编目员导入。"
CODE_OF_OTHERS = (
    "信息资源代码 {code} 已属于其他资源（另一单位的或已撤回的），"
    "请核对或留空由平台赋码。"
)
CODE_TWICE = "信息资源代码 {code} 在本表中出现不止一次，每个资源只有一个代码。"
TITLE_TAKEN = "本单位已有另一资源使用此名称，请改用其他名称。"
IN_REVIEW = "该资源的修订正在审核中，请待审核结束或作废后再导入。"
BY_ANOTHER = "该资源正由{name}编辑，请待其提交或由您接办后再导入。"


@dataclass(frozen=True)
class Known:
    """An entry that is there already; `data` is its newest state."""

    package_id: str
    owner_org: str
    title: str
    data: Mapping[str, Any]
    version: int
    revision: Revision | None


@dataclass
class Row:
    """One entry of the workbook and what becomes of it.

    `change` is created, changed, unchanged or refused.
    """

    sheet: SheetEntry
    change: str
    entry: dict[str, Any]
    known: Known | None = None
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass
class Plan:
    """What the workbook would do; `problems` are all wrong cells."""

    rows: list[Row]
    problems: list[CellProblem]
    notices: list[CellProblem]
    total: int

    def of(self, change: str) -> list[Row]:
        """Return the rows of one kind of change."""
        return [row for row in self.rows if row.change == change]

    @property
    def refused(self) -> int:
        """How many entries of the workbook are not good."""
        good = sum(row.change != "refused" for row in self.rows)
        return max(self.total - good, 0)


def make(workbook: Workbook, may_write: frozenset[str]) -> Plan:
    """Return what `workbook` would do for an account of these organizations (ids)."""
    bodies = departments.by_titles()
    owners = {id(each): _body(each, bodies) for each in workbook.entries}
    here = {body["id"] for body in owners.values() if body} & may_write
    register = Register(here, _codes(workbook))
    known = _related(workbook, register)
    found = workbook.check(_Checker(owners, workbook, may_write, known))
    rows = [
        _row(each, owners[id(each)], workbook, register) for each in workbook.entries
    ]
    for row in rows:
        told = _collisions(row, register)
        located = [locate(row.sheet, problem) for problem in told]
        row.sheet.problems += located
        found += located
        if row.sheet.problems:
            row.change = "refused"
    return Plan(rows, found, workbook.notices, workbook.rows)


def _body(each: SheetEntry, bodies: Mapping[str, Any]) -> dict[str, Any] | None:
    return bodies.get("".join(str(each.entry.get("owner_org") or "").split()))


def _codes(workbook: Workbook) -> set[str]:
    codes = {each.entry.get("resource_code") for each in workbook.entries}
    return {str(code) for code in codes if code}


def _related(workbook: Workbook, register: Register) -> set[str]:
    """Return the related codes of a workbook that may be named, by one query.

    What an entry of these departments names already stays: see `related.unknown`.
    """
    wanted = {code for e in workbook.entries for code in related.codes_of(e.entry)}
    before = {
        code
        for known in register.by_id.values()
        for code in related.codes_of(known.data)
    }
    return before | related.in_catalogue(model.Session, wanted - before)


class _Checker:
    """The rules for one workbook: the national ones, and whose entries these are."""

    def __init__(
        self,
        owners: Mapping[int, dict[str, Any] | None],
        workbook: Workbook,
        may_write: frozenset[str],
        related_codes: set[str],
    ) -> None:
        # `Workbook.check` hands over the entry's dict only.
        self.owners = {id(e.entry): owners[id(e)] for e in workbook.entries}
        self.may_write = may_write
        self.codes: set[str] = set()
        self.related_codes = related_codes

    def __call__(self, entry: dict[str, Any]) -> Iterable[Problem]:
        """Return every rule that the entry breaks."""
        body = self.owners[id(entry)]
        name = str(entry.get("owner_org") or "")
        code = str(entry.get("resource_code") or "")
        told = []
        if name and body is None:
            told.append(Problem("owner_org", "provider", NO_BODY.format(name=name)))
        elif body is not None and body["id"] not in self.may_write:
            told.append(Problem("owner_org", "provider", NOT_YOURS.format(name=name)))
        if code in self.codes:
            message = CODE_TWICE.format(code=code)
            told.append(Problem("resource_code", "code_twice", message))
        self.codes |= {code} - {""}
        named = sorted(related.codes_of(entry))
        told += related.unknown(named, self.related_codes)
        return [*told, *map(_in_a_column, rules.check_entry(entry, body))]


def _in_a_column(problem: Problem) -> Problem:
    """Tell what is wrong with a ground at the cell of 不予共享依据: it has no other."""
    if problem.field != "legal_basis_id":
        return problem
    return dataclasses.replace(problem, field="legal_basis")


class Register:
    """What there is of the departments' entries, fetched once for a workbook."""

    def __init__(self, owners: set[str], codes: set[str]) -> None:
        self.by_id: dict[str, Known] = {}
        for version in _versions(owners):
            self._add(version.package_id, version.data, version.version, None)
        for revision in _open_revisions(owners):
            base = revision.base_version
            self._add(revision.package_id, revision.data, base, revision)
        self.by_title = {
            (known.owner_org, _key(known.title)): known for known in self.by_id.values()
        }
        self.by_code = _code_owners(codes)
        for known in self.by_id.values():
            code = known.data.get("resource_code")
            for each in filter(None, [code, *(known.data.get("former_codes") or [])]):
                self.by_code.setdefault(each, known.package_id)

    def _add(
        self,
        package_id: str,
        data: Mapping[str, Any],
        version: int,
        revision: Revision | None,
    ) -> None:
        self.by_id[package_id] = Known(
            package_id, data["owner_org"], data["title"], data, version, revision
        )

    def find(self, owner: str, entry: Mapping[str, Any]) -> Known | None:
        """Return the entry that a row is about, None if it is a new one."""
        code = entry.get("resource_code")
        if code and code in self.by_code:
            known = self.by_id.get(self.by_code[code])
            return known if known is not None and known.owner_org == owner else None
        return self.by_title.get((owner, _key(str(entry.get("title") or ""))))


def _key(title: str) -> str:
    return "".join(title.split()).casefold()


def _versions(owners: set[str]) -> list[Version]:
    """Return the newest version of every entry in force of these organizations."""
    newest = (
        sa.select(Version)
        .join(model.Package, model.Package.id == Version.package_id)
        .where(
            model.Package.owner_org.in_(owners),
            model.Package.state == model.State.ACTIVE,
        )
        .distinct(Version.package_id)
        .order_by(Version.package_id, Version.version.desc())
    )
    return list(model.Session.scalars(newest))


def _open_revisions(owners: set[str]) -> list[Revision]:
    query = sa.select(Revision).where(
        Revision.owner_org.in_(owners), Revision.state.in_(OPEN_STATES)
    )
    return list(model.Session.scalars(query))


def _code_owners(codes: set[str]) -> dict[str, str]:
    rows = model.Session.execute(
        sa.select(Code.resource_code, Code.package_id).where(
            Code.resource_code.in_(codes)
        )
    )
    return {row.resource_code: row.package_id for row in rows}


def _row(
    each: SheetEntry,
    body: dict[str, Any] | None,
    workbook: Workbook,
    register: Register,
) -> Row:
    """Return what becomes of one entry, conflicts aside."""
    if each.problems or body is None:
        return Row(each, "refused", {})
    known = register.find(body["id"], each.entry)
    entry = _proposed(each, body, workbook, known)
    if known is None:
        return Row(each, "created", entry)
    fields = entries.changed_fields(known.data, entry)
    return Row(each, "changed" if fields else "unchanged", entry, known, fields)


def _proposed(
    each: SheetEntry, body: dict[str, Any], workbook: Workbook, known: Known | None
) -> dict[str, Any]:
    """Return the entry as the workbook wants it.

    Fields whose column the workbook does not have stay as they are.
    """
    base = known.data if known is not None else {}
    sent = {key: base.get(key) for key in entries.FIELDS if key in base}
    for name in workbook.entry_fields:
        sent[name] = each.entry.get(name)
    if sent.get("legal_basis") != base.get("legal_basis"):
        # Other words are about another ground; it is found by them.
        sent.pop("legal_basis_id", None)
    sent["owner_org"] = body["id"]
    before = {item["name"]: item for item in base.get("information_items") or []}
    kept = set(entries.ITEM_FIELDS) - workbook.item_fields
    sent["information_items"] = [
        {k: v for k, v in before.get(item.get("name"), {}).items() if k in kept} | item
        for item in each.entry.get("information_items") or []
    ]
    entry, _errors = entries.shape(sent, base)
    entry["resources"] = copy.deepcopy(list(base.get("resources") or []))
    return rules.derive(rules.without_derived(entry, base), body)


def _collisions(row: Row, register: Register) -> list[Problem]:
    """Return why a good row cannot be written now."""
    if row.change == "refused":
        return []
    told = []
    owner, code = row.entry["owner_org"], row.sheet.entry.get("resource_code")
    if code and code in register.by_code and row.known is None:
        message = CODE_OF_OTHERS.format(code=code)
        told.append(Problem("resource_code", "code_taken", message))
    namesake = register.by_title.get((owner, _key(row.entry["title"])))
    if namesake is not None and namesake.package_id != row.entry["id"]:
        told.append(Problem("title", "title_taken", TITLE_TAKEN))
    if row.change == "changed" and row.known is not None:
        told += _in_use(row.known.revision)
    return told


def _in_use(revision: Revision | None) -> list[Problem]:
    if revision is not None and revision.state not in EDITABLE_STATES:
        return [Problem("title", "in_review", IN_REVIEW)]
    return []


def edited_by_another(row: Row, author: str) -> Problem | None:
    """Return the problem that somebody else has the row's entry open, or None."""
    revision = row.known.revision if row.known is not None else None
    if row.change != "changed" or revision is None or revision.author == author:
        return None
    name = revisions.full_name(revision.author)
    return Problem("title", "edited_by_another", BY_ANOTHER.format(name=name))
