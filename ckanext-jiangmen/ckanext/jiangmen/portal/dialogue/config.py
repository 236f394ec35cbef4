"""Settings of the dialogue, each read through one typed function."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk

PREFIX = "ckanext.jiangmen.dialogue."


def least_seconds() -> int:
    """Return how many seconds a person needs at least to fill in a form."""
    return int(tk.config[PREFIX + "least_seconds"])


def messages_per_hour() -> int:
    """Return how many messages one address may send in an hour."""
    return int(tk.config[PREFIX + "messages_per_hour"])


def ratings_per_hour() -> int:
    """Return how many ratings one address may give in an hour."""
    return int(tk.config[PREFIX + "ratings_per_hour"])


def letters_per_day() -> int:
    """Return how many letters that nobody confirmed one address gets in a day."""
    return int(tk.config[PREFIX + "letters_per_day"])


def mail_folder() -> Path | None:
    """Return where letters are written without an SMTP server, None: nowhere."""
    if told := tk.config[PREFIX + "mail_path"]:
        return Path(str(told))
    state = tk.config.get("ckanext.jiangmen.state_path")
    return Path(str(state)).parent / "mail" if state else None


def sender() -> str:
    """Return the address that letters come from; "" where no SMTP server is set."""
    return str(tk.config.get("smtp.mail_from") or "")
