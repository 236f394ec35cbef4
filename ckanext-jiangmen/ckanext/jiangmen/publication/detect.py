"""What must not become public: found in one piece of text, by checksum and by form.

Identity numbers (GB 11643), mobile numbers, bank cards and 密级 marks
(保守国家秘密法; GB/T 9704-2012, 7.2.2). Plain Python; nothing is ever returned in full.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum import luhn

from ckanext.jiangmen import identity


class Kind(enum.StrEnum):
    """What was found; the value is the word users read."""

    IDENTITY = "居民身份证号码"
    MOBILE = "手机号码"
    BANK_CARD = "银行卡号"
    MARK = "密级标志"
    UNREADABLE = "无法检查的内容"


# A reviewer may let these pass with a reason; an identity number never.
EXCEPTABLE = frozenset({Kind.MOBILE, Kind.BANK_CARD, Kind.MARK, Kind.UNREADABLE})


@dataclass(frozen=True)
class Hit:
    """One find in one text.

    `family` says which kind of code the text may be instead ("15", "11", "card"; "" if
    the find is certain), `alone` whether the text is nothing but that number.
    """

    kind: Kind
    masked: str
    family: str = ""
    alone: bool = False


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_HEX = re.compile(
    r"\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r"|(?=[0-9]*[a-f])(?:[0-9a-f]{32,128}))\b",
    re.IGNORECASE,
)
_GAP = r"[ \-\u2010-\u2015_·./]{0,2}"

# Every group of digits may begin a number: hence the lookahead, which consumes nothing.
_IDENTITY_18 = re.compile(
    rf"(?<![0-9])(?=([1-9](?:{_GAP}[0-9]){{16}}{_GAP}[0-9XxХх×])(?![0-9]))"
)
_IDENTITY_15 = re.compile(r"(?<![0-9])(?<![0-9]\.)([1-9][0-9]{14})(?![0-9])(?!\.[0-9])")
_MOBILE = re.compile(
    r"(?<![0-9])(?<![0-9]\.)(?:(?:\+|00)?86[ \-]?)?"
    r"(1[3-9][0-9][ \-]?[0-9]{4}[ \-]?[0-9]{4})(?![0-9])(?!\.[0-9])"
)
_CARD = re.compile(
    rf"(?<![0-9])(?<![0-9]\.)(?=([3-69](?:{_GAP}[0-9]){{14,18}})(?![0-9]))"
)
# Allocated to mobile networks (工信部 电信网编号计划, 2017, as extended since).
_MOBILE_SEGMENT = re.compile(
    "13[0-9]|14[4-9]|15[0-35-9]|16[2567]|17[0-8]|18[0-9]|19[0-35-9]"
)
# First digits of cards issued in China (银联 62, older ones 60) …
_CARD_SURE = re.compile("62|60|955[589]")
# … and of foreign brands, which codes that begin with a region resemble.
_CARD_BRAND = re.compile("4[0-9]{15}$|5[1-5][0-9]{14}$|35[0-9]{14}$|3[47][0-9]{13}$")
_LONG_NUMBER = re.compile(r"(?<![0-9])[0-9]{11,19}(?![0-9])")

_LEVEL = r"(?:绝\s*密|机\s*密|秘\s*密)"
_TERM = r"(?:[0-9一二三四五六七八九十]+\s*(?:年|个月|月|天)|长期|启用前)"
_MARKS = (
    # The star of GB/T 9704-2012, 7.2.2, on either side of the level.
    re.compile(rf"{_LEVEL}(?:级)?\s*[★☆✩⭐]\s*{_TERM}?"),
    re.compile(rf"[★☆✩⭐]\s*{_LEVEL}"),
    re.compile(rf"{_LEVEL}(?:级)?\s*[*×]\s*{_TERM}"),
    re.compile(rf"密\s*级\s*[:]\s*{_LEVEL}"),
    # A line or a cell of its own, with or without brackets, class or term.
    re.compile(
        rf"^[\s\[(【〔「『<《]*{_LEVEL}(?:级|件|文件|资料|材料)?"
        rf"\s*{_TERM}?[\s\])】〕」』>》!*]*$"
    ),
)

# Whoever has none of these holds nothing: one quick look saves the others. 11 digits
# of any kind are counted, to tell columns of codes from columns of telephones.
_CANDIDATE = (
    r"(?<![0-9])(?:86[ \-]?)?[0-9]{3}[ \-]?[0-9]{4}[ \-]?[0-9]{4}(?![0-9])"
    rf"|(?<![0-9])[1-9](?:{_GAP}[0-9]){{14}}"
    r"|[绝机秘]\s*密|密\s*级"
)
_WORTH_A_LOOK = re.compile(_CANDIDATE)
# Digits in other shapes, and what is put between them unseen.
_SUSPECT = re.compile(
    _CANDIDATE + "|[\u00ad\u200b-\u200f\u2060\ufeff\uff10-\uff19\U0001d7ce-\U0001d7ff]"
)


def is_suspect(text: str) -> bool:
    r"""Return whether `text`, not yet `plain`, needs any look at all.

    Cells are joined by \x1f, lines by line ends.
    """
    return _SUSPECT.search(text) is not None


def plain(text: str) -> str:
    """Return `text` with half-width digits and without invisible characters."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def worth_a_look(text: str) -> bool:
    """Return whether `text`, made `plain`, can hold anything at all."""
    return _WORTH_A_LOOK.search(text) is not None


def find(text: str) -> Iterator[Hit]:
    """Yield what `text`, already made `plain`, holds: one line or one cell."""
    if not worth_a_look(text):
        return
    for pattern in _MARKS:
        if found := pattern.search(text):
            yield Hit(Kind.MARK, found.group().strip())
            break
    digits = _HEX.sub("#", text)
    taken: list[tuple[int, int]] = []
    for hit, span in _numbers(digits):
        if not any(start < span[1] and span[0] < end for start, end in taken):
            taken.append(span)
            yield hit


def _numbers(text: str) -> Iterator[tuple[Hit, tuple[int, int]]]:
    """Yield finds with their span, the surest kinds first."""
    alone = text.strip()
    for found in _IDENTITY_18.finditer(text):
        number = identity_18(found[1])
        if number is not None:
            yield Hit(Kind.IDENTITY, identity.mask(number)), found.span(1)
    for found in _CARD.finditer(text):
        written = _card(found[1])
        if written is not None:
            span = (found.start(1), found.start(1) + len(written))
            masked = identity.mask(_digits(written))
            yield Hit(Kind.BANK_CARD, masked, "card", written == alone), span
    for found in _IDENTITY_15.finditer(text):
        if is_old_identity(found[1]):
            masked = identity.mask(found[1])
            yield Hit(Kind.IDENTITY, masked, "15", found[1] == alone), found.span(1)
    for found in _MOBILE.finditer(text):
        number = _digits(found[1])
        # 13000000000 in a table of money is an amount.
        if _MOBILE_SEGMENT.match(number) and not number.endswith("000000"):
            hit = Hit(Kind.MOBILE, identity.mask(number), "11", number == alone)
            yield hit, found.span(1)


def family_of(text: str) -> str:
    """Return which kind of number a whole cell could be taken for: "15", "11", "card".

    "" for everything else; what is counted to tell codes from numbers of people.
    """
    stripped = text.strip()
    if not _LONG_NUMBER.fullmatch(stripped):
        return ""
    length = len(stripped)
    return {11: "11", 15: "15"}.get(length, "card" if length >= 16 else "")


def identity_18(written: str) -> str | None:
    """Return the identity number that `written` holds, without separators, or None.

    >>> identity_18("440524-18800101-0014")
    '440524188001010014'
    """
    number = re.sub(r"[^0-9XxХх×]", "", written)
    number = re.sub(r"[xХх×]", "X", number)
    return number if identity.is_resident_number(number) else None


def is_old_identity(number: str) -> bool:
    """Return whether 15 digits are an identity number as given before 1999.

    It has a region and a birth date of the twentieth century, but no check character.
    """
    body = f"{number[:6]}19{number[6:]}"
    return number[12:] != "000" and identity.is_resident_number(
        body + identity.resident_check_character(body)
    )


def _card(written: str) -> str | None:
    """Return the longest beginning of `written` that is a bank card's number."""
    for length in (19, 18, 17, 16, 15):
        taken = _first_digits(written, length)
        if taken is not None and is_card(_digits(taken)):
            return taken
    return None


def is_card(number: str) -> bool:
    """Return whether the digits are a bank card's: issuer, length and Luhn's digit."""
    if _CARD_SURE.match(number):
        return len(number) >= 16 and luhn.is_valid(number)
    if not identity.is_bank_card(number):
        return False
    region = identity.region_known_at_birth(number[:6], 1980)
    return _CARD_BRAND.match(number) is not None and not region


def _first_digits(written: str, count: int) -> str | None:
    """Return `written` up to its `count`-th digit, None if a digit follows at once."""
    seen = 0
    for position, character in enumerate(written):
        seen += character.isdigit()
        if seen == count:
            rest = written[position + 1 : position + 2]
            return None if rest.isdigit() else written[: position + 1]
    return None


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
