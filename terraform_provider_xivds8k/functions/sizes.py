"""Sizes from one unit to another, exactly: every result is what the arrays count, none is rounded unasked."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from terraform_provider_xivds8k.driver import Refused, rules
from terraform_provider_xivds8k.lifecycle import Function
from terraform_provider_xivds8k.schema import Attr, Model, between, required

LARGEST_BYTES = 2**63 - 1  # beyond any array, and what every reader of a size can hold
XIV_UNIT_GIB = rules.XIV_UNIT_BYTES // rules.GIB
XIV_LARGEST_GIB = rules.XIV_LARGEST_BYTES // rules.GIB


class GibToBytes(Model, type_name="gib_to_bytes"):
    """Turn a size in GiB into bytes.

    One GiB is 2^30 = 1,073,741,824 bytes. A fraction is fine as long as it comes to whole bytes: 1.5 GiB does, 0.1 GiB
    does not and is an error. Arrays count in blocks of 512 bytes; `size_bytes` of a volume must be a multiple of that.
    """

    n: Attr[Decimal] = required("The size in GiB, 0 or more, less than 8 EiB.")


class GibToBytesFunction(Function[GibToBytes, int]):
    """Multiply, by fractions: a decimal of Terraform has more digits than one of Python keeps."""

    model = GibToBytes
    result = int

    def call(self, arguments: GibToBytes) -> int:
        size = Fraction(arguments.n) * rules.GIB
        if not 0 <= size <= LARGEST_BYTES:
            raise _refused(f"n = {_shown(arguments.n)} GiB is out of range", "Allowed is 0 to less than 8 EiB.")
        if size.denominator != 1:
            down = size.numerator // size.denominator
            raise _refused(
                f"n = {_shown(arguments.n)} GiB is no whole number of bytes",
                f"It lies between {down} and {down + 1} bytes. Write whole GiB, or a fraction such as 0.5 or 0.25.",
            )
        return size.numerator


class BytesToGib(Model, type_name="bytes_to_gib"):
    """Turn a size in bytes into GiB, exactly.

    One GiB is 2^30 = 1,073,741,824 bytes; 1,610,612,736 bytes are 1.5. Nothing is rounded: wrap it in `floor` or `ceil`
    where whole GiB are wanted.
    """

    n: Attr[int] = required("The size in bytes.", check=[between(0, LARGEST_BYTES)])


class BytesToGibFunction(Function[BytesToGib, Decimal]):
    """Divide by a power of two, which every decimal can do exactly given enough places."""

    model = BytesToGib
    result = Decimal

    def call(self, arguments: BytesToGib) -> Decimal:
        return Decimal(f"{arguments.n * 5**30}E-30")  # n / 2**30; an operator would round to the context's 28 digits


class XivSizeGib(Model, type_name="xiv_size_gib"):
    """Tell what an XIV sets aside for a volume or a pool of a size: whole units of 16 GiB, which it calls 17 GB.

    1 to 16 GiB take 16, 17 GiB take 32. Pools are made of such units, and so much a volume counts for in one, whatever
    size it shows to hosts. A FlashSystem A9000 or A9000R has no such units.
    """

    n: Attr[Decimal] = required(f"The size in GiB, more than 0, at most {XIV_LARGEST_GIB} (161 TB).")


class XivSizeGibFunction(Function[XivSizeGib, int]):
    """Round up to whole units."""

    model = XivSizeGib
    result = int

    def call(self, arguments: XivSizeGib) -> int:
        size = Fraction(arguments.n)
        if not 0 < size <= XIV_LARGEST_GIB:
            raise _refused(
                f"n = {_shown(arguments.n)} GiB is out of range",
                f"Allowed is more than 0, at most {XIV_LARGEST_GIB} GiB: no XIV holds more.",
            )
        return -(-size // XIV_UNIT_GIB) * XIV_UNIT_GIB


def _refused(summary: str, next_step: str) -> Refused:
    return Refused(summary, next_step=next_step, attribute="n")


def _shown(number: Decimal) -> str:
    text = format(number, "f")
    return text if len(text) <= 40 else f"{text[:40]}…"
