"""The options of ``replication``: which replications, what the user vouches for, how to be told."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from terraform_provider_xivds8k.driver import Operation, Scope, Side, Terms
from terraform_provider_xivds8k.schema import duration_s

from .settings import UsageError, add_settings

JSON = "--json"
PROGRAM = "terraform-provider-xivds8k replication"
OPERATIONS: dict[str, tuple[Operation, str]] = {
    "switch": ("switch", "change the sides of replications that are in step; hosts stopped, nothing is lost"),
    "failover": ("failover", "promote the copy because the other array is lost"),
    "resync": ("resync", "make both sides alike again; what one of them has alone is discarded"),
    "failback": ("failback", "resync where needed, then bring them home"),
}
SCOPE_USAGE = "{--replication-id ID… | --consistency-group NAME | --pool NAME… --expected-count N}"
EXIT_CODES = """\
exit codes:
  0  done, or shown; what was there already counts as done
  1  refused or failed; no replication was moved
  2  the command was not written correctly; no array was asked to change anything
  3  partly done: some replications are where they should be and others are not, or it is not known where one is; look
     at the status, then run it again: it finishes what is left

The same checks are made as by the action xivds8k_replication_failover; see docs/guides/disaster-failover.md.
"""


class Once(argparse.Action):
    """Keep the value of an option; a second one that says something else is refused, not taken for the first."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse calls it so
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        """Keep the value; raises ArgumentError."""
        if getattr(namespace, self.dest, None) not in {None, values}:
            raise argparse.ArgumentError(self, f"it is written twice, and what it says differs: {values}")
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """Say what is wrong to whoever parses, so that it is told where and as results are; raises UsageError."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.register("action", None, Once)

    def error(self, message: str) -> NoReturn:
        """Show how it is written; raises UsageError."""
        self.print_usage(sys.stderr)
        raise UsageError(message)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command, which raises UsageError."""
    made = Parser(
        prog=PROGRAM,
        description="Look at replications, and bring them from one array to the other, without Terraform.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    words = "how replications stand, read from both arrays now; an array that is dead is part of it"
    status = commands.add_parser(
        "status",
        usage=f"{PROGRAM} status [{SCOPE_USAGE}] [OPTION]…",
        help=words,
        description=f"Show {words}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_scope(status, required=False)
    _add_common(status)
    for name, (_, text) in OPERATIONS.items():
        one = commands.add_parser(
            name,
            usage=f"{PROGRAM} {name} {SCOPE_USAGE} [OPTION]…",
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,  # nothing is meant by half a word
        )
        _add_scope(one, required=True)
        _add_terms(one, name)
        _add_common(one)
        one.add_argument("--yes", action="store_true", help="do not ask; needed where no terminal is there to ask on")
    return made


def scope_of(options: argparse.Namespace) -> Scope:
    """Return which replications are meant; raises UsageError."""
    if options.pool and options.expected_count is None:
        raise UsageError("--pool needs --expected-count: how many replications you expect there, a group counted once.")
    if options.expected_count is not None and not options.pool:
        raise UsageError("--expected-count goes with --pool.")
    if options.expected_count is not None and options.expected_count < 1:
        raise UsageError(f"--expected-count {options.expected_count}: allowed is 1 or more.")
    return Scope(
        ids=tuple(options.replication_id or ()),
        group=options.consistency_group,
        pools=tuple(options.pool or ()),
        expected_count=options.expected_count,
    )


def terms_of(options: argparse.Namespace) -> Terms:
    """Return what the user vouches for; raises UsageError."""
    loss_s = getattr(options, "max_data_loss_seconds", None)
    if loss_s is not None and loss_s < 0:
        raise UsageError(f"--max-data-loss-seconds {loss_s}: allowed is 0 or more.")
    return Terms(
        dry_run=options.dry_run,
        io_stopped=options.io_stopped,
        force=getattr(options, "force", False),
        accept_inconsistent=getattr(options, "accept_inconsistent", False),
        max_data_loss_s=loss_s,
        authoritative_backend_id=options.authoritative_backend_id,
        mode=getattr(options, "replication_mode", None),
    )


def to_of(options: argparse.Namespace) -> Side | None:
    """Return the side that is to serve."""
    side: Side | None = getattr(options, "to", None)
    return side


def deadline_of(options: argparse.Namespace) -> float | None:
    """Return how long it may take, in seconds; raises UsageError."""
    if options.timeout is None:
        return None
    seconds = duration_s(options.timeout)
    if seconds is None or seconds <= 0:
        raise UsageError(f'--timeout {options.timeout}: write a duration such as "90s", "20m" or "1h30m".')
    return seconds


def _add_scope(one: argparse.ArgumentParser, *, required: bool) -> None:
    every = "" if required else "; all there are unless written"
    group = one.add_argument_group(
        "which replications", f"In exactly one way; never everything{every}." if required else f"In one way{every}."
    )
    ways = group.add_mutually_exclusive_group(required=required)
    ways.add_argument(
        "--replication-id",
        action="append",
        metavar="ID",
        help="by its id or the remote volume's id; may be given several times. While an XIV does not answer only the "
        "ids of the other array's volumes are known. SYSTEM_ID/ID says on which array the volume is",
    )
    ways.add_argument("--consistency-group", metavar="NAME", help="one mirrored group (XIV)")
    ways.add_argument(
        "--pool", action="append", metavar="NAME", help="all in this pool of the remote array; several times"
    )
    if required:
        group.add_argument("--expected-count", type=int, metavar="N", help="with --pool: how many there must be")


def _add_terms(one: argparse.ArgumentParser, operation: str) -> None:
    group = one.add_argument_group("what you vouch for", "Each is refused without, where it matters.")
    group.add_argument("--dry-run", action="store_true", help="all checks, the exact replications and calls; no change")
    if operation in {"switch", "failover"}:
        group.add_argument("--to", choices=("remote", "home"), help="the side that is to serve; remote unless written")
    group.add_argument("--io-stopped", action="store_true", help="hosts do not write to the side that gives way")
    if operation == "failover":
        group.add_argument("--force", action="store_true", help="although the serving array answers, or may be alive")
        group.add_argument("--accept-inconsistent", action="store_true", help="although the copy is not consistent")
        group.add_argument(
            "--max-data-loss-seconds", type=int, metavar="N", help="refuse what may lose more, or nobody knows how much"
        )
    group.add_argument(
        "--authoritative-backend-id",
        metavar="LABEL",
        help="the side whose data stays where both may have been written: a label or a system id",
    )
    if operation != "failover":
        group.add_argument(
            "--replication-mode",
            choices=("metro_mirror", "global_copy"),
            help="DS8000: how to copy afterwards, where a broken-off move of a Global Copy left Metro Mirror",
        )


def _add_common(one: argparse.ArgumentParser) -> None:
    one.add_argument("--timeout", metavar="TIME", help="how long it may take, such as 20m")
    one.add_argument(JSON, action="store_true", help="the result as one JSON document on stdout")
    add_settings(one)
