"""Whom the driver trusts: every kind of certificate against every way to trust it, on both families and every Python.

What is refused is refused in words that say which setting is at fault and what to do; the arrays' journal proves that
nothing was asked there and that no password arrived.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.certificates import LOOPBACK, Shown, old, self_signed, signed
from support.clients import THIS, Client, interpreter
from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.simulators import Simulation, start

KINDS: dict[str, Callable[[], Shown]] = {
    "signed": lambda: signed(*LOOPBACK),
    "expired": lambda: signed(*LOOPBACK, from_days=-30, to_days=-1),
    "not yet valid": lambda: signed(*LOOPBACK, from_days=1),
    "for another name": lambda: signed("array.example", "192.0.2.7"),
    "signed by no authority": lambda: signed(*LOOPBACK, by_an_authority=False),
    "self-signed": lambda: self_signed(*LOOPBACK),
    "self-signed, expired": lambda: self_signed(*LOOPBACK, from_days=-30, to_days=-1),
    "old": lambda: old("localhost", version=3),
    "old, version 1": lambda: old("localhost", version=1),
}


@dataclass(frozen=True)
class Case:
    """Be one cell: what is shown, how it is trusted, under which name it is reached, what comes of it."""

    kind: str
    trust: str
    refused: str = ""  # the words, empty where it connects
    attribute: str = "ca_file"
    advice: str = "pin the certificate with fingerprint"
    host: str = "127.0.0.1"

    def __str__(self) -> str:
        return f"{self.kind}, {self.trust}, {self.host}"


UNKNOWN = "unable to get local issuer certificate"
CASES = [
    Case("signed", "ca_file"),
    Case("signed", "ca_pem"),
    Case("signed", "ca_file", host="localhost"),
    Case("signed", "ca_file of two"),
    Case("signed", "its certificate as ca_file"),
    Case("signed", "insecure"),
    Case("signed", "its fingerprint"),
    Case("signed", "another fingerprint", "shows another certificate", "fingerprint", "write its fingerprint"),
    Case("signed", "another authority as ca_file", UNKNOWN, advice="Give its authority as ca_file"),
    Case("signed", "another authority as ca_pem", UNKNOWN, advice="Give its authority as ca_file or ca_pem"),
    Case("signed", "a namesake of its authority as ca_file", "certificate signature failure"),
    Case("signed", "the system's authorities", UNKNOWN),
    Case("expired", "ca_file", "certificate has expired", advice="Renew the array's certificate"),
    Case("expired", "its fingerprint"),
    Case("expired", "insecure"),
    Case("not yet valid", "ca_file", "certificate is not yet valid", advice="correct the clock"),
    Case("for another name", "ca_file", "address mismatch", advice="Write the endpoint as"),
    Case("for another name", "ca_pem", "hostname mismatch", advice="Write the endpoint as", host="localhost"),
    Case("for another name", "its fingerprint"),
    Case("for another name", "another fingerprint", "shows another certificate", "fingerprint", "verify it"),
    Case("signed by no authority", "ca_file", "invalid CA certificate"),
    Case("self-signed", "ca_file"),
    Case("self-signed", "ca_pem"),
    Case("self-signed", "its fingerprint"),
    Case("self-signed", "another fingerprint", "shows another certificate", "fingerprint", "write its fingerprint"),
    Case("self-signed", "another authority as ca_file", "self.signed certificate"),
    Case("self-signed", "the system's authorities", "self.signed certificate"),
    Case("self-signed, expired", "ca_file", "certificate has expired"),
    Case("self-signed, expired", "its fingerprint"),
    Case("old", "ca_file", host="localhost"),
    Case("old", "ca_file", "address mismatch"),
    Case("old", "its fingerprint"),
    Case("old, version 1", "ca_file", host="localhost"),
    Case("old, version 1", "ca_pem", host="localhost"),
    Case("old, version 1", "ca_file", "address mismatch"),
    Case("old, version 1", "its fingerprint"),
    Case("old, version 1", "another authority as ca_file", "self.signed certificate", host="localhost"),
]


Trust = Callable[[str, Shown], dict[str, Any]]


class Arrays:
    """One simulated array of each family that shows a certificate of some kind."""

    def __init__(self, shown: Shown, simulation: Simulation) -> None:
        self.shown = shown
        self.simulation = simulation

    def of(self, family: Family, host: str) -> dict[str, Any]:
        """Return the array of a family, its address written with this host."""
        (found,) = [array for array in self.simulation.arrays if array["family"] == family]
        port = found["endpoints"][0].rpartition(":")[2]
        return {**found, "endpoints": [f"{host}:{port}"]}

    def journal(self, array: dict[str, Any]) -> dict[str, Any]:
        """Return what the array was asked, and forget it."""
        url = f"{self.simulation.control}/journal"
        with urllib.request.urlopen(url, timeout=10) as answer:
            found: dict[str, Any] = json.loads(answer.read())[array["name"]]
        urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=10).close()
        return found


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Arrays]]:
    """Return how to have arrays that show a kind of certificate, started when first wanted."""
    started: dict[str, Arrays] = {}
    with ExitStack() as stack:

        def of(kind: str) -> Arrays:
            if kind not in started:
                shown, file = KINDS[kind](), Path(tmp_path_factory.mktemp("arrays")) / "arrays.db"
                shown.store_in(file)
                one = ["127.0.0.1:0"]
                simulation = stack.enter_context(start(file, xiv=one, ds8k=one, control="127.0.0.1:0"))
                started[kind] = Arrays(shown, simulation)
            return started[kind]

        yield of


@pytest.fixture(scope="module", params=[THIS, *({"3.12", "3.13"} - {THIS})])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Return a client in a process of its own, of each Python in turn."""
    python = interpreter(request.param)
    if python is None:
        pytest.skip(f"this machine has no Python {request.param}")
    found = Client(python, Path(tmp_path_factory.mktemp("client")))
    yield found
    found.close()


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    """Return how to have the settings of a way to trust what is shown."""
    file, other = tmp_path / "authority.pem", signed(*LOOPBACK, by="Another authority")

    def settings(how: str, shown: Shown) -> dict[str, Any]:
        texts = {
            "ca_file": shown.authority,
            "ca_file of two": f"# both sites\n{other.authority}{shown.authority}",
            "its certificate as ca_file": shown.certificate,
            "another authority as ca_file": other.authority,
            "a namesake of its authority as ca_file": signed(*LOOPBACK).authority,
        }
        if how in texts:
            file.write_text(texts[how], encoding="ascii")
            return {"ca_file": str(file)}
        others: dict[str, dict[str, Any]] = {
            "ca_pem": {"ca_pem": shown.authority},
            "another authority as ca_pem": {"ca_pem": other.authority},
            "its fingerprint": {"fingerprint": shown.fingerprint},
            "another fingerprint": {"fingerprint": other.fingerprint},
            "insecure": {"insecure": True},
            "the system's authorities": {},
        }
        return others[how]

    return settings


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_shown_and_how_it_is_trusted_decide_whether_anything_is_sent(
    arrays: Callable[[str], Arrays], client: Client, family: Family, case: Case, trust: Trust
) -> None:
    world = arrays(case.kind)
    array = world.of(family, case.host)
    outcome = client.reach(array, **trust(case.trust, world.shown))
    journal = world.journal(array)
    if not case.refused:
        assert outcome == {"system_id": array["system_id"]}
        assert journal["sign_ins"]["refused"] == 0
        assert journal["total"] > 0
        return
    assert (outcome.get("error"), outcome.get("attribute")) == ("Unreachable", case.attribute)
    assert re.search(case.refused, outcome["text"], re.IGNORECASE)
    assert case.advice in outcome["text"]
    assert "Nothing was sent to it, no password either." in outcome["text"]
    assert (journal["total"], journal["sign_ins"]) == (0, {"ok": 0, "refused": 0})


def test_a_fingerprint_that_is_none_is_refused_before_anybody_is_asked(
    arrays: Callable[[str], Arrays], client: Client, family: Family
) -> None:
    world = arrays("signed")
    array = world.of(family, "127.0.0.1")
    outcome = client.reach(array, fingerprint=world.shown.fingerprint[:-1])
    assert (outcome["error"], outcome["attribute"]) == ("Refused", "fingerprint")
    assert world.journal(array)["total"] == 0
