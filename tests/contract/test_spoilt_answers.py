"""An array whose answers hang, drip, break off, swell or make no sense: a clear error in time, in bounded memory.

Never "gone", never "not there", never done when it is not, and never a second volume.
"""

from __future__ import annotations

import gzip
import re
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from support.certificates import LOOPBACK, Shown, signed
from support.simulated import World, world
from support.spoiler import Spoil, Spoiler
from terraform_provider_xivds8k.driver import DriverError, Family, InDoubt, TimedOut, Volume, XIVDS8KDriver

GIB = 2**30
MIB = 2**20
SLACK_S = 20  # on a busy machine; what is asserted is that it ends
MOST_MEMORY = 200 * MIB
OK = b"HTTP/1.1 200 OK\r\n"
ds8k_only = pytest.mark.parametrize("array", ["ds8k"], indirect=True)


def hang(_answer: bytes, ended: threading.Event) -> Iterator[bytes]:
    """Say nothing."""
    ended.wait(60)
    yield from ()


def drip(answer: bytes, ended: threading.Event) -> Iterator[bytes]:
    """Say a byte now and then."""
    for number in range(len(answer)):
        yield answer[number : number + 1]
        if ended.wait(0.3):
            return


def half(answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
    """Break off in the middle."""
    yield answer[: len(answer) // 2]


def nonsense(answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
    """Say something of the right length that is neither XML nor JSON."""
    head, blank, body = answer.rpartition(b"\r\n\r\n")
    yield head + blank + body.replace(b'"', b"'").replace(b"<", b"{")


def headless(_answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
    """Speak another protocol."""
    yield b"220 welcome\r\n" * 1000


def another(answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
    """Answer as if another object, or another request, had been asked about."""
    answer = re.sub(rb'<command id="[0-9]+"', b'<command id="99999999"', answer)
    yield re.sub(rb'("id": ?)"0', rb'\1"F', answer)


def deep(answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
    """Put one thing into another a hundred thousand times."""
    yield OK + b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000 if answer.startswith(b"HTTP") else b"<a>" * 100_000


def large(family: Family) -> Spoil:
    """Return how to answer with 200 MB of what the family's answers are made of."""
    start, piece = {
        "xiv": (b'<command id="1"><administrator>', b'<name value="%s"/>' % (b"x" * 20_000)),
        "ds8k": (b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n[", b'{"id": "0000"},'),
    }[family]

    def spoil(_answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
        yield start
        block = piece * (MIB // len(piece))
        for _ in range(200):
            yield block

    return spoil


QUICK = [half, nonsense, headless, another, deep]
SLOW = [hang, drip]


@pytest.fixture(scope="module")
def shown() -> Shown:
    """Return what the machine in the middle shows."""
    return signed(*LOOPBACK)


@pytest.fixture(params=["xiv", "ds8k"])
def array(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Return a fresh array of each family in turn, and a driver that reaches it directly."""
    with world(request.param, tmp_path / "array.db") as found:
        yield found


@pytest.fixture
def middle(array: World, shown: Shown) -> Iterator[Spoiler]:
    """Return a machine before the array."""
    found = Spoiler(array.family, shown.context(), array.description["endpoints"][0])
    yield found
    found.close()


@pytest.fixture
def driver(array: World, middle: Spoiler, shown: Shown) -> Iterator[XIVDS8KDriver]:
    """Return a driver that reaches the array through the machine, and has signed in."""
    connection = replace(array.settings.connection, endpoints=(middle.address,), ca_pem=shown.authority)
    with closing(array.another_driver(connection=connection)) as found:
        found.do_setup()
        yield found


@pytest.fixture
def made(array: World) -> Volume:
    """Return a volume that is on the array."""
    made = array.driver.create_volume(name=array.new_name(), pool=array.pools()[0].id, size_bytes=GIB)
    return array.driver.get_volume(made.id)


def _read_fails(driver: XIVDS8KDriver, volume: Volume, deadline: float) -> DriverError:
    began = time.monotonic()
    with pytest.raises(DriverError) as caught:
        driver.find_volume(volume.id, deadline=deadline)
    assert time.monotonic() - began < deadline + SLACK_S
    assert caught.value.next_step
    assert re.search(r"[A-Z]\w+(Error|Exception)\b|Errno|_ssl\.c|object at 0x", str(caught.value)) is None
    return caught.value


@contextmanager
def traced() -> Iterator[list[int]]:
    """Measure the most memory the block has at once."""
    peak: list[int] = []
    tracemalloc.start()
    try:
        yield peak
        peak.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("how", [*QUICK, *SLOW])
def test_a_read_with_a_spoilt_answer_is_an_error_in_time(
    array: World, middle: Spoiler, driver: XIVDS8KDriver, made: Volume, how: Spoil
) -> None:
    middle.spoil("", how)
    error = _read_fails(driver, made, deadline=1 if how in SLOW else 20)
    assert isinstance(error, TimedOut) or how is another
    assert array.driver.get_volume(made.id) == made


@pytest.mark.parametrize("how", [*QUICK, drip])
def test_a_creation_with_spoilt_answers_from_there_on_is_in_doubt_and_made_once(
    array: World, middle: Spoiler, driver: XIVDS8KDriver, how: Spoil
) -> None:
    create_command = {"xiv": "vol_create", "ds8k": "POST /volumes"}[array.family]
    name, pool = array.new_name(), array.pools()[0].id
    middle.spoil(f"^{create_command}$", how)
    began = time.monotonic()
    with pytest.raises(DriverError) as caught:
        driver.create_volume(name=name, pool=pool, size_bytes=GIB, deadline=3)
    assert time.monotonic() - began < 3 + SLACK_S
    assert isinstance(caught.value, InDoubt)
    assert caught.value.left_behind
    assert middle.asked.count(create_command) == 1
    assert len(array.driver.find_volumes_by_name(name)) == 1


def test_a_deletion_with_spoilt_answers_from_there_on_is_not_called_done(
    array: World, middle: Spoiler, driver: XIVDS8KDriver, made: Volume
) -> None:
    command = {"xiv": "^vol_delete$", "ds8k": "^DELETE /volumes/"}[array.family]
    middle.spoil(command, half)
    with pytest.raises((InDoubt, TimedOut)):
        driver.delete_volume(volume_id=made.id, deadline=4)
    assert array.driver.find_volume(made.id) is None
    assert sum(re.search(command, asked) is not None for asked in middle.asked) == 1


def test_an_answer_of_200_mb_is_given_up_in_bounded_memory(
    array: World, middle: Spoiler, driver: XIVDS8KDriver, made: Volume
) -> None:
    middle.spoil("", large(array.family))
    with traced() as peak:
        error = _read_fails(driver, made, deadline=20)
    assert isinstance(error, TimedOut)
    assert peak[0] < MOST_MEMORY


@ds8k_only
def test_an_answer_of_many_empty_lists_is_given_up_in_bounded_memory(
    middle: Spoiler, driver: XIVDS8KDriver, made: Volume
) -> None:
    """Read, it would take twenty-five times its bytes."""
    body = b'{"server": {"status": "ok"}, "data": {"volumes": [%s[]]}}' % (b"[]," * (10 * MIB))

    def lists(_answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
        yield OK + b"Content-Length: %d\r\n\r\n" % len(body) + body

    middle.spoil("", lists)
    with traced() as peak:
        error = _read_fails(driver, made, deadline=20)
    assert isinstance(error, TimedOut)
    assert peak[0] < MOST_MEMORY


# what HTTP allows, and what it does not


def _split(answer: bytes) -> tuple[bytes, bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return re.sub(rb"(?i)\r\ncontent-length: *[0-9]+", b"", head), body


def endless(start: bytes, piece: bytes) -> Spoil:
    """Return how to begin and never end."""

    def spoil(_answer: bytes, ended: threading.Event) -> Iterator[bytes]:
        yield start
        block = piece * max(1, MIB // len(piece))
        while not ended.is_set():
            yield block

    return spoil


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(gzip.compress(bytes(200 * MIB)))
ENDLESS = {
    "headers": endless(OK, b"X-More: and more\r\n"),
    "one header": endless(OK + b"X-More: ", b"x"),
    "status line": endless(b"HTTP/1.1 200 ", b"x"),
    "100 continue": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body without a length": endless(OK + b"\r\n", b" "),
    "chunk size": endless(CHUNKED, b"0"),
    "chunk of -1": endless(CHUNKED + b"-1\r\n", b" "),
    "small chunks": endless(CHUNKED, b"1\r\n \r\n"),
    "trailers": endless(CHUNKED + b"0\r\n", b"X-More: and more\r\n"),
    "one trailer": endless(CHUNKED + b"0\r\nX-More: ", b"x"),
}


@ds8k_only
@pytest.mark.parametrize("what", ENDLESS)
def test_what_never_ends_is_given_up_in_bounded_memory(
    middle: Spoiler, driver: XIVDS8KDriver, made: Volume, what: str
) -> None:
    middle.spoil("", ENDLESS[what])
    with traced() as peak:
        _read_fails(driver, made, deadline=1.5)
    assert peak[0] < MOST_MEMORY


@ds8k_only
@pytest.mark.parametrize("layers", [b"gzip", b"gzip, gzip", b"deflate", b"br"])
def test_a_compressed_answer_is_not_unpacked(
    middle: Spoiler, driver: XIVDS8KDriver, made: Volume, layers: bytes
) -> None:
    def bomb(_answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
        length = str(len(BOMB)).encode()
        yield OK + b"Content-Encoding: " + layers + b"\r\nContent-Length: " + length + b"\r\n\r\n" + BOMB

    middle.spoil("", bomb)
    with traced() as peak:
        error = _read_fails(driver, made, deadline=20)
    assert "compressed" in str(error)
    assert peak[0] < 20 * MIB


@ds8k_only
@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"303 See Other", b"307 Temporary", b"308 Permanent"])
def test_a_redirection_is_not_followed(middle: Spoiler, driver: XIVDS8KDriver, made: Volume, status: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        port = str(elsewhere.getsockname()[1]).encode()

        def redirect(_answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
            yield b"HTTP/1.1 %s\r\nLocation: https://127.0.0.1:%s/api/v1/x\r\nContent-Length: 0\r\n\r\n" % (
                status,
                port,
            )

        middle.spoil("", redirect)
        _read_fails(driver, made, deadline=20)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def in_chunks(answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
    """Send the same in chunks."""
    head, body = _split(answer)
    yield head + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    for at in range(0, len(body), 50):
        piece = body[at : at + 50]
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def to_the_end(answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
    """Send the same without a length; the end of the connection is its end."""
    head, body = _split(answer)
    yield head + b"\r\nConnection: close\r\n\r\n" + body


def after_continue(answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
    """Say first that the rest may come."""
    yield b"HTTP/1.1 100 Continue\r\n\r\n" + answer


@ds8k_only
@pytest.mark.parametrize("how", [in_chunks, to_the_end, after_continue])
def test_every_form_of_a_whole_answer_is_read(middle: Spoiler, driver: XIVDS8KDriver, made: Volume, how: Spoil) -> None:
    middle.spoil("", how)
    assert driver.get_volume(made.id) == made


class Talkative:
    """Answer, and answer something more that nobody asked for, on a connection that stays open."""

    keeps_open = True

    def __call__(self, answer: bytes, _ended: threading.Event) -> Iterator[bytes]:
        read_at_once = answer.ljust(8192)  # by a client's buffered reader, which is thrown away with its answer
        yield read_at_once + re.sub(rb'("name": ?")vol', rb"\1lov", answer)


def test_what_is_left_of_an_answer_is_never_taken_for_the_next(
    middle: Spoiler, driver: XIVDS8KDriver, made: Volume
) -> None:
    middle.spoil("", Talkative())
    for _ in range(5):
        if driver.settings.family == "xiv":  # one element is an answer, and what follows it makes it none
            with pytest.raises(TimedOut):
                driver.get_volume(made.id)
        else:
            assert driver.get_volume(made.id) == made


@ds8k_only
def test_calls_that_were_given_up_hold_no_place(middle: Spoiler, driver: XIVDS8KDriver, made: Volume) -> None:
    """A console that drips would hold a thread and one of eight places for each."""
    middle.spoil("^GET /volumes/", drip, only=True)
    threads = [threading.Thread(target=_read_fails, args=(driver, made, 1.0)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    until = time.monotonic() + 20
    while any(thread.name == "ds8k-call" for thread in threading.enumerate()) and time.monotonic() < until:
        time.sleep(0.05)
    assert [thread.name for thread in threading.enumerate() if thread.name == "ds8k-call"] == []
    assert driver.list_pools()
