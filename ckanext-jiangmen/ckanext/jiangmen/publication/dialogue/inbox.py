"""The share site's book of messages: pulled, answered by a department, sent back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.publication.dialogue.model import InquiryStep
from ckanext.jiangmen.publication.model import Document

Body = dict[str, Any]


def unsent_steps(kind: str) -> list[Body]:
    """Return the steps that no document of `kind` holds yet, the oldest first."""
    name = InquiryStep.number + " " + sa.cast(InquiryStep.step, sa.Text)
    sent = sa.exists().where(Document.kind == kind, Document.name == name)
    rows = model.Session.scalars(
        sa.select(InquiryStep)
        .where(~sent)
        .order_by(InquiryStep.at, InquiryStep.number, InquiryStep.step)
    )
    return [
        {
            "number": row.number,
            "step": row.step,
            "state": row.state,
            "text": row.text,
            "ground": row.ground,
            "department": row.department,
            "at": row.at.isoformat(),
        }
        for row in rows
    ]
