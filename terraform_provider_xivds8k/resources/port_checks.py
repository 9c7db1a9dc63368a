"""Checks of the addresses of ports, in any spelling the driver reads."""

from __future__ import annotations

from collections.abc import Callable

from terraform_provider_xivds8k.driver import Refused, iqn, wwpn
from terraform_provider_xivds8k.schema import Check


def _spelled(read: Callable[[str], str], allowed: str) -> Check[str | None]:
    def accepts(text: str | None) -> bool:
        try:
            return text is None or bool(read(text))
        except Refused:
            return False

    return Check(allowed, accepts)


WWPN = _spelled(wwpn, "a WWPN, 16 hex digits with or without separators")
IQN = _spelled(iqn, "an IQN such as iqn.1994-05.com.redhat:host01")
