"""What a refresh of hosts, volumes and attachments costs, counted from the journal: the same for twice as many."""

from __future__ import annotations

from contextlib import closing

import pytest

from support.attaching import Hands
from support.simulated import World
from terraform_provider_xivds8k.driver import Attachment, Family, Volume

MOST = 40


def _filled(array: World, hands: Hands, first: int, beyond: int) -> list[tuple[Volume, str]]:
    """Make volumes and hosts, each fourth volume's one, and map the volumes; return who has what."""
    made, host_id = [], ""
    for number in range(first, beyond):
        if number % 4 == 0:
            host_id = hands.host(f"h{number}")
        volume = hands.volume(number % 2)
        hands.map(volume, hands.names()[host_id], 1 + number % 4)
        made.append((volume, host_id))
    return made


def _refresh(array: World, attached: list[tuple[Volume, str]]) -> int:
    """Read everything as Terraform does in one run, with a process of its own; return the requests."""
    array.ask("DELETE", "/journal")
    with closing(array.another_driver()) as driver:
        for volume, host_id in attached:
            system_id = volume.system_id
            assert driver.find_recent_volume(volume.id, system_id=system_id) is not None
            assert driver.find_recent_host(host_id, system_id=system_id) is not None
            found = driver.find_recent_attachment(volume.id, host_id=host_id, system_id=system_id)
            assert found is not None
            assert found.lun in {1, 2, 3, 4}
    total: int = array.ask("GET", "/journal")[array.name]["total"]
    return total


def test_twice_as_many_cost_the_same(array: World, hands: Hands) -> None:
    attached = _filled(array, hands, 0, 8)
    few = _refresh(array, attached)
    attached += _filled(array, hands, 8, 16)
    assert _refresh(array, attached) == few
    assert few <= MOST


@pytest.mark.parametrize("family", ["ds8k"])
def test_a_release_without_briefs_costs_one_call_more_for_each_host(array: World, hands: Hands, family: Family) -> None:
    attached = _filled(array, hands, 0, 8)
    with_briefs = _refresh(array, attached)
    array.turn("hosts_list_mappings_briefs", on=False)
    assert _refresh(array, attached) == with_briefs + 2
    attached += _filled(array, hands, 8, 16)
    assert _refresh(array, attached) == with_briefs + 4


def test_what_is_not_listed_is_asked_for_before_it_is_called_gone(array: World, hands: Hands) -> None:
    """And an attachment made by this process is known at once."""
    attached = _filled(array, hands, 0, 4)
    volume, host_id = attached[0]
    with closing(array.another_driver()) as driver:

        def read(volume_id: str) -> Attachment | None:
            return driver.find_recent_attachment(volume_id, host_id=host_id, system_id=volume.system_id)

        assert read(volume.id) is not None
        late = hands.volume()
        hands.map(late, "h0", 9)
        found = read(late.id)
        assert found is not None
        assert found.lun == 9
        driver.terminate_connection(volume_id=volume.id, host_id=host_id)
        assert read(volume.id) is None
        assert driver.initialize_connection(volume_id=volume.id, host_id=host_id).lun == 1
        assert read(volume.id) is not None
