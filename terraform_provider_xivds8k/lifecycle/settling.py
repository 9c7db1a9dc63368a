"""What a state answered to Terraform must be: as planned, known, without write-only values."""

from __future__ import annotations

from terraform_provider_xivds8k.schema import UNKNOWN, ModelNode, Raw, RawObject, is_wholly_known
from terraform_provider_xivds8k.schema.types import ListType, MapType, ObjectType, SetType, Type

from .diagnostics import Diagnostics


def settled(node: ModelNode, raw: RawObject, planned: RawObject | None, diagnostics: Diagnostics) -> RawObject:
    """Return an applied state as it may be stored; complain where it is not known or not what was planned.

    Nothing is said after an error: the state is then what was reached, and only its unknown values become null.
    """
    state = concealed(node, raw)
    unknown = sorted(name for name, value in state.items() if not is_wholly_known(value))
    types = dict(node.type.attributes)
    differing = sorted(n for n, value in state.items() if planned and not _fits(planned[n], value, types[n]))
    if (differing or unknown) and not diagnostics.has_errors:
        diagnostics.error(
            None,
            "The array did not do what was planned",
            f"Unlike the plan: {', '.join(differing) or 'nothing'}; still unknown: {', '.join(unknown) or 'nothing'}. "
            "The state holds what the array reported. Plan again, and please report this.",
        )
    return {name: _without_unknown(value) for name, value in state.items()}


def concealed(node: ModelNode, raw: RawObject) -> RawObject:
    """Return the object with null for every write-only value, which no answer may hold."""
    hidden = {attribute.name for attribute in node.attributes if attribute.write_only}
    return {name: None if name in hidden else value for name, value in raw.items()}


def _fits(planned: Raw, value: Raw, kind: Type) -> bool:
    if planned is UNKNOWN or is_wholly_known(planned) or value is UNKNOWN:
        return planned is UNKNOWN or planned == value
    if isinstance(kind, SetType) and isinstance(planned, list) and isinstance(value, list):
        # what is unknown in a set may turn out equal to another element
        return len(value) <= len(planned) and all(item in value for item in planned if is_wholly_known(item))
    if isinstance(kind, ListType) and isinstance(planned, list) and isinstance(value, list):
        element = kind.element
        return len(value) == len(planned) and all(_fits(p, v, element) for p, v in zip(planned, value, strict=True))
    if not isinstance(planned, dict) or not isinstance(value, dict) or planned.keys() != value.keys():
        return False
    if isinstance(kind, ObjectType):
        return all(_fits(planned[name], value[name], inner) for name, inner in kind.attributes)
    return isinstance(kind, MapType) and all(_fits(planned[key], value[key], kind.element) for key in planned)


def _without_unknown(value: Raw) -> Raw:
    if isinstance(value, list):
        return [_without_unknown(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_unknown(item) for name, item in value.items()}
    return None if value is UNKNOWN else value
