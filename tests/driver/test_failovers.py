"""What becomes of a pair, pure: whether it is where it was to be brought, and what its problem says was sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terraform_provider_xivds8k.driver import Unreachable
from terraform_provider_xivds8k.driver.flows.pair_calls import with_sent
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


@pytest.mark.parametrize("said", ["Nothing was sent.", "Nothing was changed."])
def test_a_problem_met_after_a_call_was_carried_out_does_not_say_that_nothing_was_done(said: str) -> None:
    """What others met with nothing sent before it stays as it is."""
    met = Unreachable("The array cannot be reached", left_behind=said)
    sent = with_sent(met, ("home: mirror_switch_roles vol=v",))
    assert isinstance(sent, Unreachable)
    assert sent.left_behind == "Sent so far: home: mirror_switch_roles vol=v."
    assert with_sent(met, ("home: mirror_switch_roles vol=v (refused)",)).left_behind == said
    assert with_sent(met, ()).left_behind == said
