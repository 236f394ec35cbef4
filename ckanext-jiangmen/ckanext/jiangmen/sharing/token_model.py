"""Rows of tokens: terms, bounds and last use; CKAN's own row says that one exists."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model

_Moment = sa.DateTime(timezone=True)


class TokenRow(tk.BaseModel):
    """One token; `id` is that of CKAN's `api_token` and the token's `jti`.

    A machine token has an organization, ids of grants and address ranges (CIDR), a
    personal one none of the three. `replaced_by` is the token it was rotated into.
    The row stays when the token is revoked.
    """

    __tablename__ = "jiangmen_token"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    name: Mapped[str]
    organization_id: Mapped[str | None]
    grants: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text))
    ranges: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text))
    created: Mapped[dt.datetime] = mapped_column(_Moment, server_default=sa.func.now())
    valid_until: Mapped[dt.datetime] = mapped_column(_Moment)
    last_used: Mapped[dt.datetime | None] = mapped_column(_Moment)
    last_address: Mapped[str | None]
    revoked: Mapped[dt.datetime | None] = mapped_column(_Moment)
    revoked_by: Mapped[str | None]
    replaced_by: Mapped[str | None]

    @property
    def is_machine(self) -> bool:
        """Return whether the token is bound to grants."""
        return self.grants is not None


def get(token_id: str, *, locked: bool = False) -> TokenRow | None:
    """Return one token's row; `locked` until the transaction ends."""
    wanted = sa.select(TokenRow).where(TokenRow.id == token_id)
    if locked:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return model.Session.scalars(wanted).one_or_none()


def presented(token_id: str) -> tuple[TokenRow, model.User | None] | None:
    """Return the row of a token that a call brings, with its account.

    One question for the three rows, as every call asks it; the account is None if CKAN
    has no such token or account any more.
    """
    found = model.Session.execute(
        sa.select(TokenRow, model.User)
        .outerjoin(model.ApiToken, model.ApiToken.id == TokenRow.id)
        .outerjoin(model.User, model.User.id == model.ApiToken.user_id)
        .where(TokenRow.id == token_id)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def of_accounts(user_id: str | None, limit: int) -> list[TokenRow]:
    """Return the tokens of an account, newest first; None for everybody's."""
    wanted = sa.select(TokenRow).order_by(TokenRow.created.desc(), TokenRow.id)
    if user_id is not None:
        wanted = wanted.where(TokenRow.user_id == user_id)
    return list(model.Session.scalars(wanted.limit(limit)))


def count_live(user_id: str, now: dt.datetime) -> int:
    """Return how many machine tokens of an account are in force."""
    wanted = sa.select(sa.func.count()).where(
        TokenRow.user_id == user_id,
        TokenRow.grants.is_not(None),
        TokenRow.revoked.is_(None),
        TokenRow.valid_until > now,
    )
    return model.Session.scalar(wanted) or 0
