"""Strategies: any type Terraform has, and any value of it."""

import unicodedata
from decimal import Decimal

from hypothesis import strategies as st

from terraform_provider_xivds8k.schema import UNKNOWN, Raw
from terraform_provider_xivds8k.schema.types import (
    BOOL,
    NUMBER,
    STRING,
    BoolType,
    ListType,
    MapType,
    NumberType,
    ObjectType,
    SetType,
    StringType,
    Type,
)
from terraform_provider_xivds8k.schema.values import canonical_set

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).map(lambda t: unicodedata.normalize("NFC", t))
names = st.text("abcdefgh_", min_size=1, max_size=4)


def _whole_as_int(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number


numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, -1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**100]),
    st.decimals(allow_nan=False, allow_infinity=False, places=30, min_value=-(10**20), max_value=10**20).map(
        _whole_as_int
    ),
)


def types() -> st.SearchStrategy[Type]:
    """Return a strategy for types, nested ones too."""
    return st.recursive(
        st.sampled_from([STRING, NUMBER, BOOL]),
        lambda inner: st.one_of(
            inner.map(ListType),
            inner.map(SetType),
            inner.map(MapType),
            st.dictionaries(names, inner, max_size=3).map(lambda found: ObjectType(tuple(sorted(found.items())))),
        ),
        max_leaves=5,
    )


def values(node: Type, *, unknown: bool = True) -> st.SearchStrategy[Raw]:
    """Return a strategy for raw values of a type: null, unknown where asked for, and every known form."""
    odd: st.SearchStrategy[Raw] = st.sampled_from([None, UNKNOWN]) if unknown else st.none()
    return st.one_of(_known(node, unknown=unknown), odd)


def _known(node: Type, *, unknown: bool) -> st.SearchStrategy[Raw]:  # noqa: PLR0911 - one for each type
    match node:
        case StringType():
            return texts
        case NumberType():
            return numbers
        case BoolType():
            return st.booleans()
        case ListType():
            return st.lists(values(node.element, unknown=unknown), max_size=4)
        case SetType():
            return st.lists(values(node.element, unknown=unknown), max_size=4).map(canonical_set)
        case MapType():
            return st.dictionaries(texts, values(node.element, unknown=unknown), max_size=3)
        case ObjectType():
            return st.fixed_dictionaries({name: values(inner, unknown=unknown) for name, inner in node.attributes})
