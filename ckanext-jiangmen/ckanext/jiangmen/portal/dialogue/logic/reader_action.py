"""Actions of readers: subscribe, confirm, end; rate."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen.portal.dialogue import config, ratings, spam, subscriptions
from ckanext.jiangmen.portal.dialogue.logic import taking
from ckanext.jiangmen.portal.dialogue.model import Subscription

DataDict = dict[str, Any]

LONGEST_BROWSER = 100


def jiangmen_subscription_create(context: Context, data_dict: DataDict) -> DataDict:
    """Ask to hear of changes by e-mail; a link in a first letter confirms it.

    ``ckanapi action jiangmen_subscription_create scope=all mail=name@example.cn``

    :param scope: ``entry``, ``theme`` or ``all``
    :param target: id or name of the entry or theme
    :param pace: ``daily`` (default) or ``immediate``
    :param mail: where to write to; kept as ciphertext until the end

    :returns: ``{"asked": true}``, whether the address subscribed before or not
    """
    tk.check_access("jiangmen_subscription_create", context, data_dict)
    try:
        wish = _wish(data_dict)
    except tk.ValidationError:
        spam.count("wrong")
        raise
    try:
        spam.check_pace("message", config.messages_per_hour())
    except spam.Refusal as err:
        spam.count(err.reason)
        raise tk.ValidationError(err.errors) from err
    subscriptions.ask(*wish)
    model.Session.commit()
    return {"asked": True}


def _wish(data_dict: DataDict) -> tuple[str, str, str, str]:
    scope = taking.one_of(data_dict, "scope", subscriptions.SCOPES)
    if not scope:
        raise tk.ValidationError({"scope": [tk._("Please choose what to hear of.")]})
    mail = taking.mail(data_dict)
    if not mail:
        raise tk.ValidationError({"mail": [tk._("Please give an e-mail address.")]})
    pace = taking.one_of(data_dict, "pace", subscriptions.PACES) or "daily"
    return scope, _target(scope, taking.text_of(data_dict, "target")), pace, mail


def _target(scope: str, named: str) -> str:
    if scope == "all":
        return ""
    if scope == "entry":
        try:
            return taking.entry(named)
        except tk.ValidationError as err:
            raise tk.ValidationError({"target": err.error_dict["entries"]}) from err
    group = model.Group.get(named[:200]) if named else None
    if group is None or group.is_organization or group.state != model.State.ACTIVE:
        raise tk.ValidationError({"target": [tk._("There is no such library.")]})
    return group.id


@tk.side_effect_free
def jiangmen_subscription_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return what a link of a letter is about, without the address.

    ``ckanapi action jiangmen_subscription_show link=…``

    :param link: the secret part of a link that confirms or ends

    :returns: ``title``, ``state`` (``waiting`` or ``confirmed``), ``pace``
    """
    tk.check_access("jiangmen_subscription_show", context, data_dict)
    row = _by_link(data_dict, "confirm", "stop")
    return {
        "title": subscriptions.title_of(row),
        "state": row.state,
        "pace": row.pace,
    }


def jiangmen_subscription_confirm(context: Context, data_dict: DataDict) -> DataDict:
    """Begin a subscription by the link of its first letter.

    ``ckanapi action jiangmen_subscription_confirm link=…``

    :param link: the secret part of the link

    :returns: as `jiangmen_subscription_show`
    """
    tk.check_access("jiangmen_subscription_confirm", context, data_dict)
    subscriptions.confirm(_by_link(data_dict, "confirm"))
    model.Session.commit()
    return jiangmen_subscription_show(context, {"link": data_dict["link"]})


def jiangmen_subscription_delete(context: Context, data_dict: DataDict) -> DataDict:
    """End a subscription by the link that stands in every letter.

    ``ckanapi action jiangmen_subscription_delete link=…``

    :param link: the secret part of the link

    :returns: ``{"ended": true}``, also where it had ended before
    """
    tk.check_access("jiangmen_subscription_delete", context, data_dict)
    link = taking.text_of(data_dict, "link")
    row = subscriptions.by_link("stop", link)
    if row is not None:
        subscriptions.end(row)
        model.Session.commit()
    return {"ended": True}


def _by_link(data_dict: DataDict, *purposes: str) -> Subscription:
    link = taking.text_of(data_dict, "link")
    for purpose in purposes:
        row = subscriptions.by_link(purpose, link)
        if row is not None:
            return row
    raise tk.ObjectNotFound(
        tk._("This link is of no subscription, or of an ended one.")
    )


def jiangmen_rating_create(context: Context, data_dict: DataDict) -> DataDict:
    """Give an entry one to five stars; the last rating of a browser and day counts.

    ``ckanapi action jiangmen_rating_create id=E stars=4 browser=B``

    :param id: id or name of the entry
    :param stars: 1 to 5
    :param browser: any word by which the caller knows itself today; only a keyed sum
        of it with the day is kept

    :returns: as `jiangmen_rating_show`
    """
    tk.check_access("jiangmen_rating_create", context, data_dict)
    package_id = _rated(data_dict)
    stars = taking.text_of(data_dict, "stars")
    if stars not in {str(number) for number in ratings.STARS}:
        raise tk.ValidationError({"stars": [tk._("Please choose one to five stars.")]})
    try:
        spam.check_pace("rating", config.ratings_per_hour())
    except spam.Refusal as err:
        spam.count(err.reason)
        raise tk.ValidationError({"stars": [err.sentence]}) from err
    browser = taking.text_of(data_dict, "browser")[:LONGEST_BROWSER]
    ratings.rate(package_id, int(stars), browser)
    model.Session.commit()
    return ratings.of(package_id)


@tk.side_effect_free
def jiangmen_rating_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return how an entry was rated.

    ``ckanapi action jiangmen_rating_show id=E``

    :param id: id or name of the entry

    :returns: ``count``, ``mean`` (None without a rating) and ``stars``: numbers of
        ratings by stars
    """
    tk.check_access("jiangmen_rating_show", context, data_dict)
    return ratings.of(_rated(data_dict))


def _rated(data_dict: DataDict) -> str:
    try:
        return taking.entry(taking.text_of(data_dict, "id"))
    except tk.ValidationError as err:
        raise tk.ObjectNotFound(tk._("Dataset was not found.")) from err
