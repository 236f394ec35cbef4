"""People who write, a moderator who reads, and an entry to write about."""

from __future__ import annotations

import re
import time

import pytest

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


class Reader:
    """A browser without an account; it keeps its cookies."""

    def __init__(self, app):
        self.client = app.test_client()

    def get(self, address, **kwargs):
        kwargs.setdefault("follow_redirects", False)
        return self.client.open(address, method="GET", **kwargs)

    def page(self, address, status=200):
        answer = self.get(address, follow_redirects=True)
        assert answer.status_code == status
        return answer.get_data(as_text=True)

    def send(self, address, page="", **fields):
        """Fill in the form of `page` as a person does, some time later."""
        from ckanext.jiangmen.portal.dialogue import sealing

        token = TOKEN.search(self.page(page or address)).group(1)
        said = {"_csrf_token": token, "mark": sealing.form_mark(time.time() - 60)}
        answer = self.client.open(
            address, method="POST", data=said | fields, follow_redirects=False
        )
        return answer, answer.get_data(as_text=True)


@pytest.fixture
def reader(platform):
    return Reader(platform)


@pytest.fixture
def moderator(platform, as_platform):
    """An account with the role `moderator`."""
    from ckan import model

    from ckanext.jiangmen import accounts

    user = as_platform(
        "user_create",
        name="moderator",
        email="moderator@example.invalid",
        password="Zhongwen-2026",
    )
    accounts.grant_role(user["id"], accounts.Role.MODERATOR)
    model.Session.commit()
    return "moderator"


@pytest.fixture
def written(act, platform):
    """Return a function that writes a message and gives number and link."""
    serial = iter(range(1, 1000))

    def write(**changes):
        said = {
            "kind": "request",
            "title": "公交站点",
            "text": f"请开放公交站点的位置和线路，第{next(serial)}次。",
        }
        return act("jiangmen_dialogue_create", **said | changes)

    return write


@pytest.fixture
def published(act, written, moderator):
    """Return a function that writes a message and has it published."""

    def make(**changes):
        number = written(**changes)["number"]
        act(
            "jiangmen_dialogue_moderate",
            user=moderator,
            number=number,
            decision="publish",
        )
        return number

    return make
