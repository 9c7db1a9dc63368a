"""Many threads attach and detach while two other administrators map on the same array."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from support.attaching import DS8KHands, Hands, XivHands, hands_of
from support.simulated import World, world
from terraform_provider_xivds8k.driver import Attachment, Family, NoSpace, Volume, XIVDS8KDriver

VOLUMES, HOSTS, THREADS, SESSIONS = 200, 8, 16, 8
THEIRS = 12  # volumes each of the others maps
NEARLY_FULL = 245  # volumes in the LSS that some of ours are to be in; the array has one there before
LONGEST_S = 60  # on a busy machine; some seconds on a quiet one


@pytest.fixture
def crowd(family: Family, tmp_path: Path) -> Iterator[tuple[World, list[Hands]]]:
    """Return an array, and three other administrators: two that map, and one that looks."""
    with ExitStack() as stack:
        array = stack.enter_context(world(family, tmp_path / "simulator.db", request_timeout_s=30))
        yield array, [stack.enter_context(closing(hands_of(array))) for _ in range(3)]


def _theirs(array: World, hands: Hands) -> list[Volume]:
    """Make what the others map as somebody else does; on a DS8000 their volumes nearly fill an LSS."""
    count = 2 * THEIRS if array.family == "xiv" else NEARLY_FULL
    names = [f"t{number:03d}" for number in range(count)]
    if isinstance(hands, XivHands):
        for name in names:
            hands.xcli.does("vol_create", vol=name, pool="pool1", size_blocks=2**21)
    else:
        assert isinstance(hands, DS8KHands)
        order = {"namecol": names, "cap": "1", "captype": "gib", "stgtype": "fb", "pool": "P0", "tp": "ese"}
        assert not hands.console.ask("POST", "/volumes", {**order, "lss": "00"}).refused
    found = [volume for volume in array.driver.list_volumes() if volume.name in {*names}]
    assert len(found) == count
    return found[: 2 * THEIRS]


def _mapped_by_another(hands: Hands, volumes: list[Volume], hosts: list[str]) -> list[tuple[str, str, int]]:
    """Map volumes one after the other under the lowest LUN that is free, as a client without a lock does."""
    made = []
    for number, volume in enumerate(volumes):
        host = hosts[number % HOSTS]
        while True:
            taken = {hands.number(one.lun) for one in hands.mapped() if one.holder == host}
            lun = next(lun for lun in range(1, 256) if lun not in taken)
            try:
                hands.map(volume, host, lun)
            except AssertionError:  # somebody was faster
                continue
            made.append((host, hands.called(volume), lun))
            break
    return made


def _attached(driver: XIVDS8KDriver, number: int, pool: str, host_id: str) -> tuple[Volume, Attachment]:
    """Make a volume and attach it; some are detached and attached again, some detached in the end."""
    lss = "00" if number % 10 == 0 and driver.settings.family == "ds8k" else None
    try:
        volume = driver.create_volume(name=f"v{number:03d}", pool=pool, size_bytes=2**30, lss=lss, deadline=LONGEST_S)
    except NoSpace:  # that LSS is full by now
        volume = driver.create_volume(name=f"v{number:03d}", pool=pool, size_bytes=2**30, deadline=LONGEST_S)
    made = driver.initialize_connection(volume_id=volume.id, host_id=host_id, new=True, deadline=LONGEST_S)
    if number % 4 == 0:
        driver.terminate_connection(volume_id=volume.id, host_id=host_id, deadline=LONGEST_S)
        made = driver.initialize_connection(volume_id=volume.id, host_id=host_id, new=True, deadline=LONGEST_S)
    if number % 5 == 0:
        driver.terminate_connection(volume_id=volume.id, host_id=host_id, deadline=LONGEST_S)
    return volume, made


@pytest.mark.timeout(4 * LONGEST_S)
def test_no_lun_is_given_twice_and_no_mapping_is_lost_or_mixed_up(
    crowd: tuple[World, list[Hands]], family: Family
) -> None:
    array, (one, other, looking) = crowd
    ids = [looking.host(f"h{number}") for number in range(HOSTS)]
    names = [looking.names()[host_id] for host_id in ids]
    theirs, pool_id = _theirs(array, looking), array.pools()[0].id
    array.ask("DELETE", "/journal")
    began_s = time.monotonic()
    with closing(array.another_driver(max_sessions=SESSIONS)) as driver, ThreadPoolExecutor(THREADS + 2) as pool:
        beside = [
            pool.submit(_mapped_by_another, hands, theirs[part::2], names) for part, hands in enumerate((one, other))
        ]
        running = [pool.submit(_attached, driver, number, pool_id, ids[number % HOSTS]) for number in range(VOLUMES)]
        made = [future.result() for future in running]
        by_others = [mapping for future in beside for mapping in future.result()]
    assert time.monotonic() - began_s < LONGEST_S
    in_flight = array.ask("GET", "/journal")[array.name]["max_in_flight"]
    assert in_flight <= SESSIONS + 2  # the two others have one session each
    assert [volume.name for volume, _ in made] == [f"v{number:03d}" for number in range(VOLUMES)]
    for number, (volume, answer) in enumerate(made):
        assert (answer.volume_id, answer.host_id, answer.device_path) == (
            volume.id, ids[number % HOSTS], volume.device_path
        )  # fmt: skip
    kept = [answer for number, (_, answer) in enumerate(made) if number % 5]
    called = {volume.id: looking.called(volume) for volume, _ in made}
    wanted = [(str(one.host_name), called[one.volume_id], one.lun) for one in kept]
    found = [(one.holder, one.volume, looking.number(one.lun)) for one in looking.mapped()]
    assert sorted(found) == sorted(wanted + by_others)
    assert max(Counter((holder, lun) for holder, _, lun in found).values()) == 1
    if family == "ds8k":
        in_lss = Counter(volume.id[:2] for volume in array.driver.list_volumes())
        assert max(in_lss.values()) == in_lss["00"] == 256
