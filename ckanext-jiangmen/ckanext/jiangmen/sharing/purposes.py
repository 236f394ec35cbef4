"""What data of the base libraries are read for (五(二): shared by all, and logged).

Declared once per account, library and day, or sent with a call as `X-Purpose`.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import unquote

import sqlalchemy as sa
from flask import has_request_context, request
from sqlalchemy.dialects.postgresql import insert

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.sharing.model import PurposeRow

HEADER = "X-Purpose"
SHORTEST, LONGEST = 4, 200


def checked(text: object) -> str:
    """Return a purpose in one line. Raise ValidationError if it says too little."""
    purpose = " ".join(str(text or "").split())
    if not SHORTEST <= len(purpose) <= LONGEST or "\ufffd" in purpose:
        sentence = tk._("Please say in 4 to 200 characters what the data are used for.")
        raise tk.ValidationError({"purpose": [sentence]})
    return purpose


def sent_with_request() -> str:
    """Return the purpose in the request's header, "" without one.

    It is percent-encoded UTF-8. Raise ValidationError where it says too little.
    """
    sent = request.headers.get(HEADER) if has_request_context() else None
    return checked(unquote(sent, errors="replace")) if sent else ""


def declare(user_id: str, library: str, purpose: str) -> None:
    """Write down what the account reads the library for today; the last word counts."""
    day = clock.today()
    values = {"purpose": purpose, "declared": clock.now()}
    model.Session.execute(
        insert(PurposeRow)
        .values(user_id=user_id, library=library, day=day, **values)
        .on_conflict_do_update(
            index_elements=["user_id", "library", "day"], set_=values
        )
    )
    model.Session.commit()


def declared(user_id: str, libraries: Collection[str]) -> str:
    """Return what the account declared today for one of the libraries, else ""."""
    found = model.Session.scalars(
        sa.select(PurposeRow.purpose).where(
            PurposeRow.user_id == user_id,
            PurposeRow.library.in_(libraries),
            PurposeRow.day == clock.today(),
        )
    ).all()
    return "；".join(dict.fromkeys(found)) if found else ""
