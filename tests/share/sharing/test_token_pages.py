"""The account's page of tokens, in Chinese and without a word of English."""

import datetime as dt
import re

import pytest

from ckan import model
from ckan.lib import api_token

from ckanext.jiangmen import clock
from ckanext.jiangmen.sharing.model import GrantRow

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture
def grant(people):
    """A grant of 市地税局, on an entry that need not be there for a page."""
    row = GrantRow(
        id="grant-1",
        package_id="entry-1",
        owner_org=people.civil,
        organization=people.tax,
        items=["名称"],
        channels=["系统对接"],
        purpose="核对纳税人所在区划",
        valid_until=clock.now() + dt.timedelta(days=30),
        created_by="c_reviewer",
    )
    model.Session.add(row)
    model.Session.commit()
    return "grant-1"


@pytest.fixture
def signed_in(app, token):
    """Return a function that opens an address as an account."""
    known = {}

    def go(user, address="/tokens/", data=None):
        if user not in known:
            known[user] = token(user)
        method = "POST" if data is not None else "GET"
        return app.test_client().open(
            address,
            method=method,
            headers=known[user],
            data=data,
            follow_redirects=False,
        )

    return go


FORM = {
    "name": "征管系统",
    "grants": "grant-1",
    "ranges": "10.2.0.0/16\n192.0.2.7",
    "valid_until": "",
}


def _shown_token(page):
    return re.search(r'<textarea id="new-token"[^>]*>([^<]+)</textarea>', page.text)[1]


def _words(page):
    main = page.text.split('role="main">', 1)[1].split("<footer", 1)[0]
    text = re.sub(r"<textarea[^>]*>.*?</textarea>", "", main, flags=re.DOTALL)
    text = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    return set(re.findall(r"[A-Za-z]{4,}", re.sub(r"<[^>]*>", " ", text)))


def test_a_department_makes_rotates_and_revokes_a_machine_token(signed_in, grant):
    page = signed_in("b_cataloguer")
    assert page.status_code == 200
    assert "核对纳税人所在区划" in page.text

    made = signed_in("b_cataloguer", "/tokens/machine", FORM)
    token = _shown_token(made)
    claims = api_token.decode_token(token)
    assert claims["jiangmen"]["ranges"] == ["10.2.0.0/16", "192.0.2.7/32"]
    assert made.headers["Cache-Control"].startswith("no-store")
    assert token not in signed_in("b_cataloguer").text

    rotated = signed_in("b_cataloguer", f"/tokens/{claims['jti']}/rotate", {})
    new = api_token.decode_token(_shown_token(rotated))
    assert "原令牌可使用至" in rotated.text

    gone = signed_in("b_cataloguer", f"/tokens/{new['jti']}/revoke", {})
    assert gone.status_code == 302
    assert "已吊销" in signed_in("b_cataloguer").text


def test_a_personal_token_is_made_for_the_days_asked_for(signed_in):
    data = {"personal_name": "命令行", "days": "7"}
    page = signed_in("b_cataloguer", "/tokens/personal", data)
    claims = api_token.decode_token(_shown_token(page))
    assert 6.9 < (claims["exp"] - clock.now().timestamp()) / 86400 <= 7


def test_what_is_wrong_is_told_on_the_page_and_what_was_written_stays(signed_in, grant):
    page = signed_in("b_cataloguer", "/tokens/machine", FORM | {"ranges": "0.0.0.0/0"})
    assert page.status_code == 200
    assert "“0.0.0.0/0”范围过宽" in page.text
    assert 'value="征管系统"' in page.text


def test_foreign_grants_and_tokens_get_a_page_that_says_so(signed_in, grant):
    assert signed_in("c_cataloguer", "/tokens/machine", FORM).status_code == 403
    assert signed_in("c_cataloguer", "/tokens/nothing/revoke", {}).status_code == 404
    assert signed_in("coordinator", "/tokens/machine", FORM).status_code == 403


@pytest.mark.parametrize("user", ["b_cataloguer", "c_reviewer", "coordinator"])
def test_the_page_has_no_english_word(signed_in, grant, user):
    signed_in(user, "/tokens/personal", {"personal_name": "命令行", "days": "1"})
    page = signed_in(user)
    names = {"cataloguer", "reviewer", "coordinator", "test", "grant"}
    assert _words(page) - names == set()


def test_the_account_s_page_leads_to_its_tokens(signed_in):
    assert 'href="/tokens/"' in signed_in("b_cataloguer", "/user/b_cataloguer").text
