"""Actions of the moderator: what waits, and what becomes of it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import parameters
from ckanext.jiangmen.portal.dialogue import book, letters, shown, spam
from ckanext.jiangmen.portal.dialogue.logic import taking
from ckanext.jiangmen.portal.dialogue.model import Message
from ckanext.jiangmen.publication.dialogue import words
from ckanext.jiangmen.publication.dialogue.words import State

DataDict = dict[str, Any]

LIMIT, MOST = 50, 200
DECISIONS = ("publish", "reject", "take_back")


@tk.side_effect_free
def jiangmen_dialogue_queue(context: Context, data_dict: DataDict) -> DataDict:
    """Return messages that wait for the moderator, the oldest first, and figures.

    ``ckanapi action jiangmen_dialogue_queue``

    :param state: another state, to look at what was decided (optional)
    :param limit: messages a page, 200 at most
    :param offset: messages before the page

    :returns: ``count``, ``results`` (as `jiangmen_dialogue_show`, with ``hints``: what
        looks like personal data) and ``refused``: forms of the last 30 days that were
        refused, by reason
    """
    tk.check_access("jiangmen_dialogue_queue", context, data_dict)
    state = taking.one_of(data_dict, "state", State) or State.WAITING
    limit = parameters.number(data_dict, "limit", LIMIT, MOST)
    offset = parameters.natural(data_dict, "offset", 0)
    count, rows = shown.found([Message.state == state], limit, offset)
    if state == State.WAITING:
        rows.sort(key=lambda row: row.id)
    return {
        "count": count,
        "results": [shown.for_moderator(row) for row in rows],
        "refused": spam.counted(),
    }


def jiangmen_dialogue_moderate(context: Context, data_dict: DataDict) -> DataDict:
    """Publish a message, reject it with a reason, or take a published one back.

    ``ckanapi action jiangmen_dialogue_moderate number=HD-2026-000001 decision=publish``

    :param number: of the message
    :param decision: ``publish``, ``reject`` or ``take_back``
    :param reason: of a rejection: ``spam``, ``personal_data``, ``insult``,
        ``off_topic`` or ``double``
    :param title: the title with personal data taken out (optional)
    :param text: the text with personal data taken out (optional)

    :returns: the message as `jiangmen_dialogue_queue` shows it
    """
    tk.check_access("jiangmen_dialogue_moderate", context, data_dict)
    message = book.by_number(taking.text_of(data_dict, "number"), lock=True)
    if message is None:
        model.Session.rollback()
        raise tk.ObjectNotFound(tk._("There is no such message."))
    try:
        _decide(message, data_dict)
    except tk.ValidationError:
        model.Session.rollback()
        raise
    letters.of_state(message)
    model.Session.commit()
    return shown.for_moderator(message)


def _decide(message: Message, data_dict: DataDict) -> None:
    decision = taking.one_of(data_dict, "decision", DECISIONS)
    state = State(message.state)
    if decision == "publish":
        changed = _redact(message, data_dict)
        if state not in words.HIDDEN and not changed:
            raise _wrong("decision", tk._("The message is public already."))
        book.publish(message, redacted=changed)
        return
    reason = taking.one_of(data_dict, "reason", book.REASONS)
    fits = state not in words.HIDDEN if decision == "take_back" else (
        decision == "reject" and state is State.WAITING
    )  # fmt: skip
    if not fits:
        raise _wrong("decision", tk._("This cannot be done in the message's state."))
    if not reason:
        raise _wrong("reason", tk._("Please choose why it is not published."))
    book.reject(message, reason)


def _redact(message: Message, data_dict: DataDict) -> bool:
    """Put in the words without personal data; return whether they differ."""
    changed = False
    for name, most, clean in (
        ("title", words.LONGEST_TITLE, words.one_line),
        ("text", words.LONGEST_TEXT, words.clean),
    ):
        said = clean(taking.text_of(data_dict, name))
        if said and said != getattr(message, name):
            if len(said) > most:
                raise _wrong(name, tk._("The text is too long."))
            setattr(message, name, said)
            changed = True
    return changed


def _wrong(name: str, sentence: str) -> tk.ValidationError:
    return tk.ValidationError({name: [sentence]})
