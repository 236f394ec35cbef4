"""What a cell may hold, per type: a test over a whole column, then a rule per value.

Rules that change a value, all of them: spaces at both ends go, also full-width ones;
a text made of full-width digits and letters only becomes half-width, as figures and
dates do; thousands commas and a currency sign go from figures; dates become
YYYY-MM-DD; an empty cell is NULL. Nothing else is touched, no leading zero is lost.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

import polars as pl

from ckanext.jiangmen.clock import SHANGHAI

# What `str.strip` leaves on: marks that show as nothing.
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u200e\u200f"
_CODE = re.compile(r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ．－＋／：（）.\-+/:() ]+")
_EXPONENT = re.compile(r"[-+]?\d(\.\d+)?[Ee]\+\d{2,}")
_FIGURE = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?")
_ZEROS = re.compile(r"[-+]?0\d")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_DATE = re.compile(r"(\d{4})\s*([-/.年])\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(
    r"(?:[T\s]+)?(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})(\.\d{1,9})?)?[秒分]?"
    r"\s*(Z|[-+]\d{2}:?\d{2})?"
)
_TRUE = frozenset({"是", "true", "t", "1", "y", "yes", "真", "有", "√"})
_FALSE = frozenset({"否", "false", "f", "0", "n", "no", "假", "无", "×"})
LARGEST_FIGURE = 400

Canonical = tuple[str | None, str]


def half_width(value: str) -> str:
    """Return digits, letters and signs in half width."""
    return unicodedata.normalize("NFKC", value)


def _trim(value: str) -> str:
    return value.strip().strip(_INVISIBLE).strip()


def text_value(value: str) -> Canonical:
    """Return (the text as it is kept, "") or (None, why it cannot be)."""
    value = _trim(value)
    if "\0" in value:
        return None, "含有空字符（NUL）"
    if _EXPONENT.fullmatch(value):
        return None, "数字被表格软件写成了科学计数法，末尾数字已丢失，请按文本重新导出"
    if not value.isascii() and _CODE.fullmatch(value):
        value = half_width(value)
    return value or None, ""


def _figure(value: str) -> Canonical:
    """Return a figure without commas, signs of currency and full-width digits."""
    value = half_width(_trim(value)).replace("−", "-").strip("¥￥元 ")
    if _THOUSANDS.fullmatch(value):
        value = value.replace(",", "")
    if not value:
        return None, ""
    if not _FIGURE.fullmatch(value) or len(value) > LARGEST_FIGURE:
        return None, "不是数字"
    if _ZEROS.match(value):
        return None, "数字有前导零，会丢失，该信息项应为字符型"
    return value.rstrip(".") if "." in value and "e" not in value.lower() else value, ""


def int_value(value: str) -> Canonical:
    """Return a whole number of 64 bits, or why it is none."""
    text, why = _figure(value)
    if text is None:
        return None, why
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None, "不是数字"
    if number != number.to_integral_value():
        return None, "不是整数"
    if not -(2**63) <= number < 2**63:
        return None, "整数过大"
    return str(int(number)), ""


def numeric_value(value: str) -> Canonical:
    """Return an exact figure with all its digits, or why it is none."""
    return _figure(value)


def float_value(value: str) -> Canonical:
    """Return a figure that a double holds, or why it is none."""
    text, why = _figure(value)
    if text is not None and abs(float(text)) == float("inf"):
        return None, "数字过大"
    return text, why


def _date_of(value: str) -> tuple[dt.date | None, str]:
    """Return the date that `value` begins with, and what follows it."""
    found = _DATE.match(value)
    if found:
        parts = (found[1], found[3], found[4])
    else:
        found = _COMPACT_DATE.match(value)
        if not found or (len(value) > 8 and value[8].isdigit()):
            return None, value
        parts = (found[1], found[2], found[3])
    try:
        year, month, day = map(int, parts)
        return dt.date(year, month, day), value[found.end() :].strip()
    except ValueError:
        return None, value


def date_value(value: str) -> Canonical:
    """Return YYYY-MM-DD, or why it is no date. A time of 00:00:00 may follow."""
    value = half_width(_trim(value))
    if not value:
        return None, ""
    date, rest = _date_of(value)
    if date is None:
        return None, "不是真实的日期，应如 2026-01-31"
    time = _TIME.fullmatch(rest) if rest else None
    if rest and (time is None or any(int(g or 0) for g in time.groups()[:3])):
        return None, "日期之后还有其他内容"
    return date.isoformat(), ""


def timestamp_value(value: str) -> Canonical:
    """Return YYYY-MM-DD HH:MM:SS, or why it is none; a zone is turned to Shanghai's."""
    value = half_width(_trim(value))
    if not value:
        return None, ""
    date, rest = _date_of(value)
    if date is None:
        return None, "不是真实的日期时间，应如 2026-01-31 08:00:00"
    if not rest:
        return f"{date.isoformat()} 00:00:00", ""
    time = _TIME.fullmatch(rest)
    try:
        if time is None:
            raise ValueError
        hour, minute, second = (int(time[i] or 0) for i in (1, 2, 3))
        moment = dt.datetime(date.year, date.month, date.day, hour, minute, second)  # noqa: DTZ001
        moment += dt.timedelta(microseconds=int(float(time[4] or 0) * 1_000_000))
        if time[5]:
            zone = "+0000" if time[5] == "Z" else time[5].replace(":", "")
            offset = dt.datetime.strptime(zone, "%z").tzinfo
            moment = moment.replace(tzinfo=offset).astimezone(SHANGHAI)
            moment = moment.replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None, "时间部分无法识别，应如 08:00:00"
    return moment.isoformat(sep=" "), ""


def bool_value(value: str) -> Canonical:
    """Return "t" or "f", or why it is neither."""
    value = half_width(_trim(value)).lower()
    if not value:
        return None, ""
    if value in _TRUE:
        return "t", ""
    return ("f", "") if value in _FALSE else (None, "不是“是”或“否”")


def _plain_text(column: pl.Series) -> pl.Series:
    """Return where a text needs no rule: no outer space, no NUL, no exponent."""
    ok = column.str.strip_chars() == column
    for mark in ("\0", "E+", "e+"):
        ok &= ~column.str.contains(mark, literal=True)
    if int(column.str.len_bytes().sum()) == int(column.str.len_chars().sum()):
        return ok
    ok &= ~column.str.contains(r"[０-９Ａ-Ｚａ-ｚ]")
    return ok & ~column.str.contains(f"^[{_INVISIBLE}]|[{_INVISIBLE}]$")


def _matches(pattern: str) -> Callable[[pl.Series], pl.Series]:
    return lambda column: column.str.contains(pattern)


def _plain_date(column: pl.Series) -> pl.Series:
    dates = column.str.to_date("%Y-%m-%d", strict=False)
    return dates.is_not_null() & (column.str.len_bytes() == 10)


def _plain_timestamp(column: pl.Series) -> pl.Series:
    moments = column.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    return moments.is_not_null() & (column.str.len_bytes() == 19)


# Per type: the test that most values pass unchanged, and the rule for the others.
RULES: dict[
    str, tuple[Callable[[pl.Series], pl.Series], Callable[[str], Canonical]]
] = {
    "text": (_plain_text, text_value),
    "int8": (_matches(r"^-?(0|[1-9]\d{0,17})$"), int_value),
    "numeric": (_matches(r"^-?(0|[1-9]\d{0,99})(\.\d{1,99})?$"), numeric_value),
    "float8": (_matches(r"^-?(0|[1-9]\d{0,99})(\.\d{1,99})?$"), float_value),
    "date": (_plain_date, date_value),
    "timestamp": (_plain_timestamp, timestamp_value),
    "bool": (_matches(r"^[tf]$"), bool_value),
}
