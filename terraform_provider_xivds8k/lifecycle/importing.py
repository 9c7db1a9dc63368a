"""Take objects under management: import by text or identity, listings, generated configuration."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from terraform_provider_xivds8k.schema import Model, RawObject

from . import privacy
from .diagnostics import Diagnostics
from .requests import ImportRequest, ListedObject, StateResponse
from .resource import Imported, ListableResource, Resource
from .settling import concealed


def import_object(resource: Resource[Any, Any], request: ImportRequest) -> StateResponse:
    """Answer an import."""
    response = StateResponse(Diagnostics(known=frozenset(resource.model.shapes())))
    with response.diagnostics.catching():
        imported = _imported(resource, request, response.diagnostics)
        identity = resource.identify(imported.state)
        response.state = concealed(resource.model.node(), imported.state.raw)
        response.private = privacy.dump(imported.private)
        response.identity = identity.raw if identity is not None else None
    return response


def _imported(resource: Resource[Any, Any], request: ImportRequest, diagnostics: Diagnostics) -> Imported[Any]:
    if request.identity is None:
        return resource.import_by_id(request.id, diagnostics)
    return resource.import_by_identity(resource.identity.from_raw(dict(request.identity)), diagnostics)


def list_objects(
    resource: ListableResource[Any, Any], config: RawObject, *, whole: bool, limit: int
) -> Iterator[ListedObject]:
    """Yield what a listing finds, at most ``limit`` objects (0: all); raises problems of the driver."""
    count = 0
    for listed in resource.listing(resource.list_config.from_raw(dict(config))):
        identity = resource.identify(listed.state)
        if identity is not None:
            count += 1
            state = concealed(resource.model.node(), listed.state.raw) if whole else None
            yield ListedObject(identity.raw, listed.display_name, state)
        if limit and count >= limit:
            return


def generate_config(resource: Resource[Any, Any], state: RawObject) -> RawObject:
    """Return a configuration for a state: what only the array fills in is null."""
    config: Model = resource.generate(resource.model.from_raw(copy.deepcopy(state)))
    for attribute in resource.model.node().attributes:
        if not attribute.configurable or attribute.write_only or attribute.deprecated:
            config.raw[attribute.name] = None
    return config.raw
