"""What a change would do.

In the framework's order: write-only values out, defaults in, what is computed unknown on create and kept on update,
the resource's own hook, then what changes with what the hook left, then replacements.  The same request always gives
the same plan.

While it is not known whether an object is to be replaced, nothing of it is changed: planned again during the apply, an
update that turns out to be a replacement is an inconsistent plan to Terraform.
"""

from __future__ import annotations

import copy
from typing import Any

from terraform_provider_xivds8k.schema import (
    UNKNOWN,
    AttributeNode,
    Model,
    ModelNode,
    Path,
    Raw,
    RawObject,
    is_wholly_known,
)

from . import privacy
from .diagnostics import Diagnostics
from .modes import warn_of_mode
from .requests import PlanRequest, PlanResponse
from .resource import Change, Resource
from .settling import concealed


def plan(resource: Resource[Any, Any], request: PlanRequest) -> PlanResponse:
    """Answer a plan request."""
    response = PlanResponse(Diagnostics(known=frozenset(resource.model.shapes())), identity=request.identity)
    response.private = request.private
    with response.diagnostics.catching():
        if request.proposed is None:
            _plan_destroy(resource, request, response)
        else:
            _plan_change(resource, request, response)
    return response


def _plan_destroy(resource: Resource[Any, Any], request: PlanRequest, response: PlanResponse) -> None:
    if request.prior is None:
        return
    prior = resource.model.from_raw(request.prior)
    private = privacy.load(request.private)
    resource.plan_destroy(prior, private, response.diagnostics)
    response.private = privacy.dump(private)
    warn_of_mode(resource.configured, response.diagnostics, destroys=True)


def _plan_change(resource: Resource[Any, Any], request: PlanRequest, response: PlanResponse) -> None:
    change = _change(resource, request, response.diagnostics)
    _start(resource.model.node(), change)
    before_hook = copy.deepcopy(change.planned.raw)
    resource.plan(change)
    _mark_driven(resource.model.node(), change, before_hook)
    _collect_replacements(resource.model.node(), change)
    if change.requires_replace:
        resource.plan_replacement(change)
    else:
        _leave_to_next_plan(resource, change, request)
    if change.prior is None or change.planned != change.prior:
        destroys = change.destroys or bool(change.requires_replace)
        warn_of_mode(resource.configured, response.diagnostics, destroys=destroys)
    response.planned = concealed(resource.model.node(), change.planned.raw)
    response.requires_replace = change.requires_replace
    response.private = privacy.dump(change.private)
    if response.identity is None and change.prior is not None:
        identity = resource.identify(change.prior)
        response.identity = identity.raw if identity is not None else None


def _change(resource: Resource[Any, Any], request: PlanRequest, diagnostics: Diagnostics) -> Change[Any]:
    model: type[Model] = resource.model
    return Change(
        config=model.from_raw(request.config or {}),
        planned=model.from_raw(copy.deepcopy(request.proposed or {})),
        prior=model.from_raw(request.prior) if request.prior is not None else None,
        private=privacy.load(request.private),
        diagnostics=diagnostics,
    )


def _start(node: ModelNode, change: Change[Any]) -> None:
    planned, config = change.planned.raw, change.config.raw
    for attribute in node.attributes:
        name = attribute.name
        if attribute.write_only:
            planned[name] = None
        elif config[name] is None and attribute.when_unset is not None:
            planned[name] = copy.deepcopy(attribute.when_unset)
        elif config[name] is None and attribute.computed and change.prior is None:
            planned[name] = UNKNOWN
        elif _waits(attribute) and not is_wholly_known(config[name]) and change.prior is not None:
            # Left unknown, Terraform would find an inconsistent plan after the object is already replaced.
            prior = change.prior.raw[name]
            planned[name] = planned[name] if prior is None else copy.deepcopy(prior)
            change.undecided.append(name)


def _waits(attribute: AttributeNode) -> bool:
    """Tell whether a change that would replace the object is left to the next plan while it is not known."""
    return attribute.replaces and not attribute.unknown_replaces


def _mark_driven(node: ModelNode, change: Change[Any], before_hook: RawObject) -> None:
    if change.prior is None:
        return
    planned, prior, config = change.planned.raw, change.prior.raw, change.config.raw
    undecided = [
        attribute
        for attribute in node.attributes
        if attribute.computed
        and config[attribute.name] is None
        and planned[attribute.name] == before_hook[attribute.name]
    ]
    while True:  # what became unknown may drive others in turn
        changed = {name for name in planned if planned[name] != prior[name]}
        driven = [a.name for a in undecided if changed & {*a.changes_with} and planned[a.name] is not UNKNOWN]
        if not driven:
            return
        planned.update(dict.fromkeys(driven, UNKNOWN))


def _collect_replacements(node: ModelNode, change: Change[Any]) -> None:
    if change.prior is None:
        return
    planned, prior = change.planned.raw, change.prior.raw
    for attribute in node.attributes:
        name = attribute.name
        known = is_wholly_known(planned[name]) or attribute.unknown_replaces
        if attribute.replaces and known and planned[name] != prior[name] and name not in change.taken_over:
            change.requires_replace.append(Path((name,)))


def _leave_to_next_plan(resource: Resource[Any, Any], change: Change[Any], request: PlanRequest) -> None:
    """Change nothing of an object while it is not known whether it is to be replaced."""
    prior = change.prior
    if prior is None or not change.undecided or change.planned == prior:
        return
    node, attribute, title = resource.model.node(), change.undecided[0], resource.named(prior)
    changed = [a.name for a in node.attributes if a.configurable and change.planned.raw[a.name] != prior.raw[a.name]]
    others = ", ".join(name for name in changed if name not in change.undecided)
    if all(_may_stay(one, prior.raw[one.name], change.config.raw[one.name]) for one in node.attributes):
        change.planned.raw = copy.deepcopy(prior.raw)
        change.private = privacy.load(request.private)
        change.diagnostics.warning(
            Path((attribute,)),
            f"Nothing of {title} is changed while {attribute} is not known",
            f"It is known only during the apply, and another value needs another object: the next run plans what is to "
            f"be done.{f' Waiting for the next run: {others}.' if others else ''}",
        )
        return
    change.diagnostics.warning(
        Path((attribute,)),
        f"{title} may have to be planned once more when {attribute} is known",
        f"It is known only during the apply. Should it turn out to be another value than now, which needs another "
        f"object, Terraform ends the apply there (inconsistent final plan) before anything of {title} is changed. Run "
        "it again then.",
    )


def _may_stay(attribute: AttributeNode, prior: Raw, config: Raw) -> bool:
    """Tell whether Terraform accepts the prior value as the planned one."""
    return prior is not None if config is not None and not attribute.write_only else attribute.computed or prior is None
