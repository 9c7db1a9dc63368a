"""A console that answers by script, and a driver connected to it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.rest_peer import RestPeer, Script
from terraform_provider_xivds8k.driver import Connection, Secret, Settings, XIVDS8KDriver
from terraform_provider_xivds8k.driver.waiting import Stop
from terraform_provider_xivds8k.simulators import authority
from terraform_provider_xivds8k.simulators.store import Store

Reach = Callable[..., XIVDS8KDriver]  # takes addresses, and keywords of the settings


@pytest.fixture(scope="session")
def server_tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """Return what a console shows."""
    store = Store(Path(tmp_path_factory.mktemp("authority")) / "store.db")
    try:
        with store.transaction() as transaction:
            return authority.server_context(authority.kept(transaction))
    finally:
        store.close()


@pytest.fixture
def reach() -> Iterator[Reach]:
    """Return how to make a driver for some addresses; all are closed at the end."""
    drivers: list[XIVDS8KDriver] = []

    def make(*addresses: str, request_timeout_s: float = 5, cancellation: Stop | None = None) -> XIVDS8KDriver:
        connection = Connection(endpoints=addresses, username="admin", password=Secret("secret"), insecure=True)
        settings = Settings(family="ds8k", connection=connection, request_timeout_s=request_timeout_s)
        drivers.append(XIVDS8KDriver(settings, cancellation=cancellation))
        return drivers[-1]

    yield make
    for driver in drivers:
        driver.close()


@pytest.fixture
def console(server_tls: ssl.SSLContext) -> Iterator[Callable[[Script], RestPeer]]:
    """Return how to start a console with a script; all are stopped at the end."""
    consoles: list[RestPeer] = []

    def start(script: Script) -> RestPeer:
        consoles.append(RestPeer(server_tls, script))
        return consoles[-1]

    yield start
    for one in consoles:
        one.close()
