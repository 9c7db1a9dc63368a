"""What no source confirms: a volume's whole life goes well whichever way each unconfirmed fact turns out."""

from __future__ import annotations

import pytest

from support.simulated import World
from terraform_provider_xivds8k.driver import AlreadyExists, BadCredentials, NoSpace, NotFound, Secret
from terraform_provider_xivds8k.simulators.ds8k.switches import SWITCHES as DS8K_SWITCHES
from terraform_provider_xivds8k.simulators.xiv.switches import SWITCHES as XIV_SWITCHES

GIB = 2**30
ODD_BYTES = 10_000_000_512
FLIPPED = [(switch.family, switch.name, not switch.default) for switch in (*XIV_SWITCHES, *DS8K_SWITCHES)]


@pytest.fixture(params=FLIPPED, ids=[f"{name}-{'on' if on else 'off'}" for _, name, on in FLIPPED])
def switch(request: pytest.FixtureRequest) -> tuple[str, str, bool]:
    """Return each unconfirmed fact the other way round than by default."""
    found: tuple[str, str, bool] = request.param
    return found


@pytest.fixture
def family(switch: tuple[str, str, bool]) -> str:
    """Return the family the switch belongs to."""
    return switch[0]


@pytest.fixture
def odd_array(array: World, switch: tuple[str, str, bool]) -> World:
    """Return an array on which one fact is turned round before anything is asked of it."""
    _, name, on = switch
    array.ask("POST", "/switches", {"array": array.name, "name": name, "on": on})
    return array


def test_a_volume_lives_through_every_operation(odd_array: World) -> None:
    driver, (first, second) = odd_array.driver, odd_array.pools()
    made = driver.create_volume(name=odd_array.new_name(), pool=first.id, size_bytes=ODD_BYTES, deadline=20)
    assert ODD_BYTES <= made.size_bytes < ODD_BYTES + first.extent_bytes
    assert driver.find_volume(made.id) == made
    assert made.id in {volume.id for volume in driver.list_volumes()}
    with pytest.raises(AlreadyExists):
        driver.create_volume(name=made.name, pool=first.id, size_bytes=GIB)
    renamed = driver.rename_volume(volume_id=made.id, new_name=odd_array.new_name(), deadline=20)
    grown = driver.extend_volume(volume_id=made.id, size_bytes=40 * GIB, expected_name=renamed.name, deadline=20)
    assert (grown.id, grown.wwn, grown.name) == (made.id, made.wwn, renamed.name)
    assert grown.size_bytes >= 40 * GIB
    assert driver.migrate_volume(volume_id=made.id, pool=second.id, deadline=20).pool_id == second.id
    driver.delete_volume(volume_id=made.id, expected_name=renamed.name, deadline=20)
    assert driver.find_volume(made.id) is None


def test_nothing_is_made_twice_or_called_gone_when_answers_are_lost(
    odd_array: World, create_command: str, delete_command: str
) -> None:
    driver, (pool, _) = odd_array.driver, odd_array.pools()
    odd_array.fail(create_command, "drop_after")
    made = driver.create_volume(name=odd_array.new_name(), pool=pool.id, size_bytes=GIB, deadline=20)
    assert odd_array.calls()[create_command] == 1
    assert [volume.id for volume in driver.find_volumes_by_name(made.name)] == [made.id]
    odd_array.fail(delete_command, "drop_after")
    driver.delete_volume(volume_id=made.id, expected_name=made.name, deadline=20)
    assert driver.find_volume(made.id) is None


def test_refusals_keep_their_kind(odd_array: World) -> None:
    driver, (pool, _) = odd_array.driver, odd_array.pools()
    with pytest.raises(NotFound):
        driver.create_volume(name=odd_array.new_name(), pool="nowhere", size_bytes=GIB)
    size = (pool.virtual_free_bytes or pool.free_bytes) // 512 * 512 + 64 * GIB
    with pytest.raises(NoSpace):
        driver.create_volume(name=odd_array.new_name(), pool=pool.id, size_bytes=size, deadline=20)
    connection = odd_array.settings.connection
    wrong = odd_array.another_driver(
        connection=type(connection)(
            endpoints=connection.endpoints,
            username=connection.username,
            password=Secret("not-the-password"),
            ca_pem=connection.ca_pem,
        )
    )
    try:
        with pytest.raises(BadCredentials):
            wrong.list_pools()
    finally:
        wrong.close()
