"""One resource instance kept on a simulated array, as one provider process does."""

from __future__ import annotations

from typing import Any

from terraform_provider_xivds8k.driver import XIVDS8KDriver
from terraform_provider_xivds8k.lifecycle import Configured, Guards, Resource

from .core import Core
from .linked import Linked
from .simulated import World


def keeper(
    array: World | Linked,
    kind: type[Resource[Any, XIVDS8KDriver]],
    *,
    driver: XIVDS8KDriver | None = None,
    mode: Any = "full",
    keeps_unreachable: bool = False,
) -> Core:
    """Return the stand-in for Terraform core with a resource type connected to the array, by a driver of its own."""
    using = driver or array.driver
    configured: Configured[XIVDS8KDriver] = Configured(
        open_driver=lambda: using,
        close_driver=lambda one: one.close(),
        guards=Guards(mode=mode, deletion_protection=False, keeps_unreachable=keeps_unreachable),
        family=array.family,
    )
    return Core(lambda: kind(configured), begin=using.forget_recent)
