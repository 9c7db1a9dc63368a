"""What a provider offers: its own block and every type behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from terraform_provider_xivds8k.schema import Model

from .action import Action
from .configured import Configured
from .diagnostics import Diagnostics
from .function import Function
from .resource import DataSource, Resource

D = TypeVar("D")


class Cancellation(Protocol):
    """Be the sign that the user wants the run to stop."""

    def is_set(self) -> bool:
        """Tell whether it was given."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it, at most ``timeout`` seconds; tell whether it was given."""


class Provider(ABC, Generic[D]):
    """Be a provider: ``model`` declares its block; types by their Terraform names.

    ``address`` is its source address, with the registry.
    """

    model: ClassVar[type[Model]]
    address: ClassVar[str]

    @property
    @abstractmethod
    def resources(self) -> Mapping[str, type[Resource[Any, D]]]:
        """Return the resource types by name."""

    @property
    @abstractmethod
    def data_sources(self) -> Mapping[str, type[DataSource[Any, D]]]:
        """Return the data source types by name."""

    @property
    def actions(self) -> Mapping[str, type[Action[Any, D]]]:
        """Return the action types by name."""
        return {}

    @property
    def functions(self) -> Mapping[str, type[Function[Any, Any]]]:
        """Return the functions by name."""
        return {}

    @abstractmethod
    def validate(self, config: Any, diagnostics: Diagnostics) -> None:
        """Complain about a provider block as such; unknown values are to be accepted."""

    @abstractmethod
    def configure(self, config: Any, diagnostics: Diagnostics, cancellation: Any) -> Configured[D]:
        """Return what the block settles; nothing is connected yet."""
