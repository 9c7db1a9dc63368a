"""Every flow there is on attachments, for the sweep of faults, and how what they leave is judged."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from terraform_provider_xivds8k.driver import Connector, Family, HostOrder, Volume, XIVDS8KDriver
from terraform_provider_xivds8k.resources import HostAttachmentResource

from .attaching import Hands, Mapped, hands_of
from .core import Rejected
from .group_runs import Config, Ground, ImportedRun, KeptRun, ReadRun, new_core
from .host_benches import HostWitness, SeenHost, host_benches
from .late_copies import is_in_doubt, let_time_pass
from .resource_runs import timeouts
from .sweep_parts import Bench, Flow, Run, Seen, Told, Witness
from .volume_runs import LONG_S, SHORT_S

BOTH: tuple[Family, ...] = ("xiv", "ds8k")
XIV: tuple[Family, ...] = ("xiv",)
MAPPING = "mapping "  # how the id of a mapping begins among what a witness sees
KINDS = {"xiv": "default", "ds8k": "Linux"}
_numbers = itertools.count(1)


class MappingWitness(Witness):
    """Look at mappings too; they are removed before what they are of."""

    def __init__(self, hosts: HostWitness, hands: Hands) -> None:
        self.hosts = hosts
        self.hands = hands

    def objects(self) -> tuple[Seen, ...]:
        mapped = (
            Seen(f"{MAPPING}{one.holder} {one.volume} {one.lun}", one.volume, 0, one.holder, one.lun)
            for one in self.hands.mapped()
        )
        return (*mapped, *self.hosts.objects())

    def make(self, name: str, place: str, size_bytes: int, more: str = "") -> str:
        return self.hosts.make(name, place, size_bytes, more)

    def remove(self, seen: Seen) -> None:
        if seen.id.startswith(MAPPING):
            self.hands.end(Mapped(seen.place, seen.name, seen.more))
        else:
            self.hosts.remove(seen)

    def close(self) -> None:
        self.hands.close()


@contextmanager
def attachment_benches(folder: Path, family: Family, count: int) -> Iterator[Sequence[Bench]]:
    """Run so many arrays of a family, each with a mapped bystander."""
    with host_benches(folder, family, count) as made:
        opened = [_extended(bench) for bench in made]
        yield made
        for witness in opened:
            witness.close()


def _extended(bench: Bench) -> MappingWitness:
    assert isinstance(bench.witness, HostWitness)
    witness = MappingWitness(bench.witness, hands_of(bench.world))
    hosts_guarded, bench.witness = bench.guarded, witness
    bench.kept |= frozenset(seen.id for seen in witness.objects())

    def guarded() -> tuple[Seen, ...]:
        hosts_guarded()
        return witness.objects()

    bench.guarded = guarded
    return witness


def _witness(bench: Bench) -> MappingWitness:
    assert isinstance(bench.witness, MappingWitness)
    return bench.witness


def _port() -> str:
    return f"10000000AA{next(_numbers):06X}"


def _luns(bench: Bench, volume: Volume) -> list[str]:
    """Return every LUN of a volume, whoever sees it."""
    hands = _witness(bench).hands
    return [one.lun for one in hands.mapped() if one.volume == hands.called(volume)]


def _there(bench: Bench, volume: Volume) -> bool:
    found = _luns(bench, volume)
    assert len(found) <= 1, f"mapped twice: {found}"
    return bool(found)


class AttachedRun(KeptRun):
    """Have an attachment be, or not be; one in doubt and not there is not given up before it cannot come any more."""

    def finish(self, told: Told) -> None:
        if is_in_doubt(self.core) and not self.exists():
            with pytest.raises(Rejected, match="may still come"):
                self.core.run(None)
        let_time_pass(self.core)
        super().finish(told)


def _kept(
    run: type[KeptRun] = AttachedRun, *, mapped: bool, wanted: bool = True, clustered: bool = False
) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        ground, witness, kind = Ground(bench), _witness(bench), KINDS[bench.family]
        volume = ground.add_volume()
        name = f"h{next(_numbers)}"
        host_id = witness.hosts.make_host(
            SeenHost("", name, kind, frozenset({_port()}), f"c{name}" if clustered else "")
        )
        config: Config = {"volume_id": volume.id, **({"cluster": f"c{name}"} if clustered else {"host_id": host_id})}
        holder, core, more = (
            f"cluster:c{name}" if clustered else f"host:{host_id}",
            new_core(HostAttachmentResource, bench),
            {},
        )
        if mapped:
            witness.hands.map(volume, name, 3)
        if run is ImportedRun:
            more = {"text": f"{holder}/{volume.id}"}
        elif mapped:
            core.import_object(f"{holder}/{volume.id}")
            assert core.instance is not None
            core.instance.state["timeouts"] = timeouts(SHORT_S)
        exists = lambda: _there(bench, volume)  # noqa: E731 - what a run asks again and again
        return run(ground, HostAttachmentResource, config if wanted else None, core, exists, **more)

    return arrange


class MadeRun(Run):
    """Attach a volume to a host that is made for it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.ground = Ground(bench)
        self.volume = self.ground.add_volume()
        self.name, self.port = f"made{next(_numbers)}", _port()

    def act(self, driver: XIVDS8KDriver) -> None:
        self._attach(driver, SHORT_S)

    def _attach(self, driver: XIVDS8KDriver, deadline: int) -> None:
        driver.initialize_connection(
            volume_id=self.volume.id,
            connector=Connector(wwpns=(self.port,)),
            make_host=HostOrder(name=self.name),
            deadline=deadline,
        )

    def _host(self) -> SeenHost | None:
        found = [one for one in _witness(self.bench).hosts.hosts() if one.name == self.name or self.port in one.ports]
        assert len(found) <= 1, f"made twice: {found}"
        return found[0] if found else None

    def judge(self, told: Told) -> None:
        self.ground.check()
        host, is_mapped = self._host(), _there(self.bench, self.volume)
        if told.error is None:
            assert host is not None
            assert host.ports == {self.port}
            assert is_mapped, "said to be attached, and is not"
            return
        left: Any = getattr(told.error, "left_host", None)
        if host is not None:
            assert self.name in told.words or (left is not None and left.name == self.name), f"unseen: {told.words}"
        if is_mapped:
            assert host is not None, "mapped to a host that is not ours"

    def finish(self, told: Told) -> None:
        host = self._host()
        if host is not None and self.port not in host.ports:  # it was named; somebody tidies up
            _witness(self.bench).hosts.remove_host(host)
        self.bench.calm.forget_recent()
        self._attach(self.bench.calm, LONG_S)
        self.judge(Told())


ATTACHMENT_FLOWS = (
    Flow("attach", BOTH, _kept(mapped=False)),
    Flow("attach to a cluster", XIV, _kept(mapped=False, clustered=True)),
    Flow("detach", BOTH, _kept(mapped=True, wanted=False)),
    Flow("read an attachment", BOTH, _kept(ReadRun, mapped=True)),
    Flow("import an attachment", BOTH, _kept(ImportedRun, mapped=True)),
    Flow("attach to a host that is made", BOTH, MadeRun),
)
