"""The provider's settings as options: which array, which other one, and how to sign in.

A password is never an option, where every user of the machine could read it: it comes from the environment, or is typed
on a terminal.  What the environment says of an array counts for an array named by an option only where the environment
names none itself, so that no array is sent another's password.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from terraform_provider_xivds8k.schema import Raw

PREFIX = "XIVDS8K_"
TRUST = ("ca_file", "ca_pem", "fingerprint", "insecure")
OWN = ("family", "backend_id", "mode", "request_timeout", "max_sessions")
Given = dict[str, Raw]


class UsageError(Exception):
    """The command cannot be run as it was written."""


class NoPassword(argparse.Action):
    """Refuse a password among the arguments, and do not show it once more."""

    def __call__(self, *_: object) -> None:
        """Refuse it; raises ArgumentError."""
        raise argparse.ArgumentError(
            self,
            f"a password is no option, since every user of the machine could read it: set {PREFIX}PASSWORD and "
            f"{PREFIX}REMOTE_PASSWORD, or type it on a terminal",
        )


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which arrays are meant."""
    group = parser.add_argument_group(
        "arrays",
        "Home is the array the replications are set up from, remote their replication target. Options that are not\n"
        "written come from the environment, as for the provider. A password is no option: it comes from\n"
        "XIVDS8K_PASSWORD and XIVDS8K_REMOTE_PASSWORD, or is typed.",
    )
    group.add_argument("--family", choices=("xiv", "ds8k"), help="or XIVDS8K_FAMILY")
    group.add_argument("--endpoints", metavar="HOST[:PORT],…", help="home's addresses, or XIVDS8K_ENDPOINTS")
    group.add_argument("--username", metavar="NAME", help="or XIVDS8K_USERNAME")
    for name in ("--password", "--remote-password"):
        group.add_argument(name, action=NoPassword, help=argparse.SUPPRESS)
    group.add_argument("--ca-file", metavar="FILE", help="the authority of home's certificate, or XIVDS8K_CA_FILE")
    group.add_argument("--ca-pem", metavar="TEXT", help="the same as PEM text")
    group.add_argument("--fingerprint", metavar="HEX", help="SHA-256 of home's certificate, instead of an authority")
    group.add_argument("--insecure", action="store_true", default=None, help="do not verify home's certificate")
    group.add_argument("--backend-id", metavar="LABEL", help="what home is called; default unless written")
    remote = "remote array's"
    group.add_argument("--remote-endpoints", metavar="HOST[:PORT],…", help="or XIVDS8K_REMOTE_ENDPOINTS")
    group.add_argument("--remote-username", metavar="NAME", help="or XIVDS8K_REMOTE_USERNAME")
    group.add_argument("--remote-ca-file", metavar="FILE", help="or XIVDS8K_REMOTE_CA_FILE")
    group.add_argument("--remote-ca-pem", metavar="TEXT", help="the same as PEM text")
    group.add_argument("--remote-fingerprint", metavar="HEX", help=f"SHA-256 of the {remote} certificate")
    group.add_argument("--remote-insecure", action="store_true", default=None, help="do not verify it")
    group.add_argument("--remote-backend-id", metavar="LABEL", help="what it is called; remote unless written")
    group.add_argument(
        "--port-pairs",
        metavar="HOME:REMOTE,…",
        help="DS8000: the ports of paths, such as I0010:I0230; all unless written",
    )
    group.add_argument(
        "--max-sessions", metavar="N", type=int, help="most connections to each array at once; 8 unless written"
    )
    group.add_argument("--mode", choices=("full", "no_destroy", "read_only"), help="or XIVDS8K_MODE")
    group.add_argument("--request-timeout", metavar="TIME", help="longest wait for one answer; 60s unless written")
    group.add_argument(
        "--simulator", metavar="FILE", help="two simulated arrays that are kept in this file, for trying things out"
    )
    group.add_argument(
        "--simulator-array", metavar="NAME", help="which of them is home; the family's first unless written"
    )


@dataclass(frozen=True)
class Environment:
    """Hold the variables, and what to do for a password that is not among them."""

    variables: Mapping[str, str] = field(repr=False)  # it may hold the passwords
    ask_secret: Callable[[str], str] | None

    def get(self, name: str) -> str | None:
        """Return a variable of ours, None when unset or empty."""
        return self.variables.get(PREFIX + name.upper()) or None


def settings_of(options: argparse.Namespace, environment: Environment) -> Given:
    """Return what stands in the provider block for these options; raises UsageError."""
    given: Given = {name: getattr(options, name) for name in OWN}
    if given["family"] is None and environment.get("family") is None:
        raise UsageError("Say which kind of arrays these are: --family xiv or --family ds8k, or XIVDS8K_FAMILY.")
    if options.simulator is not None or environment.get("simulator") is not None:
        _refuse_both(options)
        file = options.simulator or environment.get("simulator")
        _refuse_missing(file)
        simulator: Given = {"state_file": file, "array": options.simulator_array}
        return given | {"simulator": simulator, "replication_target": _target(options)}
    home = _reach(options, environment, "")
    remote = _reach(options, environment, "remote_")
    return given | home | {"replication_target": remote | _target(options)}


def _target(options: argparse.Namespace) -> Given:
    """Return what is said of the replication target beside how it is reached."""
    pairs: list[Raw] = []
    for text in _split(options.port_pairs):
        home, colon, remote = text.partition(":")
        if not (home and colon and remote):
            raise UsageError(f"--port-pairs {text}: write HOME:REMOTE, such as I0010:I0230.")
        pairs.append({"home": home.strip(), "remote": remote.strip()})
    return {"backend_id": options.remote_backend_id, "port_pairs": pairs or None}


def _refuse_both(options: argparse.Namespace) -> None:
    if options.endpoints or options.remote_endpoints:
        raise UsageError(
            "A simulator (--simulator or XIVDS8K_SIMULATOR) and endpoints exclude each other: it is not clear which "
            "arrays are meant."
        )


def _refuse_missing(file: str | None) -> None:
    """Refuse a file that is not there: made anew, it would say that nothing is replicated."""
    path = Path(file or "")
    if not path.is_file():
        raise UsageError(
            f"There is no simulator's file {path.absolute()} (--simulator or XIVDS8K_SIMULATOR); none is made here. "
            "Name the one the provider made: .xivds8k/simulator.db in the folder Terraform runs in, unless state_file "
            "says otherwise."
        )


def _reach(options: argparse.Namespace, environment: Environment, side: str) -> Given:
    """Return how one array is reached."""
    named = _split(getattr(options, f"{side}endpoints"))
    others = {"", side}  # the environment's target belongs to the environment's array, as do the credentials of both
    own = not any(_is_another(options, environment, other) for other in others)
    endpoints = named or (_split(environment.get(f"{side}endpoints")) if own else [])
    if not endpoints:
        raise UsageError(_missing(side, "endpoints"))
    given: Given = {"endpoints": list(endpoints)}
    for name in ("username", *TRUST):
        given[name] = getattr(options, f"{side}{name}")
    if own and given["username"] is None:
        given["username"] = environment.get(f"{side}username")
    if own and not any(given[name] for name in TRUST):
        given["ca_file"] = environment.get(f"{side}ca_file")
    if given["username"] is None:
        raise UsageError(_missing(side, "username"))
    return given | {"password": _password(environment, side, endpoints[0], own=own)}


def _is_another(options: argparse.Namespace, environment: Environment, side: str) -> bool:
    """Tell whether an option names another array than the environment does."""
    written, found = (
        _split(text) for text in (getattr(options, f"{side}endpoints"), environment.get(f"{side}endpoints"))
    )
    return bool(written and found) and written != found


def _password(environment: Environment, side: str, where: str, *, own: bool) -> str:
    found = environment.get(f"{side}password") if own else None
    if found is None and environment.ask_secret is not None:
        found = environment.ask_secret(f"Password for {where}: ") or None
    if found is None:
        variable = f"{PREFIX}{side}password".upper()
        why = "" if own else " The environment names other arrays by itself, so its passwords are theirs."
        raise UsageError(f"There is no password for {where}: set {variable}, or run it on a terminal.{why}")
    return found


def _missing(side: str, name: str) -> str:
    option, variable = f"--{side}{name}".replace("_", "-"), f"{PREFIX}{side}{name}".upper()
    what = "The remote array, which is the replication target," if side else "Home"
    return f"{what} needs {name}: write {option}, or set {variable} (beside XIVDS8K_ENDPOINTS, and no --endpoints)."


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]
