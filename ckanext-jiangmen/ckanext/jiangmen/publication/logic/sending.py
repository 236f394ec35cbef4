"""Actions of the share site: how publications stand, exceptions, another try."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.publication import outbox
from ckanext.jiangmen.publication.detect import EXCEPTABLE, Kind
from ckanext.jiangmen.publication.logic import schema
from ckanext.jiangmen.publication.model import (
    BLOCKED,
    SUPERSEDED,
    Publication,
    Receipt,
    ReviewedException,
)

DataDict = dict[str, Any]

LIST_LIMIT = 500


def _checked(data_dict: DataDict, wanted: schema.Schema) -> DataDict:
    given = {key: data_dict[key] for key in wanted if key in data_dict}
    data, errors = tk.navl_validate(given, wanted)
    if errors:
        raise tk.ValidationError(errors)
    return data


@tk.side_effect_free
def jiangmen_publication_list(context: Context, data_dict: DataDict) -> DataDict:
    """List entries on their way to the open site, the newest crossing of each.

    ``ckanapi action jiangmen_publication_list state=blocked -r URL``

    :param state: ``waiting``, ``sending``, ``blocked`` or ``done`` (optional)
    :param organization: id of the department (optional); departments see their own
    :param limit: 50 unless told, 500 at most
    :param offset: 0 unless told

    :returns: ``count`` and ``results`` as `jiangmen_publication_show` answers them,
        without receipts
    """
    tk.check_access("jiangmen_publication_list", context, data_dict)
    data = _checked(data_dict, schema.publication_list())
    newest = (
        sa.select(sa.func.max(Publication.id))
        .group_by(Publication.package_id)
        .scalar_subquery()
    )
    query = sa.select(Publication).where(
        Publication.id.in_(newest), Publication.state != SUPERSEDED
    )
    caller = caller_of(context)
    if not (caller.has(Role.COORDINATOR) or caller.has(Role.SECRECY_REVIEWER)):
        query = query.where(Publication.owner_org.in_(caller.organizations))
    if data.get("organization"):
        query = query.where(Publication.owner_org == data["organization"])
    if data.get("state"):
        query = query.where(Publication.state == data["state"])
    counted = sa.select(sa.func.count()).select_from(query.subquery())
    rows = model.Session.scalars(
        query.order_by(Publication.id.desc())
        .limit(min(data["limit"], LIST_LIMIT))
        .offset(data["offset"])
    )
    return {
        "count": model.Session.scalar(counted),
        "results": [as_dict(row) for row in rows],
    }


@tk.side_effect_free
def jiangmen_publication_show(context: Context, data_dict: DataDict) -> DataDict:
    """Show how an entry's newest crossing stands, and why it does not go on.

    ``ckanapi action jiangmen_publication_show id=ENTRY -r URL``

    :param id: id of the entry

    :returns: ``id``, ``package_id``, ``title``, ``verb``, ``version``, ``state``,
        ``attempts``, ``error`` (one sentence), ``findings`` (``kind``, ``place``,
        ``place_key``, ``message``, …), ``bytes_sent``, ``bytes_total``, times, and
        ``receipts`` of all crossings of the entry
    """
    package_id = tk.get_or_bust(data_dict, "id")
    tk.check_access("jiangmen_publication_show", context, data_dict)
    receipts = model.Session.scalars(
        sa.select(Receipt)
        .where(Receipt.package_id == package_id)
        .order_by(Receipt.at.desc())
    )
    return as_dict(_newest(package_id)) | {
        "receipts": [
            {
                "crossing": receipt.crossing,
                "verb": receipt.verb,
                "version": receipt.version,
                "hash": receipt.hash,
                "bytes": receipt.bytes,
                "at": receipt.at.isoformat(),
            }
            for receipt in receipts
        ]
    }


def jiangmen_publication_retry(context: Context, data_dict: DataDict) -> DataDict:
    """Have an entry's crossing tried again at once.

    ``ckanapi action jiangmen_publication_retry id=ENTRY -r URL``

    :param id: id of the entry

    :returns: the crossing as `jiangmen_publication_show`, without receipts
    """
    package_id = tk.get_or_bust(data_dict, "id")
    tk.check_access("jiangmen_publication_retry", context, data_dict)
    row = _newest(package_id)
    if row.state not in outbox.UNSENT:
        raise tk.ValidationError({"id": [tk._("This publication is finished.")]})
    outbox.retry(model.Session(), row)
    return as_dict(row)


def jiangmen_publication_exception_create(
    context: Context, data_dict: DataDict
) -> DataDict:
    """Let a find pass at one place, with the reason; never an identity number.

    ``ckanapi action jiangmen_publication_exception_create id=ENTRY kind=手机号码
    place=PLACE_KEY reason=值班电话 -r URL``

    :param id: id of the entry
    :param kind: the find's ``kind``
    :param place: the find's ``place_key``; rows of one column are one place
    :param reason: why it may be public

    :returns: the exception; the publication is tried again at once
    """
    tk.check_access("jiangmen_publication_exception_create", context, data_dict)
    data = _checked(data_dict, schema.exception_create())
    row = _newest(data["id"])
    _check_exception(row, data)
    found = model.Session.scalar(
        sa.select(ReviewedException).where(
            ReviewedException.package_id == row.package_id,
            ReviewedException.kind == data["kind"],
            ReviewedException.place_key == data["place"],
        )
    )
    if found is None:
        found = ReviewedException(
            id=str(uuid.uuid4()),
            package_id=row.package_id,
            kind=data["kind"],
            place_key=data["place"],
            reason=data["reason"],
            reviewer=caller_of(context).user_id,
            created=clock.now(),
        )
        model.Session.add(found)
    if row.state == BLOCKED:
        outbox.retry(model.Session(), row)
    model.Session.commit()
    return {
        "id": found.id,
        "package_id": found.package_id,
        "kind": found.kind,
        "place": found.place_key,
        "reason": found.reason,
        "reviewer": found.reviewer,
        "created": found.created.isoformat(),
    }


def _check_exception(row: Publication, data: DataDict) -> None:
    if data["kind"] == Kind.IDENTITY:
        raise tk.ValidationError(
            {"kind": [tk._("An identity number is never published.")]}
        )
    if data["kind"] not in set(EXCEPTABLE):
        raise tk.ValidationError({"kind": [tk._("There is no such kind of find.")]})
    places = {(f["kind"], f["place_key"]) for f in row.findings}
    if (data["kind"], data["place"]) not in places:
        raise tk.ValidationError({"place": [tk._("Nothing was found at this place.")]})


def _newest(package_id: str) -> Publication:
    row = outbox.newest(model.Session(), package_id)
    if row is None:
        raise tk.ObjectNotFound(tk._("This entry was never to be published."))
    return row


def as_dict(row: Publication) -> DataDict:
    """Return a crossing as people may see it, without the entry itself."""
    return {
        "id": row.id,
        "package_id": row.package_id,
        "owner_org": row.owner_org,
        "title": row.title,
        "verb": row.verb,
        "version": row.version,
        "reason": row.reason,
        "state": row.state,
        "attempts": row.attempts,
        "error": row.error,
        "findings": row.findings,
        "bytes_sent": row.bytes_sent,
        "bytes_total": row.bytes_total,
        "created": row.created.isoformat(),
        "due": row.due.isoformat(),
        "finished": row.finished.isoformat() if row.finished else None,
    }
