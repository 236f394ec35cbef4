"""`ckan jiangmen accounts renew`: tokens of services and of the demonstration."""

import datetime as dt
import json

import pytest
from click.testing import CliRunner

from ckan import model
from ckan.lib import api_token

from ckanext.jiangmen import clock
from ckanext.jiangmen.cli import jiangmen
from ckanext.jiangmen.sharing.token_model import TokenRow

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture
def credentials(tmp_path, token):
    """A file as `accounts load` writes it, of two accounts."""
    path = tmp_path / "accounts.json"
    known = {
        name: {"name": name, "token": token(name)["Authorization"]}
        for name in ("b_cataloguer", "b_reviewer")
    }
    path.write_text(json.dumps(known), "utf-8")
    return path


def renew(path, *more):
    arguments = ["accounts", "renew", "--credentials", str(path), *more]
    result = CliRunner().invoke(jiangmen, arguments)
    assert result.exit_code == 0, result.output
    return result.output, json.loads(path.read_text("utf-8"))


def test_tokens_with_time_left_stay(credentials):
    before = json.loads(credentials.read_text("utf-8"))
    said, after = renew(credentials)
    assert said.startswith("0 of 2")
    assert after == before


def test_a_token_that_ends_soon_is_made_again_and_the_old_one_goes_on(app, credentials):
    old = json.loads(credentials.read_text("utf-8"))["b_cataloguer"]["token"]
    row = model.Session.get(TokenRow, api_token.decode_token(old)["jti"])
    row.valid_until = clock.now() + dt.timedelta(days=29)
    model.Session.commit()
    said, after = renew(credentials)
    assert said.startswith("1 of 2")
    new = after["b_cataloguer"]["token"]
    assert new != old
    assert credentials.stat().st_mode & 0o777 == 0o600
    for token in (old, new):
        answer = app.get(
            "/api/3/action/jiangmen_token_list", headers={"Authorization": token}
        )
        assert answer.status_code == 200
