"""What an import of a survey workbook would do: new, changed, unchanged, wrong.

An entry is found again by its 信息资源代码, else by (信息资源提供方, 信息资源名称), and
compared with its newest open revision, else with its approved version.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.catalog import (
    departments,
    entries,
    related,
    revisions,
    rules,
    survey_proposal,
)
from ckanext.jiangmen.catalog.model import (
    EDITABLE_STATES,
    OPEN_STATES,
    Code,
    Revision,
    Version,
)
from ckanext.jiangmen.catalog.rules import Problem
from ckanext.jiangmen.catalog.survey import (
    CellProblem,
    SheetEntry,
    Workbook,
    cells,
    locate,
)

NO_BODY = "没有名为“{name}”的单位，请填写已登记的单位名称，如“市民政局”。"
NOT_YOURS = "“{name}”不是您所在的单位；调查表只能由本单位的编目员导入。"
CODE_OF_OTHERS = (
    "信息资源代码 {code} 已属于其他资源（另一单位的或已撤回的），"
    "请核对或留空由平台赋码。"
)
CODE_TWICE = "信息资源代码 {code} 在本表中出现不止一次，每个资源只有一个代码。"
TITLE_TAKEN = "本单位已有另一资源使用此名称，请改用其他名称。"
IN_REVIEW = "该资源的修订正在审核中，请待审核结束或作废后再导入。"
FOREIGN = "这是“{name}”的调查表，只能由该单位的编目员导入；请改为上传本单位的调查表。"
SAVED_SINCE = (
    "该资源在本表导出之后又在平台上修改过，请核对与现状的差异，以免覆盖他人的修改。"
)
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

    @property
    def stamp(self) -> str:
        """Which state this is: the version, and the save of its open revision."""
        saved = self.revision.lock_version if self.revision is not None else 0
        return f"{self.version}.{saved}"


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
    """What the workbook would do; `problems` are all wrong cells.

    `missing` are entries that it was exported with and has no row for: they stay.
    """

    rows: list[Row]
    problems: list[CellProblem]
    notices: list[CellProblem]
    total: int
    missing: list[Known] = field(default_factory=list)

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
    known_owners = {body["id"] for body in owners.values() if body}
    here = known_owners & may_write
    if known_owners and not here:
        return _foreign(workbook, owners)
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
        if located:
            row.change = "refused"
    excused = _excused(rows)
    return Plan(
        rows,
        [problem for problem in found if problem not in excused],
        [*workbook.notices, *excused, *_saved_since(rows, workbook)],
        workbook.rows,
        _missing(rows, workbook, register, may_write),
    )


def _foreign(workbook: Workbook, owners: Mapping[int, dict[str, Any] | None]) -> Plan:
    """Return the plan of a workbook in which nothing is the account's: one sentence."""
    first = next(each for each in workbook.entries if owners[id(each)])
    name = (owners[id(first)] or {})["title"]
    told = Problem("owner_org", "provider", FOREIGN.format(name=name))
    rows = [Row(each, "refused", {}) for each in workbook.entries]
    return Plan(rows, [locate(first, told)], [], workbook.rows)


def _excused(rows: list[Row]) -> dict[CellProblem, None]:
    """Return what is wrong with rows that change nothing: told, but no obstacle."""
    found: dict[CellProblem, None] = {}
    for row in rows:
        if row.change == "unchanged":
            found |= dict.fromkeys(row.sheet.problems)
            row.sheet.problems = []
    return found


def _saved_since(rows: list[Row], workbook: Workbook) -> list[CellProblem]:
    """Return a notice for each changed entry that was saved after it was exported."""
    told = Problem("title", "saved_since", SAVED_SINCE)
    return [
        locate(row.sheet, told)
        for row in rows
        if row.change == "changed"
        and row.known is not None
        and workbook.exported.get(row.known.package_id, row.known.stamp)
        != row.known.stamp
    ]


def _missing(
    rows: list[Row], workbook: Workbook, register: Register, may_write: frozenset[str]
) -> list[Known]:
    """Return the exported entries of these organizations that have no row."""
    there = {row.known.package_id for row in rows if row.known is not None}
    exported = set(workbook.exported) - there
    if not exported:
        return []
    everywhere = Register(set(may_write), set(), exported).by_id
    found = {**everywhere, **register.by_id}
    return sorted(
        (found[each] for each in exported if each in found), key=lambda k: k.title
    )


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
    """What there is of the departments' entries, fetched once for a workbook.

    With `package_ids` only of these entries.
    """

    def __init__(
        self, owners: set[str], codes: set[str], package_ids: set[str] | None = None
    ) -> None:
        self.by_id: dict[str, Known] = {}
        for version in model.Session.scalars(_versions(owners, package_ids)):
            self._add(version.package_id, version.data, version.version, None)
        for revision in model.Session.scalars(_open_revisions(owners, package_ids)):
            base = revision.base_version
            self._add(revision.package_id, revision.data, base, revision)
        self.by_title = {
            (known.owner_org, _key(known.title)): known for known in self.by_id.values()
        }
        self.by_code = _code_owners(codes)
        for known in self.by_id.values():
            code = known.data.get("resource_code")
            for each in (code, *(known.data.get("former_codes") or [])):
                if each:
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
    """Return a title as names are compared, as its cell would be read."""
    return cells.key(cells.clean(title))


def _versions(owners: set[str], package_ids: set[str] | None) -> sa.Select[Any]:
    """Select the newest version of every entry in force of these organizations."""
    query = (
        sa.select(Version)
        .join(model.Package, model.Package.id == Version.package_id)
        .where(
            model.Package.owner_org.in_(owners),
            model.Package.state == model.State.ACTIVE,
        )
        .distinct(Version.package_id)
        .order_by(Version.package_id, Version.version.desc())
    )
    if package_ids is not None:
        query = query.where(Version.package_id.in_(package_ids))
    return query


def _open_revisions(owners: set[str], package_ids: set[str] | None) -> sa.Select[Any]:
    query = sa.select(Revision).where(
        Revision.owner_org.in_(owners), Revision.state.in_(OPEN_STATES)
    )
    if package_ids is not None:
        query = query.where(Revision.package_id.in_(package_ids))
    return query


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
    if body is None or not set(each.problems).isdisjoint(workbook.problems):
        return Row(each, "refused", {})
    known = register.find(body["id"], each.entry)
    base = known.data if known is not None else {}
    entry = survey_proposal.proposed(each, body, workbook, base)
    if known is None:
        return Row(each, "refused" if each.problems else "created", entry)
    fields = entries.changed_fields(base, entry)
    if fields and each.problems:
        return Row(each, "refused", entry, known, fields)
    return Row(each, "changed" if fields else "unchanged", entry, known, fields)


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
