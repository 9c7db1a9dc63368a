"""What Terraform asks for and what it gets back, in raw values: the border between ``plugin`` and ``lifecycle``."""

from __future__ import annotations

from dataclasses import dataclass, field

from terraform_provider_xivds8k.schema import Path, Raw, RawObject

from .diagnostics import Diagnostics


@dataclass(slots=True)
class PlanRequest:
    """Ask what a change would do; ``prior`` None means create, ``proposed`` None destroy."""

    prior: RawObject | None
    proposed: RawObject | None
    config: RawObject | None
    private: bytes = b""
    identity: RawObject | None = None


@dataclass(slots=True)
class PlanResponse:
    """Say what it would do."""

    diagnostics: Diagnostics
    planned: RawObject | None = None
    requires_replace: list[Path] = field(default_factory=list)
    private: bytes = b""
    identity: RawObject | None = None


@dataclass(slots=True)
class ApplyRequest:
    """Ask to make it so; ``prior`` None means create, ``planned`` None destroy."""

    prior: RawObject | None
    planned: RawObject | None
    config: RawObject | None
    private: bytes = b""
    identity: RawObject | None = None


@dataclass(slots=True)
class StateResponse:
    """Return a state; None means the object does not exist (any more)."""

    diagnostics: Diagnostics
    state: RawObject | None = None
    private: bytes = b""
    identity: RawObject | None = None


@dataclass(slots=True)
class ReadRequest:
    """Ask for the object as it is now."""

    state: RawObject
    private: bytes = b""
    identity: RawObject | None = None


@dataclass(slots=True)
class ImportRequest:
    """Ask to take an object under management, by a text or by its identity."""

    id: str
    identity: RawObject | None = None


@dataclass(slots=True)
class MoveRequest:
    """Ask to keep an object under another type; ``provider_address`` and ``schema_version`` are those of the old one.

    ``state`` is its state as stored: JSON.
    """

    provider_address: str
    type_name: str
    schema_version: int
    state: bytes
    private: bytes = b""


@dataclass(slots=True)
class ListedObject:
    """Be one row of a listing; ``state`` where the whole object was asked for."""

    identity: RawObject
    display_name: str
    state: RawObject | None = None


@dataclass(frozen=True, slots=True)
class Progressed:
    """Tell how far an action is, in one line that is never empty."""

    message: str


@dataclass(frozen=True, slots=True)
class Completed:
    """Be the end of an action, done or not."""

    diagnostics: Diagnostics


InvocationEvent = Progressed | Completed


@dataclass(frozen=True, slots=True)
class Called:
    """Be what a function's call came to: a result, or an error (never empty) and the index of the argument at fault."""

    result: Raw = None
    error: str = ""
    argument: int | None = None
