"""The replication target of a provider: from its block, the environment, or beside a simulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.linked import Linked, linked
from terraform_provider_xivds8k.driver import Connection, Family, Refused, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.provider import Provider
from terraform_provider_xivds8k.provider_model import ProviderBlock
from terraform_provider_xivds8k.provider_target import PortPair, TargetBlock
from terraform_provider_xivds8k.schema import UNKNOWN, Raw

PORTS: dict[str, Raw] = {"home": "I0010", "remote": "I0130"}


def target(**values: Raw) -> dict[str, Raw]:
    """Return a replication_target block as Terraform sends it."""
    return {**TargetBlock.nothing().raw, **values}


def said(block: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> list[str]:
    """Return path and summary of every complaint about a block in an environment."""
    with configured(block, environment) as (_, diagnostics):
        return [f"{item.path}: {item.summary}" for item in diagnostics.items]


@contextmanager
def configured(
    block: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> Iterator[tuple[Any, Diagnostics]]:
    """Configure a provider; yield what it settled, and its diagnostics."""
    provider, diagnostics = Provider(environment or {}), Diagnostics()
    wanted = ProviderBlock.from_raw({**ProviderBlock.nothing().raw, **block})
    provider.validate(wanted, diagnostics)
    found = provider.configure(wanted, diagnostics, None)
    try:
        yield found, diagnostics
    finally:
        found.close()


def opened(driver: XIVDS8KDriver) -> Connection:
    """Return how a driver reaches its replication target."""
    assert driver.settings.replication_target is not None
    return driver.settings.replication_target.connection


def variables(prefix: str, connection: Connection, file: str) -> dict[str, str]:
    """Return the environment that leads to an array."""
    return {
        f"{prefix}ENDPOINTS": ",".join(connection.endpoints),
        f"{prefix}USERNAME": connection.username,
        f"{prefix}PASSWORD": connection.password.reveal(),
        f"{prefix}CA_FILE": file,
    }


@pytest.fixture
def arrays(family: Family, tmp_path: Path) -> Iterator[Linked]:
    """Serve two linked arrays."""
    with linked(family, tmp_path / "simulator.db") as found:
        yield found


@pytest.fixture
def ca_file(arrays: Linked) -> str:
    """Return the file with the authority of both arrays."""
    return str(arrays.simulation.arrays[0]["ca_file"])


def reaching(connection: Connection) -> dict[str, Raw]:
    """Return the attributes that lead to an array."""
    return {
        "endpoints": list(connection.endpoints),
        "username": connection.username,
        "password": connection.password.reveal(),
        "ca_pem": connection.ca_pem,
    }


def test_a_target_in_the_block_is_reached_and_labelled(arrays: Linked) -> None:
    written = arrays.settings.replication_target
    assert written is not None
    ports: list[Raw] | None = [PORTS] if arrays.family == "ds8k" else None
    block = {
        "family": arrays.family,
        **reaching(arrays.settings.connection),
        "replication_target": target(backend_id="far", pool="p", port_pairs=ports, **reaching(written.connection)),
    }
    with configured(block) as (found, diagnostics):
        assert diagnostics.items == []
        settings = found.driver.settings.replication_target
        assert (settings.backend_id, settings.pool) == ("far", "p")
        assert settings.port_pairs == ((("I0010", "I0130"),) if ports else ())
        ids = [found.driver.system_id(), found.driver.remote.system_id()]
    assert ids == [array["system_id"] for array in arrays.simulation.arrays]


def test_both_arrays_come_from_the_environment(arrays: Linked, ca_file: str) -> None:
    written = arrays.settings.replication_target
    assert written is not None
    environment = {
        "XIVDS8K_FAMILY": arrays.family,
        **variables("XIVDS8K_", arrays.settings.connection, ca_file),
        **variables("XIVDS8K_REMOTE_", written.connection, ca_file),
    }
    with configured({}, environment) as (found, diagnostics):
        assert diagnostics.items == []
        assert found.driver.remote.system_id() == arrays.simulation.arrays[1]["system_id"]
        assert found.driver.settings.replication_target.backend_id == "remote"


def test_an_alias_with_endpoints_of_its_own_has_the_target_of_the_environment_only_where_it_says_so() -> None:
    environment = {
        f"XIVDS8K_REMOTE_{name}": text for name, text in (("ENDPOINTS", "r"), ("USERNAME", "u"), ("PASSWORD", "p"))
    }
    block = {"family": "ds8k", "endpoints": ["h"], "username": "me", "password": "mine"}
    with configured(block, environment) as (found, _):
        assert found.driver.settings.replication_target is None
    with configured({**block, "replication_target": target()}, environment) as (found, _):
        assert opened(found.driver).endpoints == ("r",)
        assert opened(found.driver).password.reveal() == "p"


def test_a_password_of_the_environment_does_not_reach_endpoints_of_the_block() -> None:
    environment = {"XIVDS8K_REMOTE_USERNAME": "u", "XIVDS8K_REMOTE_PASSWORD": "Other-Array-Secret"}
    block = {
        "family": "ds8k",
        "endpoints": ["h"],
        "username": "me",
        "password": "mine",
        "replication_target": target(endpoints=["r"], username="u"),
    }
    with configured(block, environment) as (found, _), pytest.raises(Refused) as refused:
        _ = found.driver
    assert "replication_target needs password" in str(refused.value)
    assert "XIVDS8K_REMOTE_PASSWORD" in str(refused.value)
    assert refused.value.attribute == "replication_target"


@pytest.mark.parametrize(
    "written", [None, {}, {"pool": "P2"}, {"simulator": {"array": None}}, {"simulator": {"array": "2"}}], ids=repr
)
def test_the_partner_of_a_simulated_array_stands_by(
    family: Family, tmp_path: Path, written: dict[str, Any] | None
) -> None:
    block: dict[str, Any] = {"family": family, "simulator": {"state_file": str(tmp_path / "s.db"), "array": None}}
    if written is not None:
        simulator = written.get("simulator")
        if simulator and simulator["array"]:
            written = {"simulator": {"array": f"{family}2"}}
        block["replication_target"] = target(**written)
    with configured(block) as (found, diagnostics):
        assert diagnostics.items == []
        home, remote = found.driver.system_id(), found.driver.remote.system_id()
        assert home != remote
        assert found.driver.settings.replication_target.pool == (written or {}).get("pool")


def test_a_simulated_array_that_is_not_the_partner_is_refused(family: Family, tmp_path: Path) -> None:
    block = {
        "family": family,
        "simulator": {"state_file": str(tmp_path / "s.db"), "array": None},
        "replication_target": target(simulator={"array": f"{family}1"}),
    }
    with configured(block) as (found, _), pytest.raises(Refused, match=f"{family}2"):
        _ = found.driver


@pytest.mark.parametrize(
    ("block", "environment", "complaint"),
    [
        (
            {"family": "ds8k", "simulator": {"state_file": None, "array": None}},
            {"XIVDS8K_REMOTE_ENDPOINTS": "r"},
            "replication_target.endpoints: A simulated array does not replicate to a real one",
        ),
        (
            {"family": "ds8k", "endpoints": ["h"], "replication_target": target(simulator={"array": None})},
            {},
            "replication_target.simulator: A real array does not replicate to a simulated one",
        ),
        (
            {"family": "xiv", "endpoints": ["h"], "replication_target": target(port_pairs=[PORTS])},
            {},
            "replication_target.port_pairs: port_pairs are for a DS8000",
        ),
        (
            {"family": "xiv", "endpoints": ["h"], "replication_target": target(ca_file="f", insecure=True)},
            {},
            "replication_target: ca_file and insecure exclude each other",
        ),
        (
            {"family": "xiv", "endpoints": ["h"], "replication_target": target(insecure=True)},
            {},
            "replication_target.insecure: The replication target's certificate is not verified",
        ),
        (
            {"family": "xiv", "endpoints": ["h"], "backend_id": "remote", "replication_target": target()},
            {},
            "replication_target.backend_id: Both arrays are labelled 'remote'",
        ),
        (
            {"family": "xiv", "endpoints": ["h"], "replication_target": target(backend_id="default")},
            {},
            "replication_target.backend_id: Both arrays are labelled 'default'",
        ),
        (
            {"family": "xiv", "endpoints": ["h"]},
            {"XIVDS8K_WHEN_UNREACHABLE": "hope"},
            "when_unreachable: Unknown when_unreachable 'hope'",
        ),
        (
            {"family": "xiv", "endpoints": ["h"], "when_unreachable": UNKNOWN},
            {},
            "when_unreachable: when_unreachable must be known when planning",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_at_its_attribute(
    block: dict[str, Any], environment: dict[str, str], complaint: str
) -> None:
    assert complaint in said(block, environment)


def test_a_target_that_is_only_known_after_apply_is_no_error_until_the_array_is_asked() -> None:
    block = {
        "family": "xiv",
        "endpoints": ["h"],
        "username": "me",
        "password": "mine",
        "replication_target": target(endpoints=["r"], username="u", password=UNKNOWN, port_pairs=UNKNOWN),
    }
    with configured(block) as (found, diagnostics):
        assert diagnostics.items == []
        with pytest.raises(Refused, match="replication_target is not known yet"):
            _ = found.driver


def test_the_password_of_a_target_is_not_shown() -> None:
    assert "hidden" not in repr(TargetBlock.from_raw(target(password="hidden")))
    assert PortPair.from_raw(dict(PORTS)).home == "I0010"
