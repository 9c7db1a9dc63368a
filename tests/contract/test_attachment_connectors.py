"""Attachments by the ports of a host: what a plan tells of whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from support.attaching import Hands
from support.core import Core, Rejected, warnings_of
from support.resource_keeping import keeper
from support.simulated import World
from terraform_provider_xivds8k.driver import Family, Volume
from terraform_provider_xivds8k.resources import HostAttachmentResource

ONE, TWO, NOBODYS = "10000000c9aa0001", "10000000c9aa0002", "10000000c9aa0009"
xiv_only = pytest.mark.parametrize("family", ["xiv"])


@pytest.fixture
def core(array: World) -> Core:
    """Keep an attachment, as one provider process does."""
    return keeper(array, HostAttachmentResource)


@pytest.fixture
def volume(hands: Hands) -> Volume:
    """Return a volume."""
    return hands.volume()


@pytest.fixture
def hosts(hands: Hands) -> tuple[str, str]:
    """Return two hosts."""
    return hands.host("h1", wwpns=[ONE]), hands.host("h2", wwpns=[TWO])


def by_ports(volume: Volume, *wwpns: str, **more: Any) -> dict[str, Any]:
    """Return the configuration of a volume attached by ports."""
    return {"volume_id": volume.id, "connector": {"wwpns": list(wwpns), "iqn": None}, **more}


def test_ports_of_several_hosts_are_warned_of_and_refused(core: Core, hosts: tuple[str, str], volume: Volume) -> None:
    for had in (None, by_ports(volume, ONE)):
        if had is not None:
            core.run(had)
        made = core.plan(by_ports(volume, ONE, TWO))
        (told,) = warnings_of(made.diagnostics)
        assert "ports of several hosts" in told
        assert f"is host h2 (id {hosts[1]})'s" in told
        with pytest.raises(Rejected, match="The ports belong to several hosts"):
            core.apply(made)
    assert core.plan(by_ports(volume, ONE)).action == "no-op"


@pytest.mark.usefixtures("hosts")
def test_ports_of_nobody_are_warned_of_once_something_is_attached(core: Core, hands: Hands, volume: Volume) -> None:
    """At first the same apply makes the host, as a rule; the attachment that is there stays."""
    assert warnings_of(core.plan(by_ports(volume, NOBODYS)).diagnostics) == []
    core.run(by_ports(volume, ONE))
    made = core.plan(by_ports(volume, NOBODYS))
    assert "names ports of no host" in warnings_of(made.diagnostics)[0]
    with pytest.raises(Rejected, match="No host has the port"):
        core.apply(made)
    assert hands.luns(volume, "h1") == [1]


@pytest.mark.usefixtures("hosts")
def test_a_replacement_to_ports_of_nobody_says_that_it_is_detached_first(core: Core, volume: Volume) -> None:
    core.run(by_ports(volume, ONE))
    made = core.plan(by_ports(volume, NOBODYS, lun=9))
    assert made.action == "replace"
    assert "is detached first" in made.diagnostics.items[0].detail


@xiv_only
def test_a_connector_whose_port_went_to_another_host_is_warned_of_and_nothing_is_planned(
    core: Core, hands: Hands, family: Family, hosts: tuple[str, str], volume: Volume
) -> None:
    config = by_ports(volume, ONE)
    core.run(config)
    hands.array.driver.update_host(hosts[0], wwpns=(NOBODYS,), deadline=20)
    core.refresh()
    made = core.plan(config)
    assert (made.action, warnings_of(made.diagnostics)) == (
        "no-op",
        [f"The connector of Volume {volume.id} on host h1 does not name that host any more"],
    )
    hands.array.driver.update_host(hosts[1], wwpns=(TWO, ONE), deadline=20)
    core.refresh()
    moved = core.plan({**config, "lun": 9})
    assert moved.action == "replace"
    assert "attaches it to the one that then owns" in moved.diagnostics.items[0].detail
