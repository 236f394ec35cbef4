"""Actions of the dialogue: write, read, follow; the share site pulls and answers."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import parameters
from ckanext.jiangmen.portal.dialogue import book, config, letters, shown, spam
from ckanext.jiangmen.portal.dialogue.logic import taking
from ckanext.jiangmen.portal.dialogue.model import Message
from ckanext.jiangmen.publication.dialogue.words import (
    HIDDEN,
    PUBLIC,
    Kind,
    one_line,
)

DataDict = dict[str, Any]

LIMIT, MOST = 20, 200
LONGEST_QUERY = 100


def jiangmen_dialogue_create(context: Context, data_dict: DataDict) -> DataDict:
    """Write to the departments; the message is public after a moderator read it.

    ``ckanapi action jiangmen_dialogue_create kind=request title=T text=TEXT``

    :param kind: ``request``, ``suggestion``, ``correction``, ``complaint``, ``reuse``
    :param title: what it is about, up to 100 characters
    :param text: plain text, up to 2,000 characters
    :param entries: ids or names of entries it is about (optional; needed for a
        correction or a reuse), a list
    :param mail: where to send the answer (optional); never shown, kept as ciphertext
        until 30 days after the end
    :param url: of a reuse, its address
    :param author: of a reuse, who made it; shown to the public

    :returns: ``number`` and ``follow``, the secret part of the sender's own link,
        which is told this once
    """
    tk.check_access("jiangmen_dialogue_create", context, data_dict)
    try:
        letter = taking.letter(data_dict)
    except tk.ValidationError:
        spam.count("wrong")
        raise
    try:
        spam.check_pace("message", config.messages_per_hour())
        message, link = book.write(letter)
    except spam.Refusal as err:
        spam.count(err.reason)
        raise tk.ValidationError(err.errors) from err
    if letter.mail:
        letters.receipt(letter.mail, str(message.number), link)
    model.Session.commit()
    return {"number": message.number, "follow": link}


@tk.side_effect_free
def jiangmen_dialogue_list(context: Context, data_dict: DataDict) -> DataDict:
    """Return published messages with their state, the newest first.

    ``ckanapi action jiangmen_dialogue_list kind=request state=in_progress``

    :param kind: as in `jiangmen_dialogue_create` (optional)
    :param state: ``accepted``, ``in_progress``, ``released``, ``not_collected``,
        ``declined``, ``corrected``, ``answered`` or ``shown`` (optional)
    :param entry: id or name of the entry they are about (optional)
    :param q: words of title or text (optional)
    :param talk: true for all but reuses (optional)
    :param limit: messages a page, 200 at most
    :param offset: messages before the page

    :returns: ``count`` and ``results``: ``number``, ``kind``, ``state``, ``title``,
        ``text``, ``entries``, ``department``, moments and ``term``
    """
    tk.check_access("jiangmen_dialogue_list", context, data_dict)
    conditions = [book.public()]
    for name, column, choices in (
        ("kind", Message.kind, Kind),
        ("state", Message.state, PUBLIC),
    ):
        if value := taking.one_of(data_dict, name, choices):
            conditions.append(column == value)
    if entry := taking.text_of(data_dict, "entry"):
        conditions.append(shown.about(taking.entry(entry)))
    if query := one_line(taking.text_of(data_dict, "q"))[:LONGEST_QUERY]:
        # Every word as it stands: no sign of a pattern has a meaning.
        for word in query.split():
            said = Message.title + "\n" + Message.text
            conditions.append(said.icontains(word, autoescape=True))
    if tk.asbool(data_dict.get("talk") or False):
        conditions.append(Message.kind != Kind.REUSE)
    limit = parameters.number(data_dict, "limit", LIMIT, MOST)
    offset = parameters.natural(data_dict, "offset", 0)
    count, rows = shown.found(conditions, limit, offset)
    return {"count": count, "results": shown.lines(rows)}


@tk.side_effect_free
def jiangmen_dialogue_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return one published message with its history and answers.

    ``ckanapi action jiangmen_dialogue_show number=HD-2026-000001``

    :param number: of the message

    :returns: as a line of `jiangmen_dialogue_list`, with ``history``: ``state``,
        ``text``, ``ground``, ``department``, ``at``
    """
    tk.check_access("jiangmen_dialogue_show", context, data_dict)
    message = book.by_number(taking.text_of(data_dict, "number"))
    if message is None or message.state in HIDDEN:
        raise tk.ObjectNotFound(tk._("There is no such message."))
    return shown.whole(message)


@tk.side_effect_free
def jiangmen_dialogue_follow(context: Context, data_dict: DataDict) -> DataDict:
    """Return a message to its sender, also before it is public.

    ``ckanapi action jiangmen_dialogue_follow follow=…``

    :param follow: the secret part of the link that its sender got

    :returns: as `jiangmen_dialogue_show`, with ``public`` and, of a rejected one, the
        ``reason``
    """
    tk.check_access("jiangmen_dialogue_follow", context, data_dict)
    message = book.by_link(taking.text_of(data_dict, "follow"))
    if message is None:
        raise tk.ObjectNotFound(tk._("This link leads to no message."))
    said = shown.whole(message)
    return said | {"public": message.state not in HIDDEN, "reason": message.reason}


@tk.side_effect_free
def jiangmen_dialogue_figures(context: Context, data_dict: DataDict) -> DataDict:
    """Return how many messages there are, and how long answers take.

    ``ckanapi action jiangmen_dialogue_figures``

    :returns: ``kinds`` and ``states`` with their numbers, ``answer_days`` (mean of
        calendar days, None before the first answer) and ``answered_late``
    """
    tk.check_access("jiangmen_dialogue_figures", context, data_dict)
    return shown.figures()


def jiangmen_dialogue_pull(context: Context, data_dict: DataDict) -> DataDict:
    """Return what the share site has not seen yet: published or taken back since.

    ``ckanapi action jiangmen_dialogue_pull after=0 limit=100``

    :param after: the last sequence number that the caller has
    :param limit: messages a page, 200 at most

    :returns: ``messages``: ``sequence``, ``number``, ``taken_back`` and, of a public
        one, ``kind``, ``title``, ``text``, ``package_id``, ``published``; ``more``
    """
    tk.check_access("jiangmen_dialogue_pull", context, data_dict)
    after = parameters.natural(data_dict, "after", 0)
    limit = max(1, parameters.number(data_dict, "limit", MOST, MOST))
    rows = book.changed_after(after, limit)
    return {"messages": [_crossing(row) for row in rows], "more": len(rows) == limit}


def _crossing(message: Message) -> DataDict:
    said = {"sequence": message.sequence, "number": message.number}
    if message.state in HIDDEN:
        return said | {"taken_back": True}
    return said | {
        "taken_back": False,
        "kind": message.kind,
        "title": message.title,
        "text": message.text,
        "package_id": next(iter(message.packages), ""),
        "published": message.published.isoformat() if message.published else "",
    }
