"""Sizes, durations, addresses and fingerprints: every spelling is what it says or is refused in words."""

from __future__ import annotations

import contextlib
import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terraform_provider_xivds8k.driver import Refused, rules
from terraform_provider_xivds8k.driver.endpoints import Endpoint, parse
from terraform_provider_xivds8k.driver.tls import fingerprint_of
from terraform_provider_xivds8k.driver.xiv.records import MIB, Record
from terraform_provider_xivds8k.resources.volume_sizes import GIB, Sized, wanted_bytes
from terraform_provider_xivds8k.schema import duration_s

LARGEST = {"xiv": rules.XIV_LARGEST_BYTES, "ds8k": rules.DS8K_LARGEST_BYTES}
families = st.sampled_from(sorted(LARGEST))
HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{1,5}){0,2}", fullmatch=True),
    st.ip_addresses(v=4).map(str),
)


@given(families, st.integers(-(2**62), 2**62))
def test_a_size_is_possible_or_told_with_sizes_that_are(family: str, size: int) -> None:
    problem = rules.size_problem(family, size)
    possible = 0 < size <= LARGEST[family] and size % rules.BLOCK_BYTES == 0
    assert (problem is None) == possible
    assert possible or str(size) in str(problem)


@given(families, st.integers(1, 2**24), st.integers(1, 511))
def test_the_sizes_named_beside_one_that_is_no_multiple_are_its_neighbours(family: str, blocks: int, odd: int) -> None:
    problem = rules.size_problem(family, blocks * 512 + odd)
    assert problem is not None
    assert f"{blocks * 512} and {(blocks + 1) * 512}" in problem


@given(st.integers(1, 2**30))
def test_the_two_spellings_of_a_size_are_the_same_bytes(gib: int) -> None:
    spelt = [Sized.nothing(), Sized.nothing()]
    spelt[0].raw["size_gib"], spelt[1].raw["size_bytes"] = gib, gib * GIB
    assert [wanted_bytes(one) for one in spelt] == [gib * GIB] * 2


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_the_exact_unit_of_a_capacity_goes_before_the_round_one(mib: int, gigabytes: int) -> None:
    both = Record("pool", {"size_MiB": str(mib), "size": str(gigabytes)})
    assert both.size_bytes("size") == mib * MIB
    assert Record("pool", {"size": str(gigabytes)}).size_bytes("size") == gigabytes * 10**9
    assert Record("pool", {}).find_size_bytes("size") is None


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 9999))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int) -> None:
    parts = [f"{hours}h" * bool(hours), f"{minutes}m" * bool(minutes), f"{seconds}s"]
    assert duration_s("".join(parts)) == hours * 3600 + minutes * 60 + seconds


@given(st.text(st.characters() | st.sampled_from("0123456789hms. -+e"), max_size=8))
@example("1h 30m")
@example("\u0661s")
@example("9" * 400 + "h")
def test_any_text_is_a_duration_or_none(text: str) -> None:
    found = duration_s(text)
    assert found is None or found >= 0
    assert found is None or (text.isascii() and text[-1] in "hms" and " " not in text)


@given(HOSTS, st.integers(1, 65535))
def test_an_address_is_read_back_as_it_is_written(host: str, port: int) -> None:
    assert parse(f"{host}:{port}", 7778) == Endpoint(host, port)
    assert parse(f" {host} ", 7778) == Endpoint(host, 7778)
    assert parse(str(Endpoint(host, port)), 1) == Endpoint(host, port)


@given(st.ip_addresses(v=6), st.integers(1, 65535))
def test_an_ipv6_address_needs_brackets_for_a_port_only(address: ipaddress.IPv6Address, port: int) -> None:
    assert parse(str(address), port) == parse(f"[{address}]:{port}", 1) == Endpoint(str(address), port)
    assert parse(f"[{address}]", port) == Endpoint(str(address), port)


@given(st.text(max_size=12) | st.text("[]:0123456789a/@ .", max_size=12))
@example("host:" + "9" * 5000)
@example("host:\u0661")
@example("https://host")
def test_any_text_is_an_address_that_can_be_or_is_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        found = parse(text, 8452)
        assert found.host
        assert 1 <= found.port <= 65535
        assert "/" not in found.host


@given(
    st.binary(min_size=32, max_size=32),
    st.booleans(),
    st.sampled_from(["", ":", " "]),
    st.sampled_from(["", "SHA256:"]),
)
def test_a_fingerprint_is_the_same_however_it_is_written(digest: bytes, upper: bool, between: str, prefix: str) -> None:
    text = between.join(f"{byte:02x}" for byte in digest)
    assert fingerprint_of(prefix + (text.upper() if upper else text)) == digest.hex()


@given(st.text(max_size=70))
def test_any_other_text_is_no_fingerprint(text: str) -> None:
    with pytest.raises(Refused):
        fingerprint_of(text)


@given(families, st.text(max_size=70))
def test_a_name_is_possible_or_told_with_what_is_wrong(family: str, name: str) -> None:
    problem = rules.volume_name_problem(family, name)
    assert problem is None or repr(name) in problem
    if problem is None:
        assert name.isascii()
        assert name == name.strip()
        assert 1 <= len(name) <= 63
