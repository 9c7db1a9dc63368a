"""A management console that answers by script, for what no decent DS8000 does: leave out, mix up and lose answers."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SYSTEM = {"id": "2107-75PEER1", "name": "peer", "sn": "75PEER1", "wwnn": "5005076306FFD65A"}
POOL = {"id": "P0", "name": "first", "node": "0", "stgtype": "fb", "cap": str(2**40), "capavail": str(2**40)}


@dataclass(frozen=True)
class Answered:
    """Be one answer: its HTTP status and its body, None for no body at all."""

    status: int
    body: dict[str, Any] | None


Script = Callable[[str, str], Answered | None]  # method and path; None: what an array without volumes answers


def ok(data: dict[str, list[dict[str, Any]]] | None = None, total: int | None = None) -> Answered:
    """Return a success with these lists; None leaves the data, or how many there are in all, out."""
    counts = {} if total is None else {"counts": {"data_counts": total, "total_counts": total}}
    return Answered(200, {"server": {"status": "ok"}, **counts, **({} if data is None else {"data": data})})


def failed(code: str, status: int = 500) -> Answered:
    """Return a refusal."""
    return Answered(status, {"server": {"status": "failed", "code": code, "message": f"words for {code}"}})


def volume(volume_id: str, name: str, size_bytes: int = 2**30) -> dict[str, Any]:
    """Return the record of a thick volume in the pool."""
    return {"id": volume_id, "name": name, "cap": str(size_bytes), "stgtype": "fb", "tp": "none", "pool": {"id": "P0"}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client may hang up when it likes."""


class RestPeer:
    """Answer by script on one HTTPS address; ``asked`` and ``headers`` tell what it saw."""

    def __init__(self, tls: ssl.SSLContext, script: Script) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []  # of each request, names in lower case
        self._script = script
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> RestPeer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, method: str, path: str) -> Answered:
        self.asked.append(f"{method} {path}")
        return self._script(method, path) or _of_an_empty_array(path)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # head and body in one piece

            def do_GET(self) -> None:
                peer.headers.append({name.lower(): value for name, value in self.headers.items()})
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answered = peer._answer(self.command, self.path.removeprefix("/api/v1").partition("?")[0])
                body = b"" if answered.body is None else json.dumps(answered.body).encode()
                self.send_response(answered.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815
            do_PUT = do_GET  # noqa: N815
            do_DELETE = do_GET  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the base class
                """Say nothing."""

        return Handler


def _of_an_empty_array(path: str) -> Answered:
    if path == "/tokens":
        return Answered(200, {"server": {"status": "ok"}, "token": {"token": "t"}})
    last = path.rpartition("/")[2]
    return ok({last: {"systems": [SYSTEM], "pools": [POOL]}.get(last, [])})
