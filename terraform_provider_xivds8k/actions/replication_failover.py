"""Switch, failover, resync and failback of replications."""

from __future__ import annotations

from dataclasses import replace

from terraform_provider_xivds8k.driver import (
    BadCredentials,
    Busy,
    Cancelled,
    DriverError,
    FailoverReport,
    Scope,
    Terms,
    TimedOut,
    XIVDS8KDriver,
    report_lines,
    title,
)
from terraform_provider_xivds8k.lifecycle import Action, Diagnostics, Effect, Invocation, problem_text
from terraform_provider_xivds8k.lifecycle.modes import warn_of_mode
from terraform_provider_xivds8k.schema import is_wholly_known

from .replication_failover_model import ReplicationFailover, complain

IN_STEP = {1, 4}
SHOWN = 20


class ReplicationFailoverAction(Action[ReplicationFailover, XIVDS8KDriver]):
    """Move pairs by the driver, after all its checks."""

    model = ReplicationFailover
    default_timeout_s = 3600.0

    def validate(self, config: ReplicationFailover, diagnostics: Diagnostics) -> None:
        complain(config, diagnostics, family=self.configured.family if self.configured is not None else None)

    def effect(self, config: ReplicationFailover) -> Effect:
        """Tell it; whether a failback discards anything shows in the look alone (``plan``)."""
        if config.known(ReplicationFailover.dry_run):
            return "looks"
        return "destroys" if config.known(ReplicationFailover.operation) == "resync" else "changes"

    def plan(self, config: ReplicationFailover, diagnostics: Diagnostics) -> None:
        """Warn of what would be lost, and of what would be refused now; a refused sign-in is an error."""
        if not is_wholly_known(config.raw):
            return
        try:
            looked = self._moved(config, dry_run=True)
        except BadCredentials as refused:
            diagnostics.add(refused)
        except DriverError as refusal:
            unseen = isinstance(refusal, Busy | Cancelled | TimedOut)
            said = "It could not be looked at" if unseen else "It would be refused now"
            diagnostics.warning(None, f"{said}: {refusal.summary}", problem_text(refusal))
        else:
            if not config.known(ReplicationFailover.dry_run):
                self._warn(config, looked, diagnostics)

    def _warn(self, config: ReplicationFailover, looked: FailoverReport, diagnostics: Diagnostics) -> None:
        losing = [member for member in looked.members if member.lost]
        if losing:
            lines = [f"{member.name}: {member.lost}" for member in losing[:SHOWN]]
            more = [f"... and {len(losing) - SHOWN} more"] if len(losing) > SHOWN else []
            if any(".before-" in member.lost for member in losing):
                more.append("A snapshot's name will carry the time of the operation itself.")
            whole = len(looked.members)
            count = f"{len(losing)} of {whole} replications" if whole > 1 else losing[0].name
            diagnostics.warning(None, f"{title(looked)}: what may be lost of {count}", "\n".join([*lines, *more]))
        discards = looked.operation == "failback" and any(member.before not in IN_STEP for member in looked.members)
        if discards and self.effect(config) != "destroys":
            _warn_of_discarding(self, diagnostics)

    def invoke(self, invocation: Invocation[ReplicationFailover]) -> None:
        config = invocation.config
        try:
            report = self._moved(config, dry_run=bool(config.dry_run), invocation=invocation)
        except DriverError as error:
            if error.report is None:
                raise
            _tell(invocation, error.report)
            told = "\n".join(error_lines(error.report))
            invocation.diagnostics.error(None, error.summary, f"{problem_text(error)}\n\n{told}")
        else:
            _tell(invocation, report)

    def _moved(
        self,
        config: ReplicationFailover,
        *,
        dry_run: bool,
        invocation: Invocation[ReplicationFailover] | None = None,
    ) -> FailoverReport:
        return self.driver.failover_host(
            operation=config.operation,
            to=config.to,
            scope=Scope(
                ids=tuple(config.replication_ids or ()),
                group=config.consistency_group_id,
                pools=tuple(config.pools or ()),
                expected_count=config.expected_count,
            ),
            terms=Terms(
                dry_run=dry_run,
                io_stopped=bool(config.io_stopped),
                force=bool(config.force),
                accept_inconsistent=bool(config.accept_inconsistent),
                max_data_loss_s=config.max_data_loss_seconds,
                authoritative_backend_id=config.authoritative_backend_id,
                mode=config.mode,
            ),
            deadline=invocation.left_s if invocation is not None else None,
            progress=invocation.progress if invocation is not None else None,
        )


def error_lines(report: FailoverReport) -> tuple[str, ...]:
    """Return what an error says of the members: of all that are few, else of those that failed, as far as one reads."""
    whole, failed = len(report.members), report.failed
    if whole <= SHOWN:
        return report_lines(report)
    more = f"; {SHOWN} of them are below" if len(failed) > SHOWN else ", and are below"
    head = f"{len(failed)} of {whole} failed{more}. What became of each of the {whole} was told before this error."
    return (head, *report_lines(replace(report, members=failed[:SHOWN])))


def _warn_of_discarding(action: ReplicationFailoverAction, diagnostics: Diagnostics) -> None:
    """Warn where the mode refuses a failback that discards one side's writes, as it refuses a resync."""
    configured = action.configured
    if configured is not None and configured.guards.mode == "no_destroy":
        warn_of_mode(configured, diagnostics, destroys=True)


def _tell(invocation: Invocation[ReplicationFailover], report: FailoverReport) -> None:
    """Show what became of each member, or what would."""
    if report.dry_run:
        moving = sum(member.outcome == "would move" for member in report.members)
        invocation.progress(
            f"dry run: nothing was changed; {title(report)} would act on {moving} of {len(report.members)} replications"
        )
    for line in report_lines(report):
        invocation.progress(line)
