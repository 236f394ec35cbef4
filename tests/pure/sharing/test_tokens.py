"""Address ranges of machine tokens, and what a token must claim."""

import datetime as dt

import pytest

from ckanext.jiangmen.sharing import tokens
from ckanext.jiangmen.sharing.tokens import Claims, RangeRefused, Why

UNTIL = dt.datetime(2027, 1, 31, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("10.2.0.0/16", "10.2.0.0/16"),
        (" 192.0.2.7 ", "192.0.2.7/32"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("2001:DB8:0::1", "2001:db8::1/128"),
    ],
)
def test_a_range_is_kept_in_its_usual_form(written, kept):
    assert tokens.parse_ranges([written]) == [kept]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", Why.NO_RANGE),
        ("市民政局", Why.NO_RANGE),
        ("10.2.0.0/33", Why.NO_RANGE),
        ("10.2.0.256", Why.NO_RANGE),
        ("10.2.0.0-10.2.0.9", Why.NO_RANGE),
        ("1" * 8000, Why.NO_RANGE),
        ("10.2.3.4/16", Why.HOST_BITS),
        ("0.0.0.0/0", Why.TOO_WIDE),
        ("8.0.0.0/7", Why.TOO_WIDE),
        ("::/0", Why.TOO_WIDE),
        ("2001::/31", Why.TOO_WIDE),
    ],
)
def test_a_wrong_range_is_refused_with_its_reason(written, why):
    with pytest.raises(RangeRefused) as refused:
        tokens.parse_ranges(["10.0.0.0/8", written])
    assert refused.value.why is why


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.2.0.0", True),
        ("10.2.255.255", True),
        ("::ffff:10.2.3.4", True),
        ("10.3.0.0", False),
        ("2001:db8::1", False),
        ("", False),
        (None, False),
        ("10.2.3.4, 10.9.9.9", False),
        ("localhost", False),
    ],
)
def test_an_address_is_inside_its_ranges_only(address, inside):
    assert tokens.is_inside(address, ["10.2.0.0/16"]) is inside


def test_the_claim_must_say_what_the_row_says():
    claim = Claims(("g1", "g2"), ("10.2.0.0/16",), UNTIL).as_json()
    assert tokens.claims_agree(claim, ["g1", "g2"], ["10.2.0.0/16"])
    assert not tokens.claims_agree(claim, ["g1"], ["10.2.0.0/16"])
    assert not tokens.claims_agree(claim, ["g1", "g2"], ["10.0.0.0/8"])
    assert not tokens.claims_agree(claim, None, None)
    assert not tokens.claims_agree(None, ["g1"], ["10.2.0.0/16"])
    assert not tokens.claims_agree("g1", ["g1"], ["10.2.0.0/16"])
    assert tokens.claims_agree(None, None, None)
