"""FlashCopy relations between volumes of a DS8000 (ds8k-rest.md §4.1).

A relation is named by its volumes, ``S:T``.  Whether it may be made or ended is the flow's to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..array import FlashCopyOption
from ..errors import DriverError, NotFound, Refused
from ..objects import Relation, Volume
from ..waiting import Budget
from .client import Client
from .envelope import REPORT_IT, Answer, Record, confirm_parts, raise_if_failed, unclear
from .gate import AnswerLostError
from .records import number, reference, text

KEYS = ("flashcopies", "flashcopy")  # either is seen (§2, key name traps [S])
THAW_S = 10.0  # one call: there is to be time for another before the array's own timer ends a freeze
ENABLED = frozenset({"enabled", "true", "yes"})

Pair = tuple[str, str]


class DS8KFlashCopies:
    """Keep the contract of ``array.FlashCopies``."""

    def __init__(self, client: Client, volumes_in: Callable[[str, Budget], tuple[Volume, ...]]) -> None:
        self._client = client
        self._volumes_in = volumes_in

    def of_volume(self, volume_id: str, budget: Budget) -> tuple[Relation, ...]:
        """Return the relations a volume is source or target of, by the older read form."""
        found = self._client.read(f"/volumes/{volume_id}/flashcopy", budget, f"list the FlashCopies of {volume_id}")
        relations = tuple(map(relation_of, found.records("flashcopy", "flashcopies")))
        strange = [one.id for one in relations if volume_id.upper() not in {one.source_id, one.target_id}]
        if strange:
            raise Refused(
                f"The array's answer about the FlashCopies of {volume_id} tells of {', '.join(strange)}",
                left_behind="Nothing was concluded from it.",
                next_step=REPORT_IT,
            )
        return relations

    def find(self, source_id: str, target_id: str, budget: Budget) -> Relation | None:
        """Return one relation with what is left to copy, None by the code that means there is none."""
        wanted = f"{source_id}:{target_id}".upper()

        def unfit(answer: Answer) -> str:
            shown = [relation_of(record).id for record in answer.records(*KEYS)]
            return "" if shown in ([], [wanted]) else f"the answer is about {', '.join(shown)}, not {wanted}"

        try:
            answer = self._client.read(f"/cs/flashcopies/{wanted}", budget, f"show FlashCopy {wanted}", unfit)
        except NotFound:
            return None
        found = tuple(map(relation_of, answer.records(*KEYS)))
        return found[0] if found else None

    def listing(self, budget: Budget) -> tuple[Relation, ...]:
        """Return all relations of the array, in one call."""
        found = self._client.read("/flashcopy", budget, "list the FlashCopies")
        return tuple(map(relation_of, found.records("flashcopy", "flashcopies")))

    def establish(
        self, pairs: tuple[Pair, ...], options: tuple[FlashCopyOption, ...], budget: Budget
    ) -> Mapping[Pair, DriverError]:
        """Make relations in one call; return what went wrong, by pair."""
        doing = f"FlashCopy {', '.join(f'{source}:{target}' for source, target in pairs)}"
        params: dict[str, Any] = {
            "volume_pairs": [{"source_volume": source, "target_volume": target} for source, target in pairs],
            "options": list(options),
        }
        answer = self._client.write("POST", "/cs/flashcopies", budget, doing, params)
        if len(pairs) == 1 and not answer.responses:
            return {}
        if len(answer.responses) != len(pairs):
            raise unclear(doing, f"It was asked for {len(pairs)} pairs and answered {len(answer.responses)}")
        failures: dict[Pair, DriverError] = {}
        for (source, target), part in zip(pairs, answer.responses, strict=True):
            try:
                raise_if_failed(part, f"FlashCopy {source}:{target}")
            except AnswerLostError as lost:
                raise unclear(doing, f"It did not say what became of {source}:{target}") from lost
            except DriverError as refusal:
                failures[source, target] = refusal
        return failures

    def withdraw(self, relation: Relation, budget: Budget) -> None:
        """End a relation."""
        path = f"/cs/flashcopies/{relation.id}"
        doing = f"withdraw FlashCopy {relation.id}"
        confirm_parts(self._client.write("DELETE", path, budget, doing, None), doing)

    def thaw(self, lss_ids: tuple[str, ...], budget: Budget) -> None:
        """Let hosts write again to the source volumes of LSSs; waits for no other request."""
        doing = f"thaw LSS {', '.join(lss_ids)}"
        params = {"lss_ids": list(lss_ids)}
        answer = self._client.write("POST", "/cs/flashcopies/unfreeze", budget, doing, params, urgent_s=THAW_S)
        confirm_parts(answer, doing)

    def volumes_in(self, lss_id: str, budget: Budget) -> tuple[Volume, ...]:
        """Return all volumes in an LSS."""
        return self._volumes_in(lss_id, budget)


def relation_of(record: Record) -> Relation:
    """Return the relation a record of either read form describes; raises Refused where it names no volumes."""
    source = reference(record, "sourcevolume") or reference(record, "source_volume")
    target = reference(record, "targetvolume") or reference(record, "target_volume")
    if not source or not target:
        raise Refused("The array does not say which volumes a FlashCopy relation has", next_step=REPORT_IT)
    return Relation(
        source_id=source,
        target_id=target,
        state=text(record, "state", "unknown"),
        is_persistent=_is_enabled(record, "persistent"),
        is_copying=_is_enabled(record, "backgroundcopy"),
        is_recording=_is_enabled(record, "recording"),
        tracks_left=number(record, "out_of_sync_tracks") if text(record, "out_of_sync_tracks", "") else None,
    )


def _is_enabled(record: Record, name: str) -> bool:
    return text(record, name, "disabled").lower() in ENABLED
