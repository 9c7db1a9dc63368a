"""The control address: what a test or a curious person does to a simulation from outside, over plain HTTP."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from . import clock, faults, journal, server, states, switches
from .context import Context, context_of
from .simulation import FAMILIES, family_of
from .store import Store, Transaction

_log = logging.getLogger("simulators.control")

Body = Mapping[str, Any]
WAKE_S = 1.0
IN_PATH = " path"  # no field of a body or a query is called that


class Control:
    """Serve the control address until ``stop``; raises ValueError unless it is a loopback address."""

    def __init__(self, store: Store, address: str) -> None:
        host, _ = server.parse(address)
        if host != "localhost" and not _is_loopback(host):
            raise ValueError(f"The control address is for this machine alone: {host} is not a loopback address.")
        listener = server.listen(address)
        self.url = f"http://{server.name_of(listener)}"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(store), bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = listener
        self._server.server_address = listener.getsockname()
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stopping:
            self._server.handle_request()

    def stop(self) -> None:
        """Stop serving."""
        self._stopping = True
        with contextlib.suppress(OSError):  # one more connection, for the thread to look
            socket.create_connection(self._server.socket.getsockname()[:2], WAKE_S).close()
        self._thread.join()
        self._server.server_close()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _handler(store: Store) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0  # one request a connection, so that no thread outlives the simulation for long

        def do_GET(self) -> None:
            self._answer()

        do_POST = do_GET  # noqa: N815
        do_DELETE = do_GET  # noqa: N815
        do_PUT = do_GET  # noqa: N815
        do_PATCH = do_GET  # noqa: N815

        def _answer(self) -> None:
            length = self.headers.get("Content-Length") or "0"
            raw = self.rfile.read(int(length)) if length.isdecimal() else b""
            status, body = reply(store, self.command, self.path, raw)
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the base class
            """Say nothing: the journal is what is asked for."""

    return Handler


def reply(store: Store, method: str, path: str, raw: bytes) -> tuple[int, Any]:
    """Do what was asked of the control address; return a status of HTTP and what the answer holds."""
    url = urlsplit(path)
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    first, *rest = url.path.strip("/").split("/")
    route = ROUTES.get((method, first))
    if route is None or len(rest) != _names_one(method, first):
        known = ", ".join(sorted(f"{verb} /{name}{'/NAME' * _names_one(verb, name)}" for verb, name in ROUTES))
        return 404, {"error": f"There is no {method} {url.path}; there are: {known}."}
    try:
        body = {**query, **_object(raw)}
        with store.transaction() as transaction:
            return 200, route(transaction, {**body, IN_PATH: unquote(rest[0])} if rest else body)
    except (KeyError, ValueError, TypeError) as error:
        return 400, {"error": str(error.args[0]) if error.args else type(error).__name__}
    except Exception as error:  # noqa: BLE001 - whoever asked learns of a defect, and the control address stays
        _log.exception("the control address failed")
        return 500, {"error": f"{type(error).__name__}: {error}"}


def _names_one(method: str, name: str) -> int:
    """Return how many more parts the path of a route has: the name of an array, or none."""
    return int((method, name) == ("POST", "arrays"))


def _object(raw: bytes) -> dict[str, Any]:
    body = json.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise TypeError("The body is a JSON object.")
    return body


def _needed(body: Body, *names: str) -> list[Any]:
    missing = [name for name in names if body.get(name) in (None, "")]
    if missing:
        raise ValueError(f"This needs {', '.join(missing)}.")
    return [body[name] for name in names]


def _context(transaction: Transaction, body: Body) -> Context:
    return context_of(transaction, str(_needed(body, "array")[0]))


def _hooks(context: Context) -> Any:
    return family_of(context.family)


def _journal(transaction: Transaction, _: Body) -> Any:
    return journal.read(transaction)


def _clear_journal(transaction: Transaction, _: Body) -> Any:
    journal.clear(transaction)
    return {}


def _add_fault(transaction: Transaction, body: Body) -> Any:
    fault = faults.parse(body)
    context_of(transaction, fault.array)
    faults.add(transaction, fault)
    return {}


def _faults(transaction: Transaction, _: Body) -> Any:
    return faults.read(transaction)


def _clear_faults(transaction: Transaction, _: Body) -> Any:
    faults.clear(transaction)
    return {}


def _set_state(transaction: Transaction, body: Body) -> Any:
    array, state = _needed(body, IN_PATH, "state")
    context_of(transaction, array)
    if state not in states.SETTABLE:
        raise ValueError(f"There is no state {state!r}; there are: {', '.join(states.SETTABLE)}.")
    states.set_state(transaction, array, str(state), str(body.get("endpoint") or ""))
    return {}


def _arrays(transaction: Transaction, _: Body) -> Any:
    names = [name for (name,) in transaction.execute("SELECT name FROM arrays ORDER BY name").fetchall()]
    return {name: states.all_of(transaction, name) for name in names}


def _set_link(transaction: Transaction, body: Body) -> Any:
    family, state = _needed(body, "family", "state")
    settle: Callable[[Context], None] = getattr(family_of(str(family)), "settle", lambda _: None)
    found = transaction.execute("SELECT name FROM arrays WHERE family = ?", str(family)).fetchall()
    for (name,) in found:
        settle(context_of(transaction, name))  # what went over the link until now did
    states.set_link(transaction, str(family), str(state))
    for (name,) in found:
        settle(context_of(transaction, name))
    return {}


def _links(transaction: Transaction, _: Body) -> Any:
    return {family: states.link_of(transaction, family) for family in sorted(FAMILIES)}


def _advance(transaction: Transaction, body: Body) -> Any:
    if "array" in body:
        array, ahead_s = _needed(body, "array", "ahead_s")
        context_of(transaction, str(array))
        clock.set_ahead(transaction, str(array), float(ahead_s))
        return {}
    clock.advance(transaction, float(_needed(body, "advance_s")[0]))
    return {"now_s": clock.now_s(transaction)}


def _switches(transaction: Transaction, body: Body) -> Any:
    wanted = body.get("array")
    arrays = transaction.execute("SELECT name, family FROM arrays ORDER BY name").fetchall()
    if wanted is not None:
        context_of(transaction, str(wanted))
    return [
        {
            "array": name,
            "name": switch.name,
            "on": switches.position(transaction, name, family, switch.name),
            "meaning": switch.meaning,
        }
        for name, family in arrays
        if wanted in {None, name}
        for switch in switches.table(family).values()
    ]


def _turn(transaction: Transaction, body: Body) -> Any:
    context = _context(transaction, body)
    name = _needed(body, "name")[0]
    if not isinstance(body.get("on"), bool):
        raise TypeError("on is true or false.")
    switches.turn(transaction, context.array, context.family, str(name), on=body["on"])
    return {}


def _login(transaction: Transaction, body: Body) -> Any:
    context, (port, state) = _context(transaction, body), _needed(body, "port", "state")
    if state not in {"in", "out"}:
        raise ValueError("A login is in or out.")
    _hooks(context).set_login(context, str(port), str(state))
    return {}


def _activity(transaction: Transaction, body: Body) -> Any:
    context, (volume, seconds) = _context(transaction, body), _needed(body, "volume", "seconds")
    _hooks(context).set_activity(context, str(volume), float(seconds))
    return {}


def _write(transaction: Transaction, body: Body) -> Any:
    context, (volume, label) = _context(transaction, body), _needed(body, "volume", "write")
    _hooks(context).write(context, str(volume), str(label))
    return {}


def _labels(transaction: Transaction, body: Body) -> Any:
    context, (volume,) = _context(transaction, body), _needed(body, "volume")
    return _hooks(context).labels(context, str(volume))


ROUTES: dict[tuple[str, str], Callable[[Transaction, Body], Any]] = {
    ("GET", "journal"): _journal,
    ("DELETE", "journal"): _clear_journal,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "arrays"): _arrays,
    ("POST", "arrays"): _set_state,
    ("GET", "link"): _links,
    ("POST", "link"): _set_link,
    ("POST", "clock"): _advance,
    ("GET", "switches"): _switches,
    ("POST", "switches"): _turn,
    ("POST", "logins"): _login,
    ("POST", "activity"): _activity,
    ("POST", "io"): _write,
    ("GET", "io"): _labels,
}
