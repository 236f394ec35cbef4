"""`jiangmen_tables`: every way into and out of a DataStore table."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jiangmen.tables import cli as cli  # noqa: PLC0414 (adds its verbs)


@tk.blanket.config_declarations
class TablesPlugin(p.SingletonPlugin):
    """Settings and commands; rooms above call the domain modules."""
