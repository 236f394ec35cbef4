"""What kinds and states of messages are called, on both sites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk


def jiangmen_dialogue_kind(kind: str) -> str:
    """Return what a kind of message is called."""
    return {
        "request": tk._("Data request"),
        "suggestion": tk._("Suggestion"),
        "correction": tk._("Data correction"),
        "complaint": tk._("Complaint about rights"),
        "reuse": tk._("Reuse"),
    }.get(kind, kind)


def jiangmen_dialogue_state(state: str) -> str:
    """Return what a state of a message is called."""
    return {
        "waiting": tk._("Waiting for moderation"),
        "rejected": tk._("Not published"),
        "taken_back": tk._("Taken back"),
        "accepted": tk._("Accepted"),
        "in_progress": tk._("In progress"),
        "released": tk._("Released"),
        "not_collected": tk._("Not collected"),
        "declined": tk._("Declined"),
        "corrected": tk._("Corrected"),
        "answered": tk._("Answered"),
        "shown": tk._("Shown"),
    }.get(state, state)


def jiangmen_inquiry_stage(stage: str) -> str:
    """Return what is to be done with a message."""
    return {
        "assign": tk._("to be forwarded"),
        "answer": tk._("to be answered"),
        "review": tk._("answer under review"),
        "done": tk._("answered"),
        "taken_back": tk._("Taken back"),
    }.get(stage, stage)


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        "jiangmen_dialogue_kind": jiangmen_dialogue_kind,
        "jiangmen_dialogue_state": jiangmen_dialogue_state,
        "jiangmen_inquiry_stage": jiangmen_inquiry_stage,
    }
