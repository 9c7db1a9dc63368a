"""What goes wrong in a stateful test: strategies for it, and how it is asked of the simulation."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from terraform_provider_xivds8k.driver import Family

from .volume_stage import Stage

DELAY_S = 0.4
LOOKS_LOST = 6

COMMANDS: dict[Family, tuple[str, ...]] = {
    "xiv": ("vol_create", "vol_rename", "vol_resize", "vol_move", "vol_delete", "perf_class_*", "vol_list"),
    "ds8k": ("POST /volumes", "PUT /volumes/{id}", "DELETE /volumes/{id}", "GET /volumes/{id}", "GET /lss*"),
}
WRITES: dict[Family, tuple[str, ...]] = {
    "xiv": ("vol_create", "vol_rename", "vol_resize", "vol_move", "vol_delete", "perf_class_add_vol"),
    "ds8k": ("POST /volumes", "PUT /volumes/{id}", "DELETE /volumes/{id}"),
}
LOOKS: dict[Family, tuple[str, ...]] = {"xiv": ("vol_list",), "ds8k": ("GET /volumes/{id}", "GET /lss/{id}/volumes")}
CODES: dict[Family, tuple[str, ...]] = {
    "xiv": ("MIRROR_RETRY_OPERATION", "NOT_ENOUGH_SPACE", "ACCESS_DENIED", "MCL_TIMEOUT", "NO_SUCH_CODE"),
    "ds8k": ("BE7A0000", "BE534459", "000000AE", "BE7A001A"),
}
LOST = ("drop_before", "drop_after", "garbage", "half", "wrong_id", "delay_before", "delay_after")

Fault = dict[str, Any]

_one = st.fixed_dictionaries(
    {
        "which": st.integers(0, 15),  # one of COMMANDS, or any call at all
        "nth": st.integers(1, 9),
        "times": st.sampled_from([1, 1, 1, 2, 3]),
        "action": st.sampled_from([*LOST, "error", "down"]),
        "code": st.integers(0, 15),
    }
)
# the answer to a change is lost, and so are those to the look-ups after it
_unseen = st.builds(
    lambda action, times, seen: [{"write": action, "times": times}, {"seen": seen}],
    st.sampled_from(["drop_before", "drop_before", "drop_after", "delay_before", "garbage"]),
    st.sampled_from([1, 3]),
    st.sampled_from([1, 2, 3, 99, 99, 99]),  # 99: the look-ups are answered
)
faults: st.SearchStrategy[list[Fault]] = st.one_of(
    st.just([]), st.lists(_one, min_size=1, max_size=2), _unseen, _unseen
)


def cause(stage: Stage, fault: Fault) -> None:
    """Let one of ``faults`` happen from now on."""
    commands, codes = COMMANDS[stage.family], CODES[stage.family]
    if "write" in fault:
        for command in WRITES[stage.family]:
            stage.break_down(command=command, action=fault["write"], times=fault["times"], **_delay(fault["write"]))
    elif "seen" in fault:
        for command in LOOKS[stage.family]:
            stage.break_down(command=command, action="drop_before", nth=fault["seen"], times=LOOKS_LOST)
    else:
        which, action = fault["which"], fault["action"]
        command, nth = (commands[which], 1) if which < len(commands) else ("*", fault["nth"])
        more = {"code": codes[fault["code"] % len(codes)]} if action == "error" else _delay(action)
        stage.break_down(command=command, nth=nth, times=fault["times"], action=action, **more)


def _delay(action: str) -> dict[str, Any]:
    return {"seconds": DELAY_S} if action.startswith("delay") else {}
