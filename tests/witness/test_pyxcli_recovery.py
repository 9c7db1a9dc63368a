"""IBM's own recovery managers (pyxcli 1.2.1) take volumes and groups of two simulated XIVs through a disaster and back.

They encode IBM's idea of who is asked for what in which order; what hosts wrote on either side is counted after each
step.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pyxcli.mirroring.cg_recovery_manager import CGRecoveryManager
from pyxcli.mirroring.errors import MirrorInactiveError, NoMirrorDefinedError
from pyxcli.mirroring.recovery_manager import (
    NoMirrorConnectivityRecoveryException,
    SlaveIsNotConsistentRecoveryException,
)
from pyxcli.mirroring.volume_recovery_manager import VolumeRecoveryManager

from support.pyxcli_here import VerifyingTransport, XCLIClient
from support.xcli import ControlAddress
from support.xiv_mirroring import still_arrays
from terraform_provider_xivds8k.simulators import Simulation

TIME_FORMAT = "%Y%m%d"


class Site:
    """One array, with IBM's managers connected to it."""

    def __init__(self, client: Any, name: str, control: ControlAddress) -> None:
        self.cmd = client.cmd
        self.client = client
        self.groups = CGRecoveryManager(False, client)
        self.name = name
        self.control = control

    @property
    def volumes(self) -> Any:
        """Return a manager that has seen nothing yet.

        Without its cache it takes an empty listing for a volume, and fails on its own log line.
        """
        return VolumeRecoveryManager(True, self.client)

    def write(self, volume: str, label: str) -> None:
        """Write a label as a host does."""
        self.control.ask("POST", "/io", {"array": self.name, "volume": volume, "write": label})

    def read(self, *volumes: str) -> list[list[str]]:
        """Return what volumes hold."""
        return [self.control.ask("GET", f"/io?array={self.name}&volume={volume}") for volume in volumes]

    def knows(self, other: Any) -> str:
        """Return the target that is another array, as pyxcli matches it."""
        system_id = next(row.value for row in other.cmd.config_get() if row.name == "system_id")
        found: str = self.volumes.get_target_by_system_id(system_id)
        return found


@pytest.fixture
def simulation(tmp_path: Path) -> Iterator[Simulation]:
    """Serve two linked arrays, whose clock stands unless it is put forward."""
    with still_arrays(tmp_path / "still.db") as found:
        yield found


@pytest.fixture
def sites(simulation: Simulation, control: ControlAddress, trusting: ssl.SSLContext) -> Iterator[tuple[Site, Site]]:
    """Return both arrays."""
    with ExitStack() as stack:
        found = []
        for array in simulation.arrays:
            host, _, port = array["endpoints"][0].rpartition(":")
            transport = VerifyingTransport(host, int(port), trusting)
            stack.callback(transport.close)
            client = XCLIClient(transport, array["username"], array["password"])
            client.set_options(i_am_sure="yes")
            found.append(Site(client, array["name"], control))
        yield found[0], found[1]


@pytest.fixture
def home(sites: tuple[Site, Site]) -> Site:
    """Return the array that serves at first."""
    return sites[0]


@pytest.fixture
def away(sites: tuple[Site, Site]) -> Site:
    """Return its partner."""
    return sites[1]


def _mirror(home: Site, away: Site, volume: str, kind: str = "sync", **more: Any) -> Any:
    if not home.cmd.vol_list(vol=volume).as_list:
        home.cmd.vol_create(vol=volume, size=17, pool="pool1")
    return home.volumes.create_mirror(
        volume,
        home.knows(away),
        kind,
        volume,
        create_slave="yes",
        remote_pool="pool1",
        activate_mirror="yes",
        **more,
    )


def _group(home: Site, away: Site, kind: str = "sync", **more: Any) -> Any:
    for volume in ("v1", "v2"):
        _mirror(home, away, volume, kind, **more)
    for site in (home, away):
        site.cmd.cg_create(cg="g", pool="pool1")
    _pass(home, 1)
    found = home.groups.create_mirror("g", home.knows(away), kind, "g", activate_mirror="yes", **more)
    for volume in ("v1", "v2"):
        home.cmd.cg_add_vol(cg="g", vol=volume)
    return found


def _pass(site: Site, seconds: float) -> None:
    site.control.ask("POST", "/clock", {"advance_s": seconds})


def _link(site: Site, state: str) -> None:
    site.control.ask("POST", "/link", {"family": "xiv", "state": state})


def test_a_mirror_is_created_verified_and_deleted(home: Site, away: Site) -> None:
    with pytest.raises(NoMirrorDefinedError):
        home.volumes.verify_mirror_existence("v1")
    mirror = _mirror(home, away, "v1")
    assert (mirror.local_peer_name, mirror.current_role, mirror.sync_state) == ("v1", "Master", "Initializing")
    with pytest.raises(SlaveIsNotConsistentRecoveryException):
        away.volumes.verify_readiness_for_failover("v1")
    _pass(home, 1)
    away.volumes.verify_readiness_for_failover("v1")
    assert away.volumes.is_mirror_slave_ready_for_failover("v1")
    assert away.volumes.is_resource_locked("v1")
    home.volumes.verify_mirror_is_active("v1")
    home.volumes.activate_mirror("v1")
    for _ in range(2):
        home.volumes.deactivate_mirror("v1")
    with pytest.raises(MirrorInactiveError, match="Deactivated by an admin"):
        home.volumes.verify_mirror_is_active("v1")
    home.volumes.delete_mirror("v1")
    assert not home.volumes.get_mirror_resources()
    assert not away.volumes.get_mirror_resources()


def test_roles_of_a_volume_are_switched_and_switched_back(home: Site, away: Site) -> None:
    _mirror(home, away, "v1")
    _pass(home, 1)
    home.write("v1", "a")
    for serving, other in ((home, away), (away, home)):
        serving.volumes.switch_roles("v1")
        other.volumes.reactivate_mirror("v1")
        other.write("v1", "b")
    assert home.read("v1") == away.read("v1") == [["a", "b", "b"]]


def test_a_volume_goes_through_a_disaster_and_back(home: Site, away: Site) -> None:
    _mirror(home, away, "v1")
    _pass(home, 1)
    home.write("v1", "a")
    _link(home, "down")
    home.write("v1", "lost")
    with pytest.raises(NoMirrorConnectivityRecoveryException):
        home.volumes.verify_mirror_connectivity("v1")
    away.volumes.promote("v1")
    away.volumes.promote("v1")
    assert not away.volumes.is_resource_locked("v1")
    away.write("v1", "b")
    with pytest.raises(NoMirrorConnectivityRecoveryException):
        away.volumes.reverse_replication("v1")
    _link(home, "up")
    home.volumes.prepare_reverse_replication("v1", should_unmap=True)
    assert home.read("v1", "temp_synced_v1") == [["a"], ["a", "lost"]]
    away.volumes.reverse_replication("v1")
    _pass(home, 1)
    assert home.read("v1") == away.read("v1") == [["a", "b"]]
    mirror = away.volumes.get_mirror_resources()["v1"]
    assert (mirror.designation, mirror.current_role, mirror.sync_state) == ("Primary", "Master", "Synchronized")
    away.volumes.switch_roles("v1")
    home.volumes.reverse_replication("v1")
    home.write("v1", "c")
    assert home.read("v1") == away.read("v1") == [["a", "b", "c"]]
    assert home.volumes.get_mirror_resources()["v1"].designation == "Primary"


def test_an_asynchronous_volume_is_replicated_on_demand_and_promoted_to_its_recovery_point(
    home: Site, away: Site
) -> None:
    for site in (home, away):
        site.cmd.schedule_create(schedule="hourly", interval="01:00")
    _mirror(home, away, "v1", "async", rpo=7200, schedule="hourly")
    _pass(home, 1)
    home.write("v1", "a")
    home.volumes.start_async_job(home.volumes.get_mirror_resources()["v1"])
    assert home.volumes.is_async_job_running("v1")
    assert [row.name for row in home.cmd.schedule_list() if row.name.startswith("temp")] == []
    _pass(home, 1)
    assert not home.volumes.is_async_job_running("v1")
    home.write("v1", "lost")
    _link(home, "down")
    away.volumes.promote("v1")
    assert away.read("v1", "temp_synced_v1") == [["a"], ["a"]]
    away.write("v1", "b")
    _link(home, "up")
    home.volumes.prepare_reverse_replication("v1")
    assert home.read("v1", "temp_synced_v1") == [["a"], ["a", "lost"]]
    away.volumes.reverse_replication("v1")
    _pass(home, 1)
    assert home.read("v1") == away.read("v1") == [["a", "b"]]
    away.volumes.switch_roles("v1")
    home.volumes.reverse_replication("v1")
    assert home.volumes.get_mirror_resources()["v1"].current_role == "Master"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_failover_is_rehearsed_on_a_snapshot(home: Site, away: Site, kind: str) -> None:
    more = {"rpo": 120, "schedule": "min_interval"} if kind == "async" else {}
    _mirror(home, away, "v1", kind, **more)
    _pass(home, 1)
    home.write("v1", "a")
    _pass(home, 21)
    away.volumes.test_promote_start("v1", "test", TIME_FORMAT)
    (snapshot,) = away.volumes.get_volume_snapshots_by_prefix("v1", "test")
    assert snapshot.locked == "no"
    away.write(snapshot.name, "rehearsed")
    assert away.read("v1", snapshot.name) == [["a"], ["a", "rehearsed"]]
    away.volumes.test_promote_stop("v1", "test")
    assert away.volumes.get_volume_snapshots_by_prefix("v1", "test") == []
    assert home.volumes.get_mirror_resources()["v1"].active == "yes"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_group_goes_through_a_rehearsal_a_disaster_and_back(home: Site, away: Site, kind: str) -> None:
    more = {"rpo": 120, "schedule": "min_interval"} if kind == "async" else {}
    mirror = _group(home, away, kind, **more)
    assert (mirror.mirror_object, mirror.local_peer_name, mirror.current_role) == ("CG", "g", "Master")
    assert home.groups.is_cg_replicated("g")
    assert home.volumes.is_cg_of_volume_replicated("v1")
    home.groups.verify_devices_in_cg(["v1", "v2"], "g")
    for volume in ("v1", "v2"):
        home.write(volume, "a")
    _pass(home, 21)
    away.groups.test_promote_start("g", "test", TIME_FORMAT)
    (rehearsal,) = away.groups.get_target_group_test_snap_groups("g", "test")
    away.write(f"{rehearsal.name}.v1", "rehearsed")
    away.groups.test_promote_stop("g", "test")
    _link(home, "down")
    home.write("v1", "lost")
    away.groups.verify_readiness_for_failover("g")
    away.groups.promote("g")
    away.write("v2", "b")
    assert away.read("v1", "v2") == [["a"], ["a", "b"]]
    _link(home, "up")
    home.groups.prepare_reverse_replication("g")
    assert home.read("temp_synced_g.v1") == [["a", "lost"]]
    assert home.groups.is_resource_locked("g")
    away.groups.reverse_replication("g")
    _pass(home, 21)
    assert home.read("v1", "v2") == away.read("v1", "v2") == [["a"], ["a", "b"]]
    away.groups.switch_roles("g")
    home.groups.reverse_replication("g")
    roles = {row.current_role for row in home.cmd.mirror_list()}
    assert roles == {"Master"}
    home.write("v1", "c")
    _pass(home, 21)
    assert home.read("v1", "v2") == away.read("v1", "v2") == [["a", "c"], ["a", "b"]]


def test_a_group_is_replicated_on_demand(home: Site, away: Site) -> None:
    for site in (home, away):
        site.cmd.schedule_create(schedule="hourly", interval="01:00")
    _group(home, away, "async", rpo=7200, schedule="hourly")
    home.write("v1", "a")
    home.groups.start_async_job(home.groups.get_mirror_resources()["g"])
    assert home.groups.is_async_job_running("g")
    _pass(home, 1)
    assert away.read("v1", "v2") == [["a"], []]
