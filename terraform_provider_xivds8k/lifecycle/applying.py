"""Make it so: create, update or delete, and never lose sight of what was made.

A problem after something was made returns the state kept so far with the error, so that Terraform tracks it.  A
refused delete returns the error only, and Terraform keeps the prior state.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from terraform_provider_xivds8k.schema import Model, RawObject

from . import privacy
from .diagnostics import Diagnostics, Problem, is_silence
from .requests import ApplyRequest, StateResponse
from .resource import Create, Delete, Private, Resource, Update
from .settling import settled
from .timeouts import timeout_s


def apply(resource: Resource[Any, Any], request: ApplyRequest) -> StateResponse:
    """Answer an apply request."""
    response = StateResponse(Diagnostics(known=frozenset(resource.model.shapes())), identity=request.identity)
    private = privacy.load(request.private)
    if request.prior is not None and private.get(privacy.KEPT):
        _refuse_kept(resource, request.prior, response)
        response.identity = None if request.planned is None else request.identity
    elif request.planned is None:
        _delete(resource, request, response, private)
    else:
        _create_or_update(resource, request, request.planned, response, private)
    if response.state is not None:
        response.private = privacy.dump(private)
    return response


def _refuse_kept(resource: Resource[Any, Any], prior: RawObject, response: StateResponse) -> None:
    """Refuse to change what the plan took as it once was, though the array may answer again by now."""
    named = resource.named(resource.model.from_raw(copy.deepcopy(prior)))
    response.diagnostics.error(
        None,
        f"{named} was kept as it was, and is not changed",
        'The array did not answer the last refresh (when_unreachable = "keep"), so nobody knows how it is now. Nothing '
        "was changed. Run it again with a refresh that is answered, and look at the plan.",
    )


def _delete(resource: Resource[Any, Any], request: ApplyRequest, response: StateResponse, private: Private) -> None:
    response.identity = None
    if request.prior is None:
        return
    prior = resource.model.from_raw(request.prior)
    operation: Delete[Any] = Delete(private, response.diagnostics, timeout_s(prior, "delete"), prior=prior)
    with response.diagnostics.catching(), _named_where_silent(resource, request.prior):
        resource.delete(operation)
    if operation.kept is not None and response.diagnostics.has_errors:
        response.identity = request.identity
        _finish(resource, response, operation.kept, None)


def _create_or_update(
    resource: Resource[Any, Any],
    request: ApplyRequest,
    planned: RawObject,
    response: StateResponse,
    private: Private,
) -> None:
    operation = _operation(resource.model, request, planned, response.diagnostics, private)
    state: Model | None = None
    with response.diagnostics.catching(), _named_where_silent(resource, request.prior or planned):
        state = resource.create(operation) if isinstance(operation, Create) else resource.update(operation)
    state = state if state is not None else operation.kept
    if state is None:
        response.identity = None if request.prior is None else response.identity
        return
    _finish(resource, response, state, planned)


@contextmanager
def _named_where_silent(resource: Resource[Any, Any], raw: RawObject) -> Iterator[None]:
    """Have an array's silence say what it kept from being done: on a bad day several objects meet it at once."""
    try:
        yield
    except Exception as error:
        if isinstance(error, Problem) and (is_silence(error) or getattr(error, "names_nothing", False)):
            named = resource.named(resource.model.from_raw(copy.deepcopy(raw)))
            error.summary = f"{named}: {error.summary[:1].lower()}{error.summary[1:]}"
        raise


def _operation(
    model: type[Model], request: ApplyRequest, planned: RawObject, diagnostics: Diagnostics, private: Private
) -> Create[Any] | Update[Any]:
    wanted = model.from_raw(copy.deepcopy(planned))
    config = model.from_raw(request.config or {})
    if request.prior is None:
        return Create(private, diagnostics, timeout_s(wanted, "create"), planned=wanted, config=config)
    prior = model.from_raw(request.prior)
    return Update(private, diagnostics, timeout_s(wanted, "update"), prior=prior, planned=wanted, config=config)


def _finish(resource: Resource[Any, Any], response: StateResponse, state: Model, planned: RawObject | None) -> None:
    response.state = settled(resource.model.node(), state.raw, planned, response.diagnostics)
    with response.diagnostics.catching():  # whatever goes wrong from here on, the state is not lost
        found = resource.model.from_raw(copy.deepcopy(response.state))
        identity = resource.identify(found)
        response.identity = identity.raw if identity is not None else None
