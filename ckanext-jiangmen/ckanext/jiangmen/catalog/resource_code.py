"""信息资源代码: 类 1, 项 2, 目 3 digits, 细目 any length, "/", 顺序码 (1272号).

``221211003/1003`` reads 类2 项21 目211 细目003, serial 1003. Nothing is normalised on
the way: `format(parse(text)) == text`, leading zeros included.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection

from ckanext.jiangmen.errors import JiangmenError

PATTERN = re.compile(r"(\d)(\d{2})(\d{3})([0-9A-Z]*)/(\d+)", re.ASCII)
# GB/T 21063.5: province (GB/T 2260, 2 digits), 0 or the letter of a county, a
# department 001–999; behind the slash the department's own serial.
_LEGACY = re.compile(r"\d{2}[0A-HJ-NP-Z](?!000)\d{3}/[0-9A-Za-z]{1,32}", re.ASCII)
_SEGMENTS = (
    ("类", re.compile(r"\d", re.ASCII), "1位数字"),
    ("项", re.compile(r"\d{2}", re.ASCII), "2位数字"),
    ("目", re.compile(r"\d{3}", re.ASCII), "3位数字"),
    ("细目", re.compile(r"[0-9A-Z]*", re.ASCII), "数字或大写字母"),
)
SERIAL_DIGITS = 6
# How a related code of another catalogue is written; it need not be 1272's form.
EXTERNAL_MARK = "外部:"
_EXTERNAL = re.compile(r"外部\s*[:：]\s*", re.ASCII)
_FOREIGN = re.compile(r"[0-9A-Za-z]{4,64}/[0-9A-Za-z]{1,32}", re.ASCII)


class ResourceCodeWrong(JiangmenError):
    """A text is not a resource code; the sentence says what one looks like."""


@dataclasses.dataclass(frozen=True, order=True, slots=True)
class ResourceCode:
    """One entry's code: four segments of the class and the serial, all as text."""

    lei: str
    xiang: str
    mu: str
    ximu: str
    serial: str

    @property
    def class_code(self) -> str:
        """分类码, the part before the slash."""
        return self.lei + self.xiang + self.mu + self.ximu

    @property
    def number(self) -> int:
        """The serial as a number."""
        return int(self.serial)

    def __str__(self) -> str:
        return f"{self.class_code}/{self.serial}"


def parse(text: str) -> ResourceCode:
    """Return the code that `text` spells; raise `ResourceCodeWrong` if it is none.

    >>> parse("221211003/1003").mu
    '211'
    """
    found = PATTERN.fullmatch(text)
    if found is None:
        raise ResourceCodeWrong(
            f"“{text}”不是信息资源代码，应为“类项目细目/顺序码”，如 221211003/1003。"
        )
    return ResourceCode(*found.groups())


def is_resource_code(text: str) -> bool:
    """Return whether `text` spells a resource code."""
    return PATTERN.fullmatch(text) is not None


def is_legacy(text: str, classes: Collection[str]) -> bool:
    """Return whether `text` is a code of GB/T 21063.5 and not one of 1272号.

    A province's code with 0 behind it could be both: it is one of 1272号 where its
    first digit is a 类 of the table, `classes`.

    >>> is_legacy("44H012/000057", {"1", "2", "3"})
    True
    """
    if not _LEGACY.fullmatch(text):
        return False
    return not (is_resource_code(text) and text[0] in classes)


def canonical_related(text: str) -> str:
    """Return a related code with the mark of another catalogue in its one form.

    >>> canonical_related("外部：440783/12")
    '外部:440783/12'
    """
    return _EXTERNAL.sub(EXTERNAL_MARK, text, count=1)


def is_external(text: str) -> bool:
    """Return whether a related code is marked as one of another catalogue."""
    return _EXTERNAL.match(text) is not None


def is_external_code(text: str) -> bool:
    """Return whether a marked code has the form of a code behind its mark."""
    return _FOREIGN.fullmatch(_EXTERNAL.sub("", text, count=1)) is not None


def format(code: ResourceCode) -> str:
    """Return the text of `code`; `parse` gives the same code back."""
    return str(code)


def segment_problem(position: int, text: str) -> str | None:
    """Return what is wrong with segment 0–3 (类, 项, 目, 细目), or None."""
    label, pattern, wanted = _SEGMENTS[position]
    if pattern.fullmatch(text):
        return None
    return f"{label}应为{wanted}"


def class_code(lei: str, xiang: str, mu: str, ximu: str = "") -> str:
    """Return 分类码 of the four segments; raise `ResourceCodeWrong` if one is not.

    >>> class_code("3", "07", "407", "440700010")
    '307407440700010'
    """
    for position, text in enumerate((lei, xiang, mu, ximu)):
        problem = segment_problem(position, text)
        if problem:
            raise ResourceCodeWrong(f"分类“{text}”有误：{problem}。")
    return lei + xiang + mu + ximu


def issue(lei: str, xiang: str, mu: str, ximu: str, number: int) -> ResourceCode:
    """Return the code with serial `number` (≥ 1) in a class, serial of six digits."""
    class_code(lei, xiang, mu, ximu)
    return ResourceCode(lei, xiang, mu, ximu, f"{number:0{SERIAL_DIGITS}d}")
