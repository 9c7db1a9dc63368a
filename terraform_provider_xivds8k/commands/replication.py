"""``replication status|switch|failover|resync|failback``: for the day when Terraform cannot be used, and for looking.

Nothing is decided here: the core checks every member on both arrays before it touches the first.  Here a person is
shown what would be done and asked for the operation's name and the number of replications, and told where each one is.
"""

from __future__ import annotations

import argparse
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import TypeVar

from terraform_provider_xivds8k.driver import (
    DriverError,
    FailoverReport,
    LookedAt,
    Refused,
    ReplicationStatus,
    Terms,
    XIVDS8KDriver,
)
from terraform_provider_xivds8k.schema import Raw

from .console import Console, printable
from .replication_options import JSON, OPERATIONS, PROGRAM, deadline_of, parser, scope_of, terms_of, to_of
from .replication_tables import (
    acts_on,
    error_text,
    refusal_json,
    report_json,
    report_text,
    side_line,
    status_json,
    status_lines,
)
from .running import Sign, aside, heeding
from .settings import Environment, UsageError, settings_of

T = TypeVar("T")
Open = Callable[[Mapping[str, Raw], Sign], XIVDS8KDriver]
DONE, FAILED, USAGE, PARTLY = range(4)


@dataclass(frozen=True)
class Surroundings:
    """Be what a command runs in: variables, streams, the sign to stop and how a driver is opened from settings."""

    variables: Mapping[str, str]
    console: Console
    sign: Sign
    open_driver: Open


def run(arguments: Sequence[str], around: Surroundings) -> int:
    """Run one command and return its exit code."""
    try:
        options = parser().parse_args(list(arguments))
    except SystemExit as ended:  # it was asked for help
        return int(ended.code or 0)
    except UsageError as wrong:
        around.console.say(f"{PROGRAM}: {wrong}")
        if JSON in arguments:
            around.console.show(refusal_json(arguments[0], Refused(f"{wrong}"), "UsageError"))
        return USAGE
    command: _Status | _Operation = (_Status if options.command == "status" else _Operation)(options, around)
    try:
        return command.ended(command.run())
    except UsageError as wrong:
        command.refuse(f"{options.command}: {wrong}", kind="UsageError")
        return USAGE
    except KeyboardInterrupt:  # before it began or after it was told; in between a signal is a sign to stop
        text = "What was told above is how it ended." if command.is_begun else "Nothing was changed."
        around.console.say("")
        command.refuse(text, kind="Cancelled")
        return PARTLY if command.is_begun else FAILED
    except Exception as defect:  # noqa: BLE001 - on a bad day nobody is helped by a traceback, but by what to do
        command.refuse(_defect_text(defect), kind="Defect")
        return PARTLY


def _defect_text(defect: Exception) -> str:
    """Say of an unexpected exception what a report needs, without the values it may carry."""
    *_, last = traceback.extract_tb(defect.__traceback__)
    return (
        f"Error: the program has a defect: {type(defect).__name__} at {last.filename}:{last.lineno}. What was asked "
        "for may have been done in part: look at replication status before anything else. Please report it."
    )


class _Command:
    """One command with its driver."""

    is_begun = False  # from here on anything may be another than before
    is_shown = False

    def __init__(self, options: argparse.Namespace, around: Surroundings) -> None:
        self.options = options
        self.around = around
        self.console = around.console

    def opened(self) -> XIVDS8KDriver:
        """Return the driver the settings lead to; raises UsageError, DriverError."""
        ask = self.console.ask_secret if self.console.is_terminal else None
        return self.around.open_driver(
            settings_of(self.options, Environment(self.around.variables, ask)), self.around.sign
        )

    def heeding(self) -> AbstractContextManager[None]:
        """Let a signal end cleanly what is going on, and take nothing of its result."""
        return heeding(self.around.sign, lambda: self.console.say("Stopping: looking where each one is."))

    def show(self, document: Callable[[], str], lines: Callable[[], Iterable[str]]) -> None:
        """Show the result: as one document and no second one, or as lines."""
        if not self.options.json:
            for line in lines():
                self.console.show(line)
        elif not self.is_shown:
            self.is_shown = True
            self.console.show(document())

    def refuse(self, text: str, *, kind: str) -> None:
        """Tell why nothing more comes."""
        self.console.say(text)
        self.show(lambda: refusal_json(self.options.command, Refused(text), kind), tuple)

    def ended(self, code: int) -> int:
        """Return the exit code, and tell where the result could not be written: of looking nothing else is left."""
        if not self.console.is_result_lost:
            return code
        self.console.say("The result could not be written to stdout.")
        return FAILED if self.options.command == "status" and code == DONE else code

    def failed(self, error: DriverError) -> int:
        """Tell an error, and where each member is; return the exit code."""
        for line in error_text(error):
            self.console.say(line)
        report = error.report
        self.show(
            lambda: refusal_json(self.options.command, error) if report is None else report_json(report, error),
            lambda: () if report is None else report_text(report),
        )
        return PARTLY if error.report is not None and _is_begun(error.report) else FAILED


class _Status(_Command):
    def run(self) -> int:
        deadline = deadline_of(self.options)
        with ExitStack() as heeded:
            try:
                driver = self.opened()
                heeded.enter_context(self.heeding())
                try:
                    found = aside(lambda: self._found(driver, deadline))
                    sides = [side_line(side, one) for side, one in (("Home", driver), ("Remote", driver.remote))]
                finally:
                    driver.close()
            except DriverError as error:
                return self.failed(error)
            self.show(lambda: status_json(found), lambda: (*sides, *status_lines(found)))
            return DONE

    def _found(self, driver: XIVDS8KDriver, deadline: float | None) -> tuple[ReplicationStatus, ...]:
        return driver.get_replication_status(
            self.options.replication_id,
            consistency_group_id=self.options.consistency_group,
            pools=self.options.pool,
            deadline=deadline,
        )


class _Operation(_Command):
    def run(self) -> int:
        scope, terms, deadline = scope_of(self.options), terms_of(self.options), deadline_of(self.options)
        operation = OPERATIONS[self.options.command][0]
        asks = not (self.options.yes or terms.dry_run)
        if asks and not self.console.is_terminal:
            self.refuse(
                f"{operation} is refused: there is no terminal to confirm it on. What would happen: replications would "
                "be moved that nobody has looked at. Look with --dry-run, then add --yes.",
                kind="Refused",
            )
            return FAILED
        with ExitStack() as heeded:  # until the report is shown
            try:
                driver = self.opened()
                try:

                    def act(terms: Terms) -> FailoverReport:
                        return driver.failover_host(
                            operation=operation,
                            to=to_of(self.options),
                            scope=scope,
                            terms=terms,
                            deadline=deadline,
                            progress=lambda line: self.console.say(printable(line)),
                        )

                    looked = self._looked(lambda: act(replace(terms, dry_run=True))) if asks else None
                    would = _would_move(looked) if looked is not None else None
                    if looked is not None and would and not self._is_confirmed(looked, len(would)):
                        return FAILED
                    heeded.enter_context(self.heeding())
                    if looked is not None and not would:  # what was seen is how it is: there is nothing to send
                        report = replace(looked, dry_run=False)
                    else:
                        self.is_begun = not terms.dry_run
                        report = aside(lambda: act(replace(terms, confirmed=would)))
                finally:
                    driver.close()
            except DriverError as error:
                return self.failed(error)
            self.show(lambda: report_json(report), lambda: report_text(report))
            return DONE

    def _looked(self, look: Callable[[], FailoverReport]) -> FailoverReport:
        with self.heeding():
            return aside(look)

    def _is_confirmed(self, looked: FailoverReport, count: int) -> bool:
        """Tell whether a person types the operation's name and the number of replications it would act on."""
        for line in report_text(looked, is_asked=True):
            self.console.say(line)
        words = f"{looked.operation} {count}"
        answer = self.console.ask(f"\n{acts_on(looked, count)} Type {words!r} to go on: ")
        if answer != words:
            self.refuse("That is not it. Nothing was changed.", kind="Refused")
        return answer == words


def _would_move(report: FailoverReport) -> frozenset[LookedAt]:
    """Return what a dry run would move."""
    return frozenset(member.looked_at for member in report.members if member.outcome == "would move")


def _is_begun(report: FailoverReport) -> bool:
    """Tell whether anything is another than before, or may be."""
    return any(
        member.outcome == "moved" or member.in_doubt or (member.outcome == "failed" and member.after != member.before)
        for member in report.members
    )
