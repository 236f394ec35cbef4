"""An account that nobody uses is stopped; a keeper lets it work again."""

from __future__ import annotations

import datetime as dt

import pytest

from ckanext.jiangmen import clock, daily
from ckanext.jiangmen.login import keeping

PASSWORD = "Shuju-7314-Qiao"


@pytest.fixture
def after(monkeypatch):
    """Let so many days pass for the platform's clock."""
    began = clock.now()

    def pass_days(days: int) -> None:
        moment = began + dt.timedelta(days=days, minutes=1)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return pass_days


@pytest.fixture
def people(account):
    """Keepers, and an account of each kind."""
    account("operator", "system_operator")
    account("officer", "security_officer")
    account("auditor", "auditor")
    return account("zhangsan")


def _state(act, name):
    (row,) = act("jiangmen_account_list", user="auditor", q=name)["accounts"]
    return row["state"], bool(row["stopped"])


def test_after_90_days_without_use_an_account_opens_nothing(
    people, act, after, browser
):
    from ckan.tests import factories

    token = factories.APIToken(user="zhangsan")["token"]
    after(89)
    assert keeping.stop_idle() == []
    after(90)
    assert daily.Day().run_if_due()
    assert _state(act, "zhangsan") == ("pending", True)
    window = browser()
    window.sign_in("zhangsan")
    assert not window.signed_in()
    answer = window.get("/api/3/action/status_show", headers={"Authorization": token})
    assert answer.status_code == 401


def test_an_account_in_use_goes_on(people, after, browser):
    window = browser()
    window.sign_in("zhangsan")
    assert window.signed_in()
    people.last_active = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(50)
    people.save()
    after(100)
    assert keeping.stop_idle() == []


def test_the_officer_lets_it_work_again_for_another_90_days(
    people, act, after, browser
):
    after(90)
    keeping.stop_idle()
    after(1)  # On the day itself the officer's own password is due first.
    page = _page(browser, "officer")
    assert "连续 90 日未使用" in page
    assert "重新启用" in page
    after(90)
    act("jiangmen_account_confirm", user="officer", id="zhangsan")
    assert _state(act, "zhangsan") == ("active", False)
    after(179)
    assert keeping.stop_idle() == []
    after(181)
    assert keeping.stop_idle() == ["zhangsan"]


def _page(browser, name):
    window = browser()
    window.sign_in(name)
    return window.get("/accounts").get_data(as_text=True)


def test_the_last_keepers_go_on_and_a_second_one_is_stopped(people, account, after):
    account("second", "auditor")
    after(400)
    stopped = keeping.stop_idle()
    assert len({"auditor", "second"} & set(stopped)) == 1
    assert not {"operator", "officer"} & set(stopped)


def test_the_days_work_is_done_once_a_day(people, monkeypatch, after):
    calls = []
    monkeypatch.setattr(daily, "_work", [lambda: calls.append(1)])
    day = daily.Day()
    assert day.run_if_due()
    assert not day.run_if_due()
    after(1)
    assert day.run_if_due()
    assert len(calls) == 2
