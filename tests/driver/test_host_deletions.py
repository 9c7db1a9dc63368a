"""A host is gone when nothing bears its id any more, or on an array that gives ids again when another host does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.memory_array import MemoryArray, MemoryDriver
from terraform_provider_xivds8k.driver import Busy, Family, Host, InDoubt, Refused, TimedOut

PORT, THEIRS = "10000000C9000001", "10000000C9000002"


def host_on(family: Family, given_to: Host | None = None, *, lost: bool = False) -> tuple[MemoryDriver, Host]:
    """Return a host and the driver of its array, which gives its id to another one as soon as it is deleted."""
    array = MemoryArray(family)
    driver = MemoryDriver(array)
    made = driver.create_host(name="mine", wwpns=(PORT,))

    def give(host: Host) -> None:
        if given_to is not None:
            array.hosts.held[host.id] = replace(given_to, id=host.id)
        if lost:
            raise InDoubt("No answer")

    array.hosts.on_delete = give
    return driver, made


OTHER = Host(id="", name="theirs", system_id="", type="Linux")
SAME_NAME = Host(id="", name="mine", system_id="", type="Linux", wwpns=(THEIRS,))
STILL_GOING = Host(id="", name="mine", system_id="", type="Linux")


@pytest.mark.parametrize("other", [OTHER, SAME_NAME])
def test_another_host_under_the_id_tells_that_a_deleted_one_is_gone(other: Host) -> None:
    driver, made = host_on("ds8k", other)
    driver.delete_host(made.id, deadline=5)


@pytest.mark.parametrize(("family", "shown"), [("ds8k", STILL_GOING), ("xiv", OTHER)])
def test_what_may_be_the_deleted_host_is_waited_for(family: Family, shown: Host) -> None:
    driver, made = host_on(family, shown)
    with pytest.raises(TimedOut):
        driver.delete_host(made.id, deadline=0.2)


@pytest.mark.parametrize("family", ["xiv", "ds8k"])
def test_after_a_lost_answer_another_host_under_the_id_tells_nothing(family: Family) -> None:
    driver, made = host_on(family, OTHER, lost=True)
    with pytest.raises(InDoubt, match="may be there, or still go"):
        driver.delete_host(made.id, deadline=5)


def test_a_host_renamed_while_the_array_was_busy_is_not_deleted() -> None:
    array = MemoryArray("ds8k")
    driver = MemoryDriver(array)
    made = driver.create_host(name="mine")

    def be_busy(host: Host) -> None:
        array.hosts.held[host.id] = replace(host, name="theirs")
        raise Busy("Not now")

    array.hosts.on_delete = be_busy
    with pytest.raises(Refused, match="is called theirs, not mine"):
        driver.delete_host(made.id, deadline=5)
