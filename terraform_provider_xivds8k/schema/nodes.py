"""The compiled form of a declaration: what schema, codec, validation and docs walk.

``model`` makes these from typed classes, once; nothing here looks at Python annotations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from .types import ListType, MapType, ObjectType, SetType, Type

if TYPE_CHECKING:
    from .checks import Check
    from .values import Raw

Nesting = Literal["single", "list", "set", "map"]


@dataclass(frozen=True)
class AttributeNode:
    """Describe one attribute.

    ``when_unset`` is the Terraform default (None: none); ``replaces`` says that a known change plans a replacement,
    ``unknown_replaces`` that one which is not known yet does too;
    ``changes_with`` names the attributes whose change makes this computed value unknown until apply.
    """

    name: str
    description: str
    type: Type
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False
    write_only: bool = False
    deprecated: str = ""
    checks: Sequence[Check[object]] = ()
    when_unset: Raw = None
    replaces: bool = False
    unknown_replaces: bool = False
    changes_with: tuple[str, ...] = ()
    whole_number: bool = False
    nested: ModelNode | None = None
    nesting: Nesting | None = None

    @property
    def configurable(self) -> bool:
        """Tell whether a user may write it."""
        return self.required or self.optional


@dataclass(frozen=True)
class ModelNode:
    """Describe an object: a resource, a data source, a provider block or a nested attribute."""

    type_name: str
    description: str
    attributes: tuple[AttributeNode, ...]
    version: int = 0

    @cached_property
    def type(self) -> ObjectType:
        """Return the object's type, attributes by name."""
        return ObjectType(tuple(sorted((node.name, node.type) for node in self.attributes)))

    @cached_property
    def by_name(self) -> dict[str, AttributeNode]:
        """Return the attributes by name."""
        return {node.name: node for node in self.attributes}


def nested_type(model: ModelNode, nesting: Nesting) -> Type:
    """Return the type of a nested attribute."""
    if nesting == "single":
        return model.type
    wrap: dict[str, Callable[[Type], Type]] = {"list": ListType, "set": SetType, "map": MapType}
    return wrap[nesting](model.type)
