"""Terraform's side of the plugin protocol: starts a provider process as Terraform does, and calls it."""

from __future__ import annotations

import base64
import datetime
import functools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from google.protobuf.message_factory import GetMessageClass

from terraform_provider_xivds8k.plugin.generated import goplugin_pb2
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.schema import ModelNode, RawObject
from terraform_provider_xivds8k.schema.codec import decode_object, encode

from .sources import ROOT

COOKIE = {
    "TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
    "PLUGIN_PROTOCOL_VERSIONS": "6,5",
    "PLUGIN_MIN_PORT": "10000",
    "PLUGIN_MAX_PORT": "25000",
}
SHELF = ("-P", "-m", "support.shelf_process")
OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),  # a connection of its own, as each Terraform process has
]
SERVICE = pb.DESCRIPTOR.services_by_name["Provider"]


@functools.cache
def client_certificate() -> tuple[str, str]:
    """Return key and certificate as PEM, of the kind Terraform offers: self-signed, ECDSA P-521."""
    key = ec.generate_private_key(ec.SECP521R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(seconds=30))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA512())
    )
    plain = serialization.NoEncryption()
    key_pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return key_pem.decode(), made.public_bytes(serialization.Encoding.PEM).decode()


def environment(more: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return the environment Terraform gives a provider; None in ``more`` takes a variable out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "PLUGIN_", "XIVDS8K_"))}
    wanted = {
        **kept,
        **COOKIE,
        "PLUGIN_CLIENT_CERT": client_certificate()[1],
        "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}",
    }
    return {name: value for name, value in {**wanted, **(more or {})}.items() if value is not None}


class Connection:
    """Call RPCs by name over one channel."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel = channel

    def start(self, name: str, request: Any) -> Any:
        """Start a call and return its future (an iterator for a streaming answer)."""
        method = SERVICE.methods_by_name[name]
        kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        call = getattr(self.channel, kind)(
            f"/{SERVICE.full_name}/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        asked = iter([request]) if method.client_streaming else request
        return call(asked, timeout=30) if method.server_streaming else call.future(asked, timeout=30)

    def call(self, name: str, request: Any) -> Any:
        """Make a call and return its answer, a list for a streaming one; raises grpc.RpcError."""
        started = self.start(name, request)
        return list(started) if SERVICE.methods_by_name[name].server_streaming else started.result()

    def shutdown(self) -> None:
        """Ask the process to end, as Terraform does after every walk."""
        self.channel.unary_unary(
            "/plugin.GRPCController/Shutdown",
            request_serializer=goplugin_pb2.Empty.SerializeToString,
            response_deserializer=goplugin_pb2.Empty.FromString,
        )(goplugin_pb2.Empty(), timeout=5)


class Plugin(Connection):
    """Be a provider process that was started as Terraform starts one."""

    def __init__(self, arguments: Sequence[str] = SHELF, more: Mapping[str, str | None] | None = None) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in ``end``
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment(more),
            stdout=subprocess.PIPE,
            stderr=self.errors,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline().decode()
        self.handshake = self.line.rstrip("\n").split("|")
        assert len(self.handshake) == 6, self.line + self.stderr()
        self.socket = Path(self.handshake[3])
        super().__init__(self.connect())

    @property
    def certificate(self) -> x509.Certificate:
        """Return the certificate of the handshake line."""
        text = self.handshake[5]
        return x509.load_der_x509_certificate(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))

    def connect(self) -> grpc.Channel:
        """Return a channel that trusts exactly the certificate of the handshake line and offers the client's."""
        address = f"unix:{self.socket}"
        if not self.handshake[5]:
            return grpc.insecure_channel(address, OPTIONS)
        key, certificate = client_certificate()
        root = self.certificate.public_bytes(serialization.Encoding.PEM)
        credentials = grpc.ssl_channel_credentials(root, key.encode(), certificate.encode())
        return grpc.secure_channel(address, credentials, [*OPTIONS, ("grpc.ssl_target_name_override", "localhost")])

    def stderr(self) -> str:
        """Return everything the process has logged so far."""
        self.errors.seek(0)
        return self.errors.read().decode()

    def wait(self, timeout_s: float = 5) -> int:
        """Wait for the process to end by itself; return its code."""
        return self.process.wait(timeout_s)

    def end(self) -> None:
        """Leave nothing behind."""
        self.channel.close()
        self.process.terminate()  # so that it takes its folder along
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.errors.close()


def eventually(condition: Callable[[], Any], what: str, within_s: float = 10) -> Any:
    """Poll until a condition holds and return it; fails when it does not in time."""
    last = time.monotonic() + within_s
    while time.monotonic() < last:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {within_s} s: {what}")


def value(raw: RawObject | None, node: ModelNode) -> pb.DynamicValue:
    """Return an object as Terraform sends it."""
    return pb.DynamicValue(msgpack=encode(raw, node.type))


def raw_of(message: pb.DynamicValue, node: ModelNode) -> RawObject | None:
    """Return the object in an answer."""
    return decode_object(message.msgpack, node.type)


def diagnostics_of(name: str, answer: Any) -> Iterator[tuple[int, str, str]]:
    """Yield severity, summary and detail of everything an answer complains of, wherever the RPC puts it."""
    for message in answer if isinstance(answer, list) else [answer]:
        fields = message.DESCRIPTOR.fields_by_name
        if name == "CallFunction" and message.HasField("error"):
            yield pb.Diagnostic.ERROR, message.error.text, ""
        holder = message.completed if "completed" in fields else message
        for found in getattr(holder, "diagnostic" if "diagnostic" in fields else "diagnostics", ()):
            yield found.severity, found.summary, found.detail
