"""What no source confirms of pairs, the other way round than by default: what the replication tests are to meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.simulators.ds8k.switches import SWITCHES as DS8K_SWITCHES
from terraform_provider_xivds8k.simulators.switches import Switch
from terraform_provider_xivds8k.simulators.xiv.switches import SWITCHES as XIV_SWITCHES

PREFIXES: Mapping[Family, str] = {"xiv": "xiv_mirror_", "ds8k": "pprc_"}
TOGETHER = 3
OTHERWISE = {  # in the other position some flows are refused: met by tests of their own
    "xiv_mirror_async_switch_refused",  # roles of an asynchronous mirror are never switched then
    "xiv_mirror_acknowledgements_lost",  # what was replicated differs on the two arrays then
}
SWITCHES: Mapping[Family, Sequence[Switch]] = {"xiv": XIV_SWITCHES, "ds8k": DS8K_SWITCHES}
FLIPPED: Mapping[Family, Sequence[tuple[str, bool]]] = {
    family: [(one.name, not one.default) for one in SWITCHES[family] if one.name.startswith(prefix)]
    for family, prefix in PREFIXES.items()
}


def _some_at_a_time(family: Family) -> tuple[Mapping[str, bool], ...]:
    kept = [one for one in FLIPPED[family] if one[0] not in OTHERWISE]
    return tuple(dict(kept[first : first + TOGETHER]) for first in range(0, len(kept), TOGETHER))


TURNED: Mapping[Family, Sequence[Mapping[str, bool]]] = {"xiv": _some_at_a_time("xiv"), "ds8k": _some_at_a_time("ds8k")}
