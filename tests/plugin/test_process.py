"""The provider process: how it starts, what it offers to whom, and how it ends."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from support.plugin_client import SHELF, Plugin, environment, eventually
from support.sources import ROOT
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb

Start = Callable[..., Plugin]
PROVIDER = ("-m", "terraform_provider_xivds8k")


def _person(*arguments: str, **more: str | None) -> subprocess.CompletedProcess[str]:
    without = {"TF_PLUGIN_MAGIC_COOKIE": None, **more}
    return subprocess.run(
        [sys.executable, *PROVIDER, *arguments],
        env=environment(without),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_handshake_line_is_what_terraform_reads(plugin: Plugin) -> None:
    core, protocol, network, address, kind, certificate = plugin.handshake
    assert (core, protocol, network, kind) == ("1", "6", "unix", "grpc")
    assert plugin.line.endswith("\n")
    assert "=" not in certificate
    assert Path(address).is_socket()


def test_the_certificate_is_for_localhost_on_p256_and_valid_now(plugin: Plugin) -> None:
    names = plugin.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    key = plugin.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"


def test_every_process_makes_a_certificate_of_its_own(plugin: Plugin, start: Start) -> None:
    assert start().handshake[5] != plugin.handshake[5]


def test_only_its_owner_reaches_the_socket(plugin: Plugin) -> None:
    assert stat.S_IMODE(plugin.socket.parent.stat().st_mode) == 0o700


def test_without_a_client_certificate_there_is_no_tls(start: Start) -> None:
    plain = start(PLUGIN_CLIENT_CERT=None)
    assert plain.handshake[5] == ""
    assert plain.call("GetMetadata", pb.GetMetadata.Request()).resources[0].type_name == "shelf_box"


def test_the_socket_lies_where_terraform_wants_it(start: Start, tmp_path: Path) -> None:
    assert start(PLUGIN_UNIX_SOCKET_DIR=str(tmp_path)).socket.parent.parent == tmp_path


def test_a_long_temporary_folder_does_not_keep_the_provider_from_starting(start: Start, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    assert start(TMPDIR=str(deep)).call("GetMetadata", pb.GetMetadata.Request())


def test_what_is_printed_later_never_reaches_stdout(start: Start) -> None:
    loud = start()
    loud.call("ReadDataSource", pb.ReadDataSource.Request(type_name="shelf_box"))
    config = pb.DynamicValue(msgpack=b"\x82\xa2id\xa5label\xa4name\xc0")
    loud.call("ConfigureProvider", pb.ConfigureProvider.Request())
    answer = loud.call("ReadDataSource", pb.ReadDataSource.Request(type_name="shelf_box", config=config))
    assert not answer.diagnostics
    loud.shutdown()
    loud.wait()
    assert loud.process.stdout is not None
    assert loud.process.stdout.read() == b""
    assert "no answer to Terraform" in loud.stderr()


def test_shutdown_is_answered_and_the_process_is_gone_at_once(start: Start) -> None:
    ending = start()
    ending.shutdown()
    assert ending.wait(1.5) == 0
    assert not ending.socket.parent.exists()


def test_an_interrupt_of_the_terminal_does_not_end_it(start: Start) -> None:
    interrupted = start()
    interrupted.process.send_signal(signal.SIGINT)
    assert interrupted.call("GetMetadata", pb.GetMetadata.Request()).resources
    assert interrupted.process.poll() is None


def test_a_termination_ends_it_and_leaves_nothing(start: Start) -> None:
    ended = start()
    ended.process.terminate()
    assert ended.wait() == 0
    assert not ended.socket.parent.exists()


def test_it_ends_when_terraform_is_killed() -> None:
    launcher = "import subprocess, sys, time; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); time.sleep(60)"
    parent = subprocess.Popen(
        [sys.executable, "-c", launcher, sys.executable, *SHELF],
        env=environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    number, line = int(parent.stdout.readline()), parent.stdout.readline()
    try:
        parent.kill()
        parent.wait(5)
        eventually(lambda: not _alive(number), "the provider ended after its parent")
    finally:
        parent.stdout.close()
        if _alive(number):
            os.kill(number, signal.SIGKILL)
    assert not Path(line.split("|")[3]).parent.exists()


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{number}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")


@pytest.mark.parametrize("cookie", [None, "", "another"])
def test_a_person_who_starts_it_gets_help(cookie: str | None) -> None:
    shown = _person(TF_PLUGIN_MAGIC_COOKIE=cookie)
    assert shown.returncode == 0
    assert "terraform init" in shown.stdout
    assert "Traceback" not in shown.stdout + shown.stderr
    assert shown.stderr == ""


def test_a_word_it_does_not_know_is_answered_with_help_and_a_code() -> None:
    shown = _person("frobnicate")
    assert shown.returncode == 2
    assert "What a person can run" in shown.stdout + shown.stderr
    assert "Traceback" not in shown.stdout + shown.stderr


def test_the_provider_itself_starts_under_terraform(start: Start) -> None:
    real = start(*PROVIDER)
    schema = real.call("GetProviderSchema", pb.GetProviderSchema.Request())
    assert "xivds8k_volume" in schema.resource_schemas
    assert not schema.diagnostics
