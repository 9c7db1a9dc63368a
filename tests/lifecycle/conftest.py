"""A shelf, and Terraform core's stand-in for one box on it."""

from __future__ import annotations

import pytest

from support.core import Core
from support.shelf import Shelf, on


@pytest.fixture
def shelf() -> Shelf:
    """Hold an empty shelf."""
    return Shelf(password="pa55word")


@pytest.fixture
def core(shelf: Shelf) -> Core:
    """Keep one box on the shelf."""
    return Core(lambda: on(shelf))
