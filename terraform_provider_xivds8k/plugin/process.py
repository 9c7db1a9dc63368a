"""The plugin process as Terraform starts it: magic cookie, handshake line, socket, end.

The first line on stdout is the handshake and nothing else ever goes there.  SIGINT is ignored, since the terminal
sends it to the whole process group and Terraform tells us with StopProvider.  The socket lies in a fresh directory
only its owner can enter, because gRPC's TLS cannot verify the P-521 client certificate Terraform offers.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import NoReturn

import grpc

from .server import Handler, Handlers, new_server
from .stop import Cancellation, Cancellations

MAGIC_COOKIE = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
PARENT_POLL_S = 1.0
LONGEST_PARENT_BYTES = 75  # a socket's whole path may have 103 bytes (macOS; Linux 107)


def started_by_terraform(environment: Mapping[str, str]) -> bool:
    """Tell whether Terraform started this process, as opposed to a person."""
    return environment.get(MAGIC_COOKIE[0]) == MAGIC_COOKIE[1]


def serve(load: Handlers) -> NoReturn:
    """Serve Terraform until it ends this process; never returns.

    ``load`` is called once, after the handshake: Terraform connects while the handlers are imported, and an RPC waits.
    """
    parent = os.getppid()  # before the handshake: Terraform may be killed at any time after it
    handshake_out = _take_stdout()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = _socket_folder(os.environ)
    end = _ending(folder)
    signal.signal(signal.SIGTERM, lambda *_: end())
    cancellation = Cancellation()  # one for the process: Terraform starts one for each walk
    loaded: Future[Mapping[str, Handler]] = Future()
    server = new_server(loaded.result, lambda _peer: cancellation, end)
    address = folder / "plugin"
    certificate = _bind(server, f"unix:{address}", with_tls="PLUGIN_CLIENT_CERT" in os.environ)
    server.start()
    os.write(handshake_out, f"1|6|unix|{address}|grpc|{certificate}\n".encode())
    _end_with_parent(parent, end)
    _settle(loaded, load)
    server.wait_for_termination()
    end()


def _settle(loaded: Future[Mapping[str, Handler]], load: Handlers) -> None:
    try:
        loaded.set_result(load())
    except Exception as error:  # noqa: BLE001 - every RPC raises it, and so tells Terraform
        loaded.set_exception(error)


def _take_stdout() -> int:
    """Keep the real stdout for the one line, and send whatever else is printed to stderr."""
    kept = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return kept


def _socket_folder(environment: Mapping[str, str]) -> Path:
    parent = environment.get("PLUGIN_UNIX_SOCKET_DIR") or tempfile.gettempdir()
    if len(os.fsencode(parent)) > LONGEST_PARENT_BYTES:
        parent = "/tmp"  # noqa: S108 - the folder made in it is fresh and its owner's alone
    return Path(tempfile.mkdtemp(prefix="xivds8k-", dir=parent))  # 0700 by its contract


def _bind(server: grpc.Server, address: str, *, with_tls: bool) -> str:
    if not with_tls:
        server.add_insecure_port(address)
        return ""
    from .certificate import new_certificate

    key, certificate, line = new_certificate()
    server.add_secure_port(address, grpc.ssl_server_credentials([(key, certificate)]))
    return line


def _ending(folder: Path) -> Callable[[], NoReturn]:
    def end() -> NoReturn:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)  # Terraform waits for the exit; unwinding 256 threads would cost it time

    return end


def _end_with_parent(parent: int, end: Callable[[], NoReturn]) -> None:
    def watch() -> None:
        never = threading.Event()
        while os.getppid() == parent:
            never.wait(PARENT_POLL_S)
        end()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def serve_debug(load: Handlers, source_address: str) -> int:
    """Serve one long-lived process for debugging, and print what to export; returns when told to stop.

    Loopback TCP without TLS.  One process then serves every phase and every alias.
    """
    stopped = threading.Event()
    cancellations = Cancellations()
    handlers = load()
    server = new_server(lambda: handlers, cancellations.of, lambda: None)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    reattach = {
        source_address: {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
        }
    }
    sys.stdout.write("The provider runs until it is interrupted. In another terminal, before terraform:\n\n")
    sys.stdout.write(f"\texport TF_REATTACH_PROVIDERS='{json.dumps(reattach, separators=(',', ':'))}'\n\n")
    sys.stdout.flush()
    stopped.wait()
    cancellations.set_all()
    server.stop(grace=1).wait()
    return 0
