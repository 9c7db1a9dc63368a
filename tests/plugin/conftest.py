"""Provider processes for the tests of the plugin runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from support.plugin_client import Plugin

Start = Callable[..., Plugin]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start provider processes that end with the test."""
    started: list[Plugin] = []

    def starting(*arguments: str, **more: str | None) -> Plugin:
        plugin = Plugin(arguments, more) if arguments else Plugin(more=more)
        started.append(plugin)
        return plugin

    yield starting
    for plugin in started:
        plugin.end()


@pytest.fixture(scope="module")
def plugin() -> Iterator[Plugin]:
    """Share one provider process among tests that leave it as it is."""
    started = Plugin(more={"TF_LOG_PROVIDER": "TRACE"})
    yield started
    started.end()
