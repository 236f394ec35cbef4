"""What a revision's state makes somebody owe; written with the state, never later."""

from __future__ import annotations

from ckan.types import AlchemySession

from ckanext.jiangmen.catalog import review
from ckanext.jiangmen.catalog.model import Revision
from ckanext.jiangmen.duties import book

RETURNED = "revision_returned"
GIVEN_UP = ("discarded", "superseded")


def note(session: AlchemySession, revision: Revision) -> None:
    """Close what was owed for a revision and open what its state asks for now.

    Under review the holders of the due step's role owe it, returned its author does.
    """
    owed = _owed(revision)
    outcome = book.CANCELLED if revision.state in GIVEN_UP else book.DONE
    book.pass_on(session, revision.id, *([owed] if owed else []), outcome=outcome)


def _owed(revision: Revision) -> book.Owed | None:
    known = {
        "subject": revision.id,
        "package_id": revision.package_id,
        "title": revision.title,
    }
    if revision.state == "returned":
        return book.Owed(kind=RETURNED, account=revision.author, **known)
    if revision.state != "submitted" or revision.step is None:
        return None
    inside = revision.step in review.STEPS_OF_DEPARTMENT
    return book.Owed(
        kind=f"revision_{revision.step}",
        role=str(review.ROLE_OF_STEP[revision.step]),
        organization=revision.owner_org if inside else "",
        **known,
    )
