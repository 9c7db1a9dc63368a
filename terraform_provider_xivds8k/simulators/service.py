"""What stands between a wire protocol and its machine: transactions, the journal, latency, faults and states."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from . import faults, journal, states
from .context import Context, context_of
from .store import Store, Transaction

POLL_S = 0.05


class Delivery(Enum):
    """What becomes of a reply: sent whole, half and then closed, or closed without a byte."""

    SEND = "send"
    DROP = "drop"
    HALF = "half"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply and what becomes of it."""

    body: bytes
    delivery: Delivery = Delivery.SEND


@dataclass(frozen=True, slots=True)
class Forms:
    """How a protocol renders what faults ask for."""

    error: Callable[[str], bytes]
    wrong_id: Callable[[bytes], bytes]
    huge: Callable[[bytes], bytes]


class Rejected(Exception):  # noqa: N818 - not a defect: the machine says no
    """The machine says no: what the command did so far is undone, and ``body`` is the reply."""

    def __init__(self, body: bytes) -> None:
        super().__init__("the command was rejected")
        self.body = body


NOTHING = Answer(b"", Delivery.DROP)


class Service:
    """Run the commands that reach one endpoint of one array."""

    def __init__(self, store: Store, array: str, endpoint: str, stop: threading.Event, latency_s: float = 0.0) -> None:
        self.array = array
        self.endpoint = endpoint
        self._store = store
        self._stop = stop
        self._latency_s = latency_s
        self._here = threading.local()

    def stopping(self) -> bool:
        """Whether the simulation ends."""
        return self._stop.is_set()

    def state(self) -> str:
        """Return whether the endpoint is up, refuses, hangs or is down."""
        with self._transaction() as transaction:
            return states.state_of(transaction, self.array, self.endpoint)

    def run(self, command: str, work: Callable[[Context], bytes], forms: Forms) -> Answer:
        """Run a command in one immediate transaction, with the faults and the latency that apply to it."""
        with _InFlight(self.array) as in_flight:
            self._stop.wait(self._latency_s)
            with self._transaction() as transaction:
                journal.count(transaction, self.array, command, in_flight)
                happening = faults.take(transaction, self.array, command)
                if any(fault.action == "down" for fault in happening):
                    states.set_state(transaction, self.array, states.DOWN)
                state = states.state_of(transaction, self.array, self.endpoint)
                if not happening and state == states.UP:
                    return Answer(self._work(transaction, work))
            if state != states.UP:
                return self._unanswered()
            return self._with(happening, work, forms)

    def _with(self, happening: list[faults.Fault], work: Callable[[Context], bytes], forms: Forms) -> Answer:
        before = [fault for fault in happening if fault.action in {"delay_before", "drop_before", "error"}]
        for fault in before:
            if fault.action == "delay_before":
                self._stop.wait(fault.seconds)
            elif fault.action == "drop_before":
                return NOTHING
            else:
                return Answer(forms.error(fault.code))
        with self._transaction() as transaction:
            body = self._work(transaction, work)
        for fault in happening:
            if fault.action == "delay_after":
                self._stop.wait(fault.seconds)
        actions = {fault.action for fault in happening}
        if "drop_after" in actions:
            return NOTHING
        if "garbage" in actions:
            return Answer(b"\x00\xff<>{}\r\n" * 8, Delivery.HALF)
        if "wrong_id" in actions:
            body = forms.wrong_id(body)
        if "huge" in actions:
            body = forms.huge(body)
        return Answer(body, Delivery.HALF if "half" in actions else Delivery.SEND)

    def _work(self, transaction: Transaction, work: Callable[[Context], bytes]) -> bytes:
        context = context_of(transaction, self.array)
        try:
            with transaction.undone_on_error():
                return work(context)
        except Rejected as rejected:
            return rejected.body

    def _unanswered(self) -> Answer:
        while not self._stop.wait(POLL_S):
            if self.state() != states.HANG:
                break
        return NOTHING

    def signed_in(self, ok: bool) -> None:  # noqa: FBT001 - the contract of the protocols
        """Count a sign-in; may be called from within a command's work."""
        with self._transaction() as transaction:
            journal.count_sign_in(transaction, self.array, ok=ok)

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        """Yield this thread's transaction under way, or a new one."""
        current: Transaction | None = getattr(self._here, "transaction", None)
        if current is not None:
            yield current
            return
        with self._store.transaction() as transaction:
            self._here.transaction = transaction
            try:
                yield transaction
            finally:
                self._here.transaction = None


class _InFlight:
    """Count the commands an array is serving in this process."""

    _lock = threading.Lock()
    _counts: dict[str, int] = {}  # noqa: RUF012 - one count for all endpoints of an array

    def __init__(self, array: str) -> None:
        self._array = array

    def __enter__(self) -> int:
        with self._lock:
            self._counts[self._array] = self._counts.get(self._array, 0) + 1
            return self._counts[self._array]

    def __exit__(self, *ended: object) -> None:
        with self._lock:
            self._counts[self._array] -= 1
