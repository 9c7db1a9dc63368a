"""Every flow there is on hosts, for the sweep of faults, and how what they leave is judged."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from terraform_provider_xivds8k.driver import Family, XIVDS8KDriver
from terraform_provider_xivds8k.resources import HostResource

from .group_runs import connect, new_core
from .host_benches import HostWitness, SeenHost
from .resource_runs import timed, timeouts
from .sweep_parts import Bench, Flow, Run, Told
from .volume_runs import LONG_S, SHORT_S

BOTH: tuple[Family, ...] = ("xiv", "ds8k")
XIV: tuple[Family, ...] = ("xiv",)
SECRET = "a-secret-of-16-b"
_numbers = itertools.count(1)
TYPES: dict[Family, tuple[str, str]] = {"xiv": ("default", "hpux"), "ds8k": ("Linux", "VMWare")}


class HostRun(Run):
    """Have the resource make a host from what there is what it shall be; None stands for no host."""

    def __init__(self, bench: Bench, before: SeenHost | None, wanted: SeenHost | None) -> None:
        assert isinstance(bench.witness, HostWitness)
        self.bench = bench
        self.witness = bench.witness
        self.before = before
        self.wanted = wanted
        self.config = None if wanted is None else config_of(wanted, before)
        self.core = new_core(HostResource, bench)
        if before is not None:
            self.before = replace(before, id=self.witness.make_host(before))
            self.core.import_object(self.before.id)
            assert self.core.instance is not None
            self.core.instance.state["timeouts"] = timeouts(SHORT_S)

    def act(self, driver: XIVDS8KDriver) -> None:
        connect(self.core, HostResource, driver, self.bench)
        self.do(timed(self.config, SHORT_S))

    def do(self, config: dict[str, Any] | None) -> None:
        """Run Terraform once."""
        self.core.run(config)

    def ours(self) -> SeenHost | None:
        """Return the one host of ours on the array."""
        names = {one.name for one in (self.before, self.wanted) if one is not None}
        found = [one for one in self.witness.hosts() if one.name in names]
        assert len(found) <= 1, f"made twice: {found}"
        return found[0] if found else None

    def judge(self, told: Told) -> None:
        connect(self.core, HostResource, self.bench.calm, self.bench)
        found, instance = self.ours(), self.core.instance
        if told.error is None:
            self.check_end(SHORT_S)
            return
        if found is not None:
            state = instance.state if instance is not None else {}
            held = state.get("id") == found.id or (state and state["id"] is None and state["name"] == found.name)
            assert held, f"{found} is nowhere: {state} {told.words}"
        if self.before is not None:
            assert found is not None or self.wanted is None, "gone without having been asked for"
            if found is not None and self.wanted is not None:
                self._check_between(found)
        self.core.refresh()
        assert self.core.instance is not None or self.ours() is None, "called gone, and there"

    def _check_between(self, found: SeenHost) -> None:
        """Make sure that a host has nothing but what it had and what it was to have."""
        before, wanted = self.before, self.wanted
        assert before is not None
        assert wanted is not None
        assert found.id == before.id
        assert before.ports & wanted.ports <= found.ports <= before.ports | wanted.ports
        assert found.type in {before.type, wanted.type}
        assert found.cluster in {before.cluster, wanted.cluster, ""}
        assert found.chap_name in {before.chap_name, wanted.chap_name}

    def finish(self, told: Told) -> None:
        if self.core.instance is not None:
            self.core.instance.state["timeouts"] = timeouts(LONG_S)
        if self.config is not None or self.core.instance is not None:
            self.do(timed(self.config, LONG_S))
        self.check_end(LONG_S)

    def check_end(self, seconds: int) -> None:
        """Make sure that the array is as wanted, and that nothing is left to do."""
        found = self.ours()
        if self.wanted is None:
            assert found is None, "said to be done, and there"
            assert self.core.instance is None
            return
        assert found is not None, "said to be done, and not there"
        assert found == replace(self.wanted, id=found.id)
        assert self.core.instance is not None
        assert self.core.instance.state["id"] == found.id
        self.core.refresh()
        assert self.core.plan(timed(self.config, seconds)).action == "no-op"


class ReadRun(HostRun):
    """Refresh."""

    def do(self, config: dict[str, Any] | None) -> None:
        self.core.refresh()

    def judge(self, told: Told) -> None:
        assert self.core.instance is not None, "called gone, and there"
        super().judge(told)


class ImportRun(HostRun):
    """Take an existing host under management."""

    def __init__(self, bench: Bench, before: SeenHost | None, wanted: SeenHost | None) -> None:
        super().__init__(bench, before, wanted)
        self.core = new_core(HostResource, bench)

    def do(self, config: dict[str, Any] | None) -> None:
        assert self.wanted is not None
        if self.core.instance is None:
            self.core.import_object(f"name:{self.wanted.name}")

    def judge(self, told: Told) -> None:
        assert told.error is not None or self.core.instance is not None
        connect(self.core, HostResource, self.bench.calm, self.bench)
        assert self.ours() == self.before

    def finish(self, told: Told) -> None:
        self.do(None)
        assert self.core.plan({"name": self.wanted.name if self.wanted else ""}).action == "no-op"


def config_of(wanted: SeenHost, before: SeenHost | None) -> dict[str, Any]:
    """Return the configuration of a host; a secret is sent where another version says so."""
    config: dict[str, Any] = {
        "name": wanted.name,
        "type": wanted.type,
        "wwpns": [one for one in wanted.ports if not one.startswith("iqn")],
        "iqns": [one for one in wanted.ports if one.startswith("iqn")],
        "cluster": wanted.cluster,
        "chap_name": wanted.chap_name,
    }
    if wanted.chap_name and (before is None or before.chap_name != wanted.chap_name):
        config |= {"chap_secret": SECRET, "chap_secret_version": 1}
    return config


def _flow(
    run: type[HostRun] = HostRun, *, before: bool = True, after: bool = True, **changed: str
) -> Callable[[Bench], Run]:
    def arrange(bench: Bench) -> Run:
        name, on_xiv = bench.world.new_name(), bench.family == "xiv"
        number = next(_numbers)
        first, second = (f"10000000{kind}{number:06X}" for kind in ("CD", "CE"))
        iqns = {f"iqn.1994-05.com.example:host{number}"} if on_xiv else set()
        kind, other = TYPES[bench.family]
        cluster, chap = ("c1", "user1") if on_xiv else ("", "")
        whole = SeenHost("", name, kind, frozenset({first, *iqns}), cluster, chap)
        wanted = SeenHost(
            "",
            f"{name}x" if "name" in changed else name,
            other if "type" in changed else kind,
            frozenset({second if "ports" in changed else first, *iqns}),
            changed.get("cluster", cluster),
            changed.get("chap_name", chap),
        )
        return run(bench, whole if before else None, wanted if after else None)

    return arrange


WHOLE_FLOWS = (
    Flow("make a host", BOTH, _flow(before=False)),
    Flow("destroy a host", BOTH, _flow(after=False)),
    Flow("read a host", BOTH, _flow(ReadRun)),
    Flow("import a host", BOTH, _flow(ImportRun)),
)
CHANGES = (
    Flow("rename a host", BOTH, _flow(name="another")),
    Flow("retype a host", BOTH, _flow(type="another")),
    Flow("change ports", BOTH, _flow(ports="others")),
    Flow("move to another cluster", XIV, _flow(cluster="c2")),
    Flow("leave a cluster", XIV, _flow(cluster="")),
    Flow("give another CHAP name", XIV, _flow(chap_name="user2")),
    Flow("clear CHAP", XIV, _flow(chap_name="")),
)
