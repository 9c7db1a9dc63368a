"""What a management console may say of a thaw or a withdrawal, and which console is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.rest_peer import Answered, RestPeer, Script
from terraform_provider_xivds8k.driver import DriverError, InDoubt, InUse, XIVDS8KDriver
from terraform_provider_xivds8k.driver.array import FlashCopies
from terraform_provider_xivds8k.driver.objects import Relation
from terraform_provider_xivds8k.driver.waiting import Budget

Start = Callable[[Script], RestPeer]
Reach = Callable[..., XIVDS8KDriver]
THAW = "/cs/flashcopies/unfreeze"
PARTS = {
    "refused": ({"server": {"status": "failed", "code": "000000AE", "message": "no"}}, InUse),
    "says_nothing": ({"id": "12"}, InDoubt),
}


def _copies(driver: XIVDS8KDriver) -> FlashCopies:
    copies = driver._core.array.flashcopies
    assert copies is not None
    return copies


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("verb", ["thaw", "withdraw"])
def test_a_part_that_failed_in_an_answer_that_is_ok_is_a_failure(
    console: Start, reach: Reach, verb: str, part: str
) -> None:
    said, error = PARTS[part]

    def script(method: str, path: str) -> Answered | None:
        if path != THAW and method != "DELETE":
            return None
        return Answered(200, {"server": {"status": "ok"}, "responses": [{"server": {"status": "ok"}}, said]})

    copies = _copies(reach(console(script).address))
    relation = Relation(
        source_id="0000", target_id="0001", state="valid", is_persistent=True, is_copying=False, is_recording=False
    )
    with pytest.raises(DriverError) as caught:
        copies.thaw(("10", "12"), Budget(5)) if verb == "thaw" else copies.withdraw(relation, Budget(5))
    assert type(caught.value) is error


def test_a_thaw_that_one_console_does_not_answer_is_sent_to_the_other_the_next_time(
    console: Start, reach: Reach
) -> None:
    silent = console(lambda _, path: Answered(500, None) if path == THAW else None)
    other = console(lambda _, path: Answered(200, {"server": {"status": "ok"}}) if path == THAW else None)
    copies = _copies(reach(silent.address, other.address))
    with pytest.raises(InDoubt):
        copies.thaw(("10",), Budget(5))
    copies.thaw(("10",), Budget(5))
    assert (silent.asked.count(f"POST {THAW}"), other.asked.count(f"POST {THAW}")) == (1, 1)
