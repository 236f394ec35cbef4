"""A receiver's account, and payloads as the share site sends them."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import uuid

import pytest

ORGANIZATION = {
    "id": "0b5a7b5e-31f1-5b1c-9b8f-000000000001",
    "name": "shi-min-zheng-ju",
    "title": "市民政局",
    "org_kind": "市直部门",
    "region_code": "440700",
    "scope": "public",
    "contact_phone": "0750-3501398",
}
ITEMS = [
    {"name": "代码", "column": "代码", "data_type": "字符型", "data_length": "12"},
    {"name": "名称", "column": "名称", "data_type": "字符型", "data_length": "60"},
    {"name": "户数", "column": "户数", "data_type": "整型"},
]
ENTRY = {
    "name": "jiang-men-shi-xing-zheng-qu-hua-0a1b2c",
    "title": "江门市行政区划",
    "owner_org": ORGANIZATION["id"],
    "notes": "江门市各级行政区划的代码和名称。",
    "content_kind": "基础信息",
    "content_subkind": "地理空间",
    "resource_code": "103001/1",
    "class_lei": "1",
    "class_xiang": "03",
    "class_mu": "001",
    "provider_unit": "区划地名科",
    "format_class": "电子表格",
    "format_types": ["csv"],
    "subject_terms": ["行政区划", "地名"],
    "license_id": "CC-BY-4.0",
    "open_condition": "无",
    "exchange_method": "部门批量下载",
    "update_cycle": "每年",
    "publish_date": "2026-11-22",
    "contact_name": "值班室",
    "contact_phone": "0750-3501398",
    "schema_version": "1272-2017",
    "information_items": ITEMS,
}


def table(rows):
    lines = ["代码,名称,户数", *(f"44070300{n:04d},第{n}村,{n}" for n in range(rows))]
    return ("\n".join(lines) + "\n").encode()


class Receiver:
    """Calls the receiving actions over HTTP as the share site's worker does."""

    def __init__(self, app, token):
        self.app, self.token, self.sequence = app, token, 0

    def call(self, action, *, status=200, token=None, address=None, **data):
        headers = {"Authorization": token or self.token}
        if address:
            headers["X-Forwarded-For"] = address
        answer = self.app.post(
            f"/api/3/action/{action}",
            data=json.dumps(data),
            content_type="application/json",
            headers=headers,
            status=status,
        )
        return answer.json.get("result", answer.json.get("error"))

    def stage(self, content, *, pieces=1, sha256=None, size=None):
        sha256 = sha256 or hashlib.sha256(content).hexdigest()
        size = len(content) if size is None else size
        step = -(-len(content) // pieces) or 1
        answer = None
        for start in range(0, max(len(content), 1), step):
            answer = self.piece(sha256, size, start, content[start : start + step])
        return answer

    def piece(self, sha256, size, offset, content, *, status=200):
        answer = self.app.post(
            "/api/3/action/jiangmen_publication_stage",
            data={
                "sha256": sha256,
                "size": str(size),
                "offset": str(offset),
                "upload": (io.BytesIO(content), "piece"),
            },
            content_type="multipart/form-data",
            headers={"Authorization": self.token},
            status=status,
        )
        return answer.json.get("result", answer.json.get("error"))

    def said(self, package_id, version=1, rows=3, files=(), **changes):
        """Return a payload, its files staged."""
        from ckanext.jiangmen.publication import public_fields

        self.sequence += 1
        entry = copy.deepcopy(ENTRY) | {"id": package_id} | changes
        resources = []
        if rows is not None:
            resources.append(self._resource(package_id, "区划.csv", table(rows), True))
        resources += [self._resource(package_id, *file, False) for file in files]
        payload = {
            "organization": dict(ORGANIZATION),
            "entry": entry,
            "resources": resources,
        }
        return payload | {
            "crossing": str(uuid.uuid4()),
            "package_id": package_id,
            "verb": "publish",
            "version": version,
            "sequence": self.sequence,
            "repair": False,
            "bytes": sum(r["size"] for r in resources),
            "hash": public_fields.hash_of(payload),
        }

    def _resource(self, package_id, name, content, is_table):
        sha256 = hashlib.sha256(content).hexdigest()
        self.stage(content)
        return {
            "id": str(uuid.uuid5(uuid.UUID(package_id), name)),
            "name": name.split(".")[0],
            "format": name.split(".")[1].upper(),
            "url": "file." + name.split(".")[1],
            "url_type": "upload",
            "file_name": name,
            "sha256": sha256,
            "size": len(content),
            "table": is_table,
            "header": ["代码", "名称", "户数"] if is_table else [],
        }

    def publish(self, package_id, version=1, **options):
        said = self.said(package_id, version, **options)
        return self.call("jiangmen_publication_receive", **said)

    def withdraw(self, package_id, version=1, *, status=200):
        self.sequence += 1
        return self.call(
            "jiangmen_publication_withdraw",
            status=status,
            crossing=str(uuid.uuid4()),
            package_id=package_id,
            verb="withdraw",
            version=version,
            sequence=self.sequence,
            bytes=0,
        )

    def state(self, **data):
        return self.call("jiangmen_publication_state", **data)


@pytest.fixture
def token_of():
    """Create an account with or without a role and return its token."""

    def create(name, role=None, *, sysadmin=False):
        from ckan import model
        from ckan.tests import factories

        from ckanext.jiangmen import accounts

        user = factories.User(name=name, sysadmin=sysadmin)
        if role:
            accounts.grant_role(user["id"], accounts.Role(role))
        model.Session.commit()
        return factories.APIToken(user=name)["token"]

    return create


@pytest.fixture
def receiver(platform, token_of):
    """The service account of the open site."""
    return Receiver(platform, token_of("publication", "receiver"))


@pytest.fixture
def package_id():
    return str(uuid.uuid4())
