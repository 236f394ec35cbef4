"""What callers send to the actions on grants, checked field by field.

Each function returns what it could read and adds a sentence to `wrong` for what it
could not, so that an answer names all mistakes at once.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import ErrorDict

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog.openness import WITHHELD, item_category
from ckanext.jiangmen.sharing import grants
from ckanext.jiangmen.sharing.grants import GRANTABLE, Channel, RowsRefused

DataDict = dict[str, Any]
Wrong = ErrorDict
LONGEST_TEXT = 500
LONGEST_TERM = dt.timedelta(days=5 * 366)


def department(wanted: Any) -> model.Group | None:
    """Return the active organization with this id, name or title."""
    if not isinstance(wanted, str) or not wanted:
        return None
    group = model.Group.get(wanted) or model.Session.scalar(
        sa.select(model.Group).where(
            model.Group.title == wanted, model.Group.is_organization.is_(True)
        )
    )
    fits = group and group.is_organization and group.state == model.State.ACTIVE
    return group if fits else None


def grantee(data_dict: DataDict, entry: DataDict, wrong: Wrong) -> str:
    """Return the id of the department that a grant goes to."""
    group = department(data_dict.get("organization"))
    if group is None:
        wrong["organization"] = [tk._("There is no such department.")]
        return ""
    if group.id == entry["owner_org"]:
        sentence = tk._("The entry's own department needs no grant.")
        wrong["organization"] = [sentence]
    return group.id


def listed(value: Any) -> list[Any]:
    """Return a list that came as such, as JSON or as one word."""
    if isinstance(value, str) and value.strip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    if isinstance(value, str):
        return [value] if value.strip() else []
    return value if isinstance(value, list) else []


def items(data_dict: DataDict, entry: DataDict, wrong: Wrong) -> list[str]:
    """Return the names of the items that are granted."""
    wanted = list(dict.fromkeys(map(str, listed(data_dict.get("items")))))
    of_entry = {str(i["name"]): i for i in entry.get("information_items") or []}
    if not wanted:
        wrong["items"] = [tk._("Name at least one information item.")]
    unknown = [name for name in wanted if name not in of_entry]
    withheld = [
        name
        for name in wanted
        if name in of_entry and item_category(entry, of_entry[name]) == WITHHELD
    ]
    if unknown:
        sentence = tk._("The entry has no information item {name}.")
        wrong["items"] = [sentence.format(name=unknown[0][:100])]
    elif withheld:
        sentence = tk._("The item {name} is withheld; nobody can be granted it.")
        wrong["items"] = [sentence.format(name=withheld[0])]
    return wanted


def channels(data_dict: DataDict, wrong: Wrong) -> list[str]:
    """Return the names of exchange methods, each once."""
    wanted = list(dict.fromkeys(map(str, listed(data_dict.get("channels")))))
    known = [str(channel) for channel in GRANTABLE]
    if not wanted or any(channel not in known for channel in wanted):
        sentence = tk._("Choose channels among {names}.")
        wrong["channels"] = [sentence.format(names="、".join(known))]
        return []
    return [str(Channel(channel)) for channel in wanted]


def text(data_dict: DataDict, key: str, wrong: Wrong) -> str:
    """Return a line of 1 to 500 characters."""
    text = " ".join(str(data_dict.get(key) or "").split())
    if not text or len(text) > LONGEST_TEXT:
        sentence = tk._("Please write 1 to {count} characters.")
        wrong[key] = [sentence.format(count=LONGEST_TEXT)]
    return text


def until(data_dict: DataDict, wrong: Wrong) -> dt.datetime:
    """Return the end of a term, at most five years ahead."""
    until = grants.moment_until(data_dict.get("valid_until"))
    now = clock.now()
    if until is None or not now < until <= now + LONGEST_TERM:
        wrong["valid_until"] = [
            tk._("Give a day from today to five years ahead, as 2027-12-31.")
        ]
        return now
    return until


def rows(data_dict: DataDict, entry: DataDict, wrong: Wrong) -> Any:
    """Return a row filter over the entry's items, None for all rows."""
    rows = data_dict.get("rows")
    if isinstance(rows, str) and rows.strip():
        try:
            rows = json.loads(rows)
        except ValueError:
            wrong["rows"] = [tk._("The row filter is no JSON.")]
            return None
    names = [str(item["name"]) for item in entry.get("information_items") or []]
    try:
        return grants.check_rows(rows, names)
    except RowsRefused as err:
        wrong["rows"] = [str(err)]
        return None


def number(data_dict: DataDict, key: str, default: int) -> int:
    """Return a whole number, 0 or more. Raise ValidationError."""
    value = data_dict.get(key)
    if value in (None, ""):
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number < 2**31:
        raise tk.ValidationError({key: [tk._("Please give a whole number.")]})
    return number
