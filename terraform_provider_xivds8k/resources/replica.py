"""What is replicated stays as it was while home does not answer, as long as the remote array lists its pair."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from terraform_provider_xivds8k.driver import DriverError, Refused, XIVDS8KDriver, called, way_on
from terraform_provider_xivds8k.lifecycle import Diagnostics, is_silence

LOOK_S = 30.0


class HomeSilentError(Exception):
    """Home does not answer, and the state of what was to be read stands."""


@contextmanager
def standing_in(
    driver: XIVDS8KDriver,
    own_id: str,
    *,
    name: str,
    system_id: str,
    diagnostics: Diagnostics,
    what: str,
    said: str | None = None,
) -> Iterator[None]:
    """Turn home's silence into HomeSilentError where the remote array lists the pair; other errors pass.

    What it does not list counts as not replicated.  ``said`` is what it is called in the warning, where that is not
    what is in the pair.
    """
    try:
        yield
    except DriverError as error:
        if not is_silence(error):
            raise
        pair = driver.find_replica(own_id, name=name, system_id=system_id, deadline=LOOK_S)
        if pair is None:
            raise
        diagnostics.warning(
            None,
            f"The home array does not answer: replicated {what}s are shown as they were",
            f"{what.capitalize()} {said or called(name, own_id)}: the remote array lists its pair, row {pair.row} "
            f"({pair.state.replace('_', ' ')}). Home: {error.summary}.",
        )
        raise HomeSilentError from error


@contextmanager
def changing(driver: XIVDS8KDriver, own_id: str, *, name: str, system_id: str) -> Iterator[None]:
    """Have home's silence say, of a replicated volume that was to be changed, its pair's row and the way on."""
    try:
        yield
    except DriverError as error:
        pair = None
        if is_silence(error) and driver.settings.replication_target is not None:
            pair = driver.find_replica(own_id, name=name, system_id=system_id, deadline=LOOK_S)
        if pair is None:
            raise
        raise Refused(
            f"{called(name, own_id)} cannot be changed: its pair is in row {pair.row} ({pair.state.replace('_', ' ')})",
            happened=f"Home does not answer: {error.summary}. {error.happened}".rstrip(),
            left_behind=error.left_behind,
            next_step=f"{way_on(pair.row)} A replicated volume is changed while home serves and both arrays answer.",
        ) from error
