"""A mark is found in whatever form a body carries it."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import zipfile
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leaks.marks import Marks

PLACES = [f"place.{number}" for number in range(400)]
MARKS = Marks(PLACES, 7)
MARK = MARKS["place.137"]


def _zip(text):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", text)
    return target.getvalue()


def _parquet(text):
    target = io.BytesIO()
    pq.write_table(pa.table({"列": [text]}), target)
    return target.getvalue()


FORMS = {
    "plain": lambda text: text.encode(),
    "json": lambda text: json.dumps({"a": text}).encode(),
    "json in json": lambda text: json.dumps(json.dumps({"a": text})).encode(),
    "html": lambda text: html.escape(text).encode("ascii", "xmlcharrefreplace"),
    "percent": lambda text: quote(text).encode(),
    "percent in html": lambda text: html.escape(f"/x?q={quote(text)}&y").encode(),
    "utf-16": lambda text: text.encode("utf-16-le"),
    "utf-16 big": lambda text: text.encode("utf-16-be"),
    "gb18030": lambda text: f"中文{text}".encode("gb18030"),
    "base64": lambda text: b'{"a": "' + base64.b64encode(f"{text}补".encode()) + b'"}',
    "base64 in text": lambda text: b"abc" + base64.b64encode(f"长长{text}的".encode()),
    "gzip": lambda text: gzip.compress(text.encode()),
    "zip": _zip,
    "gzip of zip": lambda text: gzip.compress(_zip(text)),
    "parquet": _parquet,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("string", ["word", "han", "number", "person"])
def test_a_mark_is_found_in_every_form(form, string):
    body = FORMS[form](f"某某{getattr(MARK, string)}某")
    assert MARKS.in_body(body) == {"place.137"}


def test_a_coordinate_is_found():
    body = json.dumps({"coordinates": [MARK.longitude, 22.5]}).encode()
    assert MARKS.in_body(body) == {"place.137"}


def test_marks_differ_between_places_and_seeds():
    strings = [s for place in PLACES for s in MARKS[place].strings]
    assert len(set(strings)) == len(strings)
    assert Marks(PLACES, 8).in_text(MARK.word) == set()


def test_bytes_of_no_text_hold_no_mark():
    assert MARKS.in_body(bytes(range(256)) * 4000) == set()
