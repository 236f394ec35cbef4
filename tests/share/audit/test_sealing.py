"""The sealed chain: nothing is passed over, nothing can be changed unseen."""

import json
import subprocess
import sys

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.audit import config, reading, trail, verify
from ckanext.jiangmen.audit.keys import KeyUnusable, SigningKey, load_or_make
from ckanext.jiangmen.audit.sealing import Sealer


@pytest.fixture
def sealer(platform):
    engine = sa.create_engine(config.sealer_url())
    made = Sealer(engine, load_or_make(config.key_file()), config.site())
    while made.step():
        pass
    yield made
    engine.dispose()


def _note(count=1):
    for _ in range(count):
        trail.note_read({"user": "someone"}, "x", entry_id="e")


def _unsealed():
    with reading.connect() as connection:
        return reading.unsealed(connection)[0]


def test_rows_are_sealed_and_the_chain_holds(sealer):
    _note(3)
    assert _unsealed() == 3
    assert sealer.step() == 3
    assert _unsealed() == 0
    sealer.publish_now()
    report = reading.verify_database()
    assert report.last >= 3
    assert report.heads >= 1


def test_nothing_new_makes_no_seal(sealer):
    assert sealer.step() == 0


def test_a_transaction_that_ends_late_is_sealed_late_and_not_lost(sealer):
    engine = model.ensure_engine()
    note = sa.text("""SELECT audit.note('{"kind": "read", "account": "late"}')""")
    with engine.connect() as late:
        late.execute(note)
        _note(2)
        assert sealer.step() == 2
        for _ in range(3):
            _note()
            assert sealer.step() == 1
        late.commit()
    assert sealer.step() == 1
    assert _unsealed() == 0
    sealer.publish_now()
    reading.verify_database()


def test_two_sealers_do_not_break_the_chain(sealer):
    second = Sealer(sealer.engine, sealer.key, sealer.site)
    with sealer.engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(7302026)"))
        _note()
        assert second.step() == 0
    assert second.step() == 1
    reading.verify_database()


def test_a_new_sealer_goes_on_where_the_old_one_stopped(sealer):
    _note(2)
    again = Sealer(sealer.engine, sealer.key, sealer.site)
    assert again.step() == 2
    reading.verify_database()


def test_a_row_changed_by_the_administrator_is_found(sealer, as_admin):
    _note(3)
    sealer.step()
    sealer.publish_now()
    before = reading.verify_database().last
    off = "SET session_replication_role = replica; ALTER TABLE audit.jiangmen_audit {}"
    change = "UPDATE audit.jiangmen_audit SET account = '{}' WHERE id = (SELECT id FROM"
    change += f" audit.jiangmen_audit_link WHERE seq = {before - 1})"
    as_admin(off.format("DISABLE TRIGGER refuse_change; ") + change.format("other"))
    try:
        with pytest.raises(verify.Broken) as found:
            reading.verify_database()
    finally:
        as_admin(
            change.format("someone")
            + "; "
            + off.format("ENABLE ALWAYS TRIGGER refuse_change")
        )
    assert (found.value.at, found.value.kind) == (before - 1, "altered")
    reading.verify_database()


def test_an_export_is_verified_by_the_file_alone(sealer, tmp_path):
    _note(2)
    sealer.step()
    sealer.publish_now()
    export, heads = tmp_path / "export.jsonl", tmp_path / "heads.json"
    with export.open("w", encoding="utf-8") as stream:
        count = reading.write_export(stream)
    with reading.connect() as connection:
        known = reading.heads(connection)
    heads.write_text(json.dumps({"success": True, "result": {"heads": known}}))
    command = [sys.executable, "-I", verify.__file__, str(export), "--heads", heads]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"links 1 to {count}" in done.stdout
    lines = export.read_text(encoding="utf-8").splitlines()
    export.write_text("\n".join(lines[:-2]) + "\n", encoding="utf-8")
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert "truncated" in done.stdout


def test_another_key_is_told_to_the_public_at_once(sealer):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    _note()
    other = Sealer(sealer.engine, SigningKey(Ed25519PrivateKey.generate()), sealer.site)
    other.step()
    other.publish_days()
    with reading.connect() as connection:
        assert reading.heads(connection)[0]["key"] == other.key.name
    _note()
    sealer.step()
    reading.verify_database()


def test_a_key_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "key.pem"
    load_or_make(path)
    path.chmod(0o644)
    with pytest.raises(KeyUnusable, match="0600"):
        load_or_make(path)


@pytest.mark.parametrize("verb", ["UPDATE {0} SET number = 1", "DELETE FROM {0}"])
def test_the_sealer_changes_nothing_that_is_sealed(sealer, verb):
    with pytest.raises(sa.exc.ProgrammingError), sealer.engine.begin() as connection:
        connection.execute(sa.text(verb.format("audit.jiangmen_audit_seal")))
