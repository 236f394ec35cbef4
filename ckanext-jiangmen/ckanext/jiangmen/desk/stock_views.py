"""Core's forms for entries and files, which know no revisions: ours is shown instead.

Core's views failed on what a revision answers, and some showed a form to accounts that
may not use it.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

stock = Blueprint("jiangmen_stock", __name__)

BOTH = ["GET", "POST"]


@stock.route("/dataset/new", methods=BOTH)
def new() -> Any:
    """Send core's form for a new dataset to ours."""
    return tk.redirect_to("jiangmen_entry.new", **request.args)


@stock.route("/dataset/edit/<id>", methods=BOTH)
@stock.route("/dataset/groups/<id>", methods=BOTH)
@stock.route("/dataset/resources/<id>")
@stock.route("/dataset/<id>/resource/new", methods=BOTH)
@stock.route("/dataset/<id>/resource/<resource_id>/edit", methods=BOTH)
@stock.route("/dataset/<id>/resource/<resource_id>/delete", methods=BOTH)
@stock.route("/dataset/<id>/resource/<resource_id>/views")
@stock.route("/dataset/<id>/resource/<resource_id>/new_view", methods=BOTH)
@stock.route("/dataset/<id>/resource/<resource_id>/edit_view/<view_id>", methods=BOTH)
@stock.route("/dataset/<id>/dictionary/<resource_id>", methods=BOTH)
def edit(id: str, **_names: str) -> Any:
    """Send core's forms for a dataset and its files to ours, which asks for rights."""
    return tk.redirect_to("jiangmen_entry.edit", id=id)
