"""Which pair of the remote array is that of a volume of home, while home does not answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terraform_provider_xivds8k.driver import Half
from terraform_provider_xivds8k.driver.errors import Unreachable
from terraform_provider_xivds8k.driver.flows.pair_replicas import replica_of
from terraform_provider_xivds8k.driver.flows.pair_views import Look
from terraform_provider_xivds8k.driver.pairing import paired

XIV, DS8K = "2810-114-1310114", "2107-75DXA41"


def listed(*ends: tuple[str, str | None]) -> Look:
    """Return what is seen with home silent: the remote array's targets, each by its peer and its peer's array."""
    halves = tuple(
        Half(
            subject="volume",
            id=f"r{number}",
            name=f"remote{number}",
            system_id="remote",
            key=None,
            peer=peer,
            peer_key=key,
            role="target",
            mode="sync",
            standing="active",
            in_step=True,
            words="",
        )
        for number, (peer, key) in enumerate(ends)
    )
    return Look(None, halves, tuple(paired("volume", None, (half,)) for half in halves), {"home": Unreachable("x")})


@pytest.mark.parametrize(
    ("system_id", "ends", "found"),
    [
        (XIV, [("db", "10114"), ("log", "10114")], "r0"),
        (XIV, [("db", "10115")], None),
        (XIV, [("db", None)], None),
        (XIV, [("DB", "10114")], None),
        (XIV, [("db", "10114"), ("db", "10114")], None),
        (DS8K, [("0a01", "2107-75dxa41"), ("0A02", "2107-75DXA41")], "r0"),
        (DS8K, [("0A01", "2107-75OTHER")], None),
    ],
)
def test_it_is_found_by_home_s_system_and_by_its_id_or_an_xiv_s_name(
    system_id: str, ends: list[tuple[str, str | None]], found: str | None
) -> None:
    pair = replica_of(listed(*ends), "0A01", "db", system_id)
    assert (pair.remote_id if pair is not None else None) == found


def test_a_volume_and_a_group_of_one_name_stand_each_for_itself() -> None:
    """A group's id is its name; a volume's never is."""
    seen = listed(("db", "10114"), ("db", "10114"))
    volume, other = seen.remote or ()
    group = replace(other, subject="group", id="db", name="db")
    pairs = tuple(paired(half.subject, None, (half,)) for half in (volume, group))
    both, alone = replace(seen, remote=(volume, group), pairs=pairs), replace(seen, remote=(group,), pairs=pairs[1:])
    assert replica_of(both, "00173800027700AA", "db", XIV) == pairs[0]
    assert replica_of(both, "db", "db", XIV) == pairs[1]
    assert replica_of(alone, "00173800027700AA", "db", XIV) is None


def test_with_home_answering_nothing_stands_in() -> None:
    seen = listed(("db", "10114"))
    assert replica_of(Look((), seen.remote, seen.pairs), "0A01", "db", XIV) is None
