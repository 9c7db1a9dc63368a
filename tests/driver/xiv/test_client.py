"""Which answer is trusted, what is repeated and what is in doubt, against a peer that misbehaves by script."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable
from itertools import count

import pytest

from support.xcli_peer import PASSWORD, Answer, Asked, Connect, Peer, Trust, answer, empty, nothing, passive
from terraform_provider_xivds8k.driver import (
    BadCredentials,
    Busy,
    Cancelled,
    DriverError,
    InDoubt,
    NotFound,
    Refused,
    TimedOut,
    Unreachable,
)
from terraform_provider_xivds8k.driver.explanations import explained
from terraform_provider_xivds8k.driver.waiting import Budget
from terraform_provider_xivds8k.driver.xiv.client import Client
from terraform_provider_xivds8k.plugin import Cancellation


def cut(asked: Asked) -> Answer:
    """Answer with half a reply."""
    whole = answer(asked)
    return whole[: len(whole) // 2]


def foreign(asked: Asked) -> Answer:
    """Answer another request."""
    return answer(asked, number="99999")


def garbage(_asked: Asked) -> Answer:
    """Answer with what is no XML."""
    return b"\x01\x02<%%>"


def packed_wrongly(asked: Asked) -> Answer:
    """Answer with a compressed part that holds a letter no such part has."""
    return answer(asked).replace(b"<return />", '<compressed_return value="\u1000eJx"/>'.encode())


def undelivered(asked: Asked) -> Answer:
    """Say that the command was not delivered."""
    return b'<command id="%s"><aserver status="DELIVERY_FAILED"/></command>' % asked.number.encode()


def level_one(asked: Asked) -> Answer:
    """Say that the array lost the command inside itself."""
    return answer(asked, code="CONNECTION_LOST_INSIDE", level=1)


def after(times: int, first: Callable[[Asked], Answer], then: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """Misbehave so many times, then behave."""
    numbers = count()
    return lambda asked: first(asked) if next(numbers) < times else then(asked)


UNTRUSTED = [cut, foreign, garbage, packed_wrongly, nothing, undelivered, level_one]


@pytest.mark.parametrize("script", UNTRUSTED)
def test_a_write_without_an_answer_to_trust_is_in_doubt_and_sent_once(
    trust: Trust, connect: Connect, script: Callable[[Asked], Answer]
) -> None:
    with Peer(trust.server, script) as peer:
        with pytest.raises(InDoubt):
            connect(peer).write("vol_delete", Budget(5), sure=True, vol="db1")
        assert peer.commands() == ["vol_delete"]


@pytest.mark.parametrize("script", UNTRUSTED)
def test_a_read_is_asked_again_twice(trust: Trust, connect: Connect, script: Callable[[Asked], Answer]) -> None:
    with Peer(trust.server, after(2, script, lambda asked: answer(asked, {"name": "db1"}))) as peer:
        (record,) = connect(peer).read("vol_list", Budget(5))
        assert record.text("name") == "db1"
        assert peer.commands() == ["vol_list"] * 3


def test_a_read_that_is_never_answered_ends(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, nothing) as peer:
        with pytest.raises(TimedOut, match="Asked 3 times"):
            connect(peer).read("vol_list", Budget(5))
        assert peer.commands() == ["vol_list"] * 3


def test_a_read_whose_answer_is_lost_is_asked_elsewhere(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, nothing) as first, Peer(trust.server, empty, host="127.0.0.2") as second:
        assert connect(first, second).read("vol_list", Budget(5)) == ()
        assert (first.commands(), second.commands()) == (["vol_list"], ["vol_list"])


def test_an_answer_that_comes_too_late_is_in_doubt_and_never_taken_for_the_next(trust: Trust, connect: Connect) -> None:
    release = threading.Event()

    def slow(asked: Asked) -> Answer:
        if asked.command == "vol_create":
            release.wait(5)
        return answer(asked, {"name": asked.command})

    with Peer(trust.server, slow) as peer:
        client = connect(peer, request_timeout_s=0.3)
        with pytest.raises(InDoubt, match=r"no whole answer within 0\.3 s"):
            client.write("vol_create", Budget(5), vol="db1")
        release.set()
        assert client.read("vol_list", Budget(5))[0].text("name") == "vol_list"


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda client, budget: client.read("vol_list", budget), Cancelled),
        (lambda client, budget: client.write("vol_delete", budget, sure=True, vol="db1"), InDoubt),
    ],
    ids=["read", "write"],
)
def test_a_stop_ends_a_waiting_call_within_a_second(
    trust: Trust, connect: Connect, ask: Callable[[Client, Budget], object], expected: type[DriverError]
) -> None:
    release = threading.Event()

    def never(asked: Asked) -> Answer:
        release.wait(10)
        return answer(asked)

    with Peer(trust.server, never) as peer:
        stop, caught = Cancellation(), list[DriverError]()
        client = connect(peer)

        def call() -> None:
            try:
                ask(client, Budget(30, stop))
            except DriverError as error:
                caught.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        peer.wait_for("vol_list" if expected is Cancelled else "vol_delete")
        stopped_at = time.monotonic()
        stop.set()
        thread.join(5)
        assert time.monotonic() - stopped_at < 1
        release.set()
        assert [type(error) for error in caught] == [expected]


def test_after_a_stop_nothing_is_sent(trust: Trust, connect: Connect) -> None:
    stop = Cancellation()
    stop.set()
    with Peer(trust.server, empty) as peer:
        with pytest.raises(Cancelled):
            connect(peer).write("vol_create", Budget(5, stop), vol="db1")
        assert peer.asked == []


def test_closing_the_driver_ends_a_waiting_call(trust: Trust, connect: Connect) -> None:
    release = threading.Event()

    def never(_asked: Asked) -> Answer:
        release.wait(10)
        return None

    with Peer(trust.server, never) as peer:
        client, caught = connect(peer), list[DriverError]()

        def call() -> None:
            try:
                client.write("vol_create", Budget(30), vol="db1")
            except DriverError as error:
                caught.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        peer.wait_for("vol_create")
        client.close()
        thread.join(2)
        release.set()
        assert [type(error) for error in caught] == [InDoubt]
        with pytest.raises(Unreachable):
            client.read("vol_list", Budget(5))


def busy(asked: Asked) -> Answer:
    """Ask to come back later."""
    return answer(asked, code="MIRROR_RETRY_OPERATION", level=3)


def test_a_busy_array_is_asked_again_for_a_read_and_reported_for_a_write(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, after(2, busy, empty)) as peer:
        client = connect(peer)
        with pytest.raises(Busy):
            client.write("vol_create", Budget(5), vol="db1")
        assert client.read("vol_list", Budget(5)) == ()
        assert peer.commands() == ["vol_create", "vol_list", "vol_list"]


def test_an_error_of_the_array_becomes_what_its_code_means(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, lambda asked: answer(asked, code="POOL_DOES_NOT_EXIST", level=3)) as peer:
        with pytest.raises(NotFound) as caught:
            connect(peer).write("vol_create", Budget(5), vol="db1", pool="nowhere")
        error = caught.value
        assert (error.attribute, error.code, error.words) == (
            "pool",
            "POOL_DOES_NOT_EXIST",
            "words for POOL_DOES_NOT_EXIST",
        )


def test_a_code_that_leaves_the_outcome_open_is_told_with_what_it_means(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, lambda asked: answer(asked, code="MCL_TIMEOUT", level=3)) as peer:
        with pytest.raises(InDoubt) as caught:
            connect(peer).write("vol_create", Budget(5), vol="db1")
        explanation = explained("MCL_TIMEOUT")
        assert explanation is not None
        assert caught.value.happened.endswith(f"MCL_TIMEOUT: words for MCL_TIMEOUT. {explanation.cause}")


@pytest.mark.parametrize("level", [2, 3, 5])
def test_an_unknown_error_is_a_refusal_that_keeps_code_and_words(trust: Trust, connect: Connect, level: int) -> None:
    with (
        Peer(trust.server, lambda asked: answer(asked, code="NEVER_SEEN", level=level)) as peer,
        pytest.raises(Refused, match="NEVER_SEEN: words for NEVER_SEEN"),
    ):
        connect(peer).write("vol_create", Budget(5), vol="db1")


def test_the_code_inside_an_extended_error_counts(trust: Trust, connect: Connect) -> None:
    inner = {"error_code": "TRNS_MGMT_STATUS_VOLUME_EXISTS"}
    with Peer(trust.server, lambda asked: answer(asked, inner, code="TRNS_ERROR_WITH_EXTENDED_INFO")) as peer:
        with pytest.raises(DriverError) as caught:
            connect(peer).write("vol_create", Budget(5), vol="db1")
        assert caught.value.code == "VOLUME_EXISTS"


def test_a_partial_success_that_does_not_say_of_what_is_no_answer(trust: Trust, connect: Connect) -> None:
    """Taken for an empty list, it would say that nothing is mapped."""
    with Peer(trust.server, lambda asked: answer(asked, code="PARTIAL_SUCCESS")) as peer:
        with pytest.raises(TimedOut):
            connect(peer).read("mapping_list", Budget(5))
        with pytest.raises(InDoubt):
            connect(peer).write("vol_create", Budget(5), vol="db1")


def refused(asked: Asked) -> Answer:
    """Refuse user or password."""
    return answer(asked, code="USER_OR_PASSWORD_WRONG_OR_MISSING", level=3)


def test_a_refused_password_is_sent_once_by_all_threads_together(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, refused, greeting=refused) as peer:
        client, caught = connect(peer), list[DriverError]()

        def call() -> None:
            try:
                client.read("vol_list", Budget(5))
            except DriverError as error:
                caught.append(error)

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert [type(error) for error in caught] == [BadCredentials] * 8
        assert len(peer.asked) == 1


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_sign_in_refused_by_an_unknown_code_is_not_tried_again(trust: Trust, connect: Connect, level: int) -> None:
    """An account is locked by the number of attempts, not by the code of their refusal."""

    def locked(asked: Asked) -> Answer:
        return answer(asked, code="LOGIN_FAILURE_USER_IS_LOCKED", level=level)

    with Peer(trust.server, locked, greeting=locked) as first, Peer(trust.server, empty, host="127.0.0.2") as second:
        client = connect(first, second)
        for _ in range(3):
            with pytest.raises(BadCredentials, match="LOGIN_FAILURE_USER_IS_LOCKED"):
                client.read("vol_list", Budget(5))
        assert (len(first.asked), second.asked) == (1, [])


def test_a_password_refused_later_is_not_sent_again_either(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, refused) as peer:
        client = connect(peer)
        for _ in range(3):
            with pytest.raises(BadCredentials) as caught:
                client.write("vol_create", Budget(5), vol="db1")
            assert caught.value.attribute == "password"
        assert peer.commands() == ["vol_create"]


def test_the_password_stands_in_no_log_no_error_and_no_traceback(
    trust: Trust, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts = []
    for script in (cut, foreign, garbage, nothing, passive, busy):
        with Peer(trust.server, script) as peer:
            client = connect(peer)
            with pytest.raises(DriverError) as caught:
                client.write("vol_create", Budget(1), vol="db1")
            assert peer.asked[-1].options["password"] == PASSWORD
            texts += [*traceback.format_exception(caught.value), repr(caught.value), repr(client), repr(vars(client))]
    shown = "".join(texts) + caplog.text
    assert "vol_create" in caplog.text
    for form in (PASSWORD, PASSWORD.encode("ascii", "xmlcharrefreplace").decode(), "pa&lt;ss"):
        assert form not in shown


def test_an_idle_connection_the_array_closed_is_replaced_and_a_write_sent_once(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, empty) as peer:
        client = connect(peer)
        for _ in range(3):
            client.read("vol_list", Budget(5))
        assert peer.opened == 1
        peer.hang_up()
        client.write("vol_create", Budget(5), vol="db1")
        assert (peer.opened, peer.commands()) == (2, ["vol_list"] * 3 + ["vol_create"])


def test_many_threads_never_open_more_than_the_sessions_allowed(trust: Trust, connect: Connect) -> None:
    def slow(asked: Asked) -> Answer:
        time.sleep(0.01)
        return answer(asked, {"name": asked.arguments["vol"]})

    with Peer(trust.server, slow) as peer:
        client, wrong = connect(peer, max_sessions=3), list[str]()

        def call(name: str) -> None:
            for _ in range(5):
                if client.read("vol_list", Budget(10), vol=name)[0].text("name") != name:
                    wrong.append(name)

        threads = [threading.Thread(target=call, args=(f"db{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert wrong == []
        assert (len(peer.commands()), len(peer.asked)) == (40, 41), "which array it is was asked once"
        assert 2 <= peer.most_open <= 3


def test_i_am_sure_is_said_only_where_asked_and_compression_never(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, empty) as peer:
        client = connect(peer)
        client.write("vol_rename", Budget(5), vol="a", new_name="b")
        client.write("vol_delete", Budget(5), sure=True, vol="b")
        said = [asked.options for asked in peer.asked if asked.command != "config_get"]
        assert [sorted(options) for options in said] == [["password", "user"], ["i-am-sure", "password", "user"]]
