"""Mappings that an array does not show although it has them: nothing is taken for unmapped, and nothing deleted."""

from __future__ import annotations

import pytest

from support.attaching import Hands
from support.simulated import World
from terraform_provider_xivds8k.driver import Family, NotFound

SOMETHING_NOT_FOUND = "BE7A0001"


@pytest.mark.parametrize("family", ["ds8k"])
def test_a_host_that_is_there_and_whose_mappings_are_not_found_keeps_them(
    array: World, family: Family, hands: Hands
) -> None:
    """The general code for "not found", on a release that is asked host by host: of what, it does not say."""
    for switch in ("hosts_list_mappings_briefs", "delete_mapped_volume_refused", "delete_mapped_host_refused"):
        array.turn(switch, on=False)
    host_id, volume = hands.host("h1"), hands.volume()
    array.driver.initialize_connection(volume_id=volume.id, host_id=host_id)
    (command,) = [name for name in array.calls() if name.startswith("GET /hosts") and name.endswith("/mappings")]
    array.fail(command, "error", code=SOMETHING_NOT_FOUND, times=50)
    with pytest.raises(NotFound):
        array.driver.delete_volume(volume_id=volume.id, deadline=5)
    with pytest.raises(NotFound):
        array.driver.delete_host(host_id=host_id, deadline=5)
    array.ask("DELETE", "/faults")
    assert len(hands.mapped()) == 1
    assert array.driver.find_volume(volume.id) is not None
