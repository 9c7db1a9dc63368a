"""What is told of a LUN that is in use: whether this run chose it for an attachment that has none written."""

from __future__ import annotations

import functools
from collections.abc import Callable

from terraform_provider_xivds8k.driver import LunTaken, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Create, Resource

from .host_attachment_model import HostAttachment, holder_of, named, side_of

CHOSEN = "chosen_luns"  # note of the run: the attachments whose LUN was chosen, in words
NOT_BOTH = "LUNs that are written and LUNs that are chosen get into each other's way on one host."

Creating = Callable[..., HostAttachment]


def tells_of_chosen_luns(create: Creating) -> Creating:
    """Make the error of a creation say which of two attachments is to be changed where they want one LUN."""

    @functools.wraps(create)
    def telling(self: Resource[HostAttachment, XIVDS8KDriver], operation: Create[HostAttachment]) -> HostAttachment:
        chosen: dict[tuple[str, str | None, int], str] = {}
        if self.configured is not None:
            chosen = self.configured.notes.setdefault(CHOSEN, chosen)
        try:
            made = create(self, operation)
        except LunTaken as taken:
            wanted = operation.planned
            lun = wanted.known(HostAttachment.lun) or 0
            _explain(taken, chosen.get((side_of(wanted), holder_of(wanted), lun)))
            raise
        if operation.config.is_null(HostAttachment.lun):
            chosen[side_of(made), holder_of(made), made.lun] = named(made)
        return made

    return telling


def _explain(taken: LunTaken, chosen: str | None) -> None:
    if chosen is None:
        taken.next_step = (
            "Write another lun here, or leave it out to get a free one. Where the other is an attachment without lun, "
            f"its LUN was chosen: write lun there, too. {NOT_BOTH}"
        )
        return
    taken.happened = f"{taken.happened} This run chose it for {chosen}, whose attachment has no lun written.".lstrip()
    taken.next_step = f"Write lun for that attachment, too, or leave it out here. {NOT_BOTH}"
