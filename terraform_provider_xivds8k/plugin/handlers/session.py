"""What a provider process keeps: the provider, and one configuration for each connection that configured it.

A debug process serves every phase and alias of every run, each over a connection of its own; the oldest
configurations are closed when many have come and gone.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, TypeVar

from terraform_provider_xivds8k.lifecycle import (
    Action,
    Configured,
    DataSource,
    Function,
    ListableResource,
    Provider,
    Resource,
)
from terraform_provider_xivds8k.plugin.server import RpcContext

MOST_CONFIGURATIONS = 64
T = TypeVar("T")


class UnknownTypeError(LookupError):
    """Terraform asked for a type this provider does not have; a problem a user is told of as it is."""

    def __init__(self, summary: str) -> None:
        super().__init__(summary)
        self.summary = summary
        self.happened = "Terraform asked for what this version of the provider does not offer."
        self.left_behind = "Nothing was changed."
        self.next_step = "Run terraform init -upgrade, and compare the provider's version with the one documented."
        self.attribute = self.code = self.words = self.cause = ""


class Session:
    """Find the type an RPC is about, configured as its connection asked."""

    def __init__(self, provider: Provider[Any]) -> None:
        self.provider = provider
        self._configured: OrderedDict[str, Configured[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def configure(self, context: RpcContext, configured: Configured[Any]) -> None:
        """Keep a configuration for the connection, closing what it replaces and what is oldest."""
        with self._lock:
            old = [self._configured.pop(context.peer, None)]
            self._configured[context.peer] = configured
            while len(self._configured) > MOST_CONFIGURATIONS:
                old.append(self._configured.popitem(last=False)[1])
        for one in old:
            if one is not None:
                one.close()

    def configured(self, context: RpcContext) -> Configured[Any] | None:
        """Return the connection's configuration, None before ConfigureProvider."""
        with self._lock:
            if context.peer in self._configured:
                self._configured.move_to_end(context.peer)  # what is in use is not the oldest
            return self._configured.get(context.peer)

    def resource(self, type_name: str, context: RpcContext) -> Resource[Any, Any]:
        """Return the behaviour of a resource type; raises UnknownTypeError."""
        return _find(self.provider.resources, type_name)(self.configured(context))

    def data_source(self, type_name: str, context: RpcContext) -> DataSource[Any, Any]:
        """Return the behaviour of a data source type; raises UnknownTypeError."""
        return _find(self.provider.data_sources, type_name)(self.configured(context))

    def action(self, type_name: str, context: RpcContext) -> Action[Any, Any]:
        """Return the behaviour of an action type; raises UnknownTypeError."""
        return _find(self.provider.actions, type_name)(self.configured(context))

    def function(self, name: str) -> Function[Any, Any]:
        """Return a function, which needs no configuration; raises UnknownTypeError."""
        return _find(self.provider.functions, name)()

    def listable(self, type_name: str, context: RpcContext) -> ListableResource[Any, Any]:
        """Return the behaviour of a type that can be listed; raises UnknownTypeError."""
        found = self.resource(type_name, context)
        if not isinstance(found, ListableResource):
            raise UnknownTypeError(f"A {type_name} cannot be listed")
        return found


def _find(kinds: Mapping[str, type[T]], type_name: str) -> type[T]:
    if type_name not in kinds:
        raise UnknownTypeError(f"This provider has no {type_name}")
    return kinds[type_name]
