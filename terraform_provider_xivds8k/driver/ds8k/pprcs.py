"""PPRC pairs and paths of a DS8000, made and changed (ds8k-rest.md §4.2 [S] Cinder); read by ``pairs``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..errors import DriverError, NotFound, Refused
from ..pprcs import PairEnd, PairEnds, PairOption, PairType, PortPair, PprcPath
from ..waiting import Budget
from .client import Client
from .envelope import REPORT_IT, Answer, Record, confirm_parts, raise_if_failed, unclear
from .gate import AnswerLostError
from .records import reference, text

PATHS = ("paths", "pprc_paths")
LINKS = ("physical_links", "pprc_physical_links")
SHOWN = 4


class DS8KPprcs:
    """Keep the contract of ``pprcs.Pprcs``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    # paths

    def links(self, target_wwnn: str, source_lss: str, target_lss: str, budget: Budget) -> tuple[PortPair, ...]:
        """Return the I/O ports through which the other array can be reached."""
        answer = self._client.read(
            "/cs/pprcs/physical_links",
            budget,
            f"list the links to {target_wwnn}",
            target_system_wwnn=target_wwnn.upper(),
            source_lss_id=source_lss,
            target_lss_id=target_lss,
        )
        found = [_ports(record) for record in answer.records(*LINKS)]
        return tuple(sorted(set(found)))

    def paths(self, budget: Budget, source_lss: str | None = None) -> tuple[PprcPath, ...]:
        """Return all paths that begin here, or those of one LSS."""
        query = {"source_lss_id_from": source_lss, "source_lss_id_to": source_lss} if source_lss else {}
        answer = self._client.read("/cs/pprcs/paths", budget, "list the PPRC paths", **query)
        found = tuple(_path(record) for record in answer.records(*PATHS))
        return tuple(one for one in found if source_lss is None or one.source_lss == source_lss.upper())

    def find_path(self, path_id: str, budget: Budget) -> PprcPath | None:
        """Return one path, None by the code that means there is none."""
        wanted = path_id.upper()

        def unfit(answer: Answer) -> str:
            shown = [text(record, "id", "").upper() for record in answer.records(*PATHS)]
            return "" if shown in ([], [wanted]) else f"the answer is about {', '.join(shown)}, not path {wanted}"

        try:
            answer = self._client.read(
                f"/cs/pprcs/paths/{quote(wanted, safe=':_')}", budget, f"show PPRC path {wanted}", unfit
            )
        except NotFound:
            return None
        found = [_path(record) for record in answer.records(*PATHS)]
        return found[0] if found else None

    def path_id(self, source_wwnn: str, source_lss: str, target_wwnn: str, target_lss: str) -> str:
        """Return what a path is called [S]."""
        return f"{source_wwnn}_{source_lss}:{target_wwnn}_{target_lss}".upper()

    def create_path(
        self, target_wwnn: str, source_lss: str, target_lss: str, ports: tuple[PortPair, ...], budget: Budget
    ) -> None:
        """Make a path."""
        doing = f"make a PPRC path from LSS {source_lss} to LSS {target_lss} of {target_wwnn}"
        params = {
            "target_system_wwnn": target_wwnn.upper(),
            "source_lss_id": source_lss,
            "target_lss_id": target_lss,
            "port_pairs": [{"source_port_id": source, "target_port_id": target} for source, target in ports],
        }
        confirm_parts(self._client.write("POST", "/cs/pprcs/paths", budget, doing, params), doing)

    def delete_path(self, path_id: str, budget: Budget) -> None:
        """Delete a path."""
        doing, path = f"delete PPRC path {path_id}", f"/cs/pprcs/paths/{quote(path_id.upper(), safe=':_')}"
        confirm_parts(self._client.write("DELETE", path, budget, doing, None), doing)

    # pairs

    def create(
        self, pairs: tuple[PairEnds, ...], kind: PairType, options: tuple[PairOption, ...], budget: Budget
    ) -> Mapping[PairEnds, DriverError]:
        """Make pairs, or fail them over."""
        params = {
            "volume_pairs": [
                {
                    "source_volume": one.source,
                    "source_system_id": one.source_system,
                    "target_volume": one.target,
                    "target_system_id": one.target_system,
                }
                for one in pairs
            ],
            "type": kind,
            "options": list(options),
        }
        doing = "fail over" if "failover" in options else "pair"
        return self._each("/cs/pprcs", pairs, doing, params, budget)

    def pause(self, pairs: tuple[PairEnds, ...], budget: Budget) -> Mapping[PairEnds, DriverError]:
        """Suspend pairs."""
        return self._each("/cs/pprcs/pause", pairs, "pause", {"pprc_ids": [one.id for one in pairs]}, budget)

    def resume(
        self, pairs: tuple[PairEnds, ...], kind: PairType, options: tuple[PairOption, ...], budget: Budget
    ) -> Mapping[PairEnds, DriverError]:
        """Let suspended pairs copy what differs."""
        params = {"pprc_ids": [one.id for one in pairs], "type": kind, "options": list(options)}
        return self._each("/cs/pprcs/resume", pairs, "resume", params, budget)

    def delete(self, pairs: tuple[PairEnds, ...], end: PairEnd, budget: Budget) -> Mapping[PairEnds, DriverError]:
        """End pairs from one end."""
        ids = [(one.source, one.source_system) if end == "source" else (one.target, one.target_system) for one in pairs]
        params = {
            "volume_full_ids": [{"volume_id": volume, "system_id": system} for volume, system in ids],
            "options": ["unconditional", f"issue_{end}"],
        }
        return self._each("/cs/pprcs/delete", pairs, "end", params, budget)

    def _each(
        self, path: str, pairs: tuple[PairEnds, ...], doing: str, params: dict[str, Any], budget: Budget
    ) -> Mapping[PairEnds, DriverError]:
        """Ask for something for pairs; return what went wrong with single ones."""
        more = f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
        said = f"{doing} {', '.join(one.id for one in pairs[:SHOWN])}{more}"
        answer = self._client.write("POST", path, budget, said, params)
        if len(pairs) == 1 and not answer.responses:
            return {}
        if len(answer.responses) != len(pairs):
            raise unclear(said, f"It was asked for {len(pairs)} pairs and answered {len(answer.responses)}")
        failures: dict[PairEnds, DriverError] = {}
        for pair, part in zip(pairs, answer.responses, strict=True):
            try:
                raise_if_failed(part, f"{doing} {pair.id}")
            except AnswerLostError as lost:
                raise unclear(said, f"It did not say what became of {pair.id}") from lost
            except DriverError as refusal:
                failures[pair] = refusal
        return failures


def _path(record: Record) -> PprcPath:
    given = record.get("port_pairs") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise Refused("The array does not say which ports a PPRC path has", next_step=REPORT_IT)
    return PprcPath(
        id=text(record, "id").upper(),
        source_lss=reference(record, "source_lss_id") or text(record, "source_lss_id").upper(),
        target_lss=reference(record, "target_lss_id") or text(record, "target_lss_id").upper(),
        target_wwnn=text(record, "target_system_wwnn").upper(),
        states={_ports(one): text(one, "state", "").casefold() for one in given},
    )


def _ports(record: Record) -> PortPair:
    return text(record, "source_port_id").upper(), text(record, "target_port_id").upper()
