"""Attachments of which something is known only during the apply."""

from __future__ import annotations

from typing import Any

import pytest

from support.attaching import Hands
from support.core import Core, warnings_of
from support.resource_keeping import keeper
from support.simulated import World
from terraform_provider_xivds8k.driver import Volume
from terraform_provider_xivds8k.resources import HostAttachmentResource
from terraform_provider_xivds8k.schema import UNKNOWN

ONE, TWO = "10000000C9AA0001", "10000000C9AA0002"
SHORT = {"create": "3s", "read": "5s", "update": "5s", "delete": "3s"}


@pytest.fixture
def core(array: World) -> Core:
    """Keep an attachment, as one provider process does."""
    return keeper(array, HostAttachmentResource)


@pytest.fixture
def volume(hands: Hands) -> Volume:
    """Return a volume."""
    return hands.volume()


@pytest.fixture
def config(volume: Volume, hands: Hands) -> dict[str, Any]:
    """Return the configuration of the volume attached to a host."""
    return {"volume_id": volume.id, "host_id": hands.host("h1", wwpns=[ONE])}


@pytest.mark.parametrize("form", ["host_id", "volume_id", "connector"])
def test_what_is_made_in_the_same_apply_is_followed_by_a_replacement(
    core: Core, hands: Hands, config: dict[str, Any], volume: Volume, form: str
) -> None:
    """While its id is not known the attachment is planned anew, and the apply takes it there."""
    core.run(config)
    new_host, new_volume = hands.host("h2", wwpns=[TWO]), hands.volume()
    forms: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "host_id": ({"host_id": UNKNOWN}, {"host_id": new_host}),
        "volume_id": ({"volume_id": UNKNOWN}, {"volume_id": new_volume.id}),
        "connector": (
            {"host_id": None, "connector": {"wwpns": UNKNOWN, "iqn": None}},
            {"host_id": None, "connector": {"wwpns": [TWO], "iqn": None}},
        ),
    }
    planned, resolved = forms[form]
    made = core.plan({**config, **planned})
    assert (made.action, made.replaces) == ("replace", (form,))
    core.apply(made, {**config, **resolved})
    at, mapped = ("h1", new_volume) if form == "volume_id" else ("h2", volume)
    assert [(one.holder, one.volume) for one in hands.mapped()] == [(at, hands.called(mapped))]
    assert core.run({**config, **resolved}).action == "no-op"


def test_unknown_hosts_and_volumes_are_attached_at_first_once_they_are_known(
    core: Core, config: dict[str, Any]
) -> None:
    made = core.plan({"volume_id": UNKNOWN, "host_id": UNKNOWN, "connector": UNKNOWN, "lun": UNKNOWN})
    assert made.action == "create"
    core.apply(made, config)
    assert core.run(config).action == "no-op"


def test_an_unknown_that_turns_out_the_same_is_attached_again(core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    made = core.plan({**config, "host_id": UNKNOWN})
    core.apply(made, config)
    assert core.run(config).action == "no-op"


def test_another_form_that_is_not_known_yet_replaces_nothing_while_the_written_one_is_the_same(
    core: Core, config: dict[str, Any]
) -> None:
    """Only one of the forms may be written, so the others turn out null."""
    core.run(config)
    for form in ({"cluster": UNKNOWN}, {"connector": UNKNOWN}):
        made = core.plan({**config, **form})
        assert (made.action, made.replaces) == ("update", ())
        core.apply(made, config)
    assert core.run(config).action == "no-op"


def test_what_waits_for_an_unknown_lun_is_told_by_volume_and_host(
    core: Core, config: dict[str, Any], volume: Volume
) -> None:
    core.run({**config, "lun": 3, "timeouts": SHORT})
    made = core.plan({**config, "lun": UNKNOWN, "timeouts": {**SHORT, "create": "9s"}})
    (told,) = made.diagnostics.items
    assert (made.action, told.summary) == (
        "no-op",
        f"Nothing of Volume {volume.id} on host h1 is changed while lun is not known",
    )
    assert told.detail.endswith("Waiting for the next run: timeouts.")


def test_an_unknown_lun_stays_and_is_told(core: Core, config: dict[str, Any], volume: Volume) -> None:
    core.run({**config, "lun": 3})
    made = core.plan({**config, "lun": UNKNOWN})
    assert made.action == "no-op"
    assert warnings_of(made.diagnostics) == [f"Volume {volume.id} on host h1 stays LUN 3 in this run"]
    made = core.plan({**config, "lun": UNKNOWN, "timeouts": SHORT})
    assert warnings_of(made.diagnostics) == [
        f"Volume {volume.id} on host h1 may have to be planned once more when lun is known"
    ]
    moves = core.plan({**config, "host_id": UNKNOWN, "lun": UNKNOWN})
    assert (moves.action, warnings_of(moves.diagnostics)) == ("replace", [])
