"""What is said of a consistent FlashCopy that was not one: which pairs, which LSSs, what is left."""

from __future__ import annotations

from ..errors import DriverError, InDoubt, Refused
from ..objects import Volume
from .freezing import FREEZE_S, Frozen, frozen_words

THAWS_FIRST = "Run it again: it thaws these LSSs first."


def failed(what: str, made: Frozen) -> DriverError | None:
    """Return what kept a copy from being of one point in time, None where nothing did.

    ``what`` was to be made by it, with its name, as in "group snapshot monday".
    """
    if made.is_consistent:
        return None
    if made.is_whole:
        error = _inconsistent(what, made)
    elif isinstance(made.error, InDoubt):
        error = _lost(what, made)
    elif made.error is not None:
        error = made.error
    else:
        error = _refused(what, made)
    at_risk = made.lss_ids if made.may_come_late else tuple(sorted(made.unthawed))
    if at_risk:
        error.frozen = at_risk
        why = next(iter(made.unthawed.values()), None)
        if why is not None and why is not error:
            error.happened = f"{error.happened} Thawing LSS {', '.join(made.unthawed)} failed: {in_brief(why)}".strip()
    return error


def _inconsistent(what: str, made: Frozen) -> DriverError:
    lss = ", ".join(made.lss_ids)
    late = f"From the copy to the thaw of LSS {lss} {made.took_s:.0f} s passed"
    timer = f"the array's own timer lets hosts write again after {FREEZE_S:g} s"
    if made.took_s > FREEZE_S:
        return Refused(
            f"{capital(what)} is not of one point in time and was not kept",
            happened=f"{late}; {timer}.",
            next_step="Look at the array's health, then run it again.",
        )
    why = next(iter(made.unthawed.values()))
    return Refused(
        f"{capital(what)} is not of one point in time for certain and was not kept",
        happened=f"The thaw of LSS {', '.join(made.unthawed)} after the copy was not confirmed; {timer}.",
        next_step=THAWS_FIRST,
        code=why.code,
        words=why.words,
    )


def _lost(what: str, made: Frozen) -> DriverError:
    late = ", ".join(sorted(f"{source}:{target}" for source, target in made.may_come_late))
    return InDoubt(
        f"It is not known whether the array made the copies for {what}",
        happened=f"The request was sent, and no answer came that can be trusted. FlashCopy {late} was not seen "
        "afterwards and may still come.",
        next_step=THAWS_FIRST,
    )


def _refused(what: str, made: Frozen) -> DriverError:
    first = next(iter(made.refused.values()))
    listed = "; ".join(
        f"{source}:{target}: {error.code} {error.words}" for (source, target), error in made.refused.items()
    )
    return type(first)(
        f"The array did not copy every volume for {what}",
        happened=f"Of {len(made.pairs)} pairs it refused {len(made.refused)}: {listed}.",
        next_step=first.next_step or "Correct what it says, then run it again.",
        code=first.code,
        words=first.words,
    )


def tell_left(error: DriverError, left: tuple[tuple[str, Volume], ...]) -> None:
    """Say in an error what is left on the array of the copies, and which LSSs may be frozen."""
    error.left_copies = left
    error.left = left[0][1] if left else None
    told = [frozen_words(error.frozen)] if error.frozen else []
    doubt = error.left_behind if isinstance(error, InDoubt) else ""  # of a target whose creation was sent
    if left:
        listed = ", ".join(f"{volume.name} (id {volume.id})" for _, volume in left)
        told.append(f"Left on the array, made by this run: {listed}.")
    elif not doubt:
        told.append("No target is left on the array.")
    if doubt:
        told.append(doubt)
    error.left_behind = " ".join(told)
    if error.frozen and THAWS_FIRST not in error.next_step:
        error.next_step = f"{error.next_step} {THAWS_FIRST}".strip()


def tell_thawed(error: DriverError, lss_ids: tuple[str, ...]) -> None:
    """Say in an error which LSSs were thawed at last."""
    if not lss_ids:
        return
    error.frozen = tuple(lss for lss in error.frozen if lss not in lss_ids)
    error.happened = f"{error.happened} LSS {', '.join(lss_ids)} was thawed after undoing.".strip()
    if not error.frozen:
        error.next_step = error.next_step.replace(THAWS_FIRST, "Run it again.")


def tell_of_undoing(error: DriverError, second: DriverError) -> None:
    """Say in an error, once, what kept its targets from being removed again."""
    told = f"Undoing failed too: {in_brief(second)}"
    if told not in error.happened:
        error.happened = f"{error.happened} {told}".strip()


def capital(words: str) -> str:
    """Return words as a sentence begins with them."""
    return words[:1].upper() + words[1:]


def in_brief(error: DriverError) -> str:
    """Return an error in a sentence or two, for another's text."""
    array = f" The array said {error.code}: {error.words.rstrip('.')}. {error.cause}" if error.code else ""
    return f"{error.summary.rstrip('.')}.{array}".rstrip()
