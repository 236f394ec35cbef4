"""Give out 信息资源代码: one PostgreSQL sequence per class, never a number twice.

A sequence does not roll back and does not wait, so two approvals at once get two
numbers; a number lost with a failed approval stays unused. A code is unique and never
changes (发改高技〔2017〕1272号).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckanext.jiangmen.catalog import resource_code
from ckanext.jiangmen.catalog.errors import CodeTaken
from ckanext.jiangmen.catalog.model import Code

# Any constant that no other advisory lock of the platform uses.
LOCK_CLASS = 1272


def code_of(session: Any, package_id: str) -> str | None:
    """Return the code that an entry was given, None if it has none yet."""
    return session.scalar(
        sa.select(Code.resource_code).where(Code.package_id == package_id)
    )


def owner_of(session: Any, code: str) -> str | None:
    """Return the id of the entry that a code was given to, even a withdrawn one."""
    return session.scalar(sa.select(Code.package_id).where(Code.resource_code == code))


def give(
    session: Any,
    package_id: str,
    class_segments: tuple[str, str, str, str],
    wanted: str = "",
) -> str:
    """Return the entry's code; a first call gives it one and keeps it for ever.

    `wanted` is a code that the entry brings along (national or from an older list);
    it is kept if no other entry has it. Raise `CodeTaken` otherwise and
    `ResourceCodeWrong` if it, or the class, is no code.
    """
    if known := code_of(session, package_id):
        return known
    if wanted:
        _keep(session, package_id, resource_code.parse(wanted), "national")
        return wanted
    class_code = resource_code.class_code(*class_segments)
    while True:
        (number,) = _next_numbers(session, class_code)
        code = resource_code.issue(*class_segments, number)
        if owner_of(session, str(code)) is None:
            _keep(session, package_id, code, "sequence")
            return str(code)


def _keep(
    session: Any, package_id: str, code: resource_code.ResourceCode, origin: str
) -> None:
    statement = (
        insert(Code)
        .values(
            resource_code=str(code),
            class_code=code.class_code,
            serial=code.serial,
            package_id=package_id,
            origin=origin,
        )
        .on_conflict_do_nothing(index_elements=["resource_code"])
    )
    session.execute(statement)
    holder = owner_of(session, str(code))
    if holder != package_id:
        raise CodeTaken(f"信息资源代码 {code} 已属于另一条目，请核对或留空由平台赋码。")


def sequence_name(class_code: str) -> str:
    """Return the name of a class's sequence, at most 63 bytes."""
    name = f"jiangmen_code_{class_code}"
    if len(name) <= 63:
        return name
    digest = hashlib.sha256(class_code.encode()).hexdigest()
    return f"jiangmen_code_{digest[:40]}"


def _next_numbers(session: Any, class_code: str, count: int = 1) -> list[int]:
    """Return the class's next serials; a class's first caller makes its sequence."""
    name = sequence_name(class_code)
    quoted = f'"{name}"'  # digits and upper-case letters only: `class_code` checked
    known = session.scalar(sa.text("SELECT to_regclass(:name)"), {"name": quoted})
    if known is None:
        session.execute(
            sa.text("SELECT pg_advisory_xact_lock(:kind, hashtext(:name))"),
            {"kind": LOCK_CLASS, "name": name},
        )
        session.execute(sa.schema.CreateSequence(sa.Sequence(name), if_not_exists=True))
    rows = session.scalars(
        sa.text("SELECT nextval(:name) FROM generate_series(1, :count)"),
        {"name": quoted, "count": count},
    )
    return list(rows)


@dataclass(frozen=True)
class Wish:
    """What `give` is told of one entry: its class, and a code it may bring along."""

    package_id: str
    class_segments: tuple[str, str, str, str]
    wanted: str = ""


def choose(session: Any, wishes: Sequence[Wish]) -> dict[str, str]:
    """Return the codes of many entries by id, written nowhere yet.

    Left out are those for which `give` would raise. What `keep` does not write
    afterwards stays unused.
    """
    rows = session.execute(
        sa.select(Code.package_id, Code.resource_code).where(
            Code.package_id.in_([wish.package_id for wish in wishes])
        )
    )
    chosen: dict[str, str] = {row.package_id: row.resource_code for row in rows}
    new = [wish for wish in wishes if wish.package_id not in chosen]
    brought = {wish.wanted for wish in new if wish.wanted}
    taken = _taken(session, brought)
    by_class: dict[tuple[str, str, str, str], list[str]] = {}
    for wish in new:
        if not wish.wanted:
            by_class.setdefault(wish.class_segments, []).append(wish.package_id)
        elif resource_code.is_resource_code(wish.wanted) and wish.wanted not in taken:
            chosen[wish.package_id] = wish.wanted
            taken.add(wish.wanted)
    # In one order, so that two writers that make sequences never wait for each other.
    for segments, ids in sorted(by_class.items()):
        with contextlib.suppress(resource_code.ResourceCodeWrong):
            free = _free(session, segments, len(ids), brought)
            chosen |= dict(zip(ids, free, strict=True))
    return chosen


def _free(
    session: Any, segments: tuple[str, str, str, str], count: int, brought: set[str]
) -> list[str]:
    """Return so many codes of a class that nobody has."""
    class_code = resource_code.class_code(*segments)
    found: list[str] = []
    while len(found) < count:
        numbers = _next_numbers(session, class_code, count - len(found))
        issued = [str(resource_code.issue(*segments, number)) for number in numbers]
        taken = _taken(session, issued) | brought
        found += [code for code in issued if code not in taken]
    return found


def _taken(session: Any, codes: Iterable[str]) -> set[str]:
    query = sa.select(Code.resource_code).where(Code.resource_code.in_(list(codes)))
    return set(session.scalars(query))


def keep(session: Any, given: Mapping[str, str], brought: Collection[str]) -> None:
    """Write chosen codes, {entry's id: code}; `brought` are those not of a sequence.

    Raise `CodeTaken` where another writer was faster.
    """
    known = _taken(session, given.values())
    rows = []
    for package_id, text in given.items():
        code = resource_code.parse(text)
        rows.append(
            {
                "resource_code": text,
                "class_code": code.class_code,
                "serial": code.serial,
                "package_id": package_id,
                "origin": "national" if text in brought else "sequence",
            }
        )
    new = [row for row in rows if row["resource_code"] not in known]
    if new:
        session.execute(
            insert(Code.__table__).on_conflict_do_nothing(  # type: ignore[arg-type]
                index_elements=["resource_code"]
            ),
            new,
        )
    holders = session.execute(
        sa.select(Code.resource_code, Code.package_id).where(
            Code.resource_code.in_(list(given.values()))
        )
    )
    if {row.package_id: row.resource_code for row in holders} != dict(given):
        raise CodeTaken("信息资源代码已被同时办理的另一条目占用，请重新办理。")
