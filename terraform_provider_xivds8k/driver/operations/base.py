"""What every group of the driver's methods stands on."""

from __future__ import annotations

from ..core import Core


class Operations:
    """Be a group of the driver's methods; the driver is all of them at once."""

    _core: Core
