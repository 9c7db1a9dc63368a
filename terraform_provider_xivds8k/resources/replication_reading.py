"""What a refresh tells of a pair that it cannot take over as it is."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import DriverError, Pair, WrongSystem, called
from terraform_provider_xivds8k.driver import Replication as ArrayReplication
from terraform_provider_xivds8k.lifecycle import Diagnostics

from .replication_model import Replication, keeps_remote, named, said_of

NOT_IN_STEP = 2
NOT_UNDERSTOOD = frozenset({14, 16})
OF_DS8000 = frozenset({"metro_mirror", "global_copy"})  # a broken switch leaves a Global Copy as Metro Mirror


def refuse_other_home(state: Replication, pair: Pair) -> None:
    """Refuse a pair of another home array, where the remote array tells which one it copies with."""
    half = pair.remote
    theirs = half.peer_key if half is not None and pair.home is None else None
    if theirs is None or "-" not in theirs or theirs.casefold() == state.system_id.casefold():
        return
    raise WrongSystem(
        f"The remote array's {pair.name} is a pair with {theirs}, not with {state.system_id}",
        happened="Home does not answer, and ids repeat across arrays.",
        left_behind="Nothing was changed.",
        next_step="Correct the endpoints of the provider and of its replication_target, or the alias.",
        attribute="system_id",
    )


def tell_of_partial(state: Replication, pair: Pair, diagnostics: Diagnostics) -> None:
    """Warn of a pair that one array alone tells of, or that nobody understands; its state stands."""
    if pair.row in NOT_UNDERSTOOD:
        diagnostics.warning(
            None,
            f"{named(state)} is {said_of(pair)}",
            "The state is kept as it was, and it is gone only when both arrays say so. Look at the pair on both of "
            "them. What only one array has is ended by destroying this where that says that home serves; nothing is "
            "done to what is not understood.",
        )
        return
    silent = "home" if pair.home is None else "remote"
    diagnostics.warning(
        None,
        f"The {silent} array does not answer: replications are shown as they were",
        f"{named(state)}: {said_of(pair)}. The other array lists it, so nothing of it is planned.",
    )


def tell_of_halt(state: Replication, pair: Pair, diagnostics: Diagnostics) -> None:
    """Warn of a pair that home serves and that copies nothing, because it was told not to."""
    if pair.row != NOT_IN_STEP or pair.home is None or pair.home.standing != "inactive":
        return
    diagnostics.warning(
        None,
        f"{named(state)} does not copy: {said_of(pair)}",
        "Nothing that is written at home is protected until it does. Find out who stopped it and why; the operation "
        "resync of xivds8k_replication_failover lets it copy again.",
    )


def tell_of_drift(state: Replication, found: ArrayReplication, diagnostics: Diagnostics) -> None:
    """Warn of what was changed outside and is nothing to undo by a new pair."""
    had, called = state.known(Replication.mode), state.known(Replication.remote_name)
    mode, remote_name = found.mode, found.remote_name
    if had is not None and had != mode:
        diagnostics.warning(
            Replication.mode,
            f"{named(state)} is copied as {mode} now, not as {had}",
            _why_another_mode(found),
        )
    if _is_another(state, found):
        _take_another(state, found, diagnostics)
    elif called is not None and called != remote_name:
        diagnostics.warning(
            Replication.remote_name,
            f"The remote volume of {named(state)[:1].lower()}{named(state)[1:]} is called {remote_name} now",
            f"It was asked for as {called}: it was renamed outside Terraform, or its pair made anew. Nothing is "
            f'planned for that; remote_name = "{remote_name}" takes the name into the state.',
        )


def _why_another_mode(found: ArrayReplication) -> str:
    if found.mode in OF_DS8000:
        return (
            "A switch of a Global Copy that was broken off leaves it so: run the switch again to finish it. Else it "
            f'was changed outside Terraform: mode = "{found.mode}" takes that over.'
        )
    rpo = f"with rpo_seconds = {found.rpo_s}" if found.mode == "async" else "without rpo_seconds"
    return (
        "It was changed outside Terraform, or by an apply that was broken off. Nothing is planned for that, since an "
        "XIV goes back only by a new pair that copies everything. To take it over as it is, write "
        f'mode = "{found.mode}" {rpo}; once that is applied, another mode can be planned.'
    )


def _is_another(state: Replication, found: ArrayReplication) -> bool:
    had = state.known(Replication.remote_volume_id)
    return had is not None and had.casefold() != found.remote_id.casefold()


def _take_another(state: Replication, found: ArrayReplication, diagnostics: Diagnostics) -> None:
    """Tell of another remote volume, which nobody has agreed to delete."""
    before = called(state.known(Replication.remote_name), state.known(Replication.remote_volume_id))
    kept = ""
    if not keeps_remote(state):
        state.set(Replication.remote_on_delete, None)
        kept = (
            ' What remote_on_delete = "delete" was said of is the former one: this one is kept when the pair ends, '
            "until an apply writes that line again."
        )
    diagnostics.warning(
        Replication.remote_volume_id,
        f"{named(state)} goes to another volume now: {called(found.remote_name, found.remote_id)}, not {before}",
        "The pair was ended and made anew outside Terraform, with a remote volume that this resource never made, "
        f"in pool {found.remote_pool}. It is taken into the state, and nothing is planned for its name and pool. Where "
        f"the former one is still on the remote array, nothing manages it.{kept}",
    )


def warn_of_unlisted(silent: dict[str, DriverError], diagnostics: Diagnostics) -> None:
    """Warn of pairs that a listing lacks, since one array alone tells of them."""
    diagnostics.warning(
        None,
        f"Not all replications are listed ({len(silent)} are not): one of the arrays does not answer",
        f"Not listed: {', '.join(silent)}. {next(iter(silent.values()))}",
    )


def warn_of_broken(broken: list[Pair], diagnostics: Diagnostics) -> None:
    """Warn of pairs that a listing lacks, since one array alone has them, or nobody understands them."""
    those = "1 is" if len(broken) == 1 else f"{len(broken)} are"
    found = "\n".join(f"  {pair.name} is in {said_of(pair)}" for pair in broken)
    diagnostics.warning(
        None,
        f"Not all replications are listed ({those} not): broken, or not understood",
        f"Not listed, and not to be imported as they are:\n\n{found}\n\nLook at them on both arrays.",
    )
