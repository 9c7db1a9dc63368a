"""A small provider of our own: boxes on a shelf in memory, with every kind of attribute a declaration can have.

A box whose name starts with one of the words below behaves accordingly, so that a test can ask for trouble:
``refused`` is refused, ``half`` is made and then fails, ``broken`` meets a defect, ``slow`` waits for the user's stop.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from terraform_provider_xivds8k.lifecycle import (
    Action,
    Change,
    Configured,
    Create,
    DataSource,
    Delete,
    Diagnostics,
    Function,
    Guards,
    Imported,
    ListableResource,
    Listed,
    Private,
    Provider,
    Read,
    Resource,
    Timeouts,
    Update,
)
from terraform_provider_xivds8k.lifecycle.provider import Cancellation
from terraform_provider_xivds8k.schema import (
    Attr,
    Model,
    between,
    computed,
    length,
    matching,
    optional,
    optional_computed,
    required,
)


class ShelfError(Exception):
    """Be a problem by shape, as the driver's errors are."""

    def __init__(self, summary: str, *, attribute: str = "", code: str = "", words: str = "", cause: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.happened = "The shelf said no."
        self.left_behind = "Nothing was put on it."
        self.next_step = "Choose another name."
        self.attribute, self.code, self.words, self.cause = attribute, code, words, cause


class Lid(Model):
    """What closes a box."""

    material: Attr[Literal["wood", "tin"]] = required("Of what it is made.")
    screws: Attr[int | None] = optional("How many hold it.", check=[between(0, 8)])
    code: Attr[str | None] = optional("What opens it.", sensitive=True)


class Slot(Model):
    """A place in a box."""

    width: Attr[Decimal] = required("In centimetres.")
    label: Attr[str | None] = optional("What is written on it.", check=[length(1, 5)])


class Box(Model, type_name="shelf_box", version=3):
    """A box on a shelf.

    It keeps things.
    """

    name: Attr[str] = required("Name of the box.", check=[length(1, 20), matching("[^!]*", "no exclamation mark")])
    colour: Attr[Literal["red", "blue"] | None] = optional("Its colour.", replace=True)
    marks: Attr[set[str] | None] = optional("Marks on it; another set means another box.", replace=True)
    fragile: Attr[bool | None] = optional_computed("Whether it breaks.", when_unset=False)
    badges: Attr[set[str] | None] = optional_computed("What is glued on.", when_unset={"b", "a"})
    weight: Attr[Decimal | None] = optional("In kilogrammes.")
    count: Attr[int | None] = optional("How many things are in it.", check=[between(0, 10**30)])
    sizes: Attr[list[int] | None] = optional("Sizes, in order.")
    moods: Attr[list[Literal["glad", "sad"]] | None] = optional("Moods, in order.")
    tags: Attr[set[str] | None] = optional("Tags.")
    notes: Attr[dict[str, str] | None] = optional("Notes by subject.")
    lid: Attr[Lid | None] = optional("Its lid.")
    slots: Attr[list[Slot] | None] = optional("Its slots, in order.")
    spare: Attr[frozenset[Slot] | None] = optional("Slots beside it.")
    drawers: Attr[dict[str, Slot] | None] = optional("Slots by name.")
    secret: Attr[str | None] = optional("What is in it.", sensitive=True, write_only=True)
    place: Attr[str | None] = optional_computed("Where it stands.")
    id: Attr[str] = computed("Number the shelf gave it.")
    stamp: Attr[str] = computed("Changes with the name.", changes_with=("name",))
    seal: Attr[str] = computed("Changes with the stamp.", changes_with=("stamp",))
    copy_: Attr[str | None] = optional("Called as a method of Model is.")
    timeouts: Attr[Timeouts | None] = optional("Deadlines.")


class BoxIdentity(Model):
    """What names a box among all shelves."""

    shelf: Attr[str | None] = optional("Its shelf.")
    id: Attr[str] = required("Its number.")


class BoxFilters(Model):
    """Which boxes to list."""

    colour: Attr[str | None] = optional("Only of this colour.")


class BoxSource(Model, type_name="shelf_box"):
    """One box by its number."""

    id: Attr[str] = required("Its number.", check=[length(1, 9)])
    name: Attr[str] = computed("Its name.")


class ShelfBlock(Model):
    """Use a shelf."""

    label: Attr[str | None] = optional("What the shelf is called.", check=[length(1, 9)])
    password: Attr[str | None] = optional("Opens it.", sensitive=True)
    mode: Attr[Literal["full", "no_destroy", "read_only"] | None] = optional("What may be done.")


@dataclass
class Shelf:
    """Be the thing the provider is about: boxes by number, and who may stop a waiting call."""

    label: str = "oak"
    password: str = ""
    cancellation: Cancellation = field(default_factory=threading.Event)
    boxes: dict[str, Box] = field(default_factory=dict)
    deadlines: list[float] = field(default_factory=list)
    waiting: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, planned: Box) -> Box:
        """Put a box on the shelf and return it as it stands."""
        self.obey(planned.name)
        made = planned.copy()
        made.id = str(len(self.boxes) + 1)
        self.boxes[made.id] = made
        return self.finish(made)

    def obey(self, name: str) -> None:
        """Do what the name asks for."""
        if name.startswith("refused"):
            raise ShelfError("The shelf refuses", attribute="name", code="E7", words="no such name")
        if name.startswith("broken"):
            raise RuntimeError(f"{self.password} was in the way")
        if name.startswith("slow"):
            with self.lock:
                self.waiting += 1
            self.cancellation.wait(60)
            raise ShelfError("Stopped")

    def finish(self, box: Box) -> Box:
        """Fill in what the shelf decides."""
        if not box.is_known(Box.place):
            box.place = "left"
        box.stamp = f"stamp of {box.name}"
        box.seal = f"seal of {box.stamp}"
        return box


class BoxResource(ListableResource[Box, Shelf]):
    """Keep a box on the shelf."""

    model = Box
    identity = BoxIdentity
    list_config = BoxFilters

    def validate(self, config: Box, diagnostics: Diagnostics) -> None:
        if config.known(Box.name) == "nobody":
            diagnostics.error(Box.name, "Nobody is no name", "Write somebody's.")

    def plan(self, change: Change[Box]) -> None:
        if change.planned.known(Box.name) == "planned badly":
            raise ShelfError("No plan", attribute="name")
        change.private["planned"] = change.private.get("planned", 0) + 1

    def plan_replacement(self, change: Change[Box]) -> None:
        change.diagnostics.warning(Box.colour, "Another box", "The old one goes.")

    def plan_destroy(self, prior: Box, private: Private, diagnostics: Diagnostics) -> None:
        diagnostics.warning(None, f"Box {prior.name} goes", f"Planned {private.get('planned', 0)} times.")

    def create(self, operation: Create[Box]) -> Box:
        self.driver.deadlines.append(operation.timeout_s)
        operation.private["secret_length"] = len(operation.config.secret or "")
        if operation.planned.name.startswith("half"):
            operation.keep(self.driver.put(operation.planned))
            raise ShelfError("Half of it fell")
        made = self.driver.put(operation.planned).copy()
        if made.name == "renamed by the shelf":
            made.name = "something else"
        return made

    def update(self, operation: Update[Box]) -> Box:
        self.driver.obey(operation.planned.name)
        box = self.driver.finish(operation.planned.copy())
        self.driver.boxes[box.id] = box
        return box.copy()

    def delete(self, operation: Delete[Box]) -> None:
        self.driver.obey(operation.prior.name)
        if operation.prior.name == "stuck":
            emptied = operation.prior.copy()
            emptied.tags = None
            operation.keep(emptied)
            raise ShelfError("It is stuck")
        self.driver.boxes.pop(operation.prior.id, None)

    def read(self, operation: Read[Box]) -> Box | None:
        state = operation.state
        if state.known(Box.name) == "unreachable" and state.tags is not None:
            state.raw["tags"] = ["changed before the failure"]
            raise ShelfError("The shelf does not answer")
        found = self.driver.boxes.get(state.id)
        if found is None:
            operation.diagnostics.warning(None, f"Box {state.id} is gone", "Somebody took it.")
            return None
        operation.private["read"] = True
        kept = found.copy()
        kept.secret = "the shelf tells"
        return kept

    def identify(self, state: Box) -> BoxIdentity | None:
        if state.known(Box.name) == "unidentifiable":
            raise RuntimeError("no identity")
        number = state.known(Box.id)
        return BoxIdentity(shelf=self.driver.label, id=number) if number else None

    def import_by_id(self, text: str, diagnostics: Diagnostics) -> Imported[Box]:
        if text not in self.driver.boxes:
            raise ShelfError(f"No box {text}", attribute="id")
        found = self.driver.boxes[text].copy()
        found.secret = "the shelf tells"
        return Imported(found, {"imported": True})

    def import_by_identity(self, identity: Any, diagnostics: Diagnostics) -> Imported[Box]:
        return self.import_by_id(identity.id, diagnostics)

    def listing(self, filters: BoxFilters) -> Iterator[Listed[Box]]:
        for box in self.driver.boxes.values():
            if box.name == "unlistable":
                raise ShelfError("The listing fell")
            if filters.colour in {None, box.colour}:
                yield Listed(box, box.name)

    def generate(self, state: Box) -> Box:
        state.timeouts = None
        return state


class BoxDataSource(DataSource[BoxSource, Shelf]):
    """Look at one box, or with a word for its number at the shelf: who waits, what it is called."""

    model = BoxSource

    def read(self, config: BoxSource, diagnostics: Diagnostics) -> BoxSource:
        sys.stdout.write("what a module prints is no answer to Terraform\n")
        about_the_shelf = {"waiting": str(self.driver.waiting), "label": self.driver.label}
        found = self.driver.boxes.get(config.id)
        if found is None and config.id not in about_the_shelf:
            raise ShelfError(f"No box {config.id}", attribute="id")
        config.name = found.name if found is not None else about_the_shelf[config.id]
        return config


class ShelfProvider(Provider[Shelf]):
    """Offer boxes; every configuration of one process has a shelf of its own."""

    model = ShelfBlock
    address = "registry.terraform.io/support/shelf"

    @property
    def resources(self) -> Mapping[str, type[Resource[Any, Shelf]]]:
        return {"shelf_box": BoxResource}

    @property
    def data_sources(self) -> Mapping[str, type[DataSource[Any, Shelf]]]:
        return {"shelf_box": BoxDataSource}

    @property
    def actions(self) -> Mapping[str, type[Action[Any, Shelf]]]:
        from .shelf_action import ShakeAction

        return {"shelf_shake": ShakeAction}

    @property
    def functions(self) -> Mapping[str, type[Function[Any, Any]]]:
        from .shelf_function import HeaviestFunction, LabelsFunction

        return {"labels": LabelsFunction, "heaviest": HeaviestFunction}

    def validate(self, config: Any, diagnostics: Diagnostics) -> None:
        if config.known(ShelfBlock.label) == "bad":
            diagnostics.error(ShelfBlock.label, "A bad label", "Write a good one.")

    def configure(self, config: Any, diagnostics: Diagnostics, cancellation: Any) -> Configured[Shelf]:
        if config.known(ShelfBlock.label) == "refused":
            raise ShelfError("No such shelf", attribute="label")
        shelf = Shelf(config.known(ShelfBlock.label) or "oak", config.known(ShelfBlock.password) or "", cancellation)
        guards = Guards(mode=config.known(ShelfBlock.mode) or "full")
        return Configured(lambda: shelf, lambda _shelf: None, guards, family=None)


def on(shelf: Shelf, mode: Literal["full", "no_destroy", "read_only"] = "full") -> BoxResource:
    """Return the behaviour of boxes, configured for a shelf."""
    return BoxResource(Configured(lambda: shelf, lambda _shelf: None, Guards(mode=mode), family=None))


def box(**values: Any) -> dict[str, Any]:
    """Return a whole raw box; what is not given is null."""
    return {**Box.nothing().raw, **values}
