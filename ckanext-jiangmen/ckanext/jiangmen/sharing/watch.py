"""A long download ends with the right to it: revocation reaches what is being sent.

The right is looked at again while pieces are sent; a stream that lost it breaks off,
so that the reader sees a failed download and not a short file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from ckanext.jiangmen.errors import JiangmenError

# "Within 60 s on every channel" (architecture, one projection).
LOOK_AGAIN_S = 20.0


class RightEnded(JiangmenError):
    """The right to what is being sent was taken away meanwhile."""


def watched(
    pieces: Iterator[bytes],
    allowed: Callable[[], bool],
    seconds: Callable[[], float] = time.monotonic,
) -> Iterator[bytes]:
    """Yield `pieces` as long as `allowed` says so, asked every 20 seconds.

    Raise `RightEnded` in the middle; the server then closes the connection.
    """
    asked = seconds()
    try:
        for piece in pieces:
            if seconds() - asked >= LOOK_AGAIN_S:
                asked = seconds()
                if not allowed():
                    raise RightEnded("读取权限已终止，下载中断。")
            yield piece
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
