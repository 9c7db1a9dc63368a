"""How a volume's size is written, planned, grown and read.

``size_gib`` and ``size_bytes`` are two spellings of one size.  ``asked_bytes`` (what the user asked for last) and
``made_bytes`` (what the array reported right after) are kept privately: an XIV may round up, and that is no drift.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from terraform_provider_xivds8k.driver import Cancelled, DriverError, InDoubt, TimedOut
from terraform_provider_xivds8k.lifecycle import Change, Diagnostics, Private
from terraform_provider_xivds8k.schema import (
    UNKNOWN,
    Attr,
    Model,
    Raw,
    Unknown,
    between,
    multiple_of,
    optional_computed,
)
from terraform_provider_xivds8k.schema import computed as computed_attribute

GIB = 2**30
BLOCK = 512
ASKED, MADE, GROWING = "asked_bytes", "made_bytes", "growing_to_bytes"
LARGEST_UNIT = 16 * GIB  # an XIV may round a size up to whole units of so much


class Sized(Model):
    """Have a size in two spellings."""

    size_gib: Attr[int | None] = optional_computed(
        "Size in whole GiB (2^30 bytes); may only grow. Null where the size is not a whole number of GiB. Write this "
        "or `size_bytes`; both must agree.",
        check=[between(1, 2**30)],
    )
    size_bytes: Attr[int] = optional_computed(
        "Size in bytes, a multiple of 512; may only grow.", check=[between(BLOCK, 2**60), multiple_of(BLOCK)]
    )
    actual_bytes: Attr[int] = computed_attribute(
        "Size the array reports, in bytes; an XIV may round a size up.", changes_with=("size_bytes", "size_gib")
    )


def wanted_bytes(config: Sized) -> Raw:
    """Return the configured size in bytes, None when neither spelling is written, ``UNKNOWN`` when not known yet."""
    gib, size = config.raw["size_gib"], config.raw["size_bytes"]
    if isinstance(size, int):
        return size
    if isinstance(gib, int):
        return gib * GIB
    return UNKNOWN if isinstance(gib, Unknown) or isinstance(size, Unknown) else None


def check_agreement(config: Sized, diagnostics: Diagnostics) -> None:
    """Complain when the two spellings say different sizes."""
    gib, size = config.raw["size_gib"], config.raw["size_bytes"]
    if isinstance(gib, int) and isinstance(size, int) and size != gib * GIB:
        diagnostics.error(
            Sized.size_bytes,
            "size_gib and size_bytes disagree",
            f"size_gib = {gib} is {gib * GIB} bytes, size_bytes = {size}. Write one of them, or make both say the "
            "same.",
        )


def plan_sizes(change: Change[Any], fixed_bytes: int | None = None, *, replaced: bool = False) -> None:
    """Plan both spellings; ``fixed_bytes`` is the size of a fixed model, used when neither is written.

    What is ``replaced`` may become smaller.
    """
    wanted = wanted_bytes(change.config)
    wanted = fixed_bytes if wanted is None else wanted
    if wanted is None:
        change.diagnostics.error(
            None,
            "A volume needs a size",
            "Neither size_gib nor size_bytes is written. Write size_gib (whole GiB) or size_bytes (a multiple of 512).",
        )
    elif change.prior is None or replaced:
        _plan_as_written(change, wanted)
    else:
        _plan_against(change, change.prior, wanted)


def _plan_against(change: Change[Any], prior: Sized, wanted: Raw) -> None:
    had = prior.known(Sized.size_bytes)
    if isinstance(wanted, Unknown) or had is None or (isinstance(wanted, int) and wanted > had):
        _plan_as_written(change, wanted)
        return
    if wanted != had:
        _judge_smaller(change, had, wanted)
    for attribute in (Sized.size_gib, Sized.size_bytes):
        if not prior.is_null(attribute) or change.config.is_null(attribute):
            change.keep_prior(attribute)


def _judge_smaller(change: Change[Any], had: int, wanted: Raw) -> None:
    asked = change.private.get(ASKED)
    where = Sized.size_bytes if change.configured(Sized.size_bytes) else Sized.size_gib
    if wanted == asked:
        change.diagnostics.warning(
            where,
            f"The volume was grown outside Terraform to {had} bytes",
            f"The configuration asks for {wanted} bytes. Nothing is changed: a volume cannot shrink. "
            f"Write size_bytes = {had} to take the new size over.",
        )
    elif asked is not None and asked != had:
        change.diagnostics.error(
            where,
            "A volume cannot shrink",
            f"The volume was grown outside Terraform to {had} bytes; {wanted} bytes are asked for. "
            f"Write at least size_bytes = {had}{_in_gib(had)}.",
        )
    else:
        change.diagnostics.error(
            where,
            "A volume cannot shrink",
            f"It has {had} bytes; {wanted} bytes are asked for. Write at least size_bytes = {had}{_in_gib(had)}, or "
            "make a new, smaller volume and copy the data on a host.",
        )


def _in_gib(size_bytes: int) -> str:
    """Return what the other attribute is written as for the same size, where it can be."""
    return f" (size_gib = {size_bytes // GIB})" if size_bytes % GIB == 0 else ""


def _plan_as_written(change: Change[Any], wanted: Raw) -> None:
    derived: dict[str, Raw] = {"size_gib": UNKNOWN, "size_bytes": UNKNOWN}
    if isinstance(wanted, int):
        derived = {"size_gib": wanted // GIB if wanted % GIB == 0 else None, "size_bytes": wanted}
    for name, value in derived.items():
        written = change.config.raw[name]
        change.planned.raw[name] = value if written is None else written


def remember(private: Private, *, asked_bytes: int, made_bytes: int) -> None:
    """Keep what was asked for and what the array made of it."""
    private[ASKED], private[MADE] = asked_bytes, made_bytes
    private.pop(GROWING, None)


@contextmanager
def growing(private: Private, wanted_bytes: int) -> Iterator[None]:
    """Keep what a growth asks for while it is not known to have failed: its end may not be seen."""
    private[GROWING] = wanted_bytes
    try:
        yield
    except (InDoubt, TimedOut, Cancelled):
        raise
    except DriverError:
        private.pop(GROWING)
        raise


def needs_growth(private: Private, *, wanted_bytes: int, actual_bytes: int) -> bool:
    """Tell whether the array has to be asked, which it need not where it rounded up far enough before."""
    return actual_bytes < wanted_bytes or private.get(MADE) != actual_bytes


def read_sizes(state: Sized, private: Private, actual_bytes: int, *, rounds: bool) -> None:
    """Bring the sizes up to date with what the array reports; ``rounds`` is whether it may round a size up."""
    state.set(Sized.actual_bytes, actual_bytes)
    if _is_ours(private, actual_bytes, LARGEST_UNIT if rounds else 1):
        asked = private[GROWING]
        state.set(Sized.size_bytes, asked)
        state.set(Sized.size_gib, asked // GIB if asked % GIB == 0 else None)
        remember(private, asked_bytes=asked, made_bytes=actual_bytes)
        return
    if actual_bytes == private.get(MADE) and not state.is_null(Sized.size_bytes):
        return
    state.set(Sized.size_bytes, actual_bytes)
    if actual_bytes % GIB == 0:
        state.set(Sized.size_gib, actual_bytes // GIB)
    elif MADE not in private:
        state.set(Sized.size_gib, None)


def _is_ours(private: Private, actual_bytes: int, unit_bytes: int) -> bool:
    """Tell whether a new size is what a growth whose end was not seen made, rounded up at most."""
    asked = private.get(GROWING)
    return asked is not None and actual_bytes != private.get(MADE) and 0 <= actual_bytes - asked < unit_bytes
