"""What the answer to a creation names is taken for the new volume only where it can be it."""

from __future__ import annotations

import pytest

from support.xcli_peer import Asked, Connect, Peer, Trust, answer
from terraform_provider_xivds8k.driver import InDoubt, Pool
from terraform_provider_xivds8k.driver.array import VolumeOrder
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.driver.xiv.volumes import XIVVolumes

POOL = Pool(
    id="100000",
    name="pool",
    storage_type="fb",
    node=None,
    total_bytes=2**40,
    free_bytes=2**40,
    virtual_total_bytes=None,
    virtual_free_bytes=None,
    snapshot_bytes=None,
    extent_bytes=2**34,
    thin_ratio=None,
)
ROW = {"name": "db1", "wwn": "0017380000010001", "pool_id": "100000", "pool_name": "pool", "capacity": "33554432"}


@pytest.mark.parametrize("wrong", [{"name": "payroll"}, {"wwn": "none"}, {"capacity": "-1"}])
def test_an_answer_that_tells_of_another_volume_is_looked_up_and_never_undone(
    trust: Trust, connect: Connect, wrong: dict[str, str]
) -> None:
    def script(asked: Asked) -> bytes:
        return answer(asked, {**ROW, **wrong}) if asked.command == "vol_create" else answer(asked)

    with Peer(trust.server, script) as peer:
        volumes = XIVVolumes(connect(peer))
        with pytest.raises(InDoubt):
            volumes.create(VolumeOrder(name="db1", pool=POOL, size_bytes=2**34), Budget(10))
        assert peer.commands() == ["vol_create", "vol_list"]
