"""Actions: their configuration checked, their plan, and an invocation as a stream of events.

An invocation runs in a thread of its own, so that progress comes out while it goes on.  The stream ends with exactly
one ``Completed``, whatever happens, and never before the action itself has ended: what still runs is not called done.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

from terraform_provider_xivds8k.schema import Path, RawObject, duration_s, is_wholly_known

from .action import Action, Invocation
from .diagnostics import Diagnostics, defect_text
from .modes import warn_of_mode
from .progress import one_line, secrets_of
from .requests import Completed, InvocationEvent, Progressed
from .validation import validate_values

_log = logging.getLogger("lifecycle")


def validate_action(action: Action[Any, Any], config: RawObject | None) -> Diagnostics:
    """Answer the question whether a configuration is one; None is a missing ``config`` block."""
    diagnostics = _diagnostics(action)
    with diagnostics.catching():
        _check(action, _whole(action, config), diagnostics)
    return diagnostics


def plan_action(action: Action[Any, Any], config: RawObject | None) -> Diagnostics:
    """Answer what can be said of an invocation before it."""
    diagnostics = _diagnostics(action)
    with diagnostics.catching():
        raw = _whole(action, config)
        if _check(action, raw, diagnostics):  # again: what a variable holds was not known when validating
            planned = action.model.from_raw(raw)
            action.plan(planned, diagnostics)
            effect = action.effect(planned)
            if effect != "looks":
                warn_of_mode(action.configured, diagnostics, destroys=effect == "destroys")
    return diagnostics


def invoke_action(action: Action[Any, Any], config: RawObject | None) -> Iterator[InvocationEvent]:
    """Yield what happens as it happens, last the one end."""
    diagnostics, events = _diagnostics(action), SimpleQueue[InvocationEvent]()
    started = False
    with diagnostics.catching():
        started = _start(action, _whole(action, config), diagnostics, events)
    if not started:
        events.put(Completed(diagnostics))
    while True:
        event = events.get()
        yield event
        if isinstance(event, Completed):
            return


def _start(
    action: Action[Any, Any], raw: RawObject, diagnostics: Diagnostics, events: SimpleQueue[InvocationEvent]
) -> bool:
    if not _check(action, raw, diagnostics) or not _check_known(raw, diagnostics):
        return False
    secrets = secrets_of(action.model.node(), raw)

    def tell(message: str) -> None:
        if line := one_line(message, secrets):  # Terraform crashes on an event that says nothing
            events.put(Progressed(line))

    invocation = Invocation(action.model.from_raw(raw), diagnostics, _timeout_s(action, raw), tell)
    threading.Thread(target=_run, args=(action, invocation, events), name="action", daemon=True).start()
    return True


def _run(action: Action[Any, Any], invocation: Invocation[Any], events: SimpleQueue[InvocationEvent]) -> None:
    diagnostics = invocation.diagnostics
    try:
        with diagnostics.catching():
            action.invoke(invocation)
    except BaseException as error:  # noqa: BLE001 - a thread that ends without a word would leave Terraform waiting
        _log.error("defect", exc_info=error)
        diagnostics.error(None, "The provider has a defect", defect_text(error))
    finally:
        events.put(Completed(diagnostics))


def _diagnostics(action: Action[Any, Any]) -> Diagnostics:
    return Diagnostics(known=frozenset(action.model.shapes()))


def _whole(action: Action[Any, Any], config: RawObject | None) -> RawObject:
    return config if config is not None else action.model.nothing().raw


def _check(action: Action[Any, Any], raw: RawObject, diagnostics: Diagnostics) -> bool:
    node = action.model.node()
    for attribute in node.attributes:
        if attribute.required and raw[attribute.name] is None:  # a missing config block is no object at all
            where = Path((attribute.name,))
            diagnostics.error(where, f"{attribute.name} is required", "Write it in the config block of the action.")
    validate_values(node, raw, diagnostics)
    if not diagnostics.has_errors:
        action.validate(action.model.from_raw(raw), diagnostics)
    return not diagnostics.has_errors


def _check_known(raw: RawObject, diagnostics: Diagnostics) -> bool:
    unknown = sorted(name for name, value in raw.items() if not is_wholly_known(value))
    if unknown:
        diagnostics.error(
            None,
            f"{', '.join(unknown)} must be known when the action runs",
            "Nothing was done: what is not known yet cannot be acted on. Apply what it depends on first.",
        )
    return not unknown


def _timeout_s(action: Action[Any, Any], raw: RawObject) -> float:
    text = raw.get("timeout")
    return (duration_s(text) if isinstance(text, str) else None) or action.default_timeout_s
