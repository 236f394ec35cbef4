"""A browser of the test client that signs in through the form."""

from __future__ import annotations

import re

import pytest

PASSWORD = "Shuju-7314-Qiao"
TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


class Browser:
    """Keeps its cookies and sends the CSRF token that the page before held."""

    def __init__(self, app, address="127.0.0.1"):
        self.client = app.test_client()
        self.address = address

    def get(self, address, **kwargs):
        return self._open(address, method="GET", **kwargs)

    def _open(self, address, **kwargs):
        environ = {"REMOTE_ADDR": self.address}
        return self.client.open(
            address, follow_redirects=False, environ_overrides=environ, **kwargs
        )

    def token(self, address="/user/login"):
        return TOKEN.search(self.get(address).get_data(as_text=True)).group(1)

    def post(self, address, data, page=None, **kwargs):
        fields = {"_csrf_token": self.token(page or address), **data}
        return self._open(address, method="POST", data=fields, **kwargs)

    def sign_in(self, name, password=PASSWORD, came_from=""):
        query = {"came_from": came_from} if came_from else {}
        return self.post(
            "/user/login", {"login": name, "password": password}, query_string=query
        )

    def signed_in(self):
        return self.get("/user/password").status_code == 200

    def cookie(self):
        """Return the value of the session's cookie."""
        found = self.client.get_cookie(*self._cookie())
        return found.value if found else None

    def take_cookie(self, value):
        """Send another session's cookie from now on."""
        name, domain = self._cookie()
        self.client.set_cookie(name, value, domain=domain)

    def _cookie(self):
        import ckan.plugins.toolkit as tk

        return tk.config["SESSION_COOKIE_NAME"], "test.ckan.net"


@pytest.fixture
def browser(platform):
    """Open a fresh browser, at an address of one's own where wanted."""
    return lambda address="127.0.0.1": Browser(platform, address)


@pytest.fixture
def account(platform):
    """Make an account that may sign in: its password is its own choice."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    from ckanext.jiangmen import accounts
    from ckanext.jiangmen.login.logic.action import FINAL

    def make(name="zhangsan", *roles, password=PASSWORD, final=True):
        context = {**accounts.acting_as_platform(), FINAL: final}
        fields = {"name": name, "email": f"{name}@example.invalid"}
        tk.get_action("user_create")(context, {**fields, "password": password})
        user = model.User.get(name)
        for role in roles:
            accounts.grant_role(user.id, accounts.Role(role))
        model.Session.commit()
        return user

    return make
