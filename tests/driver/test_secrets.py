"""A password is in no text that settings, clients or errors give of themselves, and does not leave the process."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import socket
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from terraform_provider_xivds8k.driver import Connection, DriverError, Family, Secret, Settings, XIVDS8KDriver

PASSWORD = "pa<ss-W0rd&never-shown"
DEEPEST = 12


@pytest.fixture(params=["xiv", "ds8k"])
def settings(request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Give the settings of an array of each family at an address where nobody answers."""
    family: Family = request.param
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        connection = Connection(endpoints=(address,), username="admin", password=Secret(PASSWORD), insecure=True)
        yield Settings(family=family, connection=connection, request_timeout_s=1.0)


def texts_of(value: object) -> Iterator[str]:
    """Yield every text that a value gives of itself, in a log, a message or a debugger."""
    yield from (repr(value), str(value), f"{value}", f"{value!r:>5}", "%s %r" % (value, value))  # noqa: UP031


def parts_of(value: Any, depth: int = 0) -> Iterator[object]:
    """Yield a value and all that it holds, the inside of a secret left out."""
    yield value
    if depth == DEEPEST or isinstance(value, Secret | type | str | bytes):
        return
    held = list(getattr(value, "__dict__", {}).values())
    held += [getattr(value, name) for name in getattr(type(value), "__slots__", ()) if hasattr(value, name)]
    if isinstance(value, dict):
        held += value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        held += value
    for one in held:
        if type(one).__module__.startswith("terraform_provider_xivds8k") or isinstance(one, dict | list | tuple):
            yield from parts_of(one, depth + 1)


def test_settings_show_no_password(settings: Settings) -> None:
    shown = [text for part in parts_of(settings) for text in texts_of(part)]
    assert any("Secret(***)" in text for text in shown)
    assert not any(PASSWORD in text for text in shown)


def test_a_client_and_its_errors_show_no_password(settings: Settings) -> None:
    driver = XIVDS8KDriver(settings)
    try:
        with pytest.raises(DriverError) as caught:
            driver.list_pools()
        parts = list(parts_of(driver))
    finally:
        driver.close()
    assert any(type(part).__name__ == "Client" for part in parts), "the walk did not reach the client"
    shown = [text for part in parts for text in texts_of(part)]
    error: BaseException | None = caught.value
    shown += traceback.format_exception(caught.value)
    while error is not None:
        shown += [*texts_of(error), *texts_of(vars(error))]
        error = error.__cause__ or error.__context__
    assert not any(PASSWORD in text for text in shown)


@pytest.mark.parametrize("take", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_secret_is_not_copied_out_of_the_process(take: Any) -> None:
    with pytest.raises(TypeError, match="not to be copied"):
        take(Secret(PASSWORD))


def test_settings_are_not_turned_into_plain_values(settings: Settings) -> None:
    """As a helpful logger might do with any dataclass."""
    with pytest.raises(TypeError, match="not to be copied"):
        dataclasses.asdict(settings)
