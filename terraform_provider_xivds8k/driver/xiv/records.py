"""Records of a reply: flat leaves by name, with typed access that says clearly what is missing.

Leaves what a command means to its caller.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import Refused

MIB = 2**20
CLOCK = re.compile(r"([0-9]+):([0-5][0-9]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Record:
    """Hold one record: ``kind`` is its element's name, ``leaves`` the values as the array wrote them.

    Every getter that is not called ``find_`` raises Refused where the leaf is missing or of another form.
    """

    kind: str
    leaves: Mapping[str, str]

    def find_text(self, leaf: str) -> str | None:
        """Return a leaf, None where it is missing or empty."""
        return self.leaves.get(leaf) or None

    def text(self, leaf: str) -> str:
        """Return a leaf that may be empty but not missing."""
        try:
            return self.leaves[leaf]
        except KeyError:
            raise self._lacks(leaf) from None

    def integer(self, leaf: str) -> int:
        """Return a whole number; one above 2**63 is a negative number written unsigned (xcli.md §3.2 [S])."""
        written = self.text(leaf)
        digits = written.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
            raise self._unfit(leaf, "a whole number")
        number = int(written)
        return number - 2**64 if 2**63 <= number < 2**64 else number

    def amount(self, leaf: str) -> int:
        """Return a whole number above zero."""
        number = self.integer(leaf)
        if number <= 0:
            raise self._unfit(leaf, "a number above zero")
        return number

    def find_integer(self, leaf: str) -> int | None:
        """Return a whole number, None where the leaf is missing or empty."""
        return self.integer(leaf) if self.find_text(leaf) is not None else None

    def flag(self, leaf: str) -> bool:
        """Return a yes or no."""
        written = self.text(leaf).casefold()
        if written not in {"yes", "no"}:
            raise self._unfit(leaf, "yes or no")
        return written == "yes"

    def find_flag(self, leaf: str) -> bool:
        """Return a yes or no; missing or empty is no."""
        return self.find_text(leaf) is not None and self.flag(leaf)

    def size_bytes(self, leaf: str) -> int:
        """Return a capacity in bytes: the exact MiB twin of a leaf where there is one, else its decimal GB."""
        found = self.find_size_bytes(leaf)
        if found is None:
            raise self._lacks(leaf)
        return found

    def find_size_bytes(self, leaf: str) -> int | None:
        """Return a capacity in bytes, None where the array does not say."""
        mib = self.find_integer(f"{leaf}_MiB")
        if mib is not None:
            return mib * MIB
        gigabytes = self.find_integer(leaf)
        return None if gigabytes is None else gigabytes * 10**9

    def find_clock_s(self, leaf: str) -> int | None:
        """Return ``hh:mm:ss`` in seconds, None where there is none or it is written otherwise."""
        found = CLOCK.fullmatch(self.find_text(leaf) or "")
        return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]) if found else None

    def _lacks(self, leaf: str) -> Refused:
        return Refused(
            f"The array's answer lacks {leaf!r}",
            happened=f"Its record {self.kind!r} has: {', '.join(sorted(self.leaves)) or 'nothing'}.",
            next_step="This release of the array may not be supported; please report it with the release.",
        )

    def _unfit(self, leaf: str, form: str) -> Refused:
        return Refused(
            f"The array's answer holds {leaf} = {self.leaves[leaf][:80]!r}, which is not {form}",
            next_step="This release of the array may not be supported; please report it with the release.",
        )
