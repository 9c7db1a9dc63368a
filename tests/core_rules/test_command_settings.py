"""Which array a command is about, and whose credentials it is sent: options, environment, and what a person types."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from terraform_provider_xivds8k.commands.settings import Environment, UsageError, add_settings, settings_of
from terraform_provider_xivds8k.commands.spelling import as_options

HOME = {"XIVDS8K_ENDPOINTS": "h1,h2", "XIVDS8K_USERNAME": "hu", "XIVDS8K_PASSWORD": "hp", "XIVDS8K_CA_FILE": "h.pem"}
REMOTE = {name.replace("K_", "K_REMOTE_"): value.replace("h", "r") for name, value in HOME.items()}
BOTH = {"XIVDS8K_FAMILY": "xiv", **HOME, **REMOTE}


def settings(variables: dict[str, str], *arguments: str, typed: str | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_settings(parser)
    ask = (lambda _question: typed) if typed is not None else None
    return dict(settings_of(parser.parse_args(arguments), Environment(variables, ask)))


def refused(variables: dict[str, str], *arguments: str) -> str:
    with pytest.raises(UsageError) as told:
        settings(variables, *arguments)
    return str(told.value)


def test_the_environment_alone_names_both_arrays() -> None:
    found = settings(BOTH)
    target = found["replication_target"]
    assert (found["endpoints"], found["username"], found["password"]) == (["h1", "h2"], "hu", "hp")
    assert (target["endpoints"], target["username"], target["password"]) == (["r1", "r2"], "ru", "rp")
    assert (found["ca_file"], target["ca_file"]) == ("h.pem", "r.pem")


def test_an_array_named_by_an_option_is_sent_the_environments_password_where_that_names_no_other() -> None:
    variables = {name: value for name, value in BOTH.items() if not name.endswith("ENDPOINTS")}
    found = settings(variables, "--endpoints", "a", "--remote-endpoints", "b")
    assert (found["endpoints"], found["password"]) == (["a"], "hp")
    assert (found["replication_target"]["endpoints"], found["replication_target"]["password"]) == (["b"], "rp")


def test_an_array_named_by_an_option_is_never_sent_the_password_of_the_one_the_environment_names() -> None:
    assert "needs username" in refused(BOTH, "--endpoints", "a")
    text = refused(BOTH, "--endpoints", "a", "--username", "u")
    assert "XIVDS8K_PASSWORD" in text
    assert "hp" not in text
    typed = settings(BOTH, "--endpoints", "h1,h2", "--remote-endpoints", "b", "--remote-username", "u", typed="t")
    assert typed["password"] == "hp"
    assert typed["replication_target"]["password"] == "t"
    assert typed["replication_target"]["ca_file"] is None


def test_the_environments_target_belongs_to_the_environments_array() -> None:
    """It would be another array's copies that are looked for there."""
    with pytest.raises(UsageError, match="remote array"):
        settings(BOTH, "--endpoints", "a", "--username", "u", typed="t")


def test_another_way_to_trust_leaves_the_environments_authority_out() -> None:
    assert settings(BOTH, "--fingerprint", "ab")["ca_file"] is None


def test_what_is_missing_is_named_with_its_option_and_its_variable() -> None:
    assert "--family" in refused({})
    text = refused({"XIVDS8K_FAMILY": "xiv", **HOME})
    assert "--remote-endpoints" in text
    assert "XIVDS8K_REMOTE_ENDPOINTS" in text
    assert "XIVDS8K_REMOTE_PASSWORD" in refused({n: v for n, v in BOTH.items() if n != "XIVDS8K_REMOTE_PASSWORD"})


def test_a_simulator_stands_for_both_arrays() -> None:
    found = settings({"XIVDS8K_FAMILY": "ds8k"}, "--simulator", __file__, "--simulator-array", "ds8k2")
    assert found["simulator"] == {"state_file": __file__, "array": "ds8k2"}
    labelled = settings({"XIVDS8K_FAMILY": "ds8k"}, "--simulator", __file__, "--remote-backend-id", "b")
    assert labelled["replication_target"]["backend_id"] == "b"
    assert settings({"XIVDS8K_FAMILY": "ds8k", "XIVDS8K_SIMULATOR": __file__})["simulator"]["state_file"] == __file__
    assert "exclude each other" in refused(BOTH, "--simulator", "s.db", "--endpoints", "a")


def test_the_ports_of_paths_are_pairs_of_home_and_remote() -> None:
    found = settings(BOTH, "--port-pairs", "I0010:I0230,I0011:I0231")
    pairs = [{"home": "I0010", "remote": "I0230"}, {"home": "I0011", "remote": "I0231"}]
    assert found["replication_target"]["port_pairs"] == pairs
    assert "I0010:I0230" in refused(BOTH, "--port-pairs", "I0010")


def test_no_password_is_shown_with_the_environment() -> None:
    assert "hp" not in repr(Environment(BOTH, None))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ('run failover with to = "home".', "run failover with --to home."),
        ("Or set force = true when hosts are stopped.", "Or set --force when hosts are stopped."),
        ("a failover to remote keeps what remote has by force", "a failover to remote keeps what remote has by force"),
        ('Name the group: consistency_group_id = "erp".', "Name the group: --consistency-group erp."),
        ("set authoritative_backend_id: 'default' keeps", "set --authoritative-backend-id: 'default' keeps"),
        ("Name the replications by replication_ids.", "Name the replications by --replication-id."),
        ("--io-stopped", "--io-stopped"),
    ],
)
def test_what_is_written_in_terraform_is_told_as_the_option_it_is_here(said: str, shown: str) -> None:
    assert as_options(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("then correct expected_count or pools.", "then correct --expected-count or --pool."),
        ("or pools with expected_count.", "or --pool with --expected-count."),
        ("moved that came into these pools unseen", "moved that came into these pools unseen"),
    ],
)
def test_pools_are_named_as_their_option_where_what_is_typed_is_meant(said: str, shown: str) -> None:
    assert as_options(said) == shown
