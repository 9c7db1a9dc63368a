"""A certificate for peers, and clients that trust it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.xcli_peer import PASSWORD, Connect, Peer, Trust
from terraform_provider_xivds8k.driver import Connection, Secret, Settings
from terraform_provider_xivds8k.driver.xiv.client import Client
from terraform_provider_xivds8k.simulators import authority
from terraform_provider_xivds8k.simulators.store import Store


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """Return an authority and a certificate for 127.0.0.1 and 127.0.0.2."""
    store = Store(Path(tmp_path_factory.mktemp("authority")) / "store.db")
    try:
        with store.transaction() as transaction:
            pems = authority.kept(transaction)
    finally:
        store.close()
    return Trust(pems["ca"], ssl.PEM_cert_to_DER_cert(pems["certificate"]), authority.server_context(pems))


@pytest.fixture
def connect(trust: Trust) -> Iterator[Connect]:
    """Return how to make a client of some addresses or peers; all are closed at the end."""
    clients: list[Client] = []

    def make(*peers: Peer | str, request_timeout_s: float = 5, max_sessions: int = 8, **trusted: Any) -> Client:
        connection = Connection(
            endpoints=tuple(peer if isinstance(peer, str) else peer.address for peer in peers),
            username="admin",
            password=Secret(PASSWORD),
            **(trusted or {"ca_pem": trust.ca_pem}),
        )
        settings = Settings(
            family="xiv", connection=connection, request_timeout_s=request_timeout_s, max_sessions=max_sessions
        )
        clients.append(Client(settings))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
