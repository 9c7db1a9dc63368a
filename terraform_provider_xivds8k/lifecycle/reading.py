"""How things are now: refresh, data sources, and states as an older or the same schema stored them."""

from __future__ import annotations

import copy
from typing import Any

from terraform_provider_xivds8k.schema import RawObject

from . import privacy
from .diagnostics import Diagnostics, Problem, is_silence, problem_text
from .requests import ReadRequest, StateResponse
from .resource import DataSource, Read, Resource
from .settling import concealed
from .timeouts import timeout_s


def read(resource: Resource[Any, Any], request: ReadRequest) -> StateResponse:
    """Answer a refresh; a problem leaves the state as it was, and only a definite answer makes it gone."""
    response = StateResponse(
        Diagnostics(known=frozenset(resource.model.shapes())),
        state=request.state,
        private=request.private,
        identity=request.identity,
    )
    state = resource.model.from_raw(copy.deepcopy(request.state))
    private = privacy.load(request.private)
    with response.diagnostics.catching():
        try:
            found = resource.read(Read(private, response.diagnostics, timeout_s(state, "read"), state=state))
        except Exception as error:
            if not _is_kept(resource, error):
                raise _with_way_out(error) from error
            _warn_of_silence(resource, request, error, response.diagnostics)
            response.private = privacy.dump({**private, privacy.KEPT: True})
            return response
        private.pop(privacy.KEPT, None)
        if found is None:
            response.state, response.private, response.identity = None, b"", None
        else:
            identity = resource.identify(found)
            response.identity = identity.raw if identity is not None else None
            response.state, response.private = concealed(resource.model.node(), found.raw), privacy.dump(private)
    if response.diagnostics.has_errors:
        response.state, response.private, response.identity = request.state, request.private, request.identity
    return response


def _is_kept(resource: Resource[Any, Any], error: Exception) -> bool:
    """Tell whether the user wants to go on with what is known of an array that does not answer."""
    configured = resource.configured
    return configured is not None and configured.guards.keeps_unreachable and is_silence(error)


def _with_way_out(error: Exception) -> Exception:
    """Return an error that names, where the array is silent, the setting by which its objects stay as they were."""
    if not (isinstance(error, Problem) and is_silence(error)):
        return error
    told = copy.copy(error)  # the same one may be told of other objects
    told.next_step = (
        f'{error.next_step} While it stays away, when_unreachable = "keep" in the provider block keeps the state '
        "as it was (XIVDS8K_WHEN_UNREACHABLE=keep where no block writes it)."
    ).lstrip()
    return told


def _warn_of_silence(
    resource: Resource[Any, Any], request: ReadRequest, error: Exception, diagnostics: Diagnostics
) -> None:
    named = resource.named(resource.model.from_raw(copy.deepcopy(request.state)))
    known = getattr(error, "known_while_silent", "") or "the array does not answer"
    said = f"{error.summary.rstrip('.')}. {problem_text(error)}" if isinstance(error, Problem) else ""
    diagnostics.warning(
        None,
        f"{named} is kept as it was: {known}",
        f'{said}\n\nwhen_unreachable = "keep" lets the state stand as of the last refresh that was answered, whatever '
        "happened since. It is not changed or destroyed before a refresh is answered.",
    )


def read_data(source: DataSource[Any, Any], config: RawObject) -> StateResponse:
    """Answer the read of a data source."""
    response = StateResponse(Diagnostics(known=frozenset(source.model.shapes())))
    with response.diagnostics.catching():
        response.state = source.read(source.model.from_raw(copy.deepcopy(config)), response.diagnostics).raw
    return response
