"""Two settings of two values each: each value of both in ``make test``, the other two pairs in ``make test-long``."""

from __future__ import annotations

import pytest


def crosswise(**settings: tuple[str, str]) -> pytest.MarkDecorator:
    """Run a test with two fixtures: the first values together and the second ones, and all others among the long tests.

    For what costs much and where neither setting is known to change what the other does.
    """
    (one, other), (with_one, with_other) = settings.values()
    quick = [pytest.param(one, with_one), pytest.param(other, with_other)]
    long = [(one, with_other), (other, with_one)]
    marked = [pytest.param(*pair, marks=pytest.mark.long) for pair in long]
    return pytest.mark.parametrize(tuple(settings), quick + marked, indirect=True)
