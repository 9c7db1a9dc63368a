"""What a resource remembers beside its state: a JSON object in the bytes Terraform keeps for us."""

from __future__ import annotations

import json

from .resource import Private

KEPT = "kept_unanswered"  # the last refresh was not answered, and the state stands as it was before it


def load(data: bytes) -> Private:
    """Return what was kept; anything else in the bytes is taken as nothing kept."""
    if not data:
        return {}
    try:
        kept = json.loads(data)
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def dump(private: Private) -> bytes:
    """Return the bytes to keep, empty for nothing."""
    return json.dumps(private, separators=(",", ":"), sort_keys=True).encode() if private else b""
