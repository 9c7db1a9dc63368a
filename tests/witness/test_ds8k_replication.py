"""Replication of a DS8000 as OpenStack's driver drives it: its calls, in its order, to two simulated arrays.

The driver itself is not run: its requests were recorded, and a client that knows no rules sends them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.mirroring import facts
from support.rest_console import Console, Seen
from terraform_provider_xivds8k import simulators

PERMIT = "permit_space_efficient_target"
POLLS = 40


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[tuple[Console, Console]]:
    """Yield signed-in consoles of the primary and of the secondary, each at an address of its own."""
    addresses = ["127.0.0.1", "127.0.0.2"]
    with simulators.start(tmp_path / "s.db", ds8k=addresses, time_scale=0.001, control="127.0.0.1:0") as simulation:
        primary, secondary = (Console(array, str(simulation.control)) for array in simulation.arrays)
        for console in (primary, secondary):
            console.sign_in()
        yield primary, secondary
        for console in (primary, secondary):
            console.close()


def _done(seen: Seen) -> Seen:
    """Return a reply the driver takes for a success: 200 and the very word."""
    assert (seen.status, seen.body["server"]["status"]) == (200, "ok"), seen.body
    return seen


def _wait(console: Console, volume: str, wanted: str) -> None:
    """Poll the pairs of a volume until all are in a state; some states end the wait, and so does an empty list."""
    bad = {"target_suspended", "invalid", "volume_inaccessible"}
    bad |= {"suspended"} if wanted == "full_duplex" else {"valid"}
    for _ in range(POLLS):
        found = _done(console.ask("GET", f"/cs/pprcs?volume_id_from={volume}&volume_id_to={volume}")).records
        assert found
        assert not {pair["state"] for pair in found} & bad
        if all(pair["state"] == wanted for pair in found):
            assert {pair["source_volume"]["name"] for pair in found} == {volume}
            return
        console.advance(0.1)
    raise AssertionError(f"{volume} is not {wanted} after {POLLS} looks")


def _volume(console: Console) -> str:
    lss = {one["id"] for one in _done(console.ask("GET", "/lss?data_fields=id,type,group,configvols")).records}
    assert "00" in lss
    params = {"cap": "1", "captype": "gib", "stgtype": "fb", "tp": "ese", "name": "os_vol", "pool": "P0", "lss": "00"}
    return _done(console.ask("POST", "/volumes", params)).id


def _path(here: Console, there: Console) -> None:
    (_, here_wwnn), (_, there_wwnn) = facts(here), facts(there)
    path = f"/cs/pprcs/paths/{here_wwnn}_00:{there_wwnn}_00?data_fields=port_pairs"
    for _ in range(2):  # sent twice
        assert (here.ask("GET", path).status, here.ask("GET", path).code) == (404, "BE7A0001")
    asked = f"/cs/pprcs/physical_links?target_system_wwnn={there_wwnn}&source_lss_id=0&target_lss_id=0"
    links = _done(here.ask("GET", asked)).records
    ports = [{name: link[name] for name in ("source_port_id", "target_port_id")} for link in links]
    params = {"target_system_wwnn": there_wwnn, "source_lss_id": "00", "target_lss_id": "00", "port_pairs": ports}
    _done(here.ask("POST", "/cs/pprcs/paths", params))
    (seen,) = _done(here.ask("GET", path)).records
    assert "success" in {port["state"] for port in seen["port_pairs"]}


def _pair(here: Console, there: Console, source: str, target: str, *options: str) -> None:
    ends = {"source_volume": source, "source_system_id": facts(here)[0]}
    ends |= {"target_volume": target, "target_system_id": facts(there)[0]}
    _done(here.ask("POST", "/cs/pprcs", {"volume_pairs": [ends], "type": "metro_mirror", "options": list(options)}))


def _resume(here: Console, there: Console, source: str, target: str, *options: str) -> None:
    pair = f"{facts(here)[0]}_{source}:{facts(there)[0]}_{target}"
    params = {"pprc_ids": [pair], "type": "metro_mirror", "options": list(options)}
    _done(here.ask("POST", "/cs/pprcs/resume", params))


def _unpair(console: Console, volume: str, side: str) -> None:
    if not _done(console.ask("GET", f"/cs/pprcs?volume_id_from={volume}&volume_id_to={volume}")).records:
        return
    params = {
        "volume_full_ids": [{"volume_id": volume, "system_id": facts(console)[0]}],
        "options": ["unconditional", f"issue_{side}"],
    }
    _done(console.ask("POST", "/cs/pprcs/delete", params))


def _replicated(primary: Console, secondary: Console) -> tuple[str, str]:
    """Make a replicated volume, the first between its LSSs."""
    _done(primary.ask("GET", "/cs/pprcs/paths?source_lss_id_from=00&source_lss_id_to=FF"))
    volume, replica = _volume(primary), _volume(secondary)
    _path(primary, secondary)
    _pair(primary, secondary, volume, replica, PERMIT, "initial_copy_full")
    _wait(primary, volume, "full_duplex")
    return volume, replica


@pytest.mark.parametrize("reaches", [True, False], ids=["both-ends-at-once", "each-end"])
def test_a_replicated_volume_is_made_and_deleted(sites: tuple[Console, Console], reaches: bool) -> None:
    primary, secondary = sites
    primary.turn("pprc_delete_reaches_target", on=reaches)
    volume, replica = _replicated(primary, secondary)
    primary.write(volume, "mirrored")
    assert secondary.labels(replica) == ["mirrored"]
    _unpair(primary, volume, "source")
    _done(secondary.ask("GET", "/systems"))
    _unpair(secondary, replica, "target")
    for console, one in ((secondary, replica), (primary, volume)):
        _done(console.ask("GET", f"/volumes/{one}"))
    _done(secondary.ask("DELETE", f"/volumes/{replica}"))
    answer = _done(primary.ask("DELETE", f"/volumes?ids={volume}"))
    assert {part["server"]["status"] for part in answer.body.get("responses", [])} <= {"ok"}
    assert [one.ask("GET", f"/volumes/{volume}").code for one in sites] == ["BE7A0001"] * 2


def test_a_replicated_volume_is_extended_without_its_pair_and_copied_in_full(sites: tuple[Console, Console]) -> None:
    primary, secondary = sites
    volume, replica = _replicated(primary, secondary)
    primary.write(volume, "before")
    _unpair(primary, volume, "source")
    _unpair(secondary, replica, "target")
    for console, one in ((primary, volume), (secondary, replica)):
        _done(console.ask("PUT", f"/volumes/{one}", {"cap": "2", "captype": "gib"}))
    _pair(primary, secondary, volume, replica, PERMIT, "initial_copy_full")
    _wait(primary, volume, "full_duplex")
    assert secondary.labels(replica) == ["before"]


def test_a_host_fails_over_and_back_and_nothing_is_lost(sites: tuple[Console, Console]) -> None:
    primary, secondary = sites
    volume, replica = _replicated(primary, secondary)
    primary.write(volume, "at home")
    _done(secondary.ask("GET", f"/volumes/{replica}"))
    _pair(secondary, primary, replica, volume, "failover")
    _wait(secondary, replica, "suspended")
    secondary.write(replica, "away")
    _done(primary.ask("GET", "/systems"))
    _path(secondary, primary)
    _done(secondary.ask("GET", f"/volumes/{replica}"))
    _resume(secondary, primary, replica, volume, "failback")
    _wait(secondary, replica, "full_duplex")
    _done(primary.ask("GET", f"/volumes/{volume}"))
    _pair(primary, secondary, volume, replica, "failover")
    _wait(primary, volume, "suspended")
    _resume(primary, secondary, volume, replica, "failback")
    _wait(primary, volume, "full_duplex")
    primary.write(volume, "home again")
    assert [primary.labels(volume), secondary.labels(replica)] == [["at home", "away", "home again"]] * 2


def test_a_group_s_replication_is_disabled_and_enabled(sites: tuple[Console, Console]) -> None:
    primary, secondary = sites
    volume, replica = _replicated(primary, secondary)
    pair = f"{facts(primary)[0]}_{volume}:{facts(secondary)[0]}_{replica}"
    _done(primary.ask("POST", "/cs/pprcs/pause", {"pprc_ids": [pair]}))
    _wait(primary, volume, "suspended")
    primary.write(volume, "meanwhile")
    assert secondary.labels(replica) == []
    _resume(primary, secondary, volume, replica, PERMIT, "initial_copy_out_of_sync")
    _wait(primary, volume, "full_duplex")
    assert secondary.labels(replica) == ["meanwhile"]
