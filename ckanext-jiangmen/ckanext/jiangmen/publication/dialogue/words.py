"""Words of the dialogue that both sites use: kinds, states, limits, clean text.

Plain Python. States follow 中国开放数林指数, 互动反馈: requests, suggestions,
corrections and complaints, each with a published answer.
"""

from __future__ import annotations

import enum
import re
import unicodedata


class Kind(enum.StrEnum):
    """What somebody wants: 数据需求, 意见建议, 数据纠错, 权益申诉, 应用成果."""

    REQUEST = "request"
    SUGGESTION = "suggestion"
    CORRECTION = "correction"
    COMPLAINT = "complaint"
    REUSE = "reuse"


class State(enum.StrEnum):
    """Where a message stands; the first three are shown to its sender only."""

    WAITING = "waiting"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    RELEASED = "released"
    NOT_COLLECTED = "not_collected"
    DECLINED = "declined"
    CORRECTED = "corrected"
    ANSWERED = "answered"
    SHOWN = "shown"


HIDDEN = frozenset({State.WAITING, State.REJECTED, State.TAKEN_BACK})
PUBLIC = tuple(state for state in State if state not in HIDDEN)
FINAL = frozenset(
    {
        State.RELEASED,
        State.NOT_COLLECTED,
        State.DECLINED,
        State.CORRECTED,
        State.ANSWERED,
    }
)

# Whose term it is: kinds of schemas/clocks.yaml. A reuse is only shown.
CLOCKS = {
    Kind.REQUEST: "dialogue_request",
    Kind.SUGGESTION: "dialogue_suggestion",
    Kind.CORRECTION: "dialogue_correction",
    Kind.COMPLAINT: "dialogue_complaint",
}

_TALK = (State.IN_PROGRESS, State.ANSWERED)
# What a department may answer to each kind.
ANSWERS = {
    Kind.REQUEST: (
        State.IN_PROGRESS,
        State.RELEASED,
        State.NOT_COLLECTED,
        State.DECLINED,
        State.ANSWERED,
    ),
    Kind.SUGGESTION: _TALK,
    Kind.CORRECTION: (State.IN_PROGRESS, State.CORRECTED, State.ANSWERED),
    Kind.COMPLAINT: (*_TALK, State.CORRECTED, State.DECLINED),
}

NUMBER = re.compile(r"HD-[0-9]{4}-[0-9]{6,9}")
LONGEST_TITLE = 100
LONGEST_TEXT = 2000
LONGEST_ANSWER = 4000
LONGEST_GROUND = 300

# Characters that nobody types: controls, bidirectional overrides, zero widths, halves
# of pairs, and code points that are no characters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_MANY_LINES = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    r"""Return a text as it is kept: no unseen characters, at most one empty line.

    >>> clean(" a\u202e\r\n\n\n\nb\x07 ")
    'a\n\nb'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    lines = (line.rstrip() for line in text.split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def one_line(text: str) -> str:
    """Return a text as one line."""
    return " ".join(clean(text).split())
