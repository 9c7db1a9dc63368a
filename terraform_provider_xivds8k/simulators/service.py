"""What stands between a wire protocol and its machine: transactions, the journal, latency, faults and states.

Nothing here waits within a transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum

from . import faults, journal, states
from .context import Context, context_of
from .faults import Fault
from .store import Stopped, Store, Transaction

POLL_S = 0.05
HUGE_BYTES = 200 * 2**20
HUGE_PIECE_BYTES = 2**16
GARBAGE = b"\x00\xff<>{}\r\n" * 16


class Delivery(Enum):
    """What becomes of a reply: sent whole, half and then closed, or closed without a byte."""

    SEND = "send"
    DROP = "drop"
    HALF = "half"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply and what becomes of it; ``pieces`` takes the place of a body too long to be held."""

    body: bytes
    delivery: Delivery = Delivery.SEND
    pieces: Iterable[bytes] | None = None

    def sent(self) -> Iterable[bytes]:
        """Return what goes over the wire, piece by piece."""
        if self.delivery is Delivery.DROP:
            return ()
        if self.delivery is Delivery.HALF:
            return (self.body[: len(self.body) // 2],)
        return (self.body,) if self.pieces is None else self.pieces


@dataclass(frozen=True, slots=True)
class Forms:
    """How a protocol renders what faults ask for.

    ``error`` makes a failure reply with a code, ``wrong_id`` the same reply under another request's or object's id,
    ``huge`` the same reply in pieces, padded by ``HUGE_BYTES``: far beyond what a sane client reads.
    """

    error: Callable[[str], bytes]
    wrong_id: Callable[[bytes], bytes]
    huge: Callable[[bytes], Iterable[bytes]]


class Rejected(Exception):  # noqa: N818 - not a defect: the machine says no
    """The machine says no: what the command did so far is undone, and ``body`` is the reply."""

    def __init__(self, body: bytes) -> None:
        super().__init__("the command was rejected")
        self.body = body


NOTHING = Answer(b"", Delivery.DROP)
DELAYS = frozenset({"delay_before", "delay_after"})


class InFlight:
    """Count the commands this process is serving for one array, on whichever of its endpoints."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0

    @contextmanager
    def one_more(self) -> Iterator[int]:
        """Count a command while the block runs; yield how many there are with it."""
        with self._lock:
            self._now += 1
            now = self._now
        try:
            yield now
        finally:
            with self._lock:
                self._now -= 1


class Service:
    """Run the commands that reach one endpoint of one array."""

    def __init__(
        self,
        store: Store,
        array: str,
        endpoint: str,
        stop: threading.Event,
        *,
        latency_s: float = 0.0,
        in_flight: InFlight | None = None,
    ) -> None:
        self.array = array
        self.endpoint = endpoint
        self._store = store
        self._stop = stop
        self._latency_s = latency_s
        self._in_flight = in_flight or InFlight()
        self._here = threading.local()

    def stopping(self) -> bool:
        """Whether the simulation ends."""
        return self._stop.is_set()

    def state(self) -> str:
        """Return whether the endpoint is up, refuses, hangs or is down."""
        with self._store.transaction() as transaction:
            return states.state_of(transaction, self.array, self.endpoint)

    def hold(self) -> str:
        """Hold still while the endpoint hangs and the simulation goes on; return the state after it."""
        state = self.state()
        while state == states.HANG and not self._stop.wait(POLL_S):
            state = self.state()
        return state

    def run(self, command: str, work: Callable[[Context], bytes], forms: Forms) -> Answer:
        """Run a command in one immediate transaction, with the faults and the latency that apply to it.

        ``work`` returns the full reply; it may raise Rejected.  A command that reaches an endpoint which is not up is
        neither carried out nor counted.
        """
        with self._in_flight.one_more() as in_flight:
            if self._interrupted(self._latency_s):
                return NOTHING
            with self._store.transaction() as transaction:
                state = states.state_of(transaction, self.array, self.endpoint)
                if state == states.UP:
                    journal.count(transaction, self.array, command, in_flight)
                    happening = faults.take(transaction, self.array, command)
                    if any(fault.action == "down" for fault in happening):
                        states.set_state(transaction, self.array, states.DOWN)
                        return NOTHING
                    if not happening:
                        return Answer(self._work(transaction, work))
                    held = any(fault.action in DELAYS for fault in happening)
                    if held:
                        journal.hold(transaction, self.array, 1)
            if state != states.UP:
                self.hold()
                return NOTHING
            try:
                return self._with(happening, work, forms)
            finally:
                if held:
                    self._let_go()

    def _let_go(self) -> None:
        with suppress(Stopped), self._store.transaction() as transaction:
            journal.hold(transaction, self.array, -1)

    def signed_in(self, ok: bool) -> None:  # noqa: FBT001 - the contract of the protocols
        """Count a sign-in; within a command's work it counts even when the command is then rejected."""
        pending: list[bool] | None = getattr(self._here, "sign_ins", None)
        if pending is not None:
            pending.append(ok)
            return
        with self._store.transaction() as transaction:
            journal.count_sign_in(transaction, self.array, ok=ok)

    def _with(self, happening: list[Fault], work: Callable[[Context], bytes], forms: Forms) -> Answer:
        actions = {fault.action for fault in happening}
        if self._interrupted(_seconds(happening, "delay_before")) or "drop_before" in actions:
            return NOTHING
        for fault in happening:
            if fault.action == "error":
                return Answer(forms.error(fault.code))
        with self._store.transaction() as transaction:
            body = self._work(transaction, work)
        if self._interrupted(_seconds(happening, "delay_after")) or "drop_after" in actions:
            return NOTHING
        if "garbage" in actions:
            return Answer(GARBAGE, Delivery.HALF)
        if "wrong_id" in actions:
            body = forms.wrong_id(body)
        pieces = forms.huge(body) if "huge" in actions else None
        return Answer(body, Delivery.HALF if "half" in actions else Delivery.SEND, pieces)

    def _work(self, transaction: Transaction, work: Callable[[Context], bytes]) -> bytes:
        context = context_of(transaction, self.array)
        sign_ins: list[bool] = []
        self._here.sign_ins = sign_ins
        try:
            with transaction.undone_on_error():
                return work(context)
        except Rejected as rejected:
            return rejected.body
        finally:
            self._here.sign_ins = None
            for ok in sign_ins:
                journal.count_sign_in(transaction, self.array, ok=ok)

    def _interrupted(self, seconds: float) -> bool:
        """Wait; tell whether the simulation was stopped meanwhile."""
        return seconds > 0 and self._stop.wait(seconds)


def _seconds(happening: list[Fault], action: str) -> float:
    return sum(fault.seconds for fault in happening if fault.action == action)
