"""What an unusual answer of a DS8000 means: never that an object is gone, unused or to be made again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from support.rest_peer import Answered, RestPeer, Script, failed, ok, volume
from terraform_provider_xivds8k.driver import DriverError, InDoubt, Refused, TimedOut, Unreachable, XIVDS8KDriver
from terraform_provider_xivds8k.plugin import Cancellation

GIB = 2**30
Start = Callable[[Script], RestPeer]
Reach = Callable[..., XIVDS8KDriver]


def _made_then(then: Callable[[], Answered | None]) -> Script:
    """Let a creation succeed; ``then`` answers the reads of the new volume."""

    def script(method: str, path: str) -> Answered | None:
        if (method, path) == ("POST", "/volumes"):
            return ok({"volumes": [{"id": "0000", "name": "db1"}]})
        return then() if path == "/volumes/0000" else None

    return script


def test_a_volume_whose_console_is_busy_right_after_it_was_made_is_not_made_twice(console: Start, reach: Reach) -> None:
    peer = console(_made_then(lambda: Answered(429, None)))
    with pytest.raises(TimedOut) as caught:
        reach(peer.address).create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=5)
    assert peer.asked.count("POST /volumes") == 1
    assert caught.value.left is not None
    assert (caught.value.left.id, caught.value.left.name) == ("0000", "db1")
    assert "requests" in caught.value.cause
    assert "max_sessions" in caught.value.next_step


def test_the_first_volume_of_an_array_is_named_when_it_cannot_be_read(console: Start, reach: Reach) -> None:
    """Nothing had to be known of the system before: there was no volume to describe."""
    made = threading.Event()

    def script(method: str, path: str) -> Answered | None:
        if (method, path) == ("POST", "/volumes"):
            made.set()
            return ok({"volumes": [{"id": "0000", "name": "db1"}]})
        return failed("BE7A0000") if made.is_set() else None

    with pytest.raises(DriverError) as caught:
        reach(console(script).address).create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=5)
    assert caught.value.left is not None
    assert caught.value.left.id == "0000"


def test_a_stop_right_after_a_creation_was_answered_still_finds_the_volume(console: Start, reach: Reach) -> None:
    stop = Cancellation()

    def shown() -> Answered:
        if not stop.is_set():
            stop.set()
            time.sleep(0.5)  # the stopped read is over before its answer comes
        return ok({"volumes": [volume("0000", "db1")]})

    driver = reach(console(_made_then(shown)).address, cancellation=stop)
    assert driver.create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=20).id == "0000"


def test_a_creation_that_something_in_between_answers_is_in_doubt(console: Start, reach: Reach) -> None:
    def script(method: str, path: str) -> Answered | None:
        return Answered(503, None) if (method, path) == ("POST", "/volumes") else None

    peer = console(script)
    with pytest.raises(InDoubt):
        reach(peer.address).create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=5)
    assert peer.asked.count("POST /volumes") == 1


@pytest.mark.parametrize("answered", [ok(), ok({"others": []}), ok({"volumes": [volume("0001", "db2")]})])
def test_an_answer_that_does_not_speak_of_the_volume_does_not_make_it_gone(
    console: Start, reach: Reach, answered: Answered
) -> None:
    peer = console(lambda _, path: answered if path == "/volumes/0000" else None)
    with pytest.raises((Refused, TimedOut)):
        reach(peer.address).find_volume("0000")


def test_an_empty_answer_to_a_read_is_no_answer(console: Start, reach: Reach) -> None:
    peer = console(lambda _, path: Answered(204, None) if path == "/volumes/0000" else None)
    with pytest.raises(DriverError):
        reach(peer.address).find_volume("0000")


def test_an_empty_list_makes_the_volume_gone(console: Start, reach: Reach) -> None:
    peer = console(lambda _, path: ok({"volumes": []}) if path == "/volumes/0000" else None)
    assert reach(peer.address).find_volume("0000") is None


@pytest.mark.parametrize("silent_about", ["/hosts", "/volumes/0000/flashcopy", "/volumes/0000/pprc"])
def test_a_volume_is_not_deleted_when_the_array_does_not_say_what_uses_it(
    console: Start, reach: Reach, silent_about: str
) -> None:
    def script(_method: str, path: str) -> Answered | None:
        if path == "/volumes/0000":
            return ok({"volumes": [volume("0000", "db1")]})
        return ok() if path == silent_about else None

    peer = console(script)
    with pytest.raises(Refused, match="holds no list"):
        reach(peer.address).delete_volume(volume_id="0000", expected_name="db1", deadline=5)
    assert "DELETE /volumes/0000" not in peer.asked


def test_a_deletion_that_another_missing_thing_stops_is_not_called_done(console: Start, reach: Reach) -> None:
    def script(method: str, path: str) -> Answered | None:
        if path != "/volumes/0000":
            return None
        return failed("BE7A0016", 404) if method == "DELETE" else ok({"volumes": [volume("0000", "db1")]})

    with pytest.raises(DriverError) as caught:
        reach(console(script).address).delete_volume(volume_id="0000", expected_name="db1", deadline=5)
    assert caught.value.code == "BE7A0016"


def test_a_console_that_signs_nobody_in_keeps_all_threads_together_waiting_once(console: Start, reach: Reach) -> None:
    def script(_method: str, path: str) -> Answered | None:
        if path != "/tokens":
            return None
        time.sleep(0.4)
        return Answered(500, None)

    driver = reach(console(script).address)
    ended: list[type[BaseException]] = []

    def read() -> None:
        try:
            driver.find_volume("0000")
        except DriverError as error:
            ended.append(type(error))

    threads = [threading.Thread(target=read) for _ in range(8)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ended == [Unreachable] * 8
    assert time.monotonic() - began < 6  # three attempts of 0.4 s; one after the other they would take 10 s


def test_a_part_of_a_list_is_no_list(console: Start, reach: Reach) -> None:
    """A mapping left out could be that of the volume to be deleted."""

    def script(_method: str, path: str) -> Answered | None:
        if path == "/volumes/0000":
            return ok({"volumes": [volume("0000", "db1")]})
        return ok({"hosts": [{"name": "other", "mappings_briefs": []}]}, total=2) if path == "/hosts" else None

    peer = console(script)
    with pytest.raises(Refused, match="1 of 2 hosts"):
        reach(peer.address).delete_volume(volume_id="0000", expected_name="db1", deadline=5)
    assert "DELETE /volumes/0000" not in peer.asked


@pytest.mark.parametrize("made", [True, False])
def test_a_refusal_nobody_knows_is_looked_into_before_it_is_believed(console: Start, reach: Reach, made: bool) -> None:
    """A console that lost track of what it asked the array for may say no and have made the volume."""
    asked = threading.Event()

    def script(method: str, path: str) -> Answered | None:
        there = [volume("0000", "db1")] if made and asked.is_set() else []
        if (method, path) == ("POST", "/volumes"):
            asked.set()
            return failed("BE7A9999")
        if path == "/lss/00/volumes":
            return ok({"volumes": there})
        return ok({"volumes": there}) if path == "/volumes/0000" else None

    peer = console(script)
    driver = reach(peer.address)
    if made:
        assert driver.create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=5).id == "0000"
    else:
        with pytest.raises(Refused) as caught:
            driver.create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=5)
        assert caught.value.code == "BE7A9999"
    assert peer.asked.count("POST /volumes") == 1


def test_a_refusal_that_cannot_be_looked_into_is_told_as_it_is(console: Start, reach: Reach) -> None:
    asked = threading.Event()

    def script(method: str, path: str) -> Answered | None:
        if (method, path) == ("POST", "/volumes"):
            asked.set()
            return failed("BE7A9999")
        return Answered(500, None) if asked.is_set() else None

    with pytest.raises(Refused) as caught:
        reach(console(script).address).create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=5)
    assert caught.value.code == "BE7A9999"
