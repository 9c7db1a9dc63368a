"""IBM's own client for the DS8000 as an independent witness: what it asks and reads must make sense to it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyds8k.client.ds8k.v1.client import Client
from pyds8k.exceptions import ClientException, NotFound

from terraform_provider_xivds8k import simulators
from terraform_provider_xivds8k.simulators import Simulation

GIB = 2**30


@dataclass(frozen=True)
class Witness:
    """Hold the client and what it talks to."""

    client: Any
    simulation: Simulation

    def steer(self, path: str, body: object = None) -> Any:
        """Send a request to the control address."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.simulation.control}{path}", data, timeout=10) as reply:
            return json.loads(reply.read() or b"null")

    def turn(self, name: str, *, on: bool) -> None:
        """Put a switch in a position."""
        self.steer("/switches", {"array": "ds8k1", "name": name, "on": on})

    def sign_ins(self) -> int:
        """Return how often somebody signed in."""
        return int(self.steer("/journal")["ds8k1"]["sign_ins"]["ok"])


@pytest.fixture
def witness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Witness]:
    """Yield IBM's client signed in over verified TLS."""
    with simulators.start(tmp_path / "s.db", ds8k=["127.0.0.1"], control="127.0.0.1:0") as simulation:
        (array,) = simulation.arrays
        # the environment's bundle would win over the client's own setting
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.setenv(name, str(array["ca_file"]))
        host, _, port = str(array["endpoints"][0]).rpartition(":")
        client = Client(
            host, array["username"], array["password"], port=int(port), verify=str(array["ca_file"]), timeout=10
        )
        yield Witness(client, simulation)
        client.client.session.close()


def test_it_reads_the_system_and_its_parts(witness: Witness) -> None:
    system = witness.client.get_system()
    assert (system.id, system.sn, system.wwnn) == ("2107-75DXA41", "75DXA41", "5005076306FFD65A")
    assert [node.id for node in witness.client.get_nodes()] == ["00", "01"]
    assert witness.client.get_nodes("00").state == "online"
    assert witness.client.get_marrays()[0].id == "MA1"
    assert witness.client.get_ioports("I0000").id == "I0000"
    assert [user.name for user in witness.client.get_users()] == ["admin"]
    assert [group.id for group in witness.client.get_resource_groups()] == ["RG0"]
    assert witness.client.get_io_enclosures()[0].id == "1"


def test_it_reads_pools_lss_and_their_volumes(witness: Witness) -> None:
    pools = witness.client.get_pools()
    assert [pool.id for pool in pools] == ["P0", "P1", "P2", "P3"]
    assert [volume.id for volume in witness.client.get_volumes_by_pool("P0")] == ["0000"]
    assert witness.client.get_eserep_by_pool("P0").capalloc == "0"
    assert [lss.id for lss in witness.client.get_lss()] == ["00"]
    assert [volume.name for volume in witness.client.get_volumes_by_lss("00")] == ["existing_0"]


def test_it_follows_links_that_are_whole(witness: Witness) -> None:
    witness.turn("links_with_one_slash", on=False)
    assert [volume.id for volume in witness.client.get_pools("P0").volumes] == ["0000"]
    assert witness.client.get_volumes("0000").flashcopy == []


def test_it_makes_extends_renames_moves_and_deletes_a_volume(witness: Witness) -> None:
    client = witness.client
    (made,) = client.create_volume(name="one", cap="2", pool="P0", tp="ese", lss="0A")
    assert made.id == "0A00"
    client.update_volume_extend("0A00", "7", captype="gib")
    client.update_volume_rename("0A00", "two")
    client.update_volume_move("0A00", "P2")
    seen = client.get_volumes("0A00")
    assert (seen.name, seen.cap, seen.tp, seen.representation["pool"]) == ("two", str(7 * GIB), "ese", "P2")
    witness.steer("/clock", {"advance_s": 1})
    client.delete_volume("0A00")
    with pytest.raises(NotFound):
        client.get_volumes("0A00")


def test_it_makes_many_volumes_at_once_and_sees_which_failed(witness: Witness) -> None:
    client = witness.client
    made = client.create_volumes_with_names(["a", "b"], "1", "P1", lss="21")
    assert [one.id for one in made] == ["2100", "2101"]
    assert [one.name for one in client.get_volumes_by_lss("21")] == ["a", "b"]
    assert [one.id for one in client.create_volumes_with_same_prefix("p", "1", "P1", quantity="2", lss="21")] == [
        "2102",
        "2103",
    ]
    good, bad = client.create_volumes_with_names(["c", "d"], "1", "P1", ids=["2110", "2100"])
    assert good.id == "2110"
    assert bad["code"] == "BE7A0040"


def test_a_refusal_reaches_it_with_code_and_words(witness: Witness) -> None:
    with pytest.raises(ClientException, match="P9"):
        witness.client.create_volume(name="x", cap="1", pool="P9")
    with pytest.raises(NotFound):
        witness.client.get_hosts("nobody")


def test_it_signs_in_again_when_its_token_has_expired(witness: Witness) -> None:
    witness.client.get_pools()
    assert witness.sign_ins() == 1
    witness.steer("/clock", {"advance_s": 1801})
    assert len(witness.client.get_pools()) == 4
    assert witness.sign_ins() == 2
    witness.steer("/clock", {"advance_s": 1801})
    assert witness.client.create_volume(name="late", cap="1", pool="P0", lss="0C")[0].id == "0C00"


def test_it_attaches_and_detaches_a_volume(witness: Witness) -> None:
    client = witness.client
    host = client.create_host(host_name="h1", hosttype="VMware")[0].id
    assert host == "h1"
    client.create_host_port(port_id="10000000C9123456", host_name="h1")
    client.map_volume_to_host(host_name="h1", volume_id="0000", lunid="05")
    assert [one.id for one in client.get_mappings_by_host("h1")] == ["05"]
    assert [one.id for one in client.get_volumes_by_host("h1")] == ["0000"]
    assert client.get_host_port("10000000C9123456").id == "10000000C9123456"
    client.unmap_volume_from_host("h1", "05")
    client.delete_host("h1")
    assert client.get_hosts() == []


@pytest.mark.parametrize("singular", [False, True])
def test_it_makes_and_withdraws_a_snapshot(witness: Witness, singular: bool) -> None:
    client = witness.client
    witness.turn("flashcopies_key_singular", on=singular)
    client.create_volume(name="target", cap="50", pool="P0", tp="ese", id="0001")
    options = ["persistent", "no_background_copy", "permit_space_efficient_target"]
    client.create_cs_flashcopy([{"source_volume": "0000", "target_volume": "0001"}], options)
    assert [one.id for one in client.get_flashcopies_by_volume("0000")] == ["0000:0001"]
    assert [one.id for one in client.get_cs_flashcopies()] == ["0000:0001"]
    client.delete_cs_flashcopy("0000:0001")
    assert client.get_flashcopies_by_volume("0000") == []
    assert client.get_cs_pprcs() == []
