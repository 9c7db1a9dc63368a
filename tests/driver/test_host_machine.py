"""Any history of hosts: a port has one owner, names are one each, and a refusal changes nothing."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from support.memory_array import GIB, MemoryArray, MemoryDriver
from support.memory_mappings import mapping_of
from terraform_provider_xivds8k.driver import AlreadyExists, Family, Host, InUse, NotFound

NAMES = ("alpha", "beta", "gamma")
PORTS = tuple(f"10000000C900000{number}" for number in range(5))
CLUSTERS = ("", "c1", "c2")
names = st.sampled_from(NAMES)
ports = st.sets(st.sampled_from(PORTS), max_size=3).map(lambda found: tuple(sorted(found)))


class HostHistory(RuleBasedStateMachine):
    """Do to hosts what users do, beside a plain picture of what must come of it."""

    family: ClassVar[Family] = "xiv"

    def __init__(self) -> None:
        super().__init__()
        self.array = MemoryArray(self.family)
        self.driver = MemoryDriver(self.array)
        self.wanted: dict[str, tuple[str, ...]] = {}
        self.mapped: set[str] = set()

    def _host(self, name: str) -> Host:
        return self.driver.get_host(name)

    def _owned(self, asked: tuple[str, ...], besides: str | None = None) -> bool:
        return any(set(asked) & set(held) for name, held in self.wanted.items() if name != besides)

    @rule(name=names, asked=ports)
    def make(self, name: str, asked: tuple[str, ...]) -> None:
        """Make a host; a taken name or port is refused."""
        try:
            self.driver.create_host(name=name, wwpns=asked)
        except AlreadyExists:
            assert name in self.wanted
        except InUse:
            assert self._owned(asked)
        else:
            assert name not in self.wanted
            assert not self._owned(asked)
            self.wanted[name] = asked

    @rule(name=names, asked=ports)
    def give(self, name: str, asked: tuple[str, ...]) -> None:
        """Give a host exactly these ports."""
        if name not in self.wanted:
            return
        try:
            self.driver.update_host(self._host(name).id, wwpns=asked)
        except InUse:
            assert self._owned(asked, name)
        else:
            assert not self._owned(asked, name)
            self.wanted[name] = asked

    @rule(name=names, new_name=names)
    def rename(self, name: str, new_name: str) -> None:
        """Rename a host."""
        if name not in self.wanted:
            return
        try:
            self.driver.update_host(self._host(name).id, name=new_name)
        except AlreadyExists:
            assert new_name in self.wanted
            assert new_name != name
        else:
            self.wanted[new_name] = self.wanted.pop(name)
            if name in self.mapped:
                self.mapped = {*self.mapped - {name}, new_name}

    @rule(name=names, wanted=st.sampled_from(CLUSTERS))
    def move(self, name: str, wanted: str) -> None:
        """Put a host into a cluster or out of one, where the array has any; not with mappings of its own."""
        if name not in self.wanted or self.family == "ds8k":
            return
        host = self._host(name)
        try:
            self.driver.update_host(host.id, cluster=wanted)
        except InUse:
            assert name in self.mapped
            assert wanted
        else:
            assert self._host(name).cluster == (wanted or None)

    @rule(name=names)
    def map(self, name: str) -> None:
        """Map a volume to a host."""
        if name not in self.wanted or name in self.mapped or self._host(name).cluster:
            return
        volume = self.driver.create_volume(name=f"v{self.array.mappings.sent}", pool="first", size_bytes=GIB)
        self.array.mappings.sent += 1
        self.array.mappings.held.append(mapping_of(volume, self._host(name), None, 1))
        self.mapped.add(name)

    @rule(name=names)
    def retype(self, name: str) -> None:
        """Give a host another type; a mapped one keeps its own."""
        if name not in self.wanted:
            return
        host = self._host(name)
        other = next(one for one in self.driver.host_making.types if one != host.type)
        try:
            self.driver.update_host(host.id, type=other)
        except InUse:
            assert name in self.mapped
        else:
            assert name not in self.mapped
            assert self._host(name).type == other

    @rule(name=names)
    def delete(self, name: str) -> None:
        """Delete a host; a mapped one stays."""
        try:
            self.driver.delete_host(self._host(name).id, expected_name=name)
        except NotFound:
            assert name not in self.wanted
        except InUse:
            assert name in self.mapped
        else:
            assert name not in self.mapped
            del self.wanted[name]

    @invariant()
    def the_array_holds_what_was_done(self) -> None:
        """Hold the array beside the picture."""
        held: dict[str, Any] = {host.name: host.wwpns for host in self.driver.list_hosts()}
        assert held == self.wanted
        owners = [port for found in held.values() for port in found]
        assert len(owners) == len(set(owners))


class DS8KHostHistory(HostHistory):
    """The same on a DS8000."""

    family: ClassVar[Family] = "ds8k"


SETTINGS = settings(max_examples=100, stateful_step_count=30)
TestHostHistory = HostHistory.TestCase
TestHostHistory.settings = SETTINGS
TestDS8KHostHistory = DS8KHostHistory.TestCase
TestDS8KHostHistory.settings = SETTINGS
