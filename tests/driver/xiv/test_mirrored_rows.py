"""Volumes an XIV mirrors: the rows of ``mirror_list`` tell which is a slave, and a slave is not managed by itself."""

from __future__ import annotations

from contextlib import closing

import pytest

from support.xcli_peer import PASSWORD, Answer, Asked, Connect, Peer, Trust, answer
from terraform_provider_xivds8k.driver import Connection, Secret, Settings, Unsupported, XIVDS8KDriver
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.driver.xiv.volumes import XIVVolumes

NAMES = ("plain", "master", "slave", "last-replicated-slave", "fifth")
ROLES = {"master": "Master", "slave": "Slave"}
ROWS = {
    name: {
        "name": name,
        "wwn": f"00173800000100{number:02}",
        "pool_id": "100000",
        "pool_name": "pool",
        "capacity": "33554432",
        "mirrored": "yes" if name in ROLES else "no",
    }
    for number, name in enumerate(NAMES)
}


def _script(asked: Asked) -> Answer:
    given = asked.arguments
    if asked.command == "mirror_list":
        roles = [
            {"local_peer_name": name, "mirror_object": "Volume", "current_role": role}
            for name, role in ROLES.items()
            if given.get("vol", name) == name
        ]
        return answer(asked, *roles)
    if asked.command == "vol_list":
        rows = [
            row
            for row in ROWS.values()
            if given.get("vol", row["name"]) == row["name"] and given.get("wwn", row["wwn"]).lower() == row["wwn"]
        ]
        return answer(asked, *rows)
    return answer(asked)


@pytest.mark.parametrize("names", [NAMES, NAMES[:2], ("slave",), ("plain",)])
def test_the_slave_of_a_mirror_is_told_from_its_master(trust: Trust, connect: Connect, names: tuple[str, ...]) -> None:
    """Where nothing is mirrored nobody is asked for mirrors."""
    with Peer(trust.server, _script) as peer:
        volumes = XIVVolumes(connect(peer))
        found = [one for name in names for one in volumes.named(name, Budget(5))]
        told = {one.name: one.is_secondary for one in volumes.detailed(tuple(found), Budget(5))}
        assert told == {name: name == "slave" for name in names}
        assert ("mirror_list" in peer.commands()) == bool({*names} & {*ROLES})


@pytest.mark.parametrize(
    ("name", "words"),
    [("slave", "is the secondary of a pair"), ("last-replicated-slave", "is the array's own, made by mirroring")],
)
def test_a_slave_and_what_mirroring_made_are_not_managed(trust: Trust, name: str, words: str) -> None:
    with Peer(trust.server, _script) as peer:
        connection = Connection(
            endpoints=(peer.address,), username="admin", password=Secret(PASSWORD), ca_pem=trust.ca_pem
        )
        with closing(XIVDS8KDriver(Settings(family="xiv", connection=connection))) as driver:
            with pytest.raises(Unsupported, match=words):
                driver.manage_existing(existing_name=name, new_name="db1")
            assert driver.manage_existing(existing_name="master").name == "master"
        assert "vol_rename" not in peer.commands()
