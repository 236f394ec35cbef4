"""What callers send, read into plain values; a sentence for what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.portal.dialogue.book import Letter
from ckanext.jiangmen.publication.dialogue import words
from ckanext.jiangmen.publication.dialogue.words import Kind

DataDict = dict[str, Any]
Errors = dict[str, Any]

SHORTEST_TITLE, SHORTEST_TEXT = 2, 5
LONGEST_AUTHOR, LONGEST_MAIL, LONGEST_URL = 50, 254, 500
MOST_ENTRIES = 20
MAIL = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9])?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)


def text_of(data_dict: DataDict, name: str) -> str:
    """Return a parameter as text, "" without one; a list or an object is none."""
    value = data_dict.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def one_of(data_dict: DataDict, name: str, choices: Any) -> str:
    """Return a parameter that must be one of `choices` or empty."""
    value = text_of(data_dict, name)
    if value and value not in set(choices):
        raise tk.ValidationError({name: [tk._("There is no such choice.")]})
    return value


def letter(data_dict: DataDict) -> Letter:
    """Return what somebody sends. Raise ValidationError with a sentence a field."""
    kind = text_of(data_dict, "kind")
    errors: Errors = {}
    if kind not in set(Kind):
        raise tk.ValidationError({"kind": [tk._("Please say what it is about.")]})
    title = _bounded(
        errors, "title", words.one_line(text_of(data_dict, "title")),
        SHORTEST_TITLE, words.LONGEST_TITLE,
    )  # fmt: skip
    text = _bounded(
        errors, "text", words.clean(text_of(data_dict, "text")),
        SHORTEST_TEXT, words.LONGEST_TEXT,
    )  # fmt: skip
    said = {
        "mail": _each(errors, "mail", mail, data_dict),
        "packages": _each(errors, "entries", entries, data_dict) or [],
    }
    if kind == Kind.REUSE:
        said["url"] = _each(errors, "url", address, data_dict)
        author = words.one_line(text_of(data_dict, "author"))
        said["author"] = _bounded(errors, "author", author, 1, LONGEST_AUTHOR)
    if kind in {Kind.REUSE, Kind.CORRECTION} and not said["packages"]:
        errors.setdefault("entries", [tk._("Please name the entry it is about.")])
    if errors:
        raise tk.ValidationError(errors)
    return Letter(Kind(kind), title, text, **said)


def _bounded(errors: Errors, name: str, text: str, least: int, most: int) -> str:
    if len(text) < least:
        errors[name] = [tk._("Please write at least {count} characters.").format(
            count=least
        )]  # fmt: skip
    elif len(text) > most:
        errors[name] = [
            tk._("At most {most} characters are taken; there are {count}.").format(
                most=most, count=len(text)
            )
        ]
    return text


def _each(
    errors: Errors, name: str, read: Callable[[DataDict], Any], data_dict: DataDict
) -> Any:
    try:
        return read(data_dict)
    except tk.ValidationError as err:
        errors[name] = list(err.error_dict.values())[0]
        return ""


def mail(data_dict: DataDict) -> str:
    """Return a mail address, "" without one."""
    given = words.one_line(text_of(data_dict, "mail"))
    if given and (len(given) > LONGEST_MAIL or not MAIL.fullmatch(given)):
        sentence = tk._("This is no e-mail address, such as name@example.cn.")
        raise tk.ValidationError({"mail": [sentence]})
    return given


def address(data_dict: DataDict) -> str:
    """Return the address of a reuse: http or https, without a name or password."""
    given = words.one_line(text_of(data_dict, "url"))
    try:
        parts = urlsplit(given)
        right = (
            parts.scheme in {"http", "https"}
            and "." in (parts.hostname or "")
            and "@" not in parts.netloc
            and " " not in given
            and len(given) <= LONGEST_URL
        )
    except ValueError:
        right = False
    if not right:
        sentence = tk._("The address must begin with https:// or http://.")
        raise tk.ValidationError({"url": [sentence]})
    return given


def entries(data_dict: DataDict) -> list[str]:
    """Return ids of public entries that are named by id, name or address."""
    given = data_dict.get("entries") or []
    named = given if isinstance(given, list) else str(given).split()
    if len(named) > MOST_ENTRIES:
        sentence = tk._("At most {count} entries can be named.")
        raise tk.ValidationError({"entries": [sentence.format(count=MOST_ENTRIES)]})
    ids = [entry(str(each)) for each in named]
    return list(dict.fromkeys(ids))


def entry(named: str) -> str:
    """Return the id of a public entry. Raise ValidationError if there is none."""
    word = words.one_line(named).split("?")[0].rstrip("/").rpartition("/")[2]
    package = model.Package.get(word) if 0 < len(word) <= 200 else None
    public = (
        package is not None
        and package.state == model.State.ACTIVE
        and not package.private
        and package.type == "dataset"
    )
    if package is None or not public:
        sentence = tk._("There is no entry “{name}” here.").format(name=word[:100])
        raise tk.ValidationError({"entries": [sentence]})
    return package.id
