"""A replacement of a replication never ends a pair whose new one would be refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.core import Core, Rejected, state_of
from support.linked import GIB, Linked, linked
from support.resource_keeping import keeper
from terraform_provider_xivds8k.driver import Family, Volume
from terraform_provider_xivds8k.resources import ReplicationResource
from terraform_provider_xivds8k.schema import UNKNOWN

MODES: dict[Family, str] = {"xiv": "sync", "ds8k": "metro_mirror"}


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db", time_scale=20) as found:
        yield found


@pytest.fixture
def core(arrays: Linked) -> Core:
    """Keep a replication, as one provider process does."""
    return keeper(arrays, ReplicationResource)


@pytest.fixture
def volume(arrays: Linked) -> Volume:
    """Return a volume at home, written to."""
    return arrays.volume("first", gib=4)


@pytest.fixture
def config(arrays: Linked, volume: Volume) -> dict[str, Any]:
    """Return the configuration of a copy of the volume."""
    return {"volume_id": volume.id, "mode": MODES[arrays.family], "wait_for_sync": True, "remote_name": "copy"}


def untouched(arrays: Linked, core: Core, volume: Volume) -> None:
    """Make sure that the pair is there, in step, with the copy it had."""
    arrays.driver.forget_recent()
    found = arrays.driver.find_replication(volume.id)
    assert found is not None
    assert (found.row, found.remote_id) == (1, state_of(core)["remote_volume_id"])


def fill(arrays: Linked) -> None:
    """Leave two GiB of the remote pool free."""
    (pool,) = [one for one in arrays.driver.remote.list_pools() if arrays.pool in {one.id, one.name}]
    free = pool.virtual_free_bytes if pool.virtual_free_bytes is not None else pool.free_bytes
    arrays.driver.remote.create_volume(name="filler", pool=arrays.pool, size_bytes=(free // GIB - 2) * GIB)


# its plan


@pytest.mark.parametrize("fate", ["keep", "delete"])
def test_a_name_that_is_taken_is_an_error_of_the_plan(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any], fate: str
) -> None:
    core.run({**config, "remote_on_delete": fate})
    there = arrays.driver.remote.create_volume(name="taken", pool=arrays.pool, size_bytes=GIB)
    with pytest.raises(Rejected, match=f"taken .id {there.id}.*leaves nothing protected") as refused:
        core.run({**config, "remote_on_delete": fate, "remote_name": "taken"})
    assert refused.value.paths == ["remote_name"]
    untouched(arrays, core, volume)


def test_a_pool_without_room_is_an_error_of_the_plan(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    config["remote_on_delete"] = "delete"
    core.run(config)
    large = arrays.volume(gib=8)
    fill(arrays)
    core.begin()
    with pytest.raises(Rejected, match=r"needs 8.0 GiB in the remote pool") as refused:
        core.plan({**config, "volume_id": large.id})
    assert refused.value.paths == ["remote_pool"]


def test_what_the_old_copy_frees_counts_as_room(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    config["remote_on_delete"] = "delete"
    core.run(config)
    fill(arrays)
    core.begin()
    again = {**config, "volume_id": arrays.volume(gib=4).id}
    core.apply(core.plan(again))
    assert state_of(core)["id"] == again["volume_id"]
    kept = {**again, "remote_on_delete": "keep"}
    core.run(kept)
    core.begin()
    with pytest.raises(Rejected, match=r"needs 4.0 GiB in the remote pool"):
        core.plan({**kept, "volume_id": config["volume_id"], "remote_name": "another"})


def test_a_volume_that_has_a_pair_is_an_error_of_the_plan(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any]
) -> None:
    config["remote_on_delete"] = "delete"
    core.run(config)
    other = {**config, "volume_id": arrays.volume("other").id, "remote_name": "another"}
    keeper(arrays, ReplicationResource).run(other)
    core.begin()
    with pytest.raises(Rejected, match="is replicated already"):
        core.plan({**config, "volume_id": other["volume_id"]})
    untouched(arrays, core, volume)


def test_a_volume_that_is_not_there_is_an_error_of_the_plan(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    former = arrays.volume()
    arrays.driver.delete_volume(volume_id=former.id)
    for volume_id in (former.id, "no such id"):
        with pytest.raises(Rejected, match=f"Home has no volume {volume_id}") as refused:
            core.plan({**config, "volume_id": volume_id, "remote_name": "another"})
        assert refused.value.paths == ["volume_id"]


def test_what_an_update_was_told_is_not_kept(core: Core, config: dict[str, Any]) -> None:
    core.run(config)
    core.run({**config, "remote_on_delete": "delete"})
    assert core.instance is not None
    assert core.instance.private == b""


@pytest.mark.parametrize("volume_id", ["as it is", UNKNOWN], ids=["replaced", "replaced with its volume"])
def test_a_replacement_that_was_forced_is_an_error_of_the_plan_where_the_old_copy_stays(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any], volume_id: Any
) -> None:
    """As by -replace, or by replace_triggered_by, of which no provider is told."""
    core.run(config)
    again = config if volume_id is not UNKNOWN else {**config, "volume_id": UNKNOWN}
    with pytest.raises(Rejected, match="The remote volume that stays is called copy") as refused:
        core.plan(again, replace=True)
    assert refused.value.paths == ["remote_name"]
    untouched(arrays, core, volume)


def test_a_name_that_is_not_known_yet_is_an_error_of_the_plan_where_the_old_copy_stays(
    core: Core, config: dict[str, Any]
) -> None:
    config["remote_name"] = None
    core.run(config)
    with pytest.raises(Rejected, match="not known whether the new one would get its name"):
        core.plan({**config, "volume_id": UNKNOWN}, replace=True)


def test_a_replacement_that_was_forced_is_made_where_the_name_is_free(
    arrays: Linked, core: Core, config: dict[str, Any]
) -> None:
    core.run(config)
    first = state_of(core)["remote_volume_id"]
    arrays.driver.remote.rename_volume(volume_id=first, new_name="renamed")
    core.apply(core.plan(config, replace=True))
    assert state_of(core)["remote_volume_id"] != first
    assert arrays.driver.remote.get_volume(first).name == "renamed"
    deleted = {**config, "remote_on_delete": "delete"}
    core.run(deleted)
    core.apply(core.plan(deleted, replace=True))
    (copy,) = arrays.driver.remote.find_volumes_by_name("copy")
    assert state_of(core)["remote_volume_id"] == copy.id


# its apply


def taint(core: Core) -> None:
    """Mark the object as tainted, as terraform taint does."""
    assert core.instance is not None
    core.instance.tainted = True


@pytest.mark.parametrize("name", ["copy", "another"])
def test_a_tainted_one_whose_copy_stays_is_not_ended(
    arrays: Linked, core: Core, volume: Volume, config: dict[str, Any], name: str
) -> None:
    core.run(config)
    taint(core)
    with pytest.raises(Rejected, match=r"(?s)Nothing was changed.*untaint"):
        core.run({**config, "remote_name": name})
    untouched(arrays, core, volume)
    assert core.instance is not None
    core.instance.tainted = False
    assert core.plan(config).action == "no-op"
    core.run(None)
    assert arrays.driver.find_replication(volume.id) is None


def test_a_tainted_one_whose_copy_goes_is_made_anew(arrays: Linked, core: Core, config: dict[str, Any]) -> None:
    config["remote_on_delete"] = "delete"
    core.run(config)
    taint(core)
    core.run(config)
    (copy,) = arrays.driver.remote.find_volumes_by_name("copy")
    assert state_of(core)["remote_volume_id"] == copy.id
