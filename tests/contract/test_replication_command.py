"""``replication`` on the command line: looking, being asked, being refused, on both families."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.command_line import Ended, as_a_person, ran, variables_of
from support.linked import Linked, linked
from support.paired import pair, paired
from terraform_provider_xivds8k.commands.replication_tables import report_json
from terraform_provider_xivds8k.driver import Connection, FailoverReport, Family, Member, Volume


@dataclass(frozen=True)
class Desk:
    """Hold two arrays with a pair that is in step, and the environment that leads to them."""

    arrays: Linked
    variables: dict[str, str]
    volume: Volume
    remote_id: str

    @property
    def connections(self) -> tuple[Connection, Connection]:
        """Return how both arrays are reached."""
        target = self.arrays.settings.replication_target
        assert target is not None
        return self.arrays.settings.connection, target.connection

    def runs(self, *arguments: str, typed: str | None = None) -> Ended:
        """Run a command, and see that no password shows."""
        ended = ran(self.variables, *arguments, typed=typed)
        for name in ("XIVDS8K_PASSWORD", "XIVDS8K_REMOTE_PASSWORD"):
            assert self.variables.get(name, "no password") not in ended.all
        return ended


@pytest.fixture
def desk(family: Family, tmp_path: Path) -> Iterator[Desk]:
    """Return two arrays with a pair."""
    with linked(family, tmp_path / "simulator.db", time_scale=50) as arrays:
        volume, remote_id = paired(arrays, "monday")
        yield Desk(arrays, variables_of(arrays, tmp_path / "ca.pem"), volume, remote_id)


def test_status_is_a_table_with_what_each_side_says_and_what_may_be_done(desk: Desk) -> None:
    shown = desk.runs("status")
    assert shown.code == 0, shown.err
    header, row = shown.out.splitlines()[2:4]
    assert header.split("  ")[0] == "MEMBER"
    assert all(title in header for title in ("HOME SAYS", "REMOTE SAYS", "STATE", "SERVES", "MAY BE DONE"))
    assert desk.volume.id in row
    assert desk.remote_id in row
    assert "1 home_serves" in row
    assert "switch (to remote), failover (to remote, force)" in row
    mode, target = {"xiv": ("sync", "Slave, active"), "ds8k": ("metro_mirror", "target_full_duplex")}[
        desk.arrays.family
    ]
    assert mode in row
    assert target in row


def test_status_is_one_document_for_machines(desk: Desk) -> None:
    (found,) = desk.runs("status", "--json").document["replications"]
    assert (found["id"], found["remote_id"], found["row"]) == (desk.volume.id, desk.remote_id, 1)
    assert found["operations"] == ["switch", "failover"]
    assert found["offers"] == [
        {"operation": "switch", "to": "remote", "needs": []},
        {"operation": "failover", "to": "remote", "needs": ["force"]},
    ]
    assert found["serves"] == "home"


def test_status_with_home_dead_says_so_and_what_may_be_done(desk: Desk) -> None:
    desk.arrays.set_state("home", {"xiv": "hang", "ds8k": "refuse"}[desk.arrays.family])
    shown = desk.runs("status", "--replication-id", desk.remote_id, "--request-timeout", "1s")
    assert shown.code == 0, shown.err
    assert "does not answer" in shown.out
    assert "7 home_serves" in shown.out
    assert "run failover when the site is lost" in shown.out


def test_status_says_which_array_is_home_and_which_is_remote_as_far_as_they_tell(desk: Desk) -> None:
    home, remote = (f"{','.join(one.endpoints)}, " for one in desk.connections)
    with desk.arrays.other_driver("remote") as other:
        there = other.system().system_id
    lines = desk.runs("status").out.splitlines()[:2]
    assert lines == [f"Home: {home}system {desk.volume.system_id}", f"Remote: {remote}system {there}"]
    desk.arrays.set_state("home", "refuse")
    assert desk.runs("status").out.startswith(f"Home: {home}which has not told its system id")


def test_status_of_one_pool_is_about_that_pool(desk: Desk) -> None:
    assert desk.remote_id in desk.runs("status", "--pool", desk.arrays.pool).out
    other = {"xiv": "pool2", "ds8k": "P2"}[desk.arrays.family]
    assert "no replications" in desk.runs("status", "--pool", other).out


def test_an_id_nobody_has_is_refused_with_what_there_is_and_nothing_is_proposed(desk: Desk) -> None:
    refused = desk.runs("status", "--replication-id", f"{desk.remote_id}9")
    assert refused.code == 1
    assert f"(id {desk.volume.id}, remote id {desk.remote_id})" in refused.err
    assert "Did you mean" not in refused.err


def test_a_name_where_an_id_is_wanted_is_refused_with_its_ids(desk: Desk) -> None:
    name = desk.runs("status", "--json").document["replications"][0]["name"]
    refused = desk.runs("switch", "--dry-run", "--replication-id", name)
    assert refused.code == 1
    assert "That is a name, and names can be another's: write an id" in refused.err
    assert f"(id {desk.volume.id}, remote id {desk.remote_id})" in refused.err


def test_an_id_both_ds8000s_have_names_a_volume_of_one_of_them_with_its_array(tmp_path: Path) -> None:
    with linked("ds8k", tmp_path / "simulator.db", time_scale=50) as arrays:
        volumes = [arrays.volume(), arrays.volume()]
        remote_ids = [pair(arrays, volume) for volume in reversed(volumes)]
        assert {volume.id for volume in volumes} == set(remote_ids)
        variables = variables_of(arrays, tmp_path / "ca.pem")
        refused = ran(variables, "status", "--replication-id", remote_ids[0])
        assert refused.code == 1
        assert "names several replications" in refused.err
        with arrays.other_driver("remote") as other:
            away = f"{other.system().system_id}/{remote_ids[0]}"
        assert away in refused.err
        (found,) = ran(variables, "status", "--json", "--replication-id", away).document["replications"]
        assert (found["id"], found["remote_id"]) == (volumes[1].id, remote_ids[0])
        at_home = f"{volumes[0].system_id}/{volumes[0].id}"
        arrays.set_state("home", "refuse")
        for one, number in ((away, 0), (at_home, 1)):
            (found,) = ran(variables, "status", "--json", "--replication-id", one).document["replications"]
            assert found["remote_id"] == remote_ids[number]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["switch"], "--replication-id"),
        (["switch", "--replication-id", "a", "--consistency-group", "b"], "not allowed with"),
        (["switch", "--pool", "P0"], "--pool needs --expected-count"),
        (["switch", "--replication-id", "a", "--expected-count", "1"], "--expected-count goes with --pool"),
        (["switch", "--pool", "P0", "--expected-count", "0"], "allowed is 1 or more"),
        (["switch", "--replication-id", "a", "--force"], "--force"),
        (["failback", "--replication-id", "a", "--to", "remote"], "--to"),
        (["failover", "--replication-id", "a", "--max-data-loss-seconds", "-1"], "allowed is 0 or more"),
        (["failover", "--replication-id", "a", "--timeout", "soon"], "write a duration"),
        (["failover", "--replication-id", "a", "--password", "x"], "--password"),
        (["failover", "--replication-id", "a", "--accept"], "--accept"),
        (["promote", "--replication-id", "a"], "promote"),
        (["failover", "--consistency-group", "erp", "--consistency-group", "crm", "--yes"], "written twice"),
        (["switch", "--replication-id", "a", "--to", "remote", "--to", "home"], "--to: it is written twice"),
        (["switch", "--replication-id", "a", "--endpoints", "a", "--endpoints", "b"], "--endpoints: it is written"),
        (["failover", "--replication-id", "a", "--yes", "--fingerprint", "x"], "fingerprint"),
        (["failover", "--replication-id", "a", "--yes", "--simulator", "x", "--endpoints", "y"], "exclude each other"),
    ],
    ids=" ".join,
)
def test_what_is_not_written_correctly_ends_with_2_and_asks_no_array(
    family: Family, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere: dict[str, str] = {"XIVDS8K_FAMILY": family}
    for prefix in ("XIVDS8K_", "XIVDS8K_REMOTE_"):
        nowhere |= {f"{prefix}ENDPOINTS": "127.0.0.1:9", f"{prefix}USERNAME": "u", f"{prefix}PASSWORD": "p"}
    ended = ran(nowhere, *arguments)
    assert ended.code == 2
    assert said in ended.err + capsys.readouterr().err
    machine = ran(nowhere, *arguments, "--json")
    assert machine.code == 2
    assert said in machine.document["error"]["summary"]
    assert set(machine.document) == {"replications" if arguments[0] == "status" else "report", "error"}
    assert machine.document["error"]["kind"] == "UsageError"


def test_a_password_among_the_arguments_is_refused_and_not_shown_once_more(capsys: pytest.CaptureFixture[str]) -> None:
    for written in (["--password", "hushhush"], ["--remote-password=hushhush"]):
        ended = ran({}, "status", "--json", *written)
        assert ended.code == 2
        assert "a password is no option" in ended.document["error"]["summary"]
        assert "hushhush" not in ended.all + "".join(capsys.readouterr())


def test_a_refusal_is_one_document_for_machines_also_where_nothing_was_asked(desk: Desk) -> None:
    scope = ["--replication-id", desk.remote_id, "--json"]
    for ended in (desk.runs("switch", *scope), desk.runs("switch", *scope, typed="no\n")):
        assert ended.code == 1
        assert ended.document["report"] is None
        assert ended.document["error"]["kind"] == "Refused"


def test_json_steers_no_terminal_whatever_an_array_calls_something() -> None:
    report = FailoverReport(operation="switch", to="remote", dry_run=True, members=(strange("\x9b31m\u202e"),))
    text = report_json(report)
    assert text.isascii()
    assert json.loads(text)["report"]["members"][0]["name"] == "\x9b31m\u202e"


def strange(name: str) -> Member:
    """Return a member of a name."""
    return Member(
        id="1", remote_id="2", name=name, subject="volume", before=1, after=None, outcome="would move", serves="home"
    )


def test_without_a_terminal_and_without_yes_nothing_is_asked_of_an_array(desk: Desk) -> None:
    desk.arrays.forget_calls()
    for operation in ("switch", "failover", "resync", "failback"):
        refused = desk.runs(operation, "--replication-id", desk.remote_id)
        assert refused.code == 1
        assert "What would happen: " in refused.err
        assert "--yes" in refused.err
    assert desk.arrays.calls("home") == {}
    assert desk.arrays.calls("remote") == {}


def test_what_the_provider_would_warn_of_is_told_and_no_part_of_the_result(desk: Desk) -> None:
    shown = desk.runs("status", "--insecure", "--remote-insecure", "--json")
    assert shown.code == 0, shown.err
    assert "Warning: The array's certificate is not verified." in shown.err
    assert "Warning: The replication target's certificate is not verified." in shown.err
    assert len(shown.document["replications"]) == 1


def test_authorities_are_given_as_text_as_well(desk: Desk) -> None:
    here = {name: value for name, value in desk.variables.items() if not name.endswith("CA_FILE")}
    refused = ran(here, "status")
    assert refused.code == 1
    assert "certificate" in refused.err
    home, remote = (connection.ca_pem or "" for connection in desk.connections)
    shown = ran(here, "status", "--ca-pem", home, "--remote-ca-pem", remote)
    assert shown.code == 0, shown.err
    assert "1 home_serves" in shown.out
    both = ran(desk.variables, "status", "--ca-pem", home, "--ca-file", desk.variables["XIVDS8K_CA_FILE"])
    assert both.code == 2
    assert "--ca-file and --ca-pem exclude each other" in both.err


def test_connections_to_an_array_are_as_many_as_the_provider_allows(desk: Desk) -> None:
    assert desk.runs("status", "--max-sessions", "1").code == 0
    refused = desk.runs("status", "--max-sessions", "51")
    assert refused.code == 2
    assert "--max-sessions 51: allowed is 1 to 50. Write one of these." in refused.err


def test_a_simulator_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "simulater.db"
    for words, variables in ((["--simulator", str(missing)], {}), ([], {"XIVDS8K_SIMULATOR": str(missing)})):
        refused = ran({"XIVDS8K_FAMILY": "xiv", **variables}, "status", *words)
        assert refused.code == 2
        assert f"There is no simulator's file {missing}" in refused.err
        assert not missing.exists()


def test_passwords_are_typed_on_a_terminal_and_never_shown(desk: Desk) -> None:
    """In a process of its own, which may not show what is typed."""
    passwords = {",".join(connection.endpoints): connection.password.reveal() for connection in desk.connections}
    kept = {name: value for name, value in desk.variables.items() if not name.endswith("PASSWORD")}
    questions = {f"Password for {where}: ": password for where, password in passwords.items()}
    shown = as_a_person(kept, "status", answers=questions)
    assert shown.code == 0, shown.err
    assert "1 home_serves" in shown.out
    assert not any(password in shown.all for password in passwords.values())


def test_a_wrong_password_is_refused_and_not_shown(desk: Desk) -> None:
    """Of one array it is the reason why its half is not known, of both it is an error."""
    wrong = {"XIVDS8K_PASSWORD": "Wr0ng-Secret"}
    told = ran(desk.variables | wrong, "status")
    assert told.code == 0
    assert "answers with an error (The array refused username or password" in told.out
    assert "Mend what home answers with. " in told.out
    assert "failover (to remote, force)" in told.out
    assert "Until then a failover needs --force" in told.out
    away = ran(desk.variables | {"XIVDS8K_REMOTE_PASSWORD": "Wr0ng-Secret"}, "status", "--json")
    (found,) = away.document["replications"]
    assert found["row"] == 3
    assert found["next"].startswith("Mend what the remote array answers with. ")
    assert "password" in found["next"]
    refused = ran(desk.variables | wrong | {"XIVDS8K_REMOTE_PASSWORD": "Wr0ng-Secret"}, "status")
    assert refused.code == 1
    assert "refused" in refused.err
    assert "Wr0ng-Secret" not in refused.all + told.all
