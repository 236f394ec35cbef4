"""Names for addresses: pinyin, since CKAN's own mungers drop every 汉字."""

from __future__ import annotations

import re
import secrets

import pypinyin

LONGEST = 60
SUFFIX_DIGITS = 6
_OTHER = re.compile(r"[^a-z0-9]+")


def slug(title: str, suffix: str = "") -> str:
    """Return the pinyin of `title`, at most 60 characters, "-" and `suffix` after it.

    Only a–z, 0–9 and hyphens; cut between syllables. A title without any letter gives
    "entry".

    >>> slug("江门市行政区划", "0a1b2c")
    'jiang-men-shi-xing-zheng-qu-hua-0a1b2c'
    """
    syllables = pypinyin.lazy_pinyin(title, errors=str.lower)
    words = [word for part in syllables for word in _OTHER.split(part.lower()) if word]
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word[:LONGEST]
        if len(longer) > LONGEST:
            break
        name = longer
    name = name or "entry"
    return f"{name}-{suffix}" if suffix else name


def new_entry_name(title: str) -> str:
    """Return a name for a new entry: the slug of its title and six random digits."""
    return slug(title, secrets.token_hex(SUFFIX_DIGITS // 2))
