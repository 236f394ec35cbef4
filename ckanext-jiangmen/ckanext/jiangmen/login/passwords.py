"""Passwords of accounts: hashed, aged, not used again.

Hashes are CKAN's (PBKDF2-SHA512); the rounds are those of OWASP ASVS 5.0, appendix C,
and an older hash is renewed at the next sign-in.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from passlib.handlers.pbkdf2 import pbkdf2_sha512

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.errors import JiangmenError
from ckanext.jiangmen.login import config
from ckanext.jiangmen.login.policy import Problem, problem
from ckanext.jiangmen.login.rows import PasswordRow

ROUNDS = 210_000

# passlib stops with an error beyond 4,096.
LONGEST_TYPED = 1024


class PasswordRefused(JiangmenError):
    """A password does not meet the policy, or was used before."""


def harden() -> None:
    """Have every new hash made with `ROUNDS`; CKAN renews older ones at sign-in."""
    pbkdf2_sha512.default_rounds = ROUNDS


def sentence(why: Problem) -> str:
    """Return why a password is refused, and what mends it, for its owner."""
    of = config.policy()
    return {
        Problem.SHORT: tk._("The password needs at least {number} characters."),
        Problem.LONG: tk._("The password has more than {longest} characters."),
        Problem.CLASSES: tk._(
            "The password needs {classes} of these four: small letters, capital"
            " letters, digits, other signs."
        ),
        Problem.COMMON: tk._(
            "The password is one of the most common ones, or nearly so; please choose"
            " another."
        ),
        Problem.NAME: tk._(
            "The password contains the name of the account, of a department or of the"
            " platform; please choose another."
        ),
        Problem.PATTERN: tk._(
            "The password is a run of neighbouring keys or repeats itself; please"
            " choose another."
        ),
    }[why].format(number=of.shortest, longest=of.longest, classes=of.classes)


def words_of_departments() -> list[str]:
    """Return names and titles of organizations: no password contains one."""
    rows = model.Session.execute(
        sa.select(model.Group.name, model.Group.title).where(
            model.Group.is_organization.is_(True)
        )
    )
    return [word for row in rows for word in row if word]


def names_of(name: str, fullname: str | None = None, email: str | None = None) -> list:
    """Return the words that are the account's own."""
    own = [name, (email or "").split("@")[0], *(fullname or "").split()]
    return [word for word in own if word]


def check(password: str, names: list[str]) -> None:
    """Raise `PasswordRefused` with a sentence if the policy refuses the password."""
    why = problem(password, config.policy(), names=names, words=words_of_departments())
    if why is not None:
        raise PasswordRefused(sentence(why))


def check_new(user: model.User, password: str) -> None:
    """Raise `PasswordRefused` if the account may not take this password."""
    check(password, names_of(user.name, user.fullname, user.email))
    remembered = config.policy().remembered
    hashes = model.Session.scalars(
        sa.select(PasswordRow.hash)
        .where(PasswordRow.user_id == user.id)
        .order_by(PasswordRow.id.desc())
        .limit(remembered)
    )
    if any(pbkdf2_sha512.verify(password, each) for each in {*hashes, user.password}):
        raise PasswordRefused(
            tk._(
                "This is one of your last {number} passwords; please choose another."
            ).format(number=remembered)
        )


def matches(user: model.User | None, password: str) -> bool:
    """Return whether the password is the account's; as slow where there is none.

    An outdated hash is renewed, here and in the list of used ones.
    """
    if not password or len(password) > LONGEST_TYPED or "\x00" in password:
        return False
    if user is None or not user.password or not user.is_active:
        pbkdf2_sha512.hash(password)
        return False
    before = user.password
    right = user.validate_password(password)
    if right and user.password != before:
        model.Session.execute(
            sa.update(PasswordRow)
            .where(PasswordRow.user_id == user.id, PasswordRow.hash == before)
            .values(hash=user.password)
        )
        model.Session.commit()
    return right


def record(user: model.User, *, one_time: bool) -> None:
    """Keep the account's present password as the one in force; forget the oldest."""
    model.Session.add(
        PasswordRow(
            user_id=user.id,
            hash=user.password,
            changed=clock.now(),
            one_time=one_time,
        )
    )
    model.Session.flush()
    kept = (
        sa.select(PasswordRow.id)
        .where(PasswordRow.user_id == user.id)
        .order_by(PasswordRow.id.desc())
        .limit(config.policy().remembered)
    )
    model.Session.execute(
        sa.delete(PasswordRow).where(
            PasswordRow.user_id == user.id, PasswordRow.id.not_in(kept)
        )
    )


def put(user: model.User, password: str, *, one_time: bool) -> None:
    """Give the account a password and commit."""
    user.password = password
    model.Session.add(user)
    record(user, one_time=one_time)
    model.Session.commit()


def due(user: model.User) -> dt.datetime | None:
    """Return when the account's password must be changed; None for never.

    At once where somebody else chose it: by an action, or past them (`ckan user
    setpass`), which shows in a hash that is none of ours.
    """
    newest = model.Session.scalars(
        sa.select(PasswordRow)
        .where(PasswordRow.user_id == user.id)
        .order_by(PasswordRow.id.desc())
        .limit(1)
    ).first()
    if newest is None or newest.one_time or newest.hash != user.password:
        return dt.datetime.fromtimestamp(0, dt.UTC)
    days = config.policy().days
    return newest.changed + dt.timedelta(days=days) if days else None
