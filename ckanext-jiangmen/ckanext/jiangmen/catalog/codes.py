"""Give out 信息资源代码: one PostgreSQL sequence per class, never a number twice.

A sequence does not roll back and does not wait, so two approvals at once get two
numbers; a number lost with a failed approval stays unused. A code is unique and never
changes (发改高技〔2017〕1272号).
"""

from __future__ import annotations

import hashlib
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
        number = _next_number(session, class_code)
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


def _next_number(session: Any, class_code: str) -> int:
    """Return the class's next serial; a class's first caller makes its sequence."""
    name = sequence_name(class_code)
    quoted = f'"{name}"'  # digits and upper-case letters only: `class_code` checked
    known = session.scalar(sa.text("SELECT to_regclass(:name)"), {"name": quoted})
    if known is None:
        session.execute(
            sa.text("SELECT pg_advisory_xact_lock(:kind, hashtext(:name))"),
            {"kind": LOCK_CLASS, "name": name},
        )
        session.execute(sa.schema.CreateSequence(sa.Sequence(name), if_not_exists=True))
    return session.scalar(sa.text("SELECT nextval(:name)"), {"name": quoted})
