"""One request of the crawl, and the names that its lists are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

ABSENT = "5f0c7e0a-1111-4222-8333-444455556666"
ABSENT_NAME = "zqabsentnam-xuan-000000"
ABSENT_WORD = "zqabsentwrd"
API = "/api/3/action/"

ENTRIES = ("open", "shared", "conditional", "internal", "withheld",
           "internal_withheld", "draft", "submitted", "returned",
           "withdrawn")  # fmt: skip
HIDDEN_ENTRIES = ENTRIES[4:]
TABLES = ("open", "shared", "conditional", "withheld", "internal_withheld", "draft",
          "submitted", "returned", "withdrawn")  # fmt: skip
FORMATS = ("csv", "xlsx", "json", "parquet")


@dataclass(frozen=True)
class Ask:
    """One request: `data` is a JSON body, None without one."""

    group: str
    method: str
    path: str
    data: str | None = None

    @property
    def said(self) -> str:
        """What the request itself says: an answer may repeat it."""
        return self.path + (self.data or "")


def get(group: str, path: str, /, **query: Any) -> Ask:
    """Return a GET request."""
    return Ask(group, "GET", path + ("?" + urlencode(query, True) if query else ""))


def action(group: str, name: str, /, **data: Any) -> Ask:
    """Return a call of an action with a JSON body."""
    return Ask(group, "POST", API + name, json.dumps(data, ensure_ascii=False))
