"""The handlers come after the handshake: calls wait for them, a stop does not, and their failure is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path

import grpc
import pytest

from support.plugin_client import OPTIONS, SHELF, Connection, Plugin
from support.shelf import ShelfProvider
from terraform_provider_xivds8k.plugin import Cancellation, Handler
from terraform_provider_xivds8k.plugin.generated import tfplugin6_pb2 as pb
from terraform_provider_xivds8k.plugin.handlers import handlers_for
from terraform_provider_xivds8k.plugin.server import new_server

Loading = Future[Mapping[str, Handler]]


@pytest.fixture
def loading() -> Loading:
    """Be handlers that are still to come."""
    return Future()


@pytest.fixture
def connection(loading: Loading, tmp_path: Path) -> Iterator[Connection]:
    """Connect to a server whose handlers are still to come."""
    server = new_server(loading.result, lambda _peer: Cancellation(), lambda: None)
    address = f"unix:{tmp_path / 'plugin'}"
    server.add_insecure_port(address)
    server.start()
    with grpc.insecure_channel(address, OPTIONS) as channel:
        yield Connection(channel)
    server.stop(None).wait()


def test_a_call_waits_for_the_handlers_and_a_stop_does_not(connection: Connection, loading: Loading) -> None:
    asked = connection.start("GetMetadata", pb.GetMetadata.Request())
    assert connection.call("StopProvider", pb.StopProvider.Request()).Error == ""
    assert not asked.done()
    loading.set_result(handlers_for(ShelfProvider()))
    assert asked.result(timeout=10).resources[0].type_name == "shelf_box"


def test_handlers_that_cannot_be_loaded_are_told_of_by_every_call(start: Callable[..., Plugin]) -> None:
    broken = start(*SHELF, "--broken")
    for _ in range(2):
        (told,) = broken.call("GetProviderSchema", pb.GetProviderSchema.Request()).diagnostics
        assert told.summary == "The provider has a defect"
        assert "ImportError" in told.detail
    assert broken.call("StopProvider", pb.StopProvider.Request()).Error == ""
