"""What Terraform core checks in a provider's answers, as functions on raw values.

Facts: the protocol reference, sections 4.6 (planned values) and 4.7 (applied values).
"""

from __future__ import annotations

from terraform_provider_xivds8k.schema import UNKNOWN, AttributeNode, ModelNode, Raw, RawObject, is_wholly_known
from terraform_provider_xivds8k.schema.codec import decode_object, encode
from terraform_provider_xivds8k.schema.types import ListType, MapType, ObjectType, SetType, Type


class Complaint(AssertionError):  # noqa: N818 - core calls these what they are: the provider's fault
    """Core would say that the provider has a bug."""


def on_the_wire(node: ModelNode, raw: RawObject) -> RawObject:
    """Return an object as it arrives on the other side of the wire; raises CodecError where it does not fit."""
    arrived = decode_object(encode(raw, node.type), node.type)
    assert arrived is not None
    return arrived


def proposed_new(node: ModelNode, prior: RawObject | None, config: RawObject) -> RawObject:
    """Merge prior state and configuration as core does before it asks for a plan."""
    before = dict.fromkeys((attribute.name for attribute in node.attributes), None) if prior is None else prior
    return {a.name: _proposed(a, before[a.name], config[a.name]) for a in node.attributes}


def _proposed(attribute: AttributeNode, prior: Raw, config: Raw) -> Raw:
    if config is None:
        return prior if attribute.computed else None
    if attribute.nested is not None and attribute.nesting == "single" and isinstance(config, dict):
        return proposed_new(attribute.nested, prior if isinstance(prior, dict) else None, config)
    return config


def check_planned(node: ModelNode, prior: RawObject | None, config: RawObject, planned: RawObject) -> None:
    """Complain about planned values that neither configuration nor prior state nor the schema allow."""
    for attribute in node.attributes:
        name = attribute.name
        _check_planned(attribute, None if prior is None else prior[name], config[name], planned[name])


def _check_planned(attribute: AttributeNode, prior: Raw, config: Raw, planned: Raw) -> None:
    name = attribute.name
    if attribute.write_only:
        _require(planned is None, f"invalid plan: write-only {name} is not null")
    elif config is None:
        _require(
            attribute.computed or planned is None, f"invalid plan: {name} is planned, not configured and not computed"
        )
    elif attribute.nested is not None and isinstance(config, dict) and attribute.nesting == "single":
        if planned == config or (prior is not None and planned == prior):
            return
        _require(isinstance(planned, dict), f"invalid plan: {name} is configured and planned as {planned!r}")
        assert isinstance(planned, dict)
        check_planned(attribute.nested, prior if isinstance(prior, dict) else None, config, planned)
    else:
        kept = prior is not None and planned == prior
        _require(
            planned == config or kept, f"invalid plan: {name} = {config!r} is planned as {planned!r}, was {prior!r}"
        )


def check_final(node: ModelNode, action: str, planned: RawObject, final_action: str, final: RawObject) -> None:
    """Complain where the plan made at apply is not the first one with its unknowns filled in."""
    same = action == final_action or (action == "update" and final_action == "no-op")
    _require(same, f"Provider produced inconsistent final plan: {action} became {final_action}")
    check_compatible(node.type, planned, final, "Provider produced inconsistent final plan")


def check_known(node: ModelNode, state: RawObject, step: str) -> None:
    """Complain about a state with anything unknown or write-only in it."""
    unknown = sorted(name for name, value in state.items() if not is_wholly_known(value))
    _require(not unknown, f"Provider produced invalid object: {unknown} not known after {step}")
    for attribute in node.attributes:
        _require(
            not attribute.write_only or state[attribute.name] is None, f"write-only {attribute.name} is in the state"
        )


def check_compatible(node: Type, planned: Raw, actual: Raw, complaint: str, at: str = "") -> None:
    """Complain where anything known in ``planned`` is not the same in ``actual``."""
    if planned is UNKNOWN:
        return
    if planned is None or actual is None or actual is UNKNOWN:
        _require(planned is actual, f"{complaint}: {at} was {planned!r}, is {actual!r}")
    elif isinstance(node, ObjectType) and isinstance(planned, dict) and isinstance(actual, dict):
        for name, inner in node.attributes:
            check_compatible(inner, planned[name], actual[name], complaint, f"{at}.{name}")
    elif isinstance(node, MapType) and isinstance(planned, dict) and isinstance(actual, dict):
        _require(planned.keys() == actual.keys(), f"{complaint}: keys of {at} changed")
        for key, value in planned.items():
            check_compatible(node.element, value, actual[key], complaint, f'{at}["{key}"]')
    elif isinstance(node, ListType) and isinstance(planned, list) and isinstance(actual, list):
        _require(len(planned) == len(actual), f"{complaint}: length of {at} changed")
        for index, value in enumerate(planned):
            check_compatible(node.element, value, actual[index], complaint, f"{at}[{index}]")
    elif isinstance(node, SetType) and not is_wholly_known(planned):
        return
    else:
        _require(planned == actual, f"{complaint}: {at} was {planned!r}, is {actual!r}")


def without_unknown(state: RawObject) -> RawObject:
    """Return a partial state as core saves it: what is not known is null."""
    return {name: value if is_wholly_known(value) else None for name, value in state.items()}


def _require(condition: bool, complaint: str) -> None:
    if not condition:
        raise Complaint(complaint)
