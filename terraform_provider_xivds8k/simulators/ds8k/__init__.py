"""A DS8000: its rules, state and time, behind the REST API of its management console."""

from __future__ import annotations

from .contents import describe, fill
from .data_plane import labels, set_activity, set_login, write
from .progress import settle
from .wire import PROTOCOL

__all__ = ["PROTOCOL", "describe", "fill", "labels", "set_activity", "set_login", "settle", "write"]
