"""Who wants to hear of changes: confirmed by a link, ended by a link, told once.

Links hold a keyed sum of the subscription's id; nothing of them is stored.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.portal.dialogue import config, letters, mails, sealing
from ckanext.jiangmen.portal.dialogue.model import Subscription

SCOPES = ("entry", "theme", "all")
PACES = ("daily", "immediate")
WAITING, CONFIRMED = "waiting", "confirmed"
WAITING_DAYS = 7
# A change is told when its transaction has surely ended.
LAG = dt.timedelta(minutes=5)
MOST_CHANGES = 20


def ask(scope: str, target: str, pace: str, mail: str) -> None:
    """Keep a wish and send a link that confirms it. The caller commits.

    Whoever asks is told the same whether the address subscribed before or not.
    """
    key = sealing.mail_key(mail)
    row = model.Session.scalar(
        sa.select(Subscription).where(
            Subscription.mail_key == key,
            Subscription.scope == scope,
            Subscription.target == target,
        )
    )
    if row is not None and row.state == CONFIRMED:
        row.pace = pace
        return
    if row is None:
        now = clock.now()
        row = Subscription(
            id=str(uuid.uuid4()),
            scope=scope,
            target=target,
            state=WAITING,
            mail=sealing.seal(mail),
            mail_key=key,
            created=now,
            told=now,
        )
        model.Session.add(row)
    row.pace = pace
    if mails.has_room(mail, config.letters_per_day()):
        letters.confirmation(mail, title_of(row), link("confirm", row.id))


def link(purpose: str, subscription_id: str) -> str:
    """Return the secret part of a link of a subscription."""
    return f"{subscription_id}.{sealing.keyed_sum(purpose, subscription_id)}"


def by_link(purpose: str, given: str) -> Subscription | None:
    """Return the subscription that a link is for, None where it is not ours."""
    subscription_id, _, mark = given.partition(".")
    if not sealing.is_sum(purpose, subscription_id, mark):
        return None
    return model.Session.get(Subscription, subscription_id)


def title_of(row: Subscription) -> str:
    """Return what is subscribed to, in Chinese: letters are."""
    if row.scope == "entry":
        package = model.Package.get(row.target)
        return f"信息资源“{package.title}”" if package else "信息资源"
    if row.scope == "theme":
        group = model.Group.get(row.target)
        return f"“{group.title}”" if group else "主题"
    return "全部信息资源"


def confirm(row: Subscription) -> None:
    """Have a subscription begin now. The caller commits."""
    if row.state == WAITING:
        row.state, row.told = CONFIRMED, clock.now()


def end(row: Subscription) -> None:
    """Forget a subscription and its address. The caller commits."""
    model.Session.delete(row)


def tell(pace: str) -> int:
    """Queue a letter to each subscriber of `pace` for whom something changed.

    Return how many. Each is committed with the moment up to which it tells.
    """
    until, queued = clock.now() - LAG, 0
    ids = model.Session.scalars(
        sa.select(Subscription.id).where(
            Subscription.state == CONFIRMED,
            Subscription.pace == pace,
            Subscription.told < until,
        )
    ).all()
    for subscription_id in ids:
        row = model.Session.get(
            Subscription, subscription_id, with_for_update=True, populate_existing=True
        )
        if row is not None and row.told < until:
            changes = _changes(row, until)
            if changes:
                stop = link("stop", row.id)
                mail = sealing.unseal(row.mail)
                letters.changes(mail, title_of(row), changes, stop)
                queued += 1
            row.told = until
        model.Session.commit()
    return queued


def _changes(row: Subscription, until: dt.datetime) -> list[Any]:
    """Return name and title of public entries that changed since the last letter."""
    package: Any = model.Package
    query = sa.select(package.name, package.title).where(
        package.state == model.State.ACTIVE,
        package.private.is_(False),
        package.type == "dataset",
        # Core keeps moments in UTC without a zone.
        package.metadata_modified > row.told.astimezone(dt.UTC).replace(tzinfo=None),
        package.metadata_modified <= until.replace(tzinfo=None),
    )
    if row.scope == "entry":
        query = query.where(package.id == row.target)
    elif row.scope == "theme":
        member: Any = model.Member
        query = query.join(member, member.table_id == package.id).where(
            member.group_id == row.target, member.state == model.State.ACTIVE
        )
    query = query.order_by(package.metadata_modified.desc()).limit(MOST_CHANGES)
    return list(model.Session.execute(query))


def forget() -> None:
    """Remove what nobody confirmed within a week. Commits."""
    before = clock.now() - dt.timedelta(days=WAITING_DAYS)
    model.Session.execute(
        sa.delete(Subscription).where(
            Subscription.state == WAITING, Subscription.created < before
        )
    )
    model.Session.commit()
