"""全程留痕: reads before they happen, refusals, logins, changes; or nothing happens."""

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.audit import trail as writing


class TestReads:
    def test_a_read_is_noted_with_all_that_the_contract_names(self, trail, people):
        writing.note_read(
            {"user": "c_cataloguer"},
            "datastore_search",
            entry_id="entry",
            resource_id="resource",
            items=["区划代码", "名称"],
            rows=3,
            grants=["grant"],
            purpose="核对区划",
            channel="export",
        )
        (row,) = trail(kind="read")
        assert row["account"] == "c_cataloguer"
        assert row["organizations"] == [people.civil]
        assert (row["entry"], row["resource"]) == ("entry", "resource")
        assert row["items"] == ["区划代码", "名称"]
        assert (row["row_count"], row["grants"]) == (3, ["grant"])
        assert (row["purpose"], row["channel"]) == ("核对区划", "export")
        assert (row["action"], row["result"]) == ("datastore_search", "done")

    def test_a_read_stays_noted_when_the_request_is_rolled_back(self, trail, people):
        writing.note_read({"user": "c_cataloguer"}, "x", entry_id="e")
        model.Session.rollback()
        assert len(trail(kind="read")) == 1

    def test_a_nul_character_does_not_stop_the_trail(self, trail, people):
        writing.note_refusal({"user": ""}, "x", entry_id="a\x00b", reason="r")
        assert trail(kind="refusal")[0]["entry"] == "a\ufffdb"

    def test_a_refusal_is_noted_with_its_reason(self, trail, people):
        writing.note_refusal({"user": "b_cataloguer"}, "x", entry_id="e", reason="r")
        (row,) = trail(kind="refusal")
        assert (row["account"], row["result"], row["reason"]) == (
            "b_cataloguer",
            "refused",
            "r",
        )


class TestRights:
    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO audit.jiangmen_audit (kind) VALUES ('read')",
            "UPDATE audit.jiangmen_audit SET account = 'x'",
            "DELETE FROM audit.jiangmen_audit",
            "TRUNCATE audit.jiangmen_audit",
            "DROP TABLE audit.jiangmen_audit",
            "ALTER TABLE audit.jiangmen_audit DISABLE TRIGGER ALL",
            "DROP SCHEMA audit CASCADE",
            "INSERT INTO audit.jiangmen_audit_seal"
            " VALUES (1, 1, 1, 1, now(), '', '', '')",
            "CREATE OR REPLACE FUNCTION audit.note(what jsonb) RETURNS void"
            " LANGUAGE sql AS 'SELECT 1'",
        ],
    )
    def test_the_sites_role_can_do_nothing_but_add(self, platform, statement):
        with pytest.raises(sa.exc.ProgrammingError, match=r"permission|owner"):
            model.Session.execute(sa.text(statement))
        model.Session.rollback()

    @pytest.mark.parametrize("verb", ["UPDATE {} SET account = 'x'", "DELETE FROM {}"])
    def test_even_the_administrator_is_stopped(self, platform, as_admin, verb):
        with pytest.raises(Exception, match="only added to"):
            as_admin(verb.format("audit.jiangmen_audit"))

    def test_every_table_that_matters_is_covered(self, platform):
        """A new table of ours: run `make test-env` (or `make up`), it is covered."""
        missing = model.Session.scalars(sa.text("SELECT audit.uncovered()")).all()
        assert missing == []

    def test_all_our_tables_are_wanted(self, platform):
        wanted = set(model.Session.scalars(sa.text("SELECT name FROM audit.wanted()")))
        ours = {
            name
            for name in sa.inspect(model.ensure_engine()).get_table_names()
            if name.startswith("jiangmen_")
        }
        assert ours - wanted == {
            "jiangmen_alembic_version",
            "jiangmen_catalog_job",
            "jiangmen_revision_save",
            "jiangmen_unsaved",
        }
        assert {"package", "resource", "member", "user", "api_token", "group"} < wanted
