"""What is asked of a new token: checked field by field, a sentence for each mistake."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import clock, config
from ckanext.jiangmen.sharing import grants as granted
from ckanext.jiangmen.sharing import tokens
from ckanext.jiangmen.sharing.tokens import Why

DataDict = dict[str, Any]

MAX_GRANTS = 50
LONGEST_NAME = 100
LONGEST_ID = 100
OVERLAP_MINUTES = 60
LONGEST_OVERLAP_MINUTES = 7 * 24 * 60


def wrong(field: str, sentence: str) -> tk.ValidationError:
    """Return the error that names one field."""
    return tk.ValidationError({field: [sentence]})


def name(data_dict: DataDict) -> str:
    """Return what a token is for, in one line. Raise ValidationError."""
    name = " ".join(str(data_dict.get("name") or "").split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise wrong("name", tk._("Please say in up to 100 characters what it is for."))
    return name


def _texts(data_dict: DataDict, field: str) -> list[str]:
    """Return a list of texts; a text is taken apart at commas, spaces and lines."""
    given = data_dict.get(field)
    if isinstance(given, str):
        given = given.replace(",", " ").replace("，", " ").split()
    if not isinstance(given, list):
        return []
    return list(dict.fromkeys(str(value).strip() for value in given))


def grant_ids(data_dict: DataDict) -> list[str]:
    """Return the ids of the grants asked for. Raise ValidationError."""
    ids = _texts(data_dict, "grants")
    if not 1 <= len(ids) <= MAX_GRANTS or any(len(i) > LONGEST_ID for i in ids):
        raise wrong("grants", tk._("Please name 1 to 50 grants."))
    return ids


def ranges(data_dict: DataDict) -> list[str]:
    """Return the address ranges asked for (CIDR). Raise ValidationError."""
    texts = _texts(data_dict, "ranges")
    if not 1 <= len(texts) <= tokens.MAX_RANGES:
        raise wrong(
            "ranges", tk._("Please name 1 to 20 addresses or networks (10.2.0.0/16).")
        )
    try:
        return tokens.parse_ranges(texts)
    except tokens.RangeRefused as err:
        raise wrong("ranges", _range_sentence(err)) from err


def _range_sentence(err: tokens.RangeRefused) -> str:
    said = {
        Why.NO_RANGE: tk._(
            "“{range}” is neither an address nor a network such as 10.2.0.0/16."
        ),
        Why.HOST_BITS: tk._(
            "“{range}” does not begin with the first address of its network."
        ),
        Why.TOO_WIDE: tk._(
            "“{range}” is too wide: at least /8 for IPv4 and /32 for IPv6."
        ),
    }
    return said[err.why].format(range=err.text[:50])


def valid_until(data_dict: DataDict, longest: dt.datetime) -> dt.datetime:
    """Return the end of a new token's term. Raise ValidationError."""
    now = clock.now()
    given = data_dict.get("valid_until")
    if given in (None, ""):
        return min(longest, now + dt.timedelta(days=config.token_default_days()))
    until = granted.moment_until(given)
    if until is None:
        raise wrong("valid_until", tk._("Please write the day as 2027-01-31."))
    if until <= now:
        raise wrong("valid_until", tk._("The end of the term lies in the past."))
    if until > longest:
        raise wrong(
            "valid_until",
            tk._("The longest of the grants ends on {day}.").format(
                day=clock.local(longest).date().isoformat()
            ),
        )
    days = config.token_longest_days()
    if until > now + dt.timedelta(days=days):
        raise wrong(
            "valid_until",
            tk._("A token is valid for 1 to {days} days.").format(days=days),
        )
    return until


def overlap_minutes(data_dict: DataDict) -> int:
    """Return how long an old token still works. Raise ValidationError."""
    given = data_dict.get("overlap_minutes")
    try:
        minutes = OVERLAP_MINUTES if given in (None, "") else int(str(given)[:10])
    except ValueError:
        minutes = -1
    if not 0 <= minutes <= LONGEST_OVERLAP_MINUTES:
        raise wrong("overlap_minutes", tk._("Please give 0 to 10080 minutes."))
    return minutes
