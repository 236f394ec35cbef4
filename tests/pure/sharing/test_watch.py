"""A stream breaks off when the right to it has ended."""

import pytest

from ckanext.jiangmen.sharing.watch import RightEnded, watched


def test_a_stream_breaks_off_within_a_minute_of_the_revocation():
    clock = iter(range(0, 10_000, 7))
    rights = iter([True, True, False])
    stream = watched(
        iter([b"x"] * 1000), lambda: next(rights), lambda: float(next(clock))
    )
    # Asked every 20 seconds of a clock that ticks at most twice 7 a piece.
    with pytest.raises(RightEnded):
        [next(stream) for _ in range(20)]


def test_a_stream_that_stays_allowed_is_whole():
    assert b"".join(watched(iter([b"a", b"b"]), lambda: False)) == b"ab"


def test_the_source_is_closed_when_the_reader_leaves():
    closed = []

    def source():
        try:
            yield b"a"
            yield b"b"
        finally:
            closed.append(True)

    stream = watched(source(), lambda: True)
    next(stream)
    stream.close()
    assert closed == [True]
