"""Start the reading process, feed it, and take its cells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from . import limits
from .errors import WorkbookRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

Source = str | Path | bytes | BinaryIO

TOO_LARGE = (
    "文件超过 {most} MB，已拒绝；一张调查表通常不到 2 MB，请分成几个工作簿上传。"
)
TOO_HARD = "读取这个工作簿所需的时间或内存超出上限，已拒绝；请用模板重新填写后上传。"


@dataclass(frozen=True)
class RawSheet:
    """Cells as they stand: None, a string, or [kind, text]; rows start at row 1."""

    rows: list[list[Any]]
    merges: list[tuple[int, int, int, int]]
    formulas: int
    first_formula: str


def read_cells(
    source: Source, sheets: list[str]
) -> tuple[dict[str, RawSheet], list[str]]:
    """Return the wanted sheets by name, and the names of the others.

    `source` is a path, bytes or a binary stream (read from where it stands); the bytes
    of a stream stay in memory: what is refused never touches a disk.
    Raise `WorkbookRefused` with one sentence for every file that is no sound workbook.
    """
    with _descriptor(source) as descriptor:
        answer = _run(descriptor, sheets)
    if "reason" in answer:
        raise WorkbookRefused(answer["reason"], answer["message"])
    return {
        name: RawSheet(
            rows=sheet["rows"],
            merges=[tuple(merge) for merge in sheet["merges"]],
            formulas=sheet["formulas"][-1],
            first_formula=sheet["formulas"][0] if len(sheet["formulas"]) > 1 else "",
        )
        for name, sheet in answer["sheets"].items()
    }, answer["others"]


@contextmanager
def _descriptor(source: Source) -> Iterator[int]:
    """Yield a file descriptor at the workbook's first byte."""
    if isinstance(source, str | Path):
        with open(source, "rb") as stream:
            _refuse_large(os.fstat(stream.fileno()).st_size)
            yield stream.fileno()
        return
    descriptor = os.memfd_create("survey")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as memory:
            _copy(source, memory)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _copy(source: bytes | BinaryIO, memory: BinaryIO) -> None:
    if isinstance(source, bytes):
        _refuse_large(len(source))
        memory.write(source)
        return
    size = 0
    while chunk := source.read(limits.MIB):
        size += len(chunk)
        _refuse_large(size)
        memory.write(chunk)


def _refuse_large(size: int) -> None:
    if size > limits.FILE_BYTES:
        most = limits.FILE_BYTES // limits.MIB
        raise WorkbookRefused("too_large", TOO_LARGE.format(most=most))


def _run(descriptor: int, sheets: list[str]) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603  (our own module, no shell)
            [sys.executable, "-m", f"{__package__}.child", *sheets],
            stdin=descriptor,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.CHILD_WALL_S,
            check=False,
            env={"PYTHONUTF8": "1", "PATH": os.defpath},
        )
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as err:
        raise WorkbookRefused("too_slow", TOO_HARD) from err
