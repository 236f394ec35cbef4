"""What only this site can open or make: mail addresses, links, marks of forms.

All keys are derived from SECRET_KEY: another one makes old letters and links void.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.tables.crypto import Key, Keyring

LINK_BYTES = 24
SUM_CHARACTERS = 32


def _derived(purpose: str) -> bytes:
    key = str(tk.config["SECRET_KEY"]).encode()
    return hmac.digest(key, f"jiangmen dialogue {purpose}".encode(), "sha256")


def _keyring() -> Keyring:
    key = Key("d1", _derived("mail")[:16], _derived("mail index"))
    return Keyring([key], key.id)


def seal(text: str) -> str:
    """Return a text as ciphertext, "" of nothing."""
    return str(_keyring().encrypt_all([text])[0]) if text else ""


def unseal(ciphertext: str) -> str:
    """Return the text of a ciphertext. Raise `TableError` if it was altered."""
    return str(_keyring().decrypt_all([ciphertext])[0]) if ciphertext else ""


def mail_key(mail: str) -> str:
    """Return the keyed sum by which equal addresses are found."""
    return keyed_sum("address", mail.casefold())


def keyed_sum(purpose: str, text: str) -> str:
    """Return a keyed sum, 32 characters that tell nothing of the text."""
    digest = hmac.digest(_derived(purpose), text.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode()[:SUM_CHARACTERS]


def is_sum(purpose: str, text: str, given: str) -> bool:
    """Return whether `given` is the keyed sum of `text`."""
    return hmac.compare_digest(
        keyed_sum(purpose, text).encode(), given.encode("utf-8", "replace")
    )


def new_link() -> str:
    """Return the secret part of a new link."""
    return secrets.token_urlsafe(LINK_BYTES)


def stored(link: str) -> str:
    """Return what is kept of a link: its sum."""
    return hashlib.sha256(link.encode("utf-8", "replace")).hexdigest()


def form_mark(now_s: float | None = None) -> str:
    """Return the mark of a form that is given out now."""
    moment = str(int(time.time() if now_s is None else now_s))
    return f"{moment}.{keyed_sum('form', moment)}"


def form_age_s(mark: str) -> float | None:
    """Return how long ago a form was given out, None where the mark is not ours."""
    moment, _, given = mark.partition(".")
    if not (moment.isascii() and moment.isdecimal() and len(moment) < 12):
        return None
    return time.time() - int(moment) if is_sum("form", moment, given) else None
