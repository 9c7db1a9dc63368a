"""Copies for the sweep of faults: the source keeps what it holds, and no part of a copy is ever taken for all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terraform_provider_xivds8k.driver import Volume, XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import privacy
from terraform_provider_xivds8k.resources.volume_source import UNFINISHED

from .copying import DS8KBystander, bystander_of
from .core import Core
from .resource_runs import ResourceRun, new_core, timeouts
from .sweep_benches import LABEL, labels, write_label
from .sweep_parts import Bench, Flow, Run, Seen, Told
from .volume_flows import GROWN_GIB, Ground
from .volume_runs import GIB, SHORT_S, DriverRun, Wanted

OTHER = "only the source"
OPTIONS = ["persistent", "permit_space_efficient_target"]


class CopyGround(Ground):
    """Be what a copy starts from: a volume that was written to, under another name than the copy's."""

    def __init__(self, bench: Bench, *, written: bool = True) -> None:
        super().__init__(bench)
        self.source = self._seen(bench.witness.make(bench.world.new_name(), self.wanted().place, self.gib * GIB))
        self.holds = [LABEL] if written else []
        if written:
            write_label(bench, self.source.id, self.source.name)

    def snapshot(self) -> str:
        """Have a snapshot of the source, and the source written to since."""
        bystander = bystander_of(self.bench.world)
        try:
            taken = bystander.snapshot(self.source)
        finally:
            bystander.close()
        write_label(self.bench, self.source.id, self.source.name, OTHER)
        self.holds = [LABEL, OTHER]
        return taken

    def asked(self) -> dict[str, Any]:
        """Return what a copy larger than its source is asked for with."""
        more: dict[str, Any] = {"qos_class": "gold"} if self.bench.family == "xiv" else {"provisioning": "thin"}
        return {"name": self.name, "pool": self.pools[0].id, **more}

    def shall(self) -> Wanted:
        """Return how the copy shall be in the end."""
        return self.wanted(gib=GROWN_GIB, more="gold" if self.bench.family == "xiv" else "ese")

    def check_source(self) -> None:
        """Make sure that the source holds what it held, and that nothing of the copy is left on it."""
        held = labels(self.bench, self.source.id, self.source.name)
        assert held == self.holds, f"the source holds {held}"

    def check_copy(self, found: tuple[Seen, ...]) -> None:
        """Make sure that what is said to be the copy holds all of it."""
        (copy,) = [seen for seen in found if seen.name == self.name]
        assert labels(self.bench, copy.id, copy.name) == [LABEL], "called a copy, and is none"
        assert not self.bench.calm.volume_users(copy.id), "still in a relation"


class CopyRun(ResourceRun):
    """Have the resource make a copy."""

    def __init__(self, ground: CopyGround, **source: str) -> None:
        config = {**ground.asked(), "size_gib": GROWN_GIB, **source}
        super().__init__(ground.bench, config, ground.shall(), names={ground.name})
        self.ground = ground

    def judge(self, told: Told) -> None:
        super().judge(told)
        self.ground.check_source()

    def check_done(self, found: tuple[Seen, ...]) -> None:
        super().check_done(found)
        self.ground.check_source()
        self.ground.check_copy(found)


class DriverCopyRun(DriverRun):
    """Have the driver make a copy."""

    def __init__(self, ground: CopyGround, source_id: str, call: Callable[[XIVDS8KDriver, float], Volume]) -> None:
        super().__init__(ground.bench, call, ground.shall(), {ground.name})
        self.ground = ground
        self.source_id = source_id

    def judge(self, told: Told) -> None:
        super().judge(told)
        self.ground.check_source()
        if self.done:
            self.ground.check_copy(self.check_array())

    def finish(self, told: Told) -> None:
        """Call it again, after what was left and named is deleted."""
        for seen in self.made(self.bench.witness.objects()):
            if not self.done:
                self.bench.calm.delete_volume(
                    volume_id=seen.id, expected_name=self.ground.name, copied_from=self.source_id
                )
        super().finish(told)
        if not self.done:
            self.ground.check_copy(self.check_array())


class UnfinishedRun(ResourceRun):
    """Keep, or with a configuration of None destroy, a copy whose end was not waited for."""

    def __init__(self, ground: CopyGround, *, kept: bool) -> None:
        core, target = _unfinished(ground)
        config = ground.config(provisioning="thin", source_volume_id=ground.source.id) if kept else None
        wanted = ground.wanted() if kept else None
        super().__init__(ground.bench, config, wanted, names={ground.name}, core=core, existing=target)
        self.ground = ground

    def judge(self, told: Told) -> None:
        super().judge(told)
        self.ground.check_source()

    def check_end(self, config: dict[str, Any] | None) -> None:
        super().check_end(config)
        self.ground.check_source()
        assert not self.bench.calm.volume_users(self.ground.source.id), "the relation stayed"


def _unfinished(ground: CopyGround) -> tuple[Core, Volume]:
    bench, source = ground.bench, ground.source
    volume_id = bench.witness.make(ground.name, ground.wanted().place, ground.gib * GIB)
    core = new_core(bench)
    core.import_object(volume_id)
    bystander = DS8KBystander(bench.world)
    pairs = [{"source_volume": source.id, "target_volume": volume_id}]
    made = bystander.console.ask("POST", "/cs/flashcopies", {"volume_pairs": pairs, "options": OPTIONS})
    assert made.status == 200, made.body
    bystander.close()
    assert core.instance is not None
    core.instance.state |= {"source_volume_id": source.id, "timeouts": timeouts(SHORT_S)}
    core.instance.private = privacy.dump({**privacy.load(core.instance.private), UNFINISHED: True})
    found = bench.calm.find_volume(volume_id)
    assert found is not None
    return core, found


def _of_volume(bench: Bench) -> Run:
    ground = CopyGround(bench)
    return CopyRun(ground, source_volume_id=ground.source.id)


def _of_snapshot(bench: Bench) -> Run:
    ground = CopyGround(bench)
    return CopyRun(ground, source_snapshot_id=ground.snapshot())


def _cloned(bench: Bench) -> Run:
    ground = CopyGround(bench)
    return DriverCopyRun(
        ground,
        ground.source.id,
        lambda driver, deadline: driver.create_cloned_volume(
            volume_id=ground.source.id, size_bytes=GROWN_GIB * GIB, deadline=deadline, **ground.asked()
        ),
    )


def _from_snapshot(bench: Bench) -> Run:
    ground = CopyGround(bench)
    taken = ground.snapshot()
    return DriverCopyRun(
        ground,
        taken,
        lambda driver, deadline: driver.create_volume_from_snapshot(
            snapshot_id=taken, size_bytes=GROWN_GIB * GIB, deadline=deadline, **ground.asked()
        ),
    )


CLONE_FLOWS = (
    Flow("make a copy of a volume", ("xiv", "ds8k"), _of_volume),
    Flow("make a copy of a snapshot", ("xiv",), _of_snapshot),
    Flow("create_cloned_volume", ("xiv", "ds8k"), _cloned),
    Flow("create_volume_from_snapshot", ("xiv",), _from_snapshot),
    Flow(
        "finish a copy that was kept",
        ("ds8k",),
        lambda bench: UnfinishedRun(CopyGround(bench, written=False), kept=True),
    ),
    Flow("destroy an unfinished copy", ("ds8k",), lambda bench: UnfinishedRun(CopyGround(bench), kept=False)),
)
TURNED_FLOW = Flow("create_volume_from_snapshot", ("ds8k",), _from_snapshot)
