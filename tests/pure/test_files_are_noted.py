"""Whatever sends a file leaves a row in the trail, or is known not to need one."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "ckanext-jiangmen/ckanext/jiangmen"

# Modules that make or send files of the share site, and note that they do.
NOTED = {
    "audit/views.py",
    "catalog/logic/edition_action.py",
    "catalog/logic/reference_action.py",
    "catalog/logic/summary_action.py",
    "catalog/logic/survey_action.py",
    "catalog/logic/survey_export_action.py",
    "catalog/views.py",
    "desk/guide_views.py",
    "desk/legal_basis_views.py",
    "sharing/views.py",
}
# They pass on what an action above has made, or send an account's own upload back.
PASSED_ON = {
    "desk/edition_views.py",
    "desk/reference_views.py",
    "desk/summary_views.py",
    "desk/survey_views.py",
    "desk/views.py",
    "desk/workbooks.py",
}
# What the open site sends is public.
OPEN_SITE = "portal/"


def _sends(call):
    """Return whether a call makes an answer a file."""
    called = call.func
    if isinstance(called, ast.Attribute) and called.attr == "answer":
        return getattr(called.value, "id", "") in {"downloads", "workbooks"}
    name = getattr(called, "attr", getattr(called, "id", ""))
    return name in {"send_file", "workbook_answer", "stream_with_context"}


def _calls(path):
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _senders():
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(_sends(call) for call in _calls(path))
    }


def test_every_module_that_sends_a_file_is_known():
    unknown = _senders() - NOTED - PASSED_ON
    assert {name for name in unknown if not name.startswith(OPEN_SITE)} == set()


def test_what_should_note_its_files_does():
    notes = {"note", "note_read", "note_file", "note_search"}
    for name in NOTED & _senders():
        called = {getattr(call.func, "attr", "") for call in _calls(PACKAGE / name)}
        assert called & notes, name
