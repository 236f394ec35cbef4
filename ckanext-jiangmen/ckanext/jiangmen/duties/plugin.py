"""`jiangmen_duties`: who owes what by which working day."""

from __future__ import annotations

import ckan.plugins as p


class DutiesPlugin(p.SingletonPlugin):
    """Pages and rooms above write duties and read them."""
