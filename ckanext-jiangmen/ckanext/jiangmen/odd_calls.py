"""Calls whose parameters an action did not expect: one sentence, and 409.

Core's actions take parameters as they come; one that is missing or of another kind
ended in "Internal Server Error", and the index answered in its own words. Core's views
of the API take their actions from here. An error in the code of this product stays
an internal error: our actions look at their parameters themselves.
"""

from __future__ import annotations

import functools
import logging
from traceback import walk_tb
from typing import Any

import psycopg2
from flask import Response, request
from sqlalchemy.exc import InvalidRequestError, StatementError

import ckan.plugins.toolkit as tk
from ckan import logic, model
from ckan.lib.search import SearchError, SearchQueryError
from ckan.types import Action, CKANApp, Context

from ckanext.jiangmen.answers import refused

log = logging.getLogger(__name__)

# What code raises that was handed something else than it expected.
ODD = (ArithmeticError, AssertionError, AttributeError, InvalidRequestError,
       LookupError, RecursionError, StatementError, TypeError, ValueError)  # fmt: skip
PRODUCT = ("ckan.", "ckanext.", "harvesters.")
OURS = ("ckanext.jiangmen.", "harvesters.")
# SQLSTATE: a value that the database does not take, or compares with no such column.
BAD_VALUE = ("22", "42804", "42883")


def install(app: CKANApp) -> CKANApp:
    """Have core's views of the API call guarded actions; return the application."""
    # Each application has a copy of the views' module of its own.
    app.view_functions["api.action"].__globals__["get_action"] = action_of
    return app


def action_of(name: str) -> Action:
    """Return the action, guarded. Raise KeyError if there is none of that name."""
    function = logic.get_action(name)

    @functools.wraps(function)
    def guarded(context: Context, data_dict: dict[str, Any]) -> Any:
        sent = sorted(map(str, data_dict))
        try:
            return function(context, data_dict)
        except (SearchError, SearchQueryError) as err:
            log.info("%s: the index refused the search: %s", name, err)
            raise tk.ValidationError({"message": [_not_searched()]}) from err
        except ODD as err:
            if not _by_the_call(err):
                raise
            model.Session.rollback()
            # Never the error's own words: they repeat what was sent.
            log.warning("%s: odd parameters %s: %s", name, sent, _where(err))
            raise tk.ValidationError(_problem(name, function, err)) from err

    return guarded


def refuse_body() -> Response | None:
    """Answer 400 to a call of an action whose JSON is broken or no object."""
    if request.endpoint != "api.action" or not request.is_json:
        return None
    if not request.get_data(cache=True):
        return None
    try:
        if isinstance(request.get_json(silent=True), dict):
            return None
    except RecursionError:
        log.info("the body of a call is nested too deep")
    sentence = tk._("The body of the call is no JSON object; please send {“name”: …}.")
    return refused(400, "Bad Request", sentence)


def _not_searched() -> str:
    return tk._(
        "The index cannot search for this; please look at q, fq, sort, rows, start and"
        " the facets."
    )


def _by_the_call(err: BaseException) -> bool:
    """Return whether the parameters are at fault: core's code stumbled over them."""
    if isinstance(err, StatementError):
        code = getattr(err.orig, "pgcode", None) or ""
        lost = isinstance(err.orig, psycopg2.OperationalError | psycopg2.InterfaceError)
        return code.startswith(BAD_VALUE) or not (code or lost)
    return not _where(err).startswith(OURS)


def _where(err: BaseException) -> str:
    """Return the last place of core's code or ours: "module.function:line Error"."""
    places = [
        f"{frame.f_globals['__name__']}.{frame.f_code.co_name}:{line}"
        for frame, line in walk_tb(err.__traceback__)
    ]
    last = [place for place in places if place.startswith(PRODUCT)][-1]
    return f"{last} {type(err).__name__}"


def _problem(name: str, function: Action, err: Exception) -> dict[str, Any]:
    """Return what is wrong: the parameter that is missing, or where to read more."""
    absent = str(err.args[0]) if isinstance(err, KeyError) and err.args else ""
    if f":param {absent}:" in (function.__doc__ or ""):
        return {absent: [tk._("Missing value")]}
    sentence = tk._(
        "A parameter is missing or of another kind than expected; they are described"
        " at {address}."
    )
    address = tk.url_for("api.action", logic_function="help_show", name=name, ver=3)
    return {"message": [sentence.format(address=address)]}
