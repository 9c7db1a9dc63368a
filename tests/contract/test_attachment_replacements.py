"""Replacements of attachments: what would be refused is told while the volume is still attached."""

from __future__ import annotations

from typing import Any

import pytest

from support.attaching import Hands
from support.core import Core, Plan, Rejected, state_of, warnings_of
from support.resource_keeping import keeper
from support.simulated import World
from terraform_provider_xivds8k.driver import Family, Volume
from terraform_provider_xivds8k.resources import HostAttachmentResource
from terraform_provider_xivds8k.schema import UNKNOWN

ONE, TWO = "10000000C9AA0001", "10000000C9AA0002"
ABSENT = {"xiv": "00173800000fffff", "ds8k": "00FF"}
ds8k_only = pytest.mark.parametrize("family", ["ds8k"])
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
def config(core: Core, hands: Hands, volume: Volume) -> dict[str, Any]:
    """Attach the volume to a host, and return the configuration of it."""
    config = {"volume_id": volume.id, "host_id": hands.host("h1", wwpns=[ONE])}
    core.run(config)
    return config


def planned(core: Core, config: dict[str, Any]) -> Plan:
    """Return the plan of what is to be a replacement."""
    made = core.plan(config)
    assert made.action == "replace"
    return made


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"host_id": "99"}, "No host with the id '99'"),
        ({"host_id": "esx"}, "No host with the id 'esx'"),
        ({"volume_id": "absent"}, "No volume"),
        ({"lun": 600}, "LUN 600 cannot be asked for"),
        ({"lun": 0x40014001}, "LUN 1073823745 cannot be asked for"),
    ],
)
def test_what_is_wrong_whatever_else_is_applied_is_an_error_while_the_volume_is_attached(
    core: Core, hands: Hands, config: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    if change == {"volume_id": "absent"}:
        change = {"volume_id": ABSENT[hands.family]}
    with pytest.raises(Rejected, match=words) as caught:
        core.plan({**config, **change})
    assert caught.value.paths == list(change)
    assert len(hands.mapped()) == 1


@ds8k_only
def test_a_lun_on_a_host_addressed_by_masking_and_blocks_that_do_not_fit_are_errors(
    core: Core, hands: Hands, family: Family, config: dict[str, Any]
) -> None:
    for kind, words in (("zLinux", "LUN 7 cannot be chosen"), ("iSeries", "has blocks of 520 bytes")):
        with pytest.raises(Rejected, match=words):
            core.plan({**config, "host_id": hands.host(kind=kind), "lun": 7})


def test_what_the_same_apply_may_free_is_a_warning(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume
) -> None:
    other = hands.volume()
    hands.map(other, "h1", 7)
    taken = planned(core, {**config, "lun": 7})
    assert warnings_of(taken.diagnostics) == ["LUN 7 of host h1 is in use"]
    second = hands.host("h2", wwpns=[TWO])
    hands.map(volume, "h2", 5)
    there = planned(core, {**config, "host_id": second})
    assert warnings_of(there.diagnostics) == [f"Volume {volume.name} is attached to host h2 already, as LUN 5"]
    hands.unmap(other, "h1")
    core.apply(taken)
    assert hands.luns(volume, "h1") == [7]


def test_what_will_be_accepted_is_not_warned_of(core: Core, hands: Hands, config: dict[str, Any]) -> None:
    """The mapping that ends with the replacement is in nobody's way, neither by its LUN nor by its volume."""
    other, second = hands.volume(), hands.host("h2", wwpns=[TWO])
    for change in (
        {"lun": 7},
        {"volume_id": other.id, "lun": 1},
        {"host_id": second, "lun": 1},
        {"host_id": UNKNOWN, "lun": 1},
        {"host_id": None, "connector": {"wwpns": [TWO], "iqn": None}, "lun": 1},
    ):
        assert warnings_of(planned(core, {**config, **change}).diagnostics) == []


@xiv_only
def test_a_cluster_that_is_not_there_and_a_host_of_a_cluster_are_warnings(
    core: Core, hands: Hands, family: Family, config: dict[str, Any], volume: Volume
) -> None:
    """The same apply may make the cluster by a host that joins it, or take the host out."""
    by_cluster = {"volume_id": volume.id, "cluster": "c1"}
    assert warnings_of(planned(core, by_cluster).diagnostics) == ["No cluster 'c1' on the array"]
    hands.cluster("c1")
    second = hands.host("h2", wwpns=[TWO], cluster="c1")
    made = planned(core, by_cluster)
    assert warnings_of(made.diagnostics) == []
    core.apply(made)
    for form in ({"host_id": second}, {"connector": {"wwpns": [TWO], "iqn": None}}):
        (told,) = warnings_of(planned(core, {"volume_id": volume.id, **form}).diagnostics)
        assert told == "Host h2 is in cluster c1 and is mapped through it only"


def test_a_creation_that_fails_after_the_detachment_says_what_was_detached(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume
) -> None:
    """Nothing was changed is said only where it is so."""
    hands.map(hands.volume(), "h1", 7)
    with pytest.raises(Rejected, match="LUN 7 of host h1 is in use") as caught:
        core.apply(planned(core, {**config, "lun": 7}))
    (error,) = caught.value.errors
    assert "Nothing was changed" not in error.detail
    assert f"This run detached before: Volume {volume.id} on host h1 (LUN 1)." in error.detail
    assert core.instance is None
    with pytest.raises(Rejected, match="LUN 7 of host h1 is in use"):
        core.run({**config, "lun": 7})
    assert core.run(config).action == "create"


def test_a_creation_that_took_nothings_place_says_that_nothing_was_changed(
    core: Core, hands: Hands, volume: Volume
) -> None:
    host_id = hands.host("h1", wwpns=[ONE])
    hands.map(hands.volume(), "h1", 7)
    with pytest.raises(Rejected) as caught:
        core.run({"volume_id": volume.id, "host_id": host_id, "lun": 7})
    assert "Nothing was changed" in caught.value.errors[0].detail


def test_an_array_that_does_not_answer_still_plans(
    core: Core, hands: Hands, config: dict[str, Any], array: World
) -> None:
    array.ask("POST", f"/arrays/{array.name}", {"state": "refuse"})
    assert planned(core, {**config, "lun": 7}).diagnostics.items == []
    array.ask("POST", f"/arrays/{array.name}", {"state": "up"})
    assert state_of(core)["lun"] == 1


def test_a_written_lun_that_this_run_chose_for_another_says_which_attachment_to_change(
    array: World, hands: Hands, volume: Volume
) -> None:
    """Two instances of one provider process; where another run chose it, the error says what may have happened."""
    host_id, other = hands.host("h1", wwpns=[ONE]), hands.volume()
    first = keeper(array, HostAttachmentResource)
    second = Core(first.resource, begin=first.begin)
    first.run({"volume_id": other.id, "host_id": host_id})
    with pytest.raises(Rejected, match="LUN 1 of host h1 is in use") as caught:
        second.run({"volume_id": volume.id, "host_id": host_id, "lun": 1})
    assert f"chose it for Volume {other.id} on host h1, whose attachment has no lun" in caught.value.errors[0].detail
    assert "Write lun for that attachment, too" in caught.value.errors[0].detail
    later = keeper(array, HostAttachmentResource)
    with pytest.raises(Rejected, match="LUN 1 of host h1 is in use") as caught:
        later.run({"volume_id": volume.id, "host_id": host_id, "lun": 1})
    assert "Where the other is an attachment without lun" in caught.value.errors[0].detail
