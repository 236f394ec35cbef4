"""Numbers of withheld entries cross when they change, without a title or a secret."""

from __future__ import annotations

import json

SHUT = {
    "sharing_category": "不予共享",
    "license_id": "",
    "secrecy_review_result": "不可公开",
}


def test_numbers_are_due_when_they_change_and_hold_nothing_else(
    people, approved, ground
):
    from ckanext.jiangmen.publication import documents, withheld

    made = ground()
    approved(**SHUT, legal_basis_id=made["number"])
    ((name, body),) = withheld.due().items()
    assert withheld.is_right(name, withheld.public(body))
    assert body["total"] == 1
    assert "江门市行政区划" not in json.dumps(body, ensure_ascii=False)
    documents._keep(withheld.KIND, name, withheld.public(body))
    assert withheld.due() == {}
    assert withheld.KIND in documents.KINDS
