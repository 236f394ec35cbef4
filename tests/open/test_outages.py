"""What the public reads while the index or the database does not answer."""

import json

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from ckan import model

NOWHERE = "http://127.0.0.1:9/solr/none"


@pytest.fixture
def no_index(platform, monkeypatch):
    """Searches go where no Solr listens."""
    import pysolr

    from ckan.lib.search import query

    monkeypatch.setattr(query, "make_connection", lambda **_: pysolr.Solr(NOWHERE))


def test_a_page_without_index_says_so_in_chinese(app, no_index):
    answer = app.get("/dataset/", status=503)
    assert "目录检索服务暂时无法连接" in answer.body


def test_a_search_without_index_answers_503(app, no_index):
    answer = app.get("/api/3/action/package_search", status=503)
    assert json.loads(answer.body)["error"]["message"].startswith("目录检索服务")


def test_a_call_without_database_answers_503(app, platform, monkeypatch):
    nowhere = create_engine("postgresql://127.0.0.1:9/none")

    def gone(*_args, **_kwargs):
        with nowhere.connect() as connection:
            connection.execute(text("SELECT 1"))

    monkeypatch.setattr(model.Package, "get", gone)
    answer = app.get("/api/3/action/package_show?id=x", status=503)
    assert json.loads(answer.body)["error"]["message"].startswith("平台数据库")


def test_what_fails_for_another_reason_is_no_outage(app, platform):
    from ckanext.jiangmen import outages

    with app.flask_app.test_request_context("/"):
        with pytest.raises(ProgrammingError):
            model.Session.execute(text("SELECT nothing"))
        model.Session.rollback()
        failed = app.flask_app.response_class("x", 500)
        assert outages.answer(failed).status_code == 500
