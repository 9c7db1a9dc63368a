"""Every flow there is on consistency groups and members, for the sweep of faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terraform_provider_xivds8k.driver import Family
from terraform_provider_xivds8k.resources import ConsistencyGroupMemberResource, ConsistencyGroupResource

from .group_benches import GroupWitness
from .group_runs import Config, CopiedRun, Ground, ImportedRun, KeptRun, MembersRun, ReadRun, new_core
from .resource_runs import timeouts
from .sweep_parts import Bench, Flow, Run
from .volume_runs import SHORT_S

BOTH: tuple[Family, ...] = ("xiv", "ds8k")
XIV: tuple[Family, ...] = ("xiv",)


def _ground(bench: Bench, *, made: bool) -> Ground:
    ground = Ground(bench, bench.world.new_name())
    if made and isinstance(bench.witness, GroupWitness):
        bench.witness.make_group(ground.group, bench.notes["pools"][0].name)
    return ground


def _group(run: type[KeptRun] = KeptRun, *, made: bool, wanted: bool = True, **more: Any) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground, kind = _ground(bench, made=made), ConsistencyGroupResource
        config: Config = {"name": ground.group, "pool": bench.notes["pools"][0].name}
        core = new_core(kind, bench)
        if made and run is not ImportedRun:
            core.import_object(f"name:{ground.group}")
            assert core.instance is not None
            core.instance.state["timeouts"] = timeouts(SHORT_S)
        arguments = {name: text.format(group=ground.group) for name, text in more.items()}
        return run(ground, kind, config if wanted else None, core, ground.there, **arguments)

    return arrange


def _member(run: type[KeptRun] = KeptRun, *, inside: bool, wanted: bool = True) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground, kind = _ground(bench, made=True), ConsistencyGroupMemberResource
        kept = bench.family == "xiv"
        volume = ground.add_volume(member=inside and kept)
        config: Config = {"consistency_group_id": ground.group, "volume_id": volume.id}
        core, more = new_core(kind, bench), {}
        text = f"{ground.group}/{volume.id}"
        if run is ImportedRun:
            more = {"text": text}
        elif inside:
            core.import_object(text) if kept else core.run(config)
            assert core.instance is not None
            core.instance.state["timeouts"] = timeouts(SHORT_S)
        exists = (lambda: bool(ground.inside())) if kept else (lambda: None)
        return run(ground, kind, config if wanted else None, core, exists, **more)

    return arrange


def _members(bench: Bench) -> Run:
    ground = _ground(bench, made=True)
    stays, leaves = (ground.add_volume(member=True).id for _ in range(2))
    add = tuple(ground.add_volume().id for _ in range(2))
    return MembersRun(ground, add, (leaves,), {stays})


def _copied(bench: Bench) -> Run:
    ground = _ground(bench, made=True)
    for _ in range(2):
        ground.add_volume(member=True)
    return CopiedRun(ground)


FROM_SOURCE = Flow("create_consistencygroup_from_src", XIV, _copied)
GROUP_FLOWS = (
    Flow("make a group", XIV, _group(made=False)),
    Flow("destroy a group", XIV, _group(made=True, wanted=False)),
    Flow("read a group", XIV, _group(ReadRun, made=True)),
    Flow("import a group", XIV, _group(ImportedRun, made=True, text="name:{group}")),
    Flow("put a member in", BOTH, _member(inside=False)),
    Flow("take a member out", XIV, _member(inside=True, wanted=False)),
    Flow("read a member", BOTH, _member(ReadRun, inside=True)),
    Flow("import a member", XIV, _member(ImportedRun, inside=True)),
    Flow("update_consistencygroup", XIV, _members),
)
