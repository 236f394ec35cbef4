"""Atom feeds (RFC 4287) of messages, answers and changes of one entry."""

from __future__ import annotations

import datetime as dt
from typing import Any
from xml.etree import ElementTree as ET

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.dialogue import letters
from ckanext.jiangmen.publication.dialogue.words import State

ATOM = "http://www.w3.org/2005/Atom"
MOST = 50
EPOCH = "1970-01-01T00:00:00+00:00"

ET.register_namespace("", ATOM)


def of_dialogue(messages: list[dict[str, Any]]) -> bytes:
    """Return the feed of messages as `jiangmen_dialogue_list` answers them."""
    here = letters.address("jiangmen_subscription.dialogue_feed")
    return _feed(here, "互动交流", [_message(message) for message in messages])


def of_entry(entry: dict[str, Any], messages: list[dict[str, Any]]) -> bytes:
    """Return the feed of an entry: its last change and messages about it."""
    here = letters.address("jiangmen_subscription.entry_feed", id=entry["name"])
    changed = {
        "id": f"{here}#{entry['metadata_modified']}",
        "title": f"更新：{entry['title']}",
        "address": letters.address("dataset.read", id=entry["name"]),
        "moment": _utc(entry["metadata_modified"]),
        "text": entry.get("notes") or "",
    }
    return _feed(here, entry["title"], [changed, *map(_message, messages)])


def _message(message: dict[str, Any]) -> dict[str, str]:
    where = letters.address("jiangmen_dialogue.read", number=message["number"])
    state = letters.STATES[State(message["state"])]
    return {
        "id": f"{where}#{message['state']}",
        "title": f"{message['title']}（{state}）",
        "address": where,
        "moment": message["answered"] or message["published"],
        "text": message["text"],
    }


def _utc(moment: str) -> str:
    return dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC).isoformat()


def _feed(here: str, title: str, lines: list[dict[str, str]]) -> bytes:
    root = ET.Element(f"{{{ATOM}}}feed")
    _put(root, "id", here)
    _put(root, "title", f"{title} - {tk.config['ckan.site_title']}")
    _put(root, "updated", max((line["moment"] for line in lines), default=EPOCH))
    _put(root, "link", rel="self", href=here)
    author = _put(root, "author")
    _put(author, "name", str(tk.config["ckan.site_title"]))
    for line in lines:
        entry = _put(root, "entry")
        _put(entry, "id", line["id"])
        _put(entry, "title", line["title"])
        _put(entry, "updated", line["moment"])
        _put(entry, "link", href=line["address"])
        _put(entry, "summary", line["text"], type="text")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _put(parent: ET.Element, name: str, text: str = "", **words: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{ATOM}}}{name}", words)
    child.text = text or None
    return child
