"""Functions of the shelf: one of two parameters that does what its text asks for, and one of a single collection."""

from __future__ import annotations

from terraform_provider_xivds8k.lifecycle import Function
from terraform_provider_xivds8k.schema import Attr, Model, between, length, required

from .shelf import ShelfError


class Labels(Model, type_name="labels"):
    """Write labels.

    One beside the other.
    """

    text: Attr[str] = required("What is written.", check=[length(1, 20)])
    copies: Attr[int] = required("How many are wanted.", check=[between(1, 9)])


class LabelsFunction(Function[Labels, list[str]]):
    """Repeat the text; ``refused``, ``refused copies`` and ``broken`` fail."""

    model = Labels
    result = list[str]

    def call(self, arguments: Labels) -> list[str]:
        if arguments.text.startswith("refused"):
            attribute = arguments.text.partition(" ")[2]
            raise ShelfError("The shelf refuses", attribute=attribute)
        if arguments.text == "broken":
            raise RuntimeError("s3cret-of-the-function")
        return [arguments.text] * arguments.copies


class Heaviest(Model, type_name="heaviest"):
    """Tell the largest of some weights."""

    weights: Attr[set[int]] = required("The weights.")


class HeaviestFunction(Function[Heaviest, int]):
    """Refuse an empty set, in the words of an attribute that is no parameter."""

    model = Heaviest
    result = int

    def call(self, arguments: Heaviest) -> int:
        if not arguments.weights:
            raise ShelfError("Nothing to weigh", attribute="boxes")
        return max(arguments.weights)
