"""A DS8000 whose first answer to one order does not come through, and what others do before it is asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from terraform_provider_xivds8k.driver import Side
from terraform_provider_xivds8k.driver.core import Core
from terraform_provider_xivds8k.driver.ds8k.array import DS8KArray
from terraform_provider_xivds8k.driver.errors import DriverError
from terraform_provider_xivds8k.driver.flows.pair_views import PairViews
from terraform_provider_xivds8k.driver.pprcs import Pprcs

from .pprc_stage import Stage


class Interrupted:
    """Hand every order on to an array, but for the first one of a name: that one ends with an error."""

    def __init__(self, within: Pprcs, order: str, meanwhile: Callable[[], None], error: DriverError) -> None:
        self._within = within
        self._order = order
        self._meanwhile = meanwhile
        self._error: DriverError | None = error

    def __getattr__(self, name: str) -> Any:
        """Return how an order is carried out."""
        carried_out = getattr(self._within, name)
        return self._first if name == self._order and self._error is not None else carried_out

    def _first(self, *_: object, **__: object) -> None:
        error, self._error = self._error, None
        self._meanwhile()
        assert error is not None
        raise error


@contextmanager
def interrupted(
    stage: Stage, side: Side, order: str, meanwhile: Callable[[], None], error: DriverError
) -> Iterator[PairViews]:
    """Return both arrays as flows see them, one of which does not carry out the first order of a name."""
    cores: dict[Side, Core] = {"home": stage.driver._views.home, "remote": stage.driver._views.remote}
    core = cores[side]
    array = DS8KArray(core.settings)
    assert array.pprcs is not None
    array.pprcs = cast("Pprcs", Interrupted(array.pprcs, order, meanwhile, error))
    cores[side] = Core(core.settings, array, core.stop)
    try:
        yield PairViews(cores["home"], cores["remote"])
    finally:
        array.close()
