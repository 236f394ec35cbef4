"""`jiangmen_publication`: from 共享平台 to 开放门户, each site its own half."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.audit import heads
from ckanext.jiangmen.catalog import events
from ckanext.jiangmen.catalog.editions import snapshot
from ckanext.jiangmen.config import is_open_site
from ckanext.jiangmen.publication import (
    cli,  # noqa: F401 - registers its verbs
    documents,
    editions,
    helpers,
    outbox,
    views,
    withdrawn,
)
from ckanext.jiangmen.publication.dialogue import action as inquiries
from ckanext.jiangmen.publication.dialogue import auth as inquiries_auth
from ckanext.jiangmen.publication.dialogue import labels
from ckanext.jiangmen.publication.logic import (
    auth,
    edition_action,
    receiving,
    sending,
)

SENDING = (
    "jiangmen_publication_list",
    "jiangmen_publication_show",
    "jiangmen_publication_retry",
    "jiangmen_publication_exception_create",
)
WITHDRAWING = ("jiangmen_edition_withdraw", "jiangmen_edition_withdrawal_list")
ANSWERING = (
    "jiangmen_inquiry_list",
    "jiangmen_inquiry_show",
    "jiangmen_inquiry_propose",
    "jiangmen_inquiry_approve",
    "jiangmen_inquiry_return",
    "jiangmen_inquiry_forward",
    "jiangmen_inquiry_hand_back",
)
RECEIVING = (
    "jiangmen_publication_stage",
    "jiangmen_publication_receive",
    "jiangmen_publication_withdraw",
    "jiangmen_publication_state",
    "jiangmen_publication_clean",
)


@tk.blanket.config_declarations
class PublicationPlugin(p.SingletonPlugin):
    """Listens to approvals on the share site, receives on the open site."""

    p.implements(p.IConfigurer)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IOrganizationController, inherit=True)

    def update_config(self, config: Any) -> None:
        """Register the page of what is gone, and the listeners of the share site."""
        tk.add_template_directory(config, "templates")
        if config.get("ckanext.jiangmen.site") != "open":
            events.on_approved(outbox.on_approved)
            events.on_withdrawn(outbox.on_withdrawn)
            snapshot.on_published(editions.published)
        else:
            heads.on_listing(documents.received_heads)
            documents.on_received(withdrawn.KIND, withdrawn.carry_out)

    def edit(self, entity: Any) -> None:
        """Act on an organization's new scope, in the transaction that changes it."""
        if not is_open_site():
            outbox.on_organization_changed(model.Session(), entity.id)

    delete = edit

    def get_actions(self) -> dict[str, Callable[..., Any]]:
        """Return this site's half of the actions."""
        if is_open_site():
            return {name: getattr(receiving, name) for name in RECEIVING}
        sent = {name: getattr(sending, name) for name in SENDING}
        sent |= {name: getattr(edition_action, name) for name in WITHDRAWING}
        return sent | {name: getattr(inquiries, name) for name in ANSWERING}

    def get_auth_functions(self) -> dict[str, Callable[..., Any]]:
        """Return who may call them."""
        if is_open_site():
            return {name: getattr(auth, name) for name in RECEIVING}
        sent = {name: getattr(auth, name) for name in (*SENDING, *WITHDRAWING)}
        return sent | {name: getattr(inquiries_auth, name) for name in ANSWERING}

    def get_blueprint(self) -> list[Any]:
        """Return the page of what is gone; only the open site has it."""
        return [views.publication] if is_open_site() else []

    def get_helpers(self) -> dict[str, Callable[..., Any]]:
        """Return what pages of the share site ask, and words of both."""
        return helpers.get_helpers() | labels.get_helpers()
