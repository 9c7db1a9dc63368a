"""Spellings of an array's addresses."""

from __future__ import annotations

import pytest

from terraform_provider_xivds8k.driver.endpoints import Endpoint, Endpoints, parse
from terraform_provider_xivds8k.driver.errors import Refused


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("hmc1.example.net", "hmc1.example.net", 8452),
        ("hmc1.example.net:443", "hmc1.example.net", 443),
        ("192.0.2.7", "192.0.2.7", 8452),
        (" 192.0.2.7:1 ", "192.0.2.7", 1),
        ("2001:db8::7", "2001:db8::7", 8452),
        ("[2001:db8::7]", "2001:db8::7", 8452),
        ("[2001:db8::7]:65535", "2001:db8::7", 65535),
        ("[fe80::7%eth0]:1", "fe80::7%eth0", 1),
    ],
)
def test_an_address_is_read_in_every_spelling(text: str, host: str, port: int) -> None:
    assert parse(text, 8452) == Endpoint(host, port)


@pytest.mark.parametrize(
    "text",
    ["", "https://hmc1", "hmc1:", "hmc1:0", "hmc1:65536", "hmc1:x", "[2001:db8::7", "[2001:db8::7]8452", ":8452"],
)
def test_a_bad_address_is_refused_with_the_spellings_that_are_allowed(text: str) -> None:
    with pytest.raises(Refused, match="host:port") as caught:
        parse(text, 8452)
    assert caught.value.attribute == "endpoints"


@pytest.mark.parametrize("text", ["hmc1#", "hmc1?x:1", "admin@hmc1", "hmc2\\@hmc1", "hmc1 hmc2", "hmc1\n:1"])
def test_an_address_that_a_url_would_take_for_another_one_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="Not an address"):
        parse(text, 8452)


def test_an_endpoint_is_shown_as_it_can_be_written() -> None:
    assert str(Endpoint("2001:db8::7", 8452)) == "[2001:db8::7]:8452"
    assert str(Endpoint("hmc1", 8452)) == "hmc1:8452"


def test_the_endpoint_that_answered_last_is_tried_first() -> None:
    endpoints = Endpoints(("a", "b", "c"), 1)
    first, second, third = endpoints.in_order()
    endpoints.answered(second)
    assert endpoints.in_order() == (second, third, first)
