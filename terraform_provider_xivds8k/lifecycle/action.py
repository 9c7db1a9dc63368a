"""What an action type is, seen by its author.

An action does something to the array and has no result: nothing is stored, nothing can refer to it.  Users invoke it
again after a failure, so it must be safe to repeat.  Problems are raised, as in a resource.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Literal, TypeVar

from terraform_provider_xivds8k.schema import Model

from .configured import Behaviour
from .diagnostics import Diagnostics

M = TypeVar("M", bound=Model)
D = TypeVar("D")

Effect = Literal["looks", "changes", "destroys"]


@dataclass(slots=True)
class Invocation(Generic[M]):
    """Be one call of an action: its wholly known configuration, where to complain, how long it may take."""

    config: M
    diagnostics: Diagnostics
    timeout_s: float
    tell: Callable[[str], None]
    began_s: float = field(default_factory=time.monotonic)

    @property
    def left_s(self) -> float:
        """Return how long the action may still take, in seconds, never negative."""
        return max(0.0, self.timeout_s - (time.monotonic() - self.began_s))

    def progress(self, message: str) -> None:
        """Show the user a line now; no secrets: only those of the configuration are taken out."""
        self.tell(message)


class Action(ABC, Behaviour[D], Generic[M, D]):
    """Be the behaviour of one action type.

    ``model`` declares its attributes, none of them computed.  ``default_timeout_s`` counts where the model has no
    ``timeout`` (a duration) or the user left it out.
    """

    model: ClassVar[type[Model]]
    default_timeout_s: ClassVar[float] = 1200.0

    def validate(self, config: M, diagnostics: Diagnostics) -> None:
        """Complain about a configuration as such; unknown values are to be accepted."""

    def effect(self, config: M) -> Effect:  # noqa: ARG002 - for those it depends on
        """Tell what an invocation would do to objects on the array, the worst where it is not known yet."""
        return "changes"

    def plan(self, config: M, diagnostics: Diagnostics) -> None:
        """Complain about what can be known when planning; it may look at the array and leaves it as it is."""

    @abstractmethod
    def invoke(self, invocation: Invocation[M]) -> None:
        """Do it; the driver ends a stopped or late call by its own errors."""
