"""Ending a FlashCopy relation that is known to be ours, seen to be gone afterwards.

Sent once: a second one, carried out late, could end the relation of somebody who was given the target's id since.
"""

from __future__ import annotations

from collections.abc import Callable

from ..array import FlashCopies
from ..core import Core
from ..errors import DriverError, InDoubt, NotFound
from ..waiting import Budget
from .thawing import NOTHING_SENT


def withdraw(
    core: Core,
    flashcopies: FlashCopies,
    source_id: str,
    target_id: str,
    budget: Budget,
    *,
    on_begun: Callable[[], None] = lambda: None,
) -> None:
    """End a relation; one that is gone is done.  The target loses what is not copied, so the caller has looked.

    ``on_begun`` is told when the relation has ended, or may have.  Raises InDoubt where the answer was lost and the
    relation is still seen.
    """

    def is_gone(look: Budget) -> bool:
        return flashcopies.find(source_id, target_id, look) is None

    def send() -> None:
        found = flashcopies.find(source_id, target_id, budget)
        if found is None:
            return
        try:
            flashcopies.withdraw(found, budget)
        except NOTHING_SENT:
            raise
        except DriverError as error:
            if isinstance(error, InDoubt) or not core.certainly(budget.for_a_look(), lambda look: not is_gone(look)):
                on_begun()
            raise
        on_begun()

    core.recent.forget()
    try:
        core.patiently(budget, send)
    except NotFound:
        if not is_gone(budget):
            raise
    except InDoubt:
        if not core.certainly(budget.for_a_look(), is_gone):
            raise
    finally:
        core.recent.forget()
    core.wait_until(budget, is_gone, f"FlashCopy {source_id}:{target_id} to disappear")
