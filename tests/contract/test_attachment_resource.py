"""The attachment resource behind the stand-in for Terraform core, on both families, over the real wire."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from support.attaching import Hands
from support.core import Core, Rejected, warnings_of
from support.resource_keeping import keeper
from support.simulated import World
from terraform_provider_xivds8k.driver import Family, Volume
from terraform_provider_xivds8k.resources import HostAttachmentResource
from terraform_provider_xivds8k.schema import UNKNOWN

ONE, TWO = "10000000C9AA0001", "10000000C9AA0002"
LONG_AGO = "2020-01-01T00:00:00Z"
LOOKS = {"xiv": 2, "ds8k": 2}  # at the host, until the mapping is sent
SHORT = {"create": "3s", "read": "5s", "update": "5s", "delete": "3s"}
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
def host_id(hands: Hands) -> str:
    """Return a host."""
    return hands.host("h1", wwpns=[ONE])


@pytest.fixture
def config(volume: Volume, host_id: str) -> dict[str, Any]:
    """Return the configuration of the volume attached to the host."""
    return {"volume_id": volume.id, "host_id": host_id}


def ports(*wwpns: str, iqn: str | None = None) -> dict[str, Any]:
    """Return a connector as Terraform sends one."""
    return {"wwpns": list(wwpns) if wwpns else None, "iqn": iqn}


def state_of(core: Core) -> dict[str, Any]:
    assert core.instance is not None
    return core.instance.state


def test_an_attachment_lives_from_creation_to_destruction(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume, host_id: str
) -> None:
    assert core.run(config).action == "create"
    state = state_of(core)
    assert state["id"] == f"home/host:{host_id}/{volume.id}"
    assert (state["lun"], state["side"], state["host_name"], state["cluster"]) == (1, "home", "h1", None)
    assert state["device_path"] == volume.device_path
    assert len(state["target_wwpns"]) >= 4
    assert core.run(config).action == "no-op"
    assert core.instance is not None
    assert core.instance.identity is not None
    assert core.instance.identity["host_id"] == host_id
    core.run(None)
    assert hands.mapped() == []
    assert host_id in hands.names()


def test_the_same_host_in_another_form_is_an_update_that_sends_nothing(
    core: Core, hands: Hands, config: dict[str, Any]
) -> None:
    core.run(config)
    by_ports = {"volume_id": config["volume_id"], "connector": ports(ONE.lower())}
    for form in (by_ports, config, by_ports):
        made = core.run(form)
        assert (made.action, made.replaces) == ("update", ())
        assert core.run(form).action == "no-op"
    calls = hands.array.calls()
    assert (calls[hands.map_command], calls.get(hands.unmap_command)) == (1, None)


def test_another_spelling_of_the_same_ports_and_ids_plans_empty(
    core: Core, config: dict[str, Any], volume: Volume, host_id: str
) -> None:
    by_ports = {"volume_id": volume.id, "connector": ports(ONE)}
    core.run(by_ports)
    for spelled in (ONE.lower(), "10:00:00:00:c9:aa:00:01"):
        assert core.plan({**by_ports, "connector": ports(spelled)}).action == "no-op"
    assert core.plan({**by_ports, "volume_id": volume.id.lower()}).action == "no-op"


def test_another_host_another_lun_and_another_volume_are_replacements(
    core: Core, hands: Hands, config: dict[str, Any], host_id: str
) -> None:
    other_host, other_volume = hands.host("h2", wwpns=[TWO]), hands.volume()
    core.run(config)
    steps: list[tuple[dict[str, Any], str]] = [
        ({"lun": 9}, "lun"),
        ({"host_id": other_host}, "host_id"),
        ({"host_id": None, "connector": ports(ONE)}, "connector"),
        ({"volume_id": other_volume.id}, "volume_id"),
    ]
    for change, why in steps:
        config |= change
        made = core.run(config)
        assert made.action == "replace"
        assert why in made.replaces
        assert core.run(config).action == "no-op"
    assert [(one.holder, one.volume) for one in hands.mapped()] == [("h1", hands.called(other_volume))]
    assert state_of(core)["host_id"] == host_id


def test_an_attachment_that_exists_is_refused_with_an_import_block_and_stays(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume, host_id: str
) -> None:
    hands.map(volume, "h1", 5)
    with pytest.raises(Rejected, match="already, as LUN 5") as caught:
        core.run(config)
    assert f'id = "home/host:{host_id}/{volume.id}"' in caught.value.errors[0].detail
    assert core.instance is None
    assert hands.luns(volume, "h1") == [5]


@pytest.mark.parametrize("form", ["{host}/{volume}", "home/{host}/{volume}", "host:h1/{volume}"])
def test_an_import_is_followed_by_an_empty_plan(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume, form: str
) -> None:
    hands.map(volume, "h1", 5)
    core.import_object(form.format(host=f"host:{config['host_id']}", volume=volume.id))
    assert core.run(config).action == "no-op"
    assert core.plan({**config, "lun": 5, "side": "home"}).action == "no-op"
    assert core.plan(core.generated()).action == "no-op"
    core.import_object(identity=config)
    assert core.run(config).action == "no-op"


@pytest.mark.parametrize("text", ["nonsense", "host:h1", "host:/x", "remote/host:h1/{volume}", "host:h9/{volume}"])
def test_an_import_by_anything_else_is_refused(core: Core, volume: Volume, host_id: str, text: str) -> None:
    with pytest.raises(Rejected):
        core.import_object(text.format(volume=volume.id))


def test_a_mapping_ended_outside_is_told_and_made_again(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume
) -> None:
    core.run(config)
    hands.unmap(volume, "h1")
    (told,) = warnings_of(core.refresh())
    assert "is not attached any more" in told
    assert core.run(config).action == "create"


def test_another_lun_given_outside_is_drift_and_the_written_one_comes_back_by_replacement(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume
) -> None:
    core.run({**config, "lun": 3})
    hands.unmap(volume, "h1")
    hands.map(volume, "h1", 8)
    core.refresh()
    assert state_of(core)["lun"] == 8
    assert core.plan(config).action == "no-op"
    assert core.run({**config, "lun": 3}).action == "replace"
    assert hands.luns(volume, "h1") == [3]


def test_a_renamed_host_changes_the_name_shown_and_nothing_else(
    core: Core, hands: Hands, config: dict[str, Any]
) -> None:
    core.run(config)
    hands.rename("h1", "h2")
    assert core.run(config).action == "no-op"
    assert state_of(core)["host_name"] == "h2"
    core.run(None)
    assert hands.mapped() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Exactly one of"),
        ({"host_id": "x", "cluster": "c"}, "Exactly one of"),
        ({"host_id": "x", "connector": ports(ONE)}, "Exactly one of"),
        ({"connector": ports()}, "names no port"),
        ({"connector": {"wwpns": [], "iqn": None}}, "names no port"),
        ({"connector": ports("12")}, "WWPN"),
        ({"host_id": "x", "side": "remote"}, "side"),
        ({"host_id": "x", "lun": -1}, "lun"),
        ({"host_id": "x", "lun": 300}, "lun_range"),
        ({"host_id": "x", "lun": 0}, "lun_range"),
    ],
)
@xiv_only
def test_what_is_written_wrong_is_an_error_at_plan(core: Core, family: Family, change: Any, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        core.plan({"volume_id": "0017380000000001", **change})


@ds8k_only
def test_what_a_ds8000_has_not_is_an_error_at_plan(core: Core, family: Family) -> None:
    for change in ({"cluster": "c1"}, {"cluster": UNKNOWN}, {"connector": ports(iqn="iqn.1994-05.com.redhat:db1")}):
        with pytest.raises(Rejected, match="DS8000"):
            core.plan({"volume_id": "0001", **change})


@xiv_only
def test_a_cluster_is_attached_to_imported_and_changed_for_a_host(
    core: Core, hands: Hands, family: Family, volume: Volume
) -> None:
    hands.cluster("c1")
    hands.host("h2", wwpns=[TWO], cluster="c1")
    alone = hands.host("h3", iqns=["iqn.1994-05.com.redhat:db1"])
    config = {"volume_id": volume.id, "cluster": "c1"}
    core.run(config)
    assert (state_of(core)["id"], state_of(core)["host_id"]) == (f"home/cluster:c1/{volume.id}", None)
    assert core.run(config).action == "no-op"
    core.import_object(f"cluster:c1/{volume.id}")
    assert core.run(config).action == "no-op"
    by_ports = {"volume_id": volume.id, "connector": ports(iqn="iqn.1994-05.com.redhat:db1")}
    assert core.run(by_ports).action == "replace"
    assert (state_of(core)["host_id"], state_of(core)["cluster"]) == (alone, None)
    assert state_of(core)["target_iqn"]
    assert core.run(config).action == "replace"
    assert [(one.holder, one.volume) for one in hands.mapped()] == [("c1", volume.name)]


@xiv_only
def test_a_cluster_in_another_case_is_the_same_without_a_diff(array: World, core: Core, hands: Hands) -> None:
    """The array's spelling is in the id, the user's in the attribute."""
    hands.cluster("Prod")
    hands.host("h2", wwpns=[TWO], cluster="Prod")
    volume = hands.volume()
    config = {"volume_id": volume.id, "cluster": "prod"}
    core.run(config)
    assert (state_of(core)["id"], state_of(core)["cluster"]) == (f"home/cluster:Prod/{volume.id}", "prod")
    array.ask("DELETE", "/journal")
    core.refresh()
    assert array.calls().get("cluster_list", 0) == 0  # it is found among what is listed
    assert core.run(config).action == "no-op"
    assert core.run({**config, "cluster": "PROD"}).action == "no-op"
    core.run(None)
    assert hands.mapped() == []


def _lose(core: Core, hands: Hands, config: dict[str, Any], action: str) -> None:
    """Attach, and lose the answer and everything that is read from then on until the array is brought back."""
    look = {"xiv": "host_list", "ds8k": "GET /hosts[id={id}]"}[hands.family]
    hands.array.fail(hands.map_command, action)
    hands.array.fail(look, "drop_after", nth=LOOKS[hands.family] + 1, times=9999)
    with pytest.raises(Rejected):
        core.run({**config, "timeouts": SHORT})
    hands.array.ask("DELETE", "/faults")


def test_an_attachment_in_doubt_is_told_and_taken_over(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume
) -> None:
    _lose(core, hands, config, "drop_after")
    assert (state_of(core)["id"], state_of(core)["lun"]) == (None, 1)
    assert state_of(core)["in_doubt_since"]
    (told,) = warnings_of(core.refresh())
    assert "not known whether" in told
    assert core.instance is not None
    core.instance.tainted = False
    assert core.run(config).action == "update"
    assert state_of(core)["id"]
    assert state_of(core)["in_doubt_since"] is None
    assert core.run(config).action == "no-op"
    assert hands.luns(volume, "h1") == [1]


def test_an_attachment_in_doubt_that_is_not_there_is_kept_until_it_cannot_come_any_more(
    core: Core, hands: Hands, config: dict[str, Any]
) -> None:
    """Its volume is not deleted so long, nor the host: a late mapping would show whatever has their ids by then."""
    _lose(core, hands, config, "drop_before")
    (told,) = warnings_of(core.refresh())
    assert "may still be" in told
    with pytest.raises(Rejected, match="may still come"):
        core.run(None)
    assert hands.unmap_command not in hands.array.calls()
    state_of(core)["in_doubt_since"] = LONG_AGO
    (told,) = warnings_of(core.refresh())
    assert "never attached" in told
    assert core.instance is None
    assert hands.mapped() == []


@pytest.mark.parametrize("theirs", [True, False])
def test_of_an_attachment_in_doubt_only_the_lun_that_was_sent_is_ended(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume, theirs: bool
) -> None:
    _lose(core, hands, config, "drop_after")
    if theirs:
        hands.unmap(volume, "h1")
        hands.map(volume, "h1", 7)
        with pytest.raises(Rejected, match="in doubt"):
            core.run(None)
        assert hands.luns(volume, "h1") == [7]
    else:
        core.run(None)
        assert hands.mapped() == []


def test_a_refused_detachment_keeps_the_state(core: Core, hands: Hands, config: dict[str, Any], volume: Volume) -> None:
    core.run(config)
    hands.array.fail(hands.unmap_command, "error", code="ACCESS_DENIED" if hands.family == "xiv" else "BE7A0000")
    with pytest.raises(Rejected):
        core.run(None)
    assert state_of(core)["id"]
    assert hands.luns(volume, "h1") == [1]


def test_the_plan_of_a_mapped_volumes_destruction_names_the_host(array: World, hands: Hands, volume: Volume) -> None:
    from terraform_provider_xivds8k.resources import VolumeResource

    hands.host("h1")
    kept = keeper(array, VolumeResource)
    kept.import_object(volume.id)
    hands.map(volume, "h1", 4)
    made = kept.plan(None)
    assert any("h1" in one for one in warnings_of(made.diagnostics))
    with pytest.raises(Rejected, match="h1"):
        kept.apply(made)
    assert array.driver.find_volume(volume.id) is not None


def test_a_state_of_another_array_is_an_error_and_never_gone(core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    state_of(core)["system_id"] = "another"
    with pytest.raises(Rejected, match="another"):
        core.refresh()
    with pytest.raises(Rejected, match="another"):
        core.plan(config)
    with pytest.raises(Rejected, match="another"):
        core.run(None)
    assert state_of(core)["id"]


@pytest.mark.parametrize("mode", ["no_destroy", "read_only"])
def test_a_mode_that_forbids_it_is_told_when_planned_and_refused_when_applied(
    array: World, core: Core, hands: Hands, config: dict[str, Any], mode: str
) -> None:
    core.run(config)
    with closing(array.another_driver(mode=mode)) as driver:
        careful = keeper(array, HostAttachmentResource, driver=driver, mode=mode)
        careful.instance = core.instance
        made = careful.plan(None)
        assert any(mode in one for one in warnings_of(made.diagnostics))
        with pytest.raises(Rejected, match="Detaching a volume is refused"):
            careful.apply(made)
    assert len(hands.mapped()) == 1


@ds8k_only
def test_destroying_ends_the_luns_of_others_not_and_names_them(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume
) -> None:
    core.run(config)
    hands.map(volume, "h1", 9)
    core.refresh()
    told = core.apply(core.plan(None))
    assert hands.luns(volume, "h1") == [9]
    assert any("still attached as LUN 9" in one for one in warnings_of(told))


@pytest.mark.parametrize(
    ("wrong", "words"), [({"volume_id": "vol"}, "vol"), ({"host_id": "Esx"}, "No host with the id 'Esx'")]
)
def test_what_names_nothing_is_told_as_it_is_written_and_where(
    core: Core, config: dict[str, Any], wrong: dict[str, str], words: str
) -> None:
    with pytest.raises(Rejected, match=words) as caught:
        core.run({**config, **wrong})
    assert caught.value.paths == [*wrong]


def test_a_host_s_name_for_its_id_is_told_to_be_one(core: Core, hands: Hands, config: dict[str, Any]) -> None:
    host_id = hands.host("oracle")
    with pytest.raises(Rejected, match=f'That is a name: write host_id = "{host_id}"'):
        core.run({**config, "host_id": "Oracle"})
