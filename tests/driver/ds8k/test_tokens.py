"""Tokens: one sign-in for all threads, one more when the console forgot it, none after a refusal of any kind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

import pytest

from support.rest_peer import Answered, RestPeer, Script, failed, ok, volume
from terraform_provider_xivds8k.driver import BadCredentials, DriverError, InDoubt, XIVDS8KDriver

GIB = 2**30
Start = Callable[[Script], RestPeer]
Reach = Callable[..., XIVDS8KDriver]


class Forgetful:
    """Answer as an array that has one volume, and call the token stale so many times when a path is asked for."""

    def __init__(self, path: str, times: int = 1, code: str = "BE7A001B", then: Answered | None = None) -> None:
        self._path, self._left, self._code, self._then = path, times, code, then
        self._lock = threading.Lock()

    def __call__(self, method: str, path: str) -> Answered | None:
        if f"{method} {path}" == self._path:
            with self._lock:
                self._left -= 1
                if self._left >= 0:
                    return failed(self._code, 401)
            if self._then is not None:
                return self._then
        if (method, path) == ("POST", "/volumes"):
            return ok({"volumes": [{"id": "0000", "name": "db1"}]})
        return ok({"volumes": [volume("0000", "db1")]}) if path == "/volumes/0000" else None


@pytest.mark.parametrize("code", ["BE7A001A", "BE7A001B", "BE7AFFFF"])
def test_a_write_with_a_stale_token_is_sent_again_once_after_one_sign_in(
    console: Start, reach: Reach, code: str
) -> None:
    peer = console(Forgetful("POST /volumes", code=code))
    driver = reach(peer.address)
    assert driver.create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=20).id == "0000"
    assert (peer.asked.count("POST /tokens"), peer.asked.count("POST /volumes")) == (2, 2)


def test_a_write_whose_new_token_is_refused_too_is_given_up(console: Start, reach: Reach) -> None:
    peer = console(Forgetful("POST /volumes", times=100))
    with pytest.raises(DriverError):
        reach(peer.address).create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=20)
    assert (peer.asked.count("POST /tokens"), peer.asked.count("POST /volumes")) == (2, 2)


def test_a_write_whose_answer_is_lost_after_the_new_sign_in_is_in_doubt(console: Start, reach: Reach) -> None:
    peer = console(Forgetful("POST /volumes", then=Answered(200, None)))
    with pytest.raises(InDoubt):
        reach(peer.address).create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=20)
    assert peer.asked.count("POST /volumes") == 2


def test_many_threads_with_one_stale_token_sign_in_once(console: Start, reach: Reach) -> None:
    together = 8
    stale, met = threading.Event(), threading.Barrier(together)
    refused, numbers = threading.local(), count()

    def script(method: str, path: str) -> Answered | None:
        if path == "/tokens":
            return Answered(200, {"server": {"status": "ok"}, "token": {"token": f"token-{next(numbers)}"}})
        if path == "/volumes/0000" and stale.is_set() and not getattr(refused, "once", False):
            refused.once = True  # a thread of the peer serves one connection
            met.wait(30)
            return failed("BE7A001B", 401)
        return ok({"volumes": [volume("0000", "db1")]}) if path == "/volumes/0000" else None

    peer = console(script)
    driver = reach(peer.address, request_timeout_s=30)
    driver.get_volume("0000")
    stale.set()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(driver.get_volume("0000").name)) for _ in range(together)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == ["db1"] * together
    assert peer.asked.count("POST /tokens") == 2


@pytest.mark.parametrize(
    "refusal",
    [
        Answered(401, None),
        Answered(403, None),
        Answered(401, {"error": "no"}),
        failed("BE7AFFFF", 401),
        failed("", 401),
    ],
    ids=["401", "403", "another body", "unknown code", "no code"],
)
def test_a_sign_in_refused_in_unknown_words_is_not_tried_again(console: Start, reach: Reach, refusal: Answered) -> None:
    """An account is locked by the number of attempts, not by the code of their refusal."""
    first, second = (console(lambda _, path: refusal if path == "/tokens" else None) for _ in range(2))
    driver = reach(first.address, second.address)
    for _ in range(3):
        with pytest.raises(BadCredentials) as caught:
            driver.find_volume("0000")
        assert caught.value.code
    assert (first.asked, second.asked) == (["POST /tokens"], [])


def test_a_password_changed_while_the_driver_runs_is_refused_once(console: Start, reach: Reach) -> None:
    signed_in = threading.Event()

    def script(_method: str, path: str) -> Answered | None:
        if path == "/tokens":
            if signed_in.is_set():
                return failed("BE7A0029", 401)
            signed_in.set()
        return failed("BE7A001B", 401) if path == "/volumes/0000" else None

    peer = console(script)
    driver = reach(peer.address)
    for _ in range(3):
        with pytest.raises(BadCredentials):
            driver.find_volume("0000")
    assert peer.asked.count("POST /tokens") == 2


def test_a_token_stands_in_no_error_and_no_repr(console: Start, reach: Reach) -> None:
    token = "token-that-nobody-shall-see"
    granted = Answered(200, {"server": {"status": "ok"}, "token": {"token": token}})
    peer = console(lambda _, path: granted if path == "/tokens" else Answered(200, None) if "volumes" in path else None)
    driver = reach(peer.address)
    with pytest.raises(DriverError) as caught:
        driver.find_volume("0000")
    assert peer.headers[-1]["x-auth-token"] == token
    error: BaseException | None = caught.value
    while error is not None:
        assert token not in f"{error} {error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
    assert token not in repr(driver)
