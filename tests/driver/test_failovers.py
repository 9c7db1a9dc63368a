"""Whether a pair is where it was to be brought: pure, from what was seen before and after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terraform_provider_xivds8k.driver.flows.pair_goals import has_arrived
from terraform_provider_xivds8k.driver.flows.pair_work import Work, key_of
from terraform_provider_xivds8k.driver.pairing import paired
from terraform_provider_xivds8k.driver.replicating import Half, Operation, Terms

TARGET = Half(
    subject="volume",
    id="1200",
    name="1200",
    system_id="R",
    key="R",
    peer="1000",
    peer_key="H",
    role="target",
    mode="metro_mirror",
    standing="active",
    in_step=True,
    words="target",
)
ALONE = paired("volume", None, (TARGET,))
SOURCE = replace(TARGET, role="source", standing="inactive", in_step=False)
HOME = replace(SOURCE, id="1000", name="1000", system_id="H", key="H", peer="1200", peer_key="R", mode="global_copy")


@pytest.mark.parametrize(("operation", "arrived"), [("failover", True), ("switch", False)])
@pytest.mark.parametrize("standing", ["active", "inactive"])
def test_a_copy_that_was_promoted_has_arrived_whatever_home_calls_its_mode_once_it_is_back(
    operation: Operation, arrived: bool, standing: str
) -> None:
    """Home may have stood still as well, and the two are sources alike."""
    back = paired("volume", (replace(HOME, standing=standing),), (SOURCE,))  # type: ignore[arg-type]
    work = Work(operation, "remote", Terms(), (ALONE,), {key_of(ALONE): "remote"})
    assert back.row in {10, 12}
    assert has_arrived(work, ALONE, back) == arrived
