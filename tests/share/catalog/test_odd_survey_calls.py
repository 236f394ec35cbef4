"""Parameters that nobody meant get one sentence, never an internal error."""

from __future__ import annotations

import json

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
