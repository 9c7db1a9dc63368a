"""What a provider-defined function is, seen by its author.

A function is pure: the same arguments give the same result, no array is asked, and it runs before the provider is
configured.  Problems are raised, as in a resource.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

from terraform_provider_xivds8k.schema import Model
from terraform_provider_xivds8k.schema.shapes import Shape, shape_of

M = TypeVar("M", bound=Model)
R = TypeVar("R")


class Function(ABC, Generic[M, R]):
    """Be one function.

    ``model`` declares its parameters in their order, all of them required; its ``type_name`` is the function's name,
    without the provider's.  ``result`` is the Python type of what it returns, as an attribute would be annotated.
    """

    model: ClassVar[type[Model]]
    result: ClassVar[Any]

    @classmethod
    def returns(cls) -> Shape:
        """Return the shape of the result."""
        return shape_of(cls.result, Model)

    @abstractmethod
    def call(self, arguments: M) -> R:
        """Return the result; a problem raised is about the parameter its ``attribute`` names, or about the only one."""
