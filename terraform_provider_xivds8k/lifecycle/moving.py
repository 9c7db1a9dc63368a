"""Keep an object under another type of the same provider, by its state alone: nothing is configured yet."""

from __future__ import annotations

from typing import Any

from terraform_provider_xivds8k.schema import RawObject
from terraform_provider_xivds8k.schema.codec import CodecError, from_json

from . import privacy
from .diagnostics import Diagnostics
from .provider import Provider
from .requests import MoveRequest, StateResponse
from .resource import Resource
from .settling import concealed

INSTEAD = (
    "Nothing was changed. Remove the moved block; take the object out of the state (a removed block with destroy = "
    "false) and import it under the new type instead."
)


def move_object(provider: Provider[Any], target: Resource[Any, Any], request: MoveRequest) -> StateResponse:
    """Answer a move."""
    response = StateResponse(Diagnostics(known=frozenset(target.model.shapes())))
    with response.diagnostics.catching():
        source = _source(provider, target, request, response.diagnostics)
        if source is not None:
            _take_over(target, source, request, response)
    return response


def _source(
    provider: Provider[Any], target: Resource[Any, Any], request: MoveRequest, diagnostics: Diagnostics
) -> type[Resource[Any, Any]] | None:
    """Return the kind the object was of, None with a complaint where it is none of this provider's, or of a future."""
    title = f"A {request.type_name} cannot be moved to a {target.model.type_name}"
    source = provider.resources.get(request.type_name)
    if _name_of(request.provider_address) != _name_of(provider.address):
        diagnostics.error(
            None, title, f"It is of provider {request.provider_address}, which this one knows nothing of. {INSTEAD}"
        )
    elif source is None:
        diagnostics.error(None, title, f"This provider has no {request.type_name}. {INSTEAD}")
    elif request.schema_version != source.model.node().version:
        diagnostics.error(
            None,
            title,
            f"Its state has schema version {request.schema_version}; this version of the provider knows "
            f"{source.model.node().version}. Nothing was changed. Run terraform init -upgrade, then plan again.",
        )
    else:
        return source
    return None


def _name_of(address: str) -> str:
    """Return namespace and name of a provider's address, in any registry or mirror."""
    return "/".join(address.split("/")[-2:]).casefold()


def _take_over(
    target: Resource[Any, Any], source: type[Resource[Any, Any]], request: MoveRequest, response: StateResponse
) -> None:
    state = _stored(source, request, response.diagnostics)
    if state is None:
        return
    moved = target.take_over(source.model.from_raw(state), privacy.load(request.private), response.diagnostics)
    if moved is None:
        if not response.diagnostics.has_errors:
            response.diagnostics.error(
                None, f"A {request.type_name} cannot be moved to a {target.model.type_name}", INSTEAD
            )
        return
    identity = target.identify(moved.state)
    response.state = concealed(target.model.node(), moved.state.raw)
    response.private = privacy.dump(moved.private)
    response.identity = identity.raw if identity is not None else None


def _stored(source: type[Resource[Any, Any]], request: MoveRequest, diagnostics: Diagnostics) -> RawObject | None:
    reason = "it is null"
    try:
        state = from_json(request.state, source.model.node().type)
        if isinstance(state, dict):
            return state
    except CodecError as error:
        reason = str(error)
    diagnostics.error(
        None,
        f"The stored state of a {request.type_name} cannot be read",
        f"The state does not have the type's form: {reason}. Nothing was changed.",
    )
    return None
