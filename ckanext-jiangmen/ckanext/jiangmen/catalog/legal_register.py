"""The rows of the register of grounds: found, kept in mind, used by entries.

What openness asks for at every read is kept in this process for `KEPT_S` seconds and
forgotten whenever this process writes: a decision made elsewhere counts within
seconds, a date at once, because it is compared when it is asked for.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan.types import AlchemySession

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import events, jobs, legal_basis, openness
from ckanext.jiangmen.catalog.legal_basis import Basis
from ckanext.jiangmen.catalog.model import LegalBasis, LegalBasisUse
from ckanext.jiangmen.catalog.values import text

KEPT_S = 3
FIELDS = tuple(Basis.__dataclass_fields__)
_COLUMNS = [getattr(LegalBasis, name) for name in FIELDS]


def as_value(row: LegalBasis) -> Basis:
    """Return a row as the value that rules and openness take."""
    return Basis(**{name: getattr(row, name) for name in FIELDS})


@dataclass
class _Kept:
    """The register as it was read at `at` (monotonic seconds)."""

    at: float
    by_reference: dict[str, Basis]
    by_owner: dict[str, list[Basis]]
    absent: set[str] = field(default_factory=set)


class Rows:
    """The register of this site's database."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None

    def forget(self) -> None:
        """Read the rows again at the next question."""
        self._kept = None

    def find(self, reference: str) -> Basis | None:
        """Return the ground with this number or id."""
        kept = self._fresh()
        found = kept.by_reference.get(reference)
        if found is None and reference not in kept.absent:
            found = _one(reference)
            if found is None:
                kept.absent.add(reference)
            else:
                kept.by_reference |= {found.id: found, found.number: found}
        return found

    def of(self, organization_id: str) -> Sequence[Basis]:
        """Return the grounds of a department, the newest first."""
        return self._fresh().by_owner.get(organization_id, [])

    def _fresh(self) -> _Kept:
        kept = self._kept
        if kept is None or time.monotonic() - kept.at > KEPT_S:
            kept = self._kept = _read()
        return kept


def _read() -> _Kept:
    with model.Session.no_autoflush:
        rows = model.Session.execute(
            sa.select(*_COLUMNS).order_by(LegalBasis.serial.desc())
        ).all()
    kept = _Kept(time.monotonic(), {}, {})
    for row in rows:
        basis = Basis(*row)
        kept.by_reference |= {basis.id: basis, basis.number: basis}
        kept.by_owner.setdefault(basis.owner_org, []).append(basis)
    return kept


def _one(reference: str) -> Basis | None:
    with model.Session.no_autoflush:
        row = model.Session.execute(
            sa.select(*_COLUMNS).where(
                sa.or_(LegalBasis.id == reference, LegalBasis.number == reference)
            )
        ).first()
    return Basis(*row) if row is not None else None


ROWS = Rows()


def listen() -> None:
    """Lend the register to the rules, and follow approvals and the calendar."""
    legal_basis.use(ROWS)
    events.on_approved(note_use)
    events.on_withdrawn(note_withdrawn)
    jobs.at_every_turn(settle)
    jobs.before_index(ROWS.forget)


# Which entries lean on which grounds


def note_use(
    session: AlchemySession, package_id: str, version: int, entry: Mapping[str, Any]
) -> None:
    """Write down which grounds an entry in force leans on (`events.on_approved`)."""
    declares = openness.declares_withheld(entry)
    if version == 1 and not declares:
        return  # Nothing before it; a first approval in bulk asks nothing.
    session.execute(
        sa.delete(LegalBasisUse).where(LegalBasisUse.package_id == package_id)
    )
    if not declares:
        return
    whole = openness.declared_badge(entry) == openness.WITHHELD
    for basis_id, items in _leaning(entry).items():
        session.add(
            LegalBasisUse(
                package_id=package_id, basis_id=basis_id, items=items, whole=whole
            )
        )


def note_withdrawn(session: AlchemySession, package_id: str, _reason: str) -> None:
    """Strike off what a withdrawn entry leaned on (`events.on_withdrawn`)."""
    session.execute(
        sa.delete(LegalBasisUse).where(LegalBasisUse.package_id == package_id)
    )


def _leaning(entry: Mapping[str, Any]) -> dict[str, int]:
    """Return how many withheld items lean on each ground, by its id."""
    found: dict[str, int] = {}
    for item in openness.items_of(entry) or [{}]:
        if openness.declared_category(entry, item) == openness.WITHHELD:
            reference = text(item.get("legal_basis_id")) or text(
                entry.get("legal_basis_id")
            )
            basis = ROWS.find(reference) if reference else None
            basis_id = basis.id if basis is not None else ""
            found[basis_id] = found.get(basis_id, 0) + 1
    return found


def packages_of(session: AlchemySession, basis_ids: Iterable[str]) -> list[str]:
    """Return the ids of the entries that lean on any of these grounds."""
    return list(
        session.scalars(
            sa.select(LegalBasisUse.package_id)
            .where(LegalBasisUse.basis_id.in_(list(basis_ids)))
            .distinct()
        )
    )


def entries_in_force() -> sa.Select[tuple[str]]:
    """Return the query of the ids of all entries in force."""
    package: Any = model.Package
    return sa.select(package.id).where(
        package.state == model.State.ACTIVE, package.type == "dataset"
    )


# What time does


def withholding(today: dt.date | None = None) -> sa.ColumnElement[bool]:
    """Return `legal_basis.withholds` as a condition on rows."""
    day = today or clock.today()
    return sa.and_(
        sa.or_(
            LegalBasis.state == legal_basis.IN_FORCE,
            sa.and_(
                LegalBasis.state == legal_basis.SUBMITTED,
                LegalBasis.door != legal_basis.CITY,
            ),
        ),
        sa.or_(LegalBasis.valid_until.is_(None), LegalBasis.valid_until >= day),
        LegalBasis.next_check >= day,
    )


def settle(session: AlchemySession) -> list[str]:
    """Note the index work of every ground that no longer does what the index shows.

    Return the ids of the entries; the caller commits and has them indexed.
    """
    now = sa.func.coalesce(withholding(), sa.false())
    rows = session.execute(
        sa.select(LegalBasis.id, now)
        .where(LegalBasis.indexed != now)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return []
    for basis_id, holds in rows:
        session.execute(
            sa.update(LegalBasis).where(LegalBasis.id == basis_id).values(indexed=holds)
        )
    packages = packages_of(session, [row[0] for row in rows])
    for package_id in packages:
        jobs.note_index(session, package_id)
    return packages


def sweep() -> int:
    """Bring the index to what the dates say today; return how many entries changed.

    What `jobs.wake` leaves to a worker is done here at once.
    """
    packages = settle(model.Session())
    if not packages:
        model.Session.rollback()
        return 0
    model.Session.commit()
    ROWS.forget()
    jobs.run_index(packages)
    return len(packages)
