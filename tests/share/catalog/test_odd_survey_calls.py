"""Parameters that nobody meant get one sentence, never an internal error."""

from __future__ import annotations

import json

import pytest

import ckan.plugins.toolkit as tk
from ckan.tests import factories

PARAMETERS = {
    "jiangmen_survey_export": ("id", "organization", "import_id", "q", "fq", "state"),
    "jiangmen_survey_undo": ("import_id", "force"),
    "jiangmen_summary_export": ("organization",),
    "jiangmen_summary_compare": ("upload", "organization"),
    "jiangmen_reference_template": ("filled",),
    "jiangmen_reference_list": ("organization", "state"),
    "jiangmen_reference_import": ("upload", "drop_missing"),
    "jiangmen_reference_match": ("id", "entry", "decision"),
}
VALUES = ("\x00", "[a:", ["a", {"b": 1}], {"a": 1})


def test_odd_parameters_are_told_in_a_sentence(app, people, draft):
    draft()
    wrong = []
    for who in ("coordinator", "c_cataloguer"):
        token = factories.APIToken(user=who)["token"]
        for action, names in PARAMETERS.items():
            for body in ({name: value} for name in names for value in VALUES):
                answer = app.post(
                    f"/api/action/{action}",
                    data=json.dumps(body),
                    headers={"Authorization": token},
                    content_type="application/json",
                )
                if answer.status_code >= 500:
                    wrong.append((who, action, body, answer.body[:200]))
    assert wrong == []


LISTS = (
    "jiangmen_revision_list",
    "jiangmen_duty_list",
    "jiangmen_legal_basis_list",
    "jiangmen_edition_list",
)


@pytest.mark.parametrize("action", LISTS)
def test_a_list_of_none_is_empty_and_no_number_is_refused(act, approved, action):
    approved()
    none = act(action, user="coordinator", limit=0)
    assert (none if isinstance(none, list) else next(iter(_rows(none)))) == []
    for odd in (-1, "x", 1.5, True, 10**30):
        with pytest.raises(tk.ValidationError) as caught:
            act(action, user="coordinator", limit=odd)
        assert caught.value.error_dict["limit"]


def _rows(answer):
    return (value for value in answer.values() if isinstance(value, list))
