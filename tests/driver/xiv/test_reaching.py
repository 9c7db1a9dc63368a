"""Which endpoint is asked, and whom the client trusts, before a command reaches an array."""

from __future__ import annotations

import hashlib
import socket
import threading
import time

import pytest

from support.xcli_peer import Answer, Asked, Connect, Peer, Trust, empty, nothing, passive
from terraform_provider_xivds8k.driver import Unreachable, WrongSystem
from terraform_provider_xivds8k.driver.waiting import Budget


def test_a_write_goes_on_from_a_passive_manager_to_the_active_one(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, passive) as first, Peer(trust.server, empty, host="127.0.0.2") as second:
        client = connect(first, second)
        client.write("vol_create", Budget(5), vol="db1")
        client.write("vol_create", Budget(5), vol="db2")
        assert second.commands() == ["vol_create"] * 2
        assert first.commands() == ["vol_create"], "the one that answered is asked first from then on"


def test_passive_managers_alone_are_no_array(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, passive) as peer, pytest.raises(Unreachable, match="PASSIVE_MANAGER"):
        connect(peer).write("vol_create", Budget(5), vol="db1")


def test_a_dead_and_a_hanging_endpoint_are_passed_over(trust: Trust, connect: Connect) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as hanging,
        socket.create_server(("127.0.0.1", 0)) as dead,
        Peer(trust.server, empty) as peer,
    ):
        addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in (dead, hanging)]
        dead.close()
        client = connect(*addresses, peer, request_timeout_s=0.4)
        client.write("vol_create", Budget(5), vol="db1")
        assert peer.commands() == ["vol_create"]
        with pytest.raises(Unreachable) as caught:
            connect(*addresses, request_timeout_s=0.4).write("vol_create", Budget(5), vol="db1")
        assert all(address in str(caught.value) for address in addresses)


def test_a_handshake_of_a_byte_now_and_then_ends_in_time(connect: Connect, dripping: str) -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"no connection within 0\.5 s"):
        connect(dripping, request_timeout_s=0.5).write("vol_create", Budget(30), vol="db1")
    assert time.monotonic() - began < 20


def test_an_endpoint_that_never_answers_keeps_all_threads_together_waiting_once(trust: Trust, connect: Connect) -> None:
    release = threading.Event()

    def never(_asked: Asked) -> Answer:
        release.wait(10)
        return None

    with Peer(trust.server, empty, greeting=never) as silent, Peer(trust.server, empty, host="127.0.0.2") as peer:
        client = connect(silent, peer, request_timeout_s=0.5)
        threads = [threading.Thread(target=client.read, args=("vol_list", Budget(10))) for _ in range(6)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        took_s = time.monotonic() - began
        release.set()
        assert peer.commands() == ["vol_list"] * 6
        assert took_s < 2


def test_a_name_that_resolves_to_nothing_is_unreachable(connect: Connect) -> None:
    with pytest.raises(Unreachable, match=r"array\.invalid:7778"):
        connect("array.invalid").read("vol_list", Budget(10))


@pytest.mark.parametrize(
    ("trusted", "host", "attribute"),
    [
        pytest.param({"insecure": False}, "127.0.0.1", "ca_file", id="unknown authority"),
        pytest.param({}, "127.0.0.3", "ca_file", id="another name"),
        pytest.param({"fingerprint": "00" * 32}, "127.0.0.1", "fingerprint", id="another pin"),
    ],
)
def test_nothing_is_sent_to_a_peer_that_is_not_trusted(
    trust: Trust, connect: Connect, trusted: dict[str, object], host: str, attribute: str
) -> None:
    with Peer(trust.server, empty, host=host) as peer:
        with pytest.raises(Unreachable) as caught:
            connect(peer, **trusted).read("vol_list", Budget(5))
        assert caught.value.attribute == attribute
        assert peer.asked == []


def test_a_pinned_certificate_needs_no_authority_and_no_name(trust: Trust, connect: Connect) -> None:
    with Peer(trust.server, empty, host="127.0.0.3") as peer:
        client = connect(peer, fingerprint=hashlib.sha256(trust.certificate).hexdigest())
        assert client.read("vol_list", Budget(5)) == ()


def test_two_endpoints_of_two_arrays_are_refused_before_anything_is_asked_there(trust: Trust, connect: Connect) -> None:
    with (
        Peer(trust.server, nothing) as first,
        Peer(trust.server, empty, host="127.0.0.2", serial="7777777") as second,
    ):
        with pytest.raises(WrongSystem, match="7777777"):
            connect(first, second).read("vol_list", Budget(5))
        assert second.commands() == []
