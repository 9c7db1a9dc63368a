"""Shaking the shelf: an action that tells its progress and does what the words of its name ask for, as boxes do."""

from __future__ import annotations

from terraform_provider_xivds8k.lifecycle import Action, Diagnostics, Effect, Invocation
from terraform_provider_xivds8k.schema import Attr, Model, between, duration, length, optional, required

from .shelf import Shelf, ShelfError


class Shake(Model, type_name="shelf_shake"):
    """Shakes the shelf."""

    name: Attr[str] = required("What it is to be like.", check=[length(1, 20)])
    times: Attr[int | None] = optional("How often; once when unset.", check=[between(1, 9)])
    gently: Attr[bool | None] = optional("Whether only to touch it.")
    secret: Attr[str | None] = optional("What is said to it.", sensitive=True, write_only=True)
    timeout: Attr[str | None] = optional("How long it may take; 90 seconds when unset.", check=[duration()])


class ShakeAction(Action[Shake, Shelf]):
    """Shake the shelf."""

    model = Shake
    default_timeout_s = 90.0

    def validate(self, config: Shake, diagnostics: Diagnostics) -> None:
        if config.known(Shake.name) == "nobody":
            diagnostics.error(Shake.name, "Nobody is no name", "Write somebody's.")

    def effect(self, config: Shake) -> Effect:
        return "looks" if config.known(Shake.gently) else "destroys"

    def plan(self, config: Shake, diagnostics: Diagnostics) -> None:
        if config.known(Shake.name) == "planned badly":
            raise ShelfError("No plan", attribute="name")
        if not self.driver.boxes:
            diagnostics.warning(None, "The shelf is empty", "Nothing can fall.")

    def invoke(self, invocation: Invocation[Shake]) -> None:
        for number in range(invocation.config.times or 1):
            invocation.progress(f"Shake {number + 1}, saying {invocation.config.secret}")
        self.driver.obey(invocation.config.name)
