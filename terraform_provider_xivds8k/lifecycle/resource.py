"""What a resource type is, seen by its author.

A resource is a class with a model, an identity and a method per operation.  Methods get an operation object (what is
known, what was kept privately, where to complain) and return a typed state.  Problems are raised; the machinery of
this package turns them into diagnostics, keeps partial states and holds Terraform's rules.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from terraform_provider_xivds8k.schema import Attr, Model, Path, is_wholly_known

from .configured import Behaviour, Configured
from .diagnostics import Diagnostics

M = TypeVar("M", bound=Model)
D = TypeVar("D")

Private = dict[str, Any]


@dataclass(slots=True)
class Change(Generic[M]):
    """Be a plan in the making: ``planned`` may be changed; ``prior`` None means create.

    ``destroys`` tells that a change in place takes something away that the mode may protect.
    """

    config: M
    planned: M
    prior: M | None
    private: Private
    diagnostics: Diagnostics
    requires_replace: list[Path] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    taken_over: list[str] = field(default_factory=list)
    destroys: bool = False

    def changes(self, attribute: Attr[Any]) -> bool:
        """Tell whether the planned value differs from the prior one; unknown counts as different."""
        return self.prior is None or not self.planned.same(self.prior, attribute)

    def configured(self, attribute: Attr[Any]) -> bool:
        """Tell whether the user wrote the attribute."""
        return not self.config.is_null(attribute)

    def keep_prior(self, attribute: Attr[Any]) -> None:
        """Plan the prior value."""
        if self.prior is not None:
            self.planned.raw[attribute.name] = self.prior.raw[attribute.name]

    def take_over(self, attribute: Attr[Any]) -> None:
        """Tell that another value of an attribute declared with ``replace`` is only new in the state."""
        self.taken_over.append(attribute.name)

    def wait_for(self, attribute: Attr[Any]) -> None:
        """Tell that the attribute, while it is not known, may turn out to need another object.

        As for one declared with ``replace``, nothing of the object is changed by a plan that does not know it.
        """
        if self.prior is not None and not is_wholly_known(self.config.raw[attribute.name]):
            self.undecided.append(attribute.name)


@dataclass(slots=True)
class Operation(Generic[M]):
    """Be a call that may touch the array: private data, where to complain, how long it may take.

    ``keep`` stores the state reached so far: it is what Terraform gets when the operation fails afterwards.
    """

    private: Private
    diagnostics: Diagnostics
    timeout_s: float
    kept: M | None = None
    began_s: float = field(default_factory=time.monotonic)

    @property
    def left_s(self) -> float:
        """Return how long the operation may still take, in seconds, never negative."""
        return max(0.0, self.timeout_s - (time.monotonic() - self.began_s))

    def keep(self, state: M) -> None:
        """Remember the state reached so far."""
        self.kept = state


@dataclass(slots=True, kw_only=True)
class Create(Operation[M]):
    """Make the planned object."""

    planned: M
    config: M


@dataclass(slots=True, kw_only=True)
class Update(Operation[M]):
    """Make the prior object the planned one, in place."""

    prior: M
    planned: M
    config: M


@dataclass(slots=True, kw_only=True)
class Delete(Operation[M]):
    """Remove the object."""

    prior: M


@dataclass(slots=True, kw_only=True)
class Read(Operation[M]):
    """Bring the state up to date."""

    state: M


@dataclass(slots=True)
class Imported(Generic[M]):
    """Be an object taken under management."""

    state: M
    private: Private = field(default_factory=dict)


@dataclass(slots=True)
class Listed(Generic[M]):
    """Be one object of a listing."""

    state: M
    display_name: str


class Resource(ABC, Behaviour[D], Generic[M, D]):
    """Be the behaviour of one resource type.

    ``model`` declares its attributes, ``identity`` what Terraform stores to find it again.
    """

    model: ClassVar[type[Model]]
    identity: ClassVar[type[Model]]

    def validate(self, config: M, diagnostics: Diagnostics) -> None:
        """Complain about a configuration as such; unknown values are to be accepted."""

    def plan(self, change: Change[M]) -> None:
        """Adjust a planned create or update."""

    def named(self, state: M) -> str:
        """Return what an object is called in a text."""
        return str(state.raw.get("name") or state.raw.get("id") or self.model.node().type_name)

    def plan_replacement(self, change: Change[M]) -> None:
        """Complain about, or warn of, a replacement this plan would cause."""

    def plan_destroy(self, prior: M, private: Private, diagnostics: Diagnostics) -> None:
        """Complain about, or warn of, the planned destruction of the object.

        What is written into ``private`` is shown to its deletion; the delete half of a replacement sees nothing of it.
        """

    @abstractmethod
    def create(self, operation: Create[M]) -> M:
        """Make the object and return its state."""

    @abstractmethod
    def update(self, operation: Update[M]) -> M:
        """Change the object in place and return its state."""

    @abstractmethod
    def delete(self, operation: Delete[M]) -> None:
        """Remove the object; one that is gone already is success."""

    @abstractmethod
    def read(self, operation: Read[M]) -> M | None:
        """Return the object as it is now, or None when the array says that it is gone."""

    @abstractmethod
    def identify(self, state: M) -> Model | None:
        """Return the identity of an object, None while it has none."""

    @abstractmethod
    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[M]:
        """Find an object by one of the type's import forms."""

    @abstractmethod
    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[M]:
        """Find an object by its identity."""

    def take_over(self, source: Model, private: Private, diagnostics: Diagnostics) -> Imported[M] | None:
        """Return the state of an object that was of another type; None where it cannot become one of this type.

        Asked before the provider is configured: from the state alone, without the array.  Complain to say why not.
        """

    def generate(self, state: M) -> M:
        """Return a configuration that plans to the state without a change."""
        return state


class ListableResource(Resource[M, D]):
    """Be a resource type whose objects can be listed; ``list_config`` declares the filters.

    ``needs_filter`` is for objects that another type lists already; ``not_listed`` takes warnings of what a listing
    lacks.
    """

    list_config: ClassVar[type[Model]]
    needs_filter: ClassVar[bool] = False

    def __init__(self, configured: Configured[D] | None) -> None:
        super().__init__(configured)
        self.not_listed = Diagnostics()

    def validate_listing(self, filters: Any, diagnostics: Diagnostics) -> None:
        """Complain about filters as such; unknown values are to be accepted."""

    @abstractmethod
    def listing(self, filters: Any) -> Iterator[Listed[M]]:
        """Yield the objects on the array that fit the filters."""


class DataSource(ABC, Behaviour[D], Generic[M, D]):
    """Be the behaviour of one data source type."""

    model: ClassVar[type[Model]]

    def validate(self, config: M, diagnostics: Diagnostics) -> None:
        """Complain about a configuration as such; unknown values are to be accepted."""

    @abstractmethod
    def read(self, config: M, diagnostics: Diagnostics) -> M:
        """Return the configuration with everything computed filled in."""
