"""One volume behind the stand-in for Terraform core, on an array in memory."""

from __future__ import annotations

import pytest

from support.core import Core
from support.memory_volume import MemoryWorld
from terraform_provider_xivds8k.driver import Family


@pytest.fixture(params=["xiv", "ds8k"])
def family(request: pytest.FixtureRequest) -> Family:
    """Name each family in turn."""
    chosen: Family = request.param
    return chosen


@pytest.fixture
def memory(family: Family) -> MemoryWorld:
    """Hold an array of the family and the provider that is configured for it."""
    return MemoryWorld(family)


@pytest.fixture
def core(memory: MemoryWorld) -> Core:
    """Keep one volume of that array."""
    return memory.core()
