"""A simulation: arrays of both families on TLS endpoints over one store, alone or inside another process."""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import authority, clock, server
from .context import context_of
from .service import InFlight, Service
from .store import Store, Transaction

if TYPE_CHECKING:
    from .control import Control

FAMILIES = ("xiv", "ds8k")
MOST_OF_A_FAMILY = 2
USERNAME = "admin"
FREE_PORT = "127.0.0.1:0"


def family_of(name: str) -> Any:
    """Return the package of a family: PROTOCOL, fill, describe and the hooks of the control address.

    It is imported no sooner; raises ValueError for another name.
    """
    if name not in FAMILIES:
        raise ValueError(f"There is no family {name!r}; there are: {', '.join(FAMILIES)}.")
    return import_module(f".{name}", __package__)


def _stored(store: Store, families: Mapping[str, int], hosts: Iterable[str] = ()) -> Mapping[str, str]:
    """Make what the store lacks: the user, the authority, the arrays; return the authority's PEM texts."""
    with store.transaction() as transaction:
        if transaction.fact("user") is None:
            transaction.remember("user", {"username": USERNAME, "password": secrets.token_urlsafe(12)})
        pems = authority.kept(transaction, hosts)
        for family, wanted in families.items():
            _fill(transaction, family, wanted)
    return pems


def _fill(transaction: Transaction, family: str, wanted: int) -> None:
    for number in range(1, wanted + 1):
        name = f"{family}{number}"
        found = transaction.execute("SELECT 1 FROM arrays WHERE name = ?", name).fetchone()
        if found is None:
            transaction.execute("INSERT INTO arrays VALUES (?, ?, ?)", name, family, number)
            family_of(family).fill(context_of(transaction, name), number)


class _Running:
    """Endpoints that are served by this process."""

    def __init__(self, store: Store, pems: Mapping[str, str], latency_s: float) -> None:
        self.store = store
        self.ca_pem = pems["ca"]
        self.ca_file = store.path.resolve().with_name(f"{store.path.name}.ca.pem")
        self._tls = authority.server_context(pems)
        self._latency_s = latency_s
        self._stop = threading.Event()
        self._endpoints: list[server.Endpoint] = []
        _write_public(self.ca_file, self.ca_pem)

    def open(self, family: str, number: int, addresses: Sequence[str]) -> dict[str, Any]:
        """Serve one array on these addresses and return what the ready line says of it."""
        array, names, in_flight = f"{family}{number}", [], InFlight()
        for address in addresses:
            listener = server.listen(address)
            names.append(server.name_of(listener))
            service = Service(self.store, array, names[-1], self._stop, latency_s=self._latency_s, in_flight=in_flight)
            endpoint = server.Endpoint(listener, family_of(family).PROTOCOL, service, self._tls)
            self._endpoints.append(endpoint)
            endpoint.start()
        with self.store.transaction() as transaction:
            context = context_of(transaction, array)
            return {
                "family": family,
                "name": array,
                "endpoints": names,
                "username": context.username,
                "password": context.password,
                "ca_file": str(self.ca_file),
                **family_of(family).describe(context),
            }

    def close(self) -> None:
        """End all connections, then let go of the file; closing again does nothing."""
        self._stop.set()
        server.end(self._endpoints)
        self.store.close()


class Simulation:
    """Arrays that are served until ``stop``; a context manager."""

    def __init__(self, running: _Running, arrays: list[dict[str, Any]], folder: Path | None) -> None:
        self._running = running
        self._folder = folder
        self._control: Control | None = None
        self.arrays = arrays
        self.ca_pem = running.ca_pem

    @property
    def control(self) -> str | None:
        """The URL of the control address, None when there is none."""
        return None if self._control is None else self._control.url

    def open_control(self, address: str) -> None:
        """Offer the control address on ``host:port``."""
        from .control import Control

        self._control = Control(self._running.store, address)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Do what the control address does, without one; raises ValueError with what it would refuse."""
        from . import control

        raw = b"" if body is None else json.dumps(body).encode()
        status, answer = control.reply(self._running.store, method, path, raw)
        if status != HTTPStatus.OK:
            raise ValueError(answer["error"])
        return answer

    def stop(self) -> None:
        """Stop serving; stopping again does nothing."""
        control, self._control = self._control, None
        if control is not None:
            control.stop()
        self._running.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Simulation:
        return self

    def __exit__(self, *ended: object) -> None:
        self.stop()


def start(
    state: Path | None,
    xiv: Sequence[str] = (),
    ds8k: Sequence[str] = (),
    *,
    latency_ms: float = 0,
    time_scale: float | None = None,
    control: str | None = None,
) -> Simulation:
    """Serve arrays of both families; each text holds the comma-separated addresses of one array.

    Without ``state`` everything is forgotten at the end.  Raises ValueError for more than two arrays of a family or a
    bad address, OSError where an address cannot be had.
    """
    asked = {"xiv": xiv, "ds8k": ds8k}
    if not latency_ms >= 0:
        raise ValueError("The latency is a number of milliseconds, 0 or more.")
    hosts = [server.parse(address)[0] for arrays in asked.values() for text in arrays for address in text.split(",")]
    for family, arrays in asked.items():
        if len(arrays) > MOST_OF_A_FAMILY:
            raise ValueError(f"At most {MOST_OF_A_FAMILY} arrays of a family can be simulated; {family} has more.")
    folder = None if state is not None else Path(tempfile.mkdtemp(prefix="xivds8k-simulation-"))
    store = Store(state if state is not None else (folder or Path()) / "simulator.db")
    running: _Running | None = None
    try:
        pems = _stored(store, {family: len(arrays) for family, arrays in asked.items()}, hosts)
        if time_scale is not None:
            with store.transaction() as transaction:
                clock.set_scale(transaction, time_scale)
        running = _Running(store, pems, latency_ms / 1000)
        described = [
            running.open(family, number, addresses.split(","))
            for family, arrays in asked.items()
            for number, addresses in enumerate(arrays, 1)
        ]
        simulation = Simulation(running, described, folder)
        if control is not None:
            simulation.open_control(control)
    except BaseException:
        running.close() if running is not None else store.close()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return simulation


class Embedded:
    """The arrays of one family served inside the process of their client."""

    def __init__(self, running: _Running, array: dict[str, Any], partner: dict[str, Any] | None) -> None:
        self._running = running
        self.array = array
        self.partner = partner
        self.ca_pem = running.ca_pem

    def stop(self) -> None:
        """Stop serving; stopping again does nothing."""
        self._running.close()


def arrays_in(state_file: Path) -> dict[str, str] | None:
    """Return the families of the arrays a file holds, by name, and leave it as it is; None for no file of ours."""
    if not state_file.stat().st_size:
        return {}
    try:
        with closing(sqlite3.connect(f"{state_file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return dict(connection.execute("SELECT name, family FROM arrays ORDER BY name"))
    except sqlite3.Error:
        return None


def embedded(state_file: Path, array: str | None, family: str) -> Embedded:
    """Serve the two linked arrays of a family on free loopback ports; ``array`` names the one that is meant.

    Raises ValueError for an array the family does not have.
    """
    family_of(family)
    names = [f"{family}{number}" for number in range(1, MOST_OF_A_FAMILY + 1)]
    wanted = names[0] if array is None else array
    if wanted not in names:
        raise ValueError(f"There is no array {wanted!r} of family {family}; there are: {', '.join(names)}.")
    store = Store(state_file)
    running: _Running | None = None
    try:
        running = _Running(store, _stored(store, {family: MOST_OF_A_FAMILY}), 0.0)
        described = {name: running.open(family, number, [FREE_PORT]) for number, name in enumerate(names, 1)}
    except BaseException:
        running.close() if running is not None else store.close()
        raise
    partner = next(name for name in names if name != wanted)
    return Embedded(running, described[wanted], described[partner])


def _write_public(path: Path, text: str) -> None:
    """Write a file that others may read, whole or not at all."""
    if path.exists() and path.read_text(encoding="ascii") == text:
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.write_text(text, encoding="ascii")
    draft.replace(path)
