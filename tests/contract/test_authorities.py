"""An authority that cannot be read is a setting to correct: told where it is given, before any array is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from support.command_line import Ended, ran
from support.linked import Linked
from support.pair_rows import Hands
from terraform_provider_xivds8k.driver import Family, Refused, Scope, Terms
from terraform_provider_xivds8k.lifecycle import Diagnostics
from terraform_provider_xivds8k.provider import Provider
from terraform_provider_xivds8k.provider_model import ProviderBlock
from terraform_provider_xivds8k.provider_target import TargetBlock
from terraform_provider_xivds8k.schema import UNKNOWN, Raw

REACH: dict[str, Raw] = {"endpoints": ["127.0.0.1:1"], "username": "u", "password": "p"}
CONTENTS = {
    "missing": "there is no such file",
    "a folder": "is a directory",
    "empty": "it holds no certificate",
    "text": "it holds no certificate",
    "binary": "it holds no certificate",
    "spoilt": "it holds no certificate",
}
SPOILT = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
HOW = "-----BEGIN CERTIFICATE-----"


def given(folder: Path, content: str) -> Path:
    """Return a file that no authority can be read from."""
    file = folder / "ca_file"  # not to be taken for the setting
    if content == "a folder":
        file.mkdir()
    elif content != "missing":
        what = {"empty": b"", "text": b"no certificate", "binary": bytes(range(256)), "spoilt": SPOILT.encode()}
        file.write_bytes(what[content])
    return file


def errors(block: Mapping[str, Raw], environment: Mapping[str, str] | None = None) -> list[tuple[str, str, str]]:
    """Return path, summary and detail of each error about a provider block, as a plan meets it."""
    provider, diagnostics = Provider(environment or {}), Diagnostics()
    wanted = ProviderBlock.from_raw({**ProviderBlock.nothing().raw, "family": "ds8k", **block})
    provider.configure(wanted, diagnostics, None).close()
    return [(str(one.path), one.summary, one.detail) for one in diagnostics.items if one.severity == "error"]


def validated(block: Mapping[str, Raw]) -> list[tuple[str, str]]:
    """Return path and summary of each error that ``terraform validate`` shows."""
    diagnostics = Diagnostics()
    wanted = ProviderBlock.from_raw({**ProviderBlock.nothing().raw, "family": "ds8k", **block})
    Provider({}).validate(wanted, diagnostics)
    return [(str(one.path), one.summary) for one in diagnostics.items if one.severity == "error"]


def target(**values: Raw) -> Raw:
    """Return a replication_target block."""
    return {**TargetBlock.nothing().raw, **REACH, **values}


Way = Callable[[str], tuple[dict[str, Raw], dict[str, str]]]
FROM_ENVIRONMENT = {"XIVDS8K_ENDPOINTS": "h", "XIVDS8K_USERNAME": "u", "XIVDS8K_PASSWORD": "p"}
REMOTE = {name.replace("XIVDS8K_", "XIVDS8K_REMOTE_"): value for name, value in FROM_ENVIRONMENT.items()}
WAYS: dict[str, tuple[Way, str, str]] = {
    "block": (lambda file: ({**REACH, "ca_file": file}, {}), "ca_file", "XIVDS8K_CA_FILE"),
    "environment": (
        lambda file: ({}, {**FROM_ENVIRONMENT, "XIVDS8K_CA_FILE": file}),
        "ca_file",
        "XIVDS8K_CA_FILE",
    ),
    "target": (
        lambda file: ({**REACH, "replication_target": target(ca_file=file)}, {}),
        "replication_target.ca_file",
        "XIVDS8K_REMOTE_CA_FILE",
    ),
    "target of the environment": (
        lambda file: ({}, {**FROM_ENVIRONMENT, **REMOTE, "XIVDS8K_REMOTE_CA_FILE": file}),
        "replication_target.ca_file",
        "XIVDS8K_REMOTE_CA_FILE",
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("content", CONTENTS)
def test_a_plan_names_a_file_that_no_authority_can_be_read_from(way: str, content: str, tmp_path: Path) -> None:
    """The attribute, the variable, the file, why, and what to give."""
    made, attribute, variable = WAYS[way]
    file = given(tmp_path, content)
    ((path, summary, detail),) = errors(*made(str(file)))
    assert (path, summary) == (attribute, f"The authority in {attribute} cannot be read")
    assert detail.startswith(f"{file}: {CONTENTS[content]}. Nothing was sent to any array. ")
    assert f"Correct {attribute} or {variable}" in detail
    assert HOW in detail


@pytest.mark.parametrize("text", ["no certificate", SPOILT, "ä", "/etc/pki/ca.pem"])
def test_a_text_that_is_no_authority_is_told_by_validate_and_plan(text: str) -> None:
    home: dict[str, Raw] = {**REACH, "ca_pem": text}
    theirs: dict[str, Raw] = {**REACH, "replication_target": target(ca_pem=text)}
    for block, attribute in ((home, "ca_pem"), (theirs, "replication_target.ca_pem")):
        said = f"The authority in {attribute} cannot be read"
        assert validated(block) == [(attribute, said)]
        ((path, summary, detail),) = errors(block)
        assert (path, summary) == (attribute, said)
        assert detail.startswith("The text holds no certificate. Nothing was sent to any array. ")
        assert f"Correct {attribute}: " in detail
        assert f"a file is named by {attribute.replace('ca_pem', 'ca_file')}." in detail


def test_what_is_not_known_yet_or_not_used_is_no_error(tmp_path: Path) -> None:
    """A file of the environment beside a block that trusts in another way, and what a simulator does not need."""
    missing = {"XIVDS8K_CA_FILE": str(tmp_path / "missing.pem")}
    assert errors({**REACH, "ca_file": UNKNOWN}) == []
    assert errors({**REACH, "ca_pem": UNKNOWN}) == []
    assert validated({**REACH, "ca_pem": UNKNOWN}) == []
    assert errors({"insecure": True}, {**FROM_ENVIRONMENT, **missing}) == []
    assert errors(REACH, missing) == []
    simulated: Raw = {"state_file": str(tmp_path / "s.db"), "array": None}
    assert errors({"simulator": simulated}, missing) == []


@pytest.fixture
def shared(sites: Callable[[Family], tuple[Linked, Hands]], family: Family) -> Iterator[Linked]:
    """Return two linked arrays that nothing has been asked of."""
    both, _ = sites(family)
    both.forget_calls()
    yield both
    assert both.calls("home") == both.calls("remote") == {}


def test_the_core_names_the_side_before_it_asks_anybody(shared: Linked, tmp_path: Path) -> None:
    settings, missing = shared.settings, str(tmp_path / "missing.pem")
    theirs = settings.replication_target
    assert theirs is not None
    home = replace(settings.connection, ca_file=missing, ca_pem=None)
    with pytest.raises(Refused, match=r"^The authority in ca_file cannot be read") as caught:
        shared.another_driver(connection=home)
    assert (caught.value.attribute, caught.value.happened) == ("ca_file", f"{missing}: there is no such file.")
    remote = replace(theirs, connection=replace(theirs.connection, ca_file=missing, ca_pem=None))
    with pytest.raises(Refused, match=r"^The authority in replication_target\.ca_file cannot be read") as caught:
        shared.another_driver(replication_target=remote)
    assert caught.value.attribute == "replication_target"
    assert (caught.value.happened, caught.value.left_behind) == (
        f"{missing}: there is no such file.",
        "Nothing was sent.",
    )


def test_a_file_that_is_gone_by_the_first_call_is_no_answer_of_an_array(
    sites: Callable[[Family], tuple[Linked, Hands]], tmp_path: Path
) -> None:
    """An XIV's client reads it then: neither a status nor a forced failover takes that for what the array says."""
    both, hands = sites("xiv")
    pairing, file = hands.make("a"), tmp_path / "authority.pem"
    file.write_text(both.settings.connection.ca_pem or "", encoding="ascii")
    home = replace(both.settings.connection, ca_file=str(file), ca_pem=None)
    with closing(both.another_driver(connection=home)) as driver:
        file.unlink()
        for act in (
            driver.get_replication_status,
            lambda: driver.failover_host(scope=Scope(ids=(pairing.remote_id,)), terms=Terms(force=True)),
        ):
            with pytest.raises(Refused, match=f"This is the home array.*{file}: there is no such file"):
                act()


FLAGS = {
    "--ca-file": ("--ca-file", "XIVDS8K_CA_FILE"),
    "--remote-ca-file": ("--remote-ca-file", "XIVDS8K_REMOTE_CA_FILE"),
}


def commanded(shared: Linked, *words: str, **more: str) -> Ended:
    """Run a command on these arrays, which the environment names without what to trust."""
    theirs = shared.settings.replication_target
    assert theirs is not None
    named: dict[str, str] = {"XIVDS8K_FAMILY": shared.family}
    for prefix, one in (("XIVDS8K_", shared.settings.connection), ("XIVDS8K_REMOTE_", theirs.connection)):
        reach = {"ENDPOINTS": ",".join(one.endpoints), "USERNAME": one.username, "PASSWORD": one.password.reveal()}
        named |= {f"{prefix}{name}": value for name, value in reach.items()}
    return ran(named | more, *words)


@pytest.mark.parametrize("command", [["status"], ["failover", "--replication-id", "0000", "--force", "--yes"]])
@pytest.mark.parametrize("option", FLAGS)
@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_command_names_the_option_and_the_file_and_asks_nobody(
    shared: Linked, command: list[str], option: str, how: str, tmp_path: Path
) -> None:
    _, variable = FLAGS[option]
    file = given(tmp_path, "text")
    trusted = ["--remote-insecure" if option == "--ca-file" else "--insecure"]
    words = [option, str(file)] if how == "option" else []
    ended = commanded(shared, *command, *trusted, *words, **({} if words else {variable: str(file)}))
    assert (ended.code, ended.out) == (2, "")
    assert f"The authority in {option} cannot be read. {file}: it holds no certificate." in ended.err
    assert f"Correct {option} or {variable}" in ended.err


def test_a_command_names_the_option_of_a_text_that_is_no_authority(shared: Linked) -> None:
    ended = commanded(shared, "status", "--insecure", "--remote-ca-pem", "/etc/pki/ca.pem")
    assert ended.code == 2
    assert "The authority in --remote-ca-pem cannot be read." in ended.err
    assert "a file is named by --remote-ca-file" in ended.err
