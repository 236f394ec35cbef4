"""`ckan jiangmen table …` in a plain shell."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ckanext.jiangmen.tables import cli, config, registry

pytestmark = pytest.mark.usefixtures("tables_only")


@pytest.fixture
def run(monkeypatch, sample):
    """Run a command; the entry's items are the sample's."""
    monkeypatch.setattr(cli, "_items_of", lambda _: list(sample.items))
    return lambda *words: CliRunner().invoke(cli.table, list(words))


def test_a_file_is_loaded_and_removed(run, write, sample, resource_id):
    answer = run("load", resource_id, str(write(sample.text)))
    assert answer.exit_code == 0, answer.output
    assert "3 行，8 列" in answer.output
    assert registry.exists(resource_id)
    assert run("remove", resource_id).exit_code == 0
    assert not registry.exists(resource_id)


def test_bad_rows_are_listed_and_end_with_1(run, write, sample, resource_id):
    path = str(write(sample.text + "5,甲,x,1,1,2020-01-01,2020-01-01,是\n"))
    answer = run("load", resource_id, path)
    assert answer.exit_code == 1
    assert "第 5 行，户数：不是数字 x" in answer.output
    assert not registry.exists(resource_id)
    assert run("load", resource_id, path, "--accept-bad-rows").exit_code == 0


def test_a_dry_run_changes_nothing(run, write, sample, resource_id):
    answer = run("load", resource_id, str(write(sample.text)), "--dry-run")
    assert answer.exit_code == 0
    assert not registry.exists(resource_id)


def test_an_unknown_resource_is_told_in_one_sentence(write, sample, resource_id):
    words = ["load", resource_id, str(write(sample.text))]
    answer = CliRunner().invoke(cli.table, words)
    assert answer.exit_code == 1
    assert "没有资源" in answer.output


def test_keys_are_shown_by_name_only(run):
    answer = run("keys", "show")
    assert answer.exit_code == 0
    assert str(config.key_file()) in answer.output
    assert len(answer.output) < 200
