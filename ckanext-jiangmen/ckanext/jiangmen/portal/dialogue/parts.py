"""What the dialogue adds to the open site: a table of contents."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable
from typing import Any

import yaml

from ckanext.jiangmen import daily
from ckanext.jiangmen.portal.dialogue import (
    book,
    cli,  # noqa: F401 - registers its verbs
    helpers,
    letters,
    mails,
    moderation_views,
    reader_views,
    subscriptions,
    views,
)
from ckanext.jiangmen.portal.dialogue.logic import (
    action,
    auth,
    moderation_action,
    reader_action,
)
from ckanext.jiangmen.publication import documents
from ckanext.jiangmen.publication.dialogue import steps

# Each action with where it is and who may call it.
ACTIONS = {
    "jiangmen_dialogue_create": (action, auth.everybody),
    "jiangmen_dialogue_list": (action, auth.everybody),
    "jiangmen_dialogue_show": (action, auth.everybody),
    "jiangmen_dialogue_follow": (action, auth.everybody),
    "jiangmen_dialogue_figures": (action, auth.everybody),
    "jiangmen_dialogue_pull": (action, auth.receiver),
    "jiangmen_subscription_create": (reader_action, auth.everybody),
    "jiangmen_subscription_show": (reader_action, auth.everybody),
    "jiangmen_subscription_confirm": (reader_action, auth.everybody),
    "jiangmen_subscription_delete": (reader_action, auth.everybody),
    "jiangmen_rating_create": (reader_action, auth.everybody),
    "jiangmen_rating_show": (reader_action, auth.everybody),
    "jiangmen_dialogue_queue": (moderation_action, auth.moderator),
    "jiangmen_dialogue_moderate": (moderation_action, auth.moderator),
}
BLUEPRINTS = [
    views.dialogue,
    moderation_views.moderation,
    reader_views.subscription,
]


def listen() -> None:
    """Take in what the share site answers; forget once a day what is to be."""
    documents.on_received(steps.KIND, take_step)
    daily.every_day(book.forget)
    daily.every_day(mails.forget)
    daily.every_day(subscriptions.forget)


def take_step(body: dict[str, Any]) -> None:
    """Write a step into the book and tell the sender."""
    message = book.take_step(body)
    if message is not None:
        letters.of_state(message)


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions by name."""
    return {name: getattr(module, name) for name, (module, _) in ACTIONS.items()}


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return who may call them."""
    return {name: allowed for name, (_, allowed) in ACTIONS.items()}


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return helpers.get_helpers()


def declare(declaration: Any) -> None:
    """Declare the settings."""
    here = importlib.resources.files("ckanext.jiangmen.portal")
    text = (here / "config_declaration.yaml").read_text("utf-8")
    declaration.load_dict(yaml.safe_load(text))
