"""JSON as a table: a list of objects, an object that holds one, or one per line.

Read piece by piece in bounded memory; figures keep every digit they have.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from ckanext.jiangmen.tables.errors import Unreadable

PIECE_CHARACTERS = 1024 * 1024
LARGEST_OBJECT = 8 * PIECE_CHARACTERS
LIST_KEYS = ("records", "data", "rows", "result", "items")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unreadable("JSON 中有对象重复使用同一个键，请改正后上传。")
    return found


def _no_constant(name: str) -> Any:
    raise Unreadable(f"JSON 中有 {name}，它不是合法的值。")


# Figures stay text: a float would lose digits, a large exponent would not end.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_no_twins,
    parse_float=str,
    parse_int=str,
    parse_constant=_no_constant,
)


class Records:
    """The objects of a JSON text, one after the other."""

    def __init__(self, stream: Any) -> None:
        self._stream = io.TextIOWrapper(io.BufferedReader(stream), "utf-8")
        self._text = ""
        self._at = 0
        self._ended = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield every object. Raise `Unreadable` with its number at the first fault."""
        number = 0
        opening = self._peek()
        if opening == "{" and not self._holds_lines():
            self._enter_list()
            opening = "["
        listed = opening == "["
        self._at += listed
        while True:
            char = self._peek()
            if char == "" and not listed:
                return
            if char == "]" and listed:
                self._at += 1
                return
            number += 1
            value = self._value(number)
            if not isinstance(value, dict):
                raise Unreadable(f"JSON 第 {number} 条不是对象（键和值）。")
            yield value
            if listed and self._peek() == ",":
                self._at += 1
            elif listed and self._peek() != "]":
                raise Unreadable(f"JSON 第 {number} 条之后缺少逗号或文件不完整。")

    def _more(self) -> bool:
        """Read another piece; False at the end of the text."""
        if self._ended:
            return False
        piece = self._stream.read(PIECE_CHARACTERS)
        self._ended = not piece
        self._text = self._text[self._at :] + piece
        self._at = 0
        return bool(piece)

    def _peek(self) -> str:
        """Return the next character that is no space, "" at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n\0":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _value(self, number: int) -> Any:
        """Return the value that begins here, reading on while it is not whole."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as err:
                raise Unreadable(f"JSON 第 {number} 条嵌套过深。") from err
            except json.JSONDecodeError as err:
                if len(self._text) - self._at > LARGEST_OBJECT or not self._more():
                    raise Unreadable(f"JSON 第 {number} 条格式有误或不完整。") from err
                continue
            # A number at the very end of a piece may go on in the next one.
            if end == len(self._text) and self._more():
                continue
            self._at = end
            return value

    def _holds_lines(self) -> bool:
        """Return whether the text is one object per line (or one object alone)."""
        while len(self._text) - self._at < PIECE_CHARACTERS and self._more():
            pass
        try:
            value, end = _DECODER.raw_decode(self._text, self._at)
        except (json.JSONDecodeError, RecursionError):
            return False
        if self._text[end : end + 100].strip():
            return True
        return not any(isinstance(value.get(key), list) for key in LIST_KEYS)

    def _enter_list(self) -> None:
        """Move behind the opening of the list that an object holds."""
        self._at += 1
        while self._peek() == '"':
            key = self._value(0)
            if self._peek() != ":":
                break
            self._at += 1
            if self._peek() == "[" and key in LIST_KEYS:
                return
            self._value(0)
            if self._peek() == ",":
                self._at += 1
        raise Unreadable("JSON 应为对象的列表，或含有 records 列表的对象。")
