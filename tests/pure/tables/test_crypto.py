"""Encryption of identity numbers at rest."""

from __future__ import annotations

import base64
import hmac
import json
import stat
import threading

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ckanext.jiangmen.tables import crypto
from ckanext.jiangmen.tables.errors import KeyMissing, TableError

NUMBER = "440703190001011231"


@pytest.fixture
def ring(tmp_path):
    return crypto.load_or_create(tmp_path / "keys.json")


def test_sm4_gcm_agrees_with_rfc_8998():
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    text = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    seal = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    seal.authenticate_additional_data(
        bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    )
    body = seal.update(text) + seal.finalize()
    assert body.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    )
    assert seal.tag.hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"


@pytest.mark.parametrize("key", [b"k" * 32, b"k" * 64, b"k" * 100])
def test_hmac_sm3_agrees_with_the_standard_library(key):
    expected = hmac.digest(key, "江门".encode(), "sm3")
    assert crypto.HmacSm3(key).digest("江门".encode()) == expected


def test_values_come_back_and_none_stays_none(ring):
    values = [NUMBER, None, "", "孖簕浐湴氹滘蓢裡"]
    assert ring.decrypt_all(ring.encrypt_all(values)) == values


def test_equal_numbers_have_different_ciphertexts_and_equal_indexes(ring):
    one, two = ring.encrypt_all([NUMBER, NUMBER])
    assert one != two
    assert NUMBER not in one
    first, second = ring.blind_all([NUMBER, f" {NUMBER} "])
    assert first == second
    assert [first] == ring.blinds_of(NUMBER)


def test_full_width_and_small_x_find_the_same_person(ring):
    one, two = ring.blind_all(["44070319000101123X", "44070319000101１２３ｘ"])
    assert one == two


@pytest.mark.parametrize("place", [0, 13, -1])
def test_an_altered_ciphertext_is_refused(ring, place):
    (sealed,) = ring.encrypt_all([NUMBER])
    head, body = sealed.rsplit(":", 1)
    raw = bytearray(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    raw[place] ^= 1
    with pytest.raises(TableError):
        ring.decrypt_all([f"{head}:{base64.urlsafe_b64encode(bytes(raw)).decode()}"])


@pytest.mark.parametrize("value", ["", NUMBER, "s4:k1:", "s4:k1:AA", "s4:k1:汉字"])
def test_what_is_no_ciphertext_is_refused(ring, value):
    with pytest.raises(TableError):
        ring.decrypt_all([value])


def test_the_key_file_is_its_owners_only(tmp_path):
    path = tmp_path / "deep" / "keys.json"
    crypto.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(TableError, match="0600"):
        crypto.load_or_create(path)


def test_two_that_begin_at_once_end_with_the_same_keys(tmp_path):
    path, rings = tmp_path / "keys.json", []
    threads = [
        threading.Thread(target=lambda: rings.append(crypto.load_or_create(path)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({ring.blind_all([NUMBER])[0] for ring in rings}) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["keys.json"]


def test_after_rotation_old_values_open_and_are_found(tmp_path):
    path = tmp_path / "keys.json"
    old = crypto.load_or_create(path)
    sealed, blind = old.encrypt_all([NUMBER]), old.blind_all([NUMBER])[0]
    new = crypto.rotate(path)
    assert new.active == "k2"
    assert new.decrypt_all(sealed) == [NUMBER]
    assert blind in new.blinds_of(NUMBER)
    assert new.blind_all([NUMBER])[0] != blind


def test_a_value_of_a_lost_key_says_so(tmp_path, ring):
    body = json.loads((tmp_path / "keys.json").read_bytes())
    other = crypto.Keyring([crypto.new_key("k9")], "k9")
    assert "k9" not in body["keys"]
    with pytest.raises(KeyMissing, match="k9"):
        ring.decrypt_all(other.encrypt_all([NUMBER]))


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"keys": {}, "active": "k1"}'])
def test_a_damaged_key_file_is_told(tmp_path, text):
    path = tmp_path / "keys.json"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(TableError):
        crypto.load_or_create(path)
