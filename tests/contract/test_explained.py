"""What a refusal of the array looks like to a person: its code and words, what they mean, and what to do."""

from __future__ import annotations

import pytest

from support.simulated import World
from terraform_provider_xivds8k.driver import DriverError
from terraform_provider_xivds8k.driver.explanations import explained
from terraform_provider_xivds8k.lifecycle import Diagnostics

GIB = 2**30
DENIED = {"xiv": "OPERATION_FORBIDDEN_FOR_USER_CATEGORY", "ds8k": "BE7A0008"}


def test_a_refused_creation_shows_code_words_cause_and_next_step_in_this_order(array: World) -> None:
    pool, _ = array.pools()
    size_bytes = (pool.virtual_free_bytes or pool.free_bytes) // 512 * 512 + 64 * GIB
    diagnostics = Diagnostics()
    with diagnostics.catching():
        array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=size_bytes)
    (found,) = diagnostics.items
    said, step = found.detail.split("\n\n")[-2:]
    code, words = said.removeprefix("The array said ").splitlines()[0].split(": ", 1)
    explanation = explained(code)
    assert explanation is not None
    assert (said.splitlines()[1:], step) == ([explanation.cause], explanation.next_step)
    assert words
    assert found.detail.count(explanation.cause) == 1


def test_a_code_the_driver_has_no_class_for_is_explained_too(array: World, create_command: str) -> None:
    pool, _ = array.pools()
    array.fail(create_command, "error", code=DENIED[array.family])
    with pytest.raises(DriverError) as caught:
        array.driver.create_volume(name=array.new_name(), pool=pool.id, size_bytes=GIB)
    explanation = explained(DENIED[array.family])
    assert explanation is not None
    assert (caught.value.code, caught.value.cause) == (DENIED[array.family], explanation.cause)
    assert caught.value.next_step == explanation.next_step


def test_a_step_that_knows_better_stands_instead_of_the_code_s(array: World) -> None:
    """The pools there are, instead of where to look for them; an XIV has an empty answer for this, and no code."""
    with pytest.raises(DriverError) as caught:
        array.driver.create_volume(name=array.new_name(), pool=f"{array.pools()[0].id}x", size_bytes=GIB)
    error = caught.value
    explanation = explained(error.code)
    assert (explanation is not None, error.cause != "") == ((array.family == "ds8k"),) * 2
    assert repr(array.pools()[0].id) in error.next_step
    if explanation is not None:
        assert explanation.cause in str(error)
        assert explanation.next_step not in str(error)
