"""Answers to the public, as documents of the platform that cross to the open site.

A step is what became of a message: passed on, in progress, answered. Its name is the
message's number and the step's; it crosses once and never changes.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from ckanext.jiangmen.publication.dialogue import inbox, words

Body = dict[str, Any]

KIND = "dialogue_step"
FIELDS = ("number", "step", "state", "text", "ground", "department", "at")
STATES = frozenset({words.State.ACCEPTED, words.State.IN_PROGRESS, *words.FINAL})
LONGEST_DEPARTMENT = 100


def name_of(body: Body) -> str:
    """Return a step's name: ``HD-2026-000123 2``."""
    return f"{body.get('number')} {body.get('step')}"


def due() -> dict[str, Body]:
    """Return the steps that have not crossed, by name, the oldest first."""
    return {name_of(body): body for body in inbox.unsent_steps(KIND)}


def public(body: Body) -> Body:
    """Return what crosses of a step: nobody's name is in it."""
    return {field: body[field] for field in FIELDS}


def is_right(name: str, body: Body) -> bool:
    """Return whether a document is a step and nothing else."""
    try:
        return (
            set(body) == set(FIELDS)
            and name == name_of(body)
            and words.NUMBER.fullmatch(body["number"]) is not None
            and type(body["step"]) is int
            and body["step"] > 0
            and body["state"] in STATES
            and _is_text(body["text"], words.LONGEST_ANSWER)
            and _is_text(body["ground"], words.LONGEST_GROUND)
            and _is_text(body["department"], LONGEST_DEPARTMENT)
            and dt.datetime.fromisoformat(body["at"]).tzinfo is not None
        )
    except (KeyError, TypeError, ValueError):
        return False


def _is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest
