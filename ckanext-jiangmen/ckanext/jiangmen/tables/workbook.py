"""A workbook as a table; the reading itself happens in `sheets`, another process."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from ckanext.jiangmen.tables import decode, headers
from ckanext.jiangmen.tables.columns import Item, names_of
from ckanext.jiangmen.tables.encoding import sha256_of
from ckanext.jiangmen.tables.errors import TooLarge, Unreadable
from ckanext.jiangmen.tables.limits import Limits

MEMORY_MEGABYTES = 3072
HEAD_SECONDS = 120
_REASONS = {
    "password": "工作簿设有密码，请取消密码后上传。",
    "damaged": "工作簿已损坏或不是 XLSX、XLS 格式，请用表格软件重新保存后上传。",
    "memory": "工作簿展开后占用内存过多，请另存为 CSV 后上传。",
}


class WorkbookSource:
    """The sheet of a workbook that holds the table; rows count as the spreadsheet's.

    Among several visible sheets the one named, else the one whose header holds most
    information items, else the first that is not empty.
    """

    kind = "workbook"

    def __init__(
        self, path: Path, items: Sequence[Item], bounds: Limits, sheet: str | None
    ) -> None:
        self.sha256 = sha256_of(path)
        self._limits = bounds
        module = "ckanext.jiangmen.tables.sheets"
        self._child = subprocess.Popen(  # noqa: S603 (our own module, one path)
            [sys.executable, "-m", module, str(path), str(MEMORY_MEGABYTES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        # A reader that hangs is ended; so is what waits for it.
        self._timer = threading.Timer(bounds.seconds, self._child.kill)
        self._timer.daemon = True
        self._timer.start()
        try:
            chosen = self._choose(self._answer(), names_of(items), sheet)
        except BaseException:
            self.close()
            raise
        self.sheet: str = chosen["name"]
        self._ask(chosen["index"])

    def _answer(self) -> dict[str, Any]:
        """Return the child's first line."""
        out = self._child.stdout
        assert out is not None  # noqa: S101 (a pipe was asked for)
        with selectors.DefaultSelector() as waiting:
            waiting.register(out, selectors.EVENT_READ)
            line = out.readline() if waiting.select(HEAD_SECONDS) else b""
        try:
            answer = json.loads(line)
        except ValueError as err:
            raise TooLarge(_REASONS["memory"]) from err
        if "error" in answer:
            raise Unreadable(_REASONS[answer["error"]])
        return answer

    def _choose(
        self, answer: dict[str, Any], names: Sequence[tuple[str, ...]], wanted: Any
    ) -> dict[str, Any]:
        sheets = [s for s in answer["sheets"] if any(any(r) for r in s["rows"])]
        if wanted is not None:
            sheets = [s for s in sheets if s["name"] == wanted]
        if not sheets:
            raise Unreadable("工作簿中没有可见且非空的工作表。")
        known = {headers.fold(name) for item in names for name in item if name}

        def score(sheet: dict[str, Any]) -> int:
            rows = sheet["rows"]
            return max(len(known & {headers.fold(cell) for cell in r}) for r in rows)

        chosen = max(sheets, key=score)
        header = headers.find_header(chosen["rows"], names)
        self.columns = header.columns
        self.header_row = header.index + 1
        decode.check_width(self.columns, self._limits)
        return chosen

    def _ask(self, index: int) -> None:
        pipe = self._child.stdin
        assert pipe is not None  # noqa: S101 (a pipe was asked for)
        pipe.write(f"{index}\n".encode())
        pipe.close()

    def batches(self) -> Iterator[decode.Batch]:
        """Yield the rows below the header. Raise `TooLarge` if the child gave up."""
        width = len(self.columns)
        try:
            with pa.ipc.open_stream(self._child.stdout) as stream:
                for block in stream:
                    frame = pl.from_arrow(block)
                    assert isinstance(frame, pl.DataFrame)  # noqa: S101
                    frame = frame.filter(pl.col("row") > self.header_row)
                    numbers = frame["row"].to_numpy()
                    names = [f"c{i}" for i in range(width)]
                    absent = [pl.lit(None, pl.String).alias(n) for n in names]
                    absent = [
                        e
                        for e, n in zip(absent, names, strict=True)
                        if n not in frame.columns
                    ]
                    yield decode.Batch(
                        frame.with_columns(absent).select(names), numbers
                    )
        except (pa.ArrowInvalid, OSError) as err:
            raise TooLarge(_REASONS["memory"]) from err

    def close(self) -> None:
        """End the child."""
        self._timer.cancel()
        if self._child.poll() is None:
            self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        self._child.wait()
