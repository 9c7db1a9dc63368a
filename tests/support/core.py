"""Stand in for Terraform core, in process: drives one resource instance and makes core's own complaints.

Follows core's order (validate, proposed state, plan, plan again for a replacement, plan again at apply, apply) and
checks what core checks in each step.  Every value passes through the codec, as it would on the wire.  A ``Complaint``
is a defect of the provider; ``Rejected`` is the provider saying no to a user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from terraform_provider_xivds8k.lifecycle import Diagnostics, Resource
from terraform_provider_xivds8k.lifecycle.applying import apply
from terraform_provider_xivds8k.lifecycle.importing import generate_config, import_object
from terraform_provider_xivds8k.lifecycle.planning import plan
from terraform_provider_xivds8k.lifecycle.reading import read
from terraform_provider_xivds8k.lifecycle.requests import (
    ApplyRequest,
    ImportRequest,
    PlanRequest,
    PlanResponse,
    ReadRequest,
    StateResponse,
)
from terraform_provider_xivds8k.lifecycle.validation import validate_values
from terraform_provider_xivds8k.schema import RawObject, is_wholly_known

from .core_checks import (
    Complaint,
    check_compatible,
    check_final,
    check_known,
    check_planned,
    on_the_wire,
    proposed_new,
    without_unknown,
)

Action = Literal["no-op", "create", "update", "replace", "delete"]


class Rejected(Exception):  # noqa: N818 - a refusal is an answer, not an error of the test
    """The provider refused, in words for the user."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        super().__init__("; ".join(f"{item.path}: {item.summary}: {item.detail}" for item in errors_of(diagnostics)))
        self.errors = errors_of(diagnostics)
        self.summaries = [item.summary for item in self.errors]
        self.paths = [str(item.path) for item in self.errors]


def errors_of(diagnostics: Diagnostics) -> list[Any]:
    """Return the errors among what a provider said."""
    return [item for item in diagnostics.items if item.severity == "error"]


def state_of(core: Core) -> dict[str, Any]:
    """Return what the state holds."""
    assert core.instance is not None
    return core.instance.state


def warnings_of(diagnostics: Diagnostics) -> list[str]:
    """Return the summaries of the warnings among what a provider said."""
    return [item.summary for item in diagnostics.items if item.severity == "warning"]


@dataclass
class Instance:
    """Be what a state file holds of one object."""

    state: RawObject
    private: bytes = b""
    identity: RawObject | None = None
    tainted: bool = False


@dataclass
class Plan:
    """Be a plan for one object: what to do, and everything the provider said."""

    action: Action
    config: RawObject | None
    prior: RawObject | None
    planned: RawObject | None
    private: bytes
    identity: RawObject | None
    diagnostics: Diagnostics
    replaces: tuple[str, ...] = ()


@dataclass
class Core:
    """Keep one resource instance; ``resource`` makes the behaviour anew for every call, as a provider process does.

    ``begin`` starts a run: a provider process of its own knows nothing of what was read before.
    """

    resource: Callable[[], Resource[Any, Any]]
    instance: Instance | None = None
    begin: Callable[[], None] = lambda: None
    deposed: list[Instance] = field(default_factory=list)

    @property
    def node(self) -> Any:
        """Return the compiled declaration of the type."""
        return self.resource().model.node()

    def config(self, values: Mapping[str, Any]) -> RawObject:
        """Return a whole configuration object from what a user wrote."""
        names = [attribute.name for attribute in self.node.attributes]
        unknown = set(values) - set(names)
        assert not unknown, f"no such attributes: {unknown}"
        return self._wire({name: values.get(name) for name in names})

    def validate(self, values: Mapping[str, Any]) -> Diagnostics:
        """Let the provider judge a configuration; raises Rejected."""
        config, diagnostics, resource = self.config(values), Diagnostics(), self.resource()
        validate_values(self.node, config, diagnostics)
        if not diagnostics.has_errors:
            resource.validate(resource.model.from_raw(self._wire(config)), diagnostics)
        return _accepted(diagnostics)

    def refresh(self) -> Diagnostics:
        """Read the object; raises Rejected and keeps the state then."""
        self.begin()
        if self.instance is None:
            return Diagnostics()
        had = self.instance
        found = read(self.resource(), ReadRequest(self._wire(had.state), had.private, had.identity))
        _accepted(found.diagnostics)
        if found.state is None:
            self.instance = None
            return found.diagnostics
        check_known(self.node, found.state, "refresh")
        self._check_identity(found, had.identity)
        self.instance = Instance(self._wire(found.state), found.private, found.identity, had.tainted)
        return found.diagnostics

    def plan(self, values: Mapping[str, Any] | None, *, replace: bool = False) -> Plan:
        """Plan a configuration (None: destroy) against the state; raises Rejected or Complaint."""
        if values is None:
            return self._plan_destroy()
        self.validate(values)
        config = self.config(values)
        had = self.instance
        prior = None if had is None or had.tainted else had.state
        private = b"" if had is None or had.tainted else had.private
        identity = None if had is None or had.tainted else had.identity
        answer = self._ask(config, prior, private, identity)
        planned, replaces = _must(answer.planned), self._replacements(answer, prior)
        action = _action(prior, planned, replaces=bool(replaces) or replace)
        if action == "replace":
            answer = self._again(config, answer)
            planned = _must(answer.planned)
        elif had is not None and had.tainted:
            action, prior = "replace", had.state
        return Plan(action, config, prior, planned, answer.private, answer.identity, answer.diagnostics, replaces)

    def apply(
        self, made: Plan, resolved: Mapping[str, Any] | None = None, *, create_first: bool = False
    ) -> Diagnostics:
        """Apply a plan, ``resolved`` being the configuration with everything known; raises Rejected or Complaint."""
        if made.action == "no-op":
            return made.diagnostics
        if made.action == "delete":
            return self._delete(self.instance, made.private)
        config = made.config if resolved is None else self.config(resolved)
        assert config is not None
        assert is_wholly_known(config), "core only applies what is known"
        if resolved is not None:
            self.validate(resolved)
        if made.action == "replace":
            return self._replace(made, config, create_first=create_first)
        return self._change(made, config)

    def run(self, values: Mapping[str, Any] | None, resolved: Mapping[str, Any] | None = None) -> Plan:
        """Refresh, plan and apply; return the plan."""
        self.refresh()
        made = self.plan(values)
        self.apply(made, resolved)
        return made

    def import_object(self, text: str = "", identity: Mapping[str, Any] | None = None) -> Instance:
        """Import and read, as core does; raises Rejected."""
        wanted = None
        if identity is not None:
            names = [attribute.name for attribute in self.resource().identity.node().attributes]
            wanted = {name: identity.get(name) for name in names}
        found = import_object(self.resource(), ImportRequest(text, wanted))
        _accepted(found.diagnostics)
        if found.state is None or found.identity is None:
            raise Complaint("Import returned null resource, or none of its identity")
        self.instance = Instance(self._wire(found.state), found.private, found.identity)
        self.refresh()
        if self.instance is None:
            raise Complaint("Cannot import non-existent remote object")
        return self.instance

    def generated(self) -> dict[str, Any]:
        """Return the configuration the provider generates for the object."""
        assert self.instance is not None
        return {
            k: v for k, v in generate_config(self.resource(), self._wire(self.instance.state)).items() if v is not None
        }

    def _ask(
        self, config: RawObject, prior: RawObject | None, private: bytes, identity: RawObject | None
    ) -> PlanResponse:
        proposed = proposed_new(self.node, prior, config)
        answers = [
            plan(
                self.resource(),
                PlanRequest(
                    prior=None if prior is None else self._wire(prior),
                    proposed=self._wire(proposed),
                    config=self._wire(config),
                    private=private,
                    identity=identity,
                ),
            )
            for _ in range(2)
        ]
        for answer in answers:
            _accepted(answer.diagnostics)
        first, second = answers
        if (first.planned, first.requires_replace, first.private) != (
            second.planned,
            second.requires_replace,
            second.private,
        ):
            raise Complaint("the same request gave two different plans")
        check_planned(self.node, prior, config, _must(first.planned))
        first.planned = self._wire(_must(first.planned))
        if prior is not None and first.identity is not None and not is_wholly_known(first.identity):
            raise Complaint("the planned identity of an update is not wholly known")
        return first

    def _again(self, config: RawObject, answer: PlanResponse) -> PlanResponse:
        again = self._ask(config, None, answer.private, answer.identity)
        again.diagnostics.items[:0] = answer.diagnostics.items
        return again

    def _replacements(self, answer: PlanResponse, prior: RawObject | None) -> tuple[str, ...]:
        planned = _must(answer.planned)
        names = []
        for path in answer.requires_replace:
            name = path.steps[0]
            if name not in planned:
                raise Complaint(f"requires_replace names {path}, which does not exist")
            if prior is not None and prior[str(name)] != planned[str(name)]:
                names.append(str(name))
        return tuple(names)

    def _plan_destroy(self) -> Plan:
        had = self.instance
        assert had is not None, "nothing to destroy"
        answer = plan(
            self.resource(), PlanRequest(self._wire(had.state), None, None, private=had.private, identity=had.identity)
        )
        _accepted(answer.diagnostics)
        if answer.planned is not None:
            raise Complaint("a planned destroy is not null")
        return Plan("delete", None, had.state, None, answer.private, answer.identity, answer.diagnostics)

    def _change(self, made: Plan, config: RawObject) -> Diagnostics:
        had = self.instance
        private, identity = (b"", None) if had is None else (had.private, had.identity)
        final = self._ask(config, made.prior, private, identity)
        planned = _must(final.planned)
        action = _action(made.prior, planned, replaces=bool(self._replacements(final, made.prior)))
        check_final(self.node, made.action, _must(made.planned), action, planned)
        if action == "no-op":
            return final.diagnostics
        return self._make(made.prior, planned, config, final)

    def _make(self, prior: RawObject | None, planned: RawObject, config: RawObject, final: PlanResponse) -> Diagnostics:
        had = self.instance
        answer = apply(
            self.resource(),
            ApplyRequest(
                prior=None if prior is None else self._wire(prior),
                planned=self._wire(planned),
                config=self._wire(config),
                private=final.private,
                identity=final.identity,
            ),
        )
        if answer.diagnostics.has_errors:
            if answer.state is not None:
                tainted = prior is None
                self.instance = Instance(
                    self._wire(without_unknown(answer.state)), answer.private, answer.identity, tainted
                )
            raise Rejected(answer.diagnostics)
        if answer.state is None:
            raise Complaint("an apply without an error returned no state")
        check_known(self.node, answer.state, "apply")
        check_compatible(self.node.type, planned, answer.state, "Provider produced inconsistent result after apply")
        self._check_identity(answer, None if had is None or prior is None else had.identity)
        self.instance = Instance(self._wire(answer.state), answer.private, answer.identity)
        return answer.diagnostics

    def _replace(self, made: Plan, config: RawObject, *, create_first: bool) -> Diagnostics:
        old = self.instance
        assert old is not None
        if create_first:
            self.deposed.append(old)
            self.instance = None
            self._create_half(made, config)
            self.deposed.remove(old)
            try:
                return self._delete_object(old, made.private)
            except Rejected:
                self.deposed.append(old)
                raise
        self._delete(old, made.private)
        return self._create_half(made, config)

    def _create_half(self, made: Plan, config: RawObject) -> Diagnostics:
        final = self._ask(config, None, b"", None)
        check_final(self.node, "create", _must(made.planned), "create", _must(final.planned))
        return self._make(None, _must(final.planned), config, final)

    def _delete(self, old: Instance | None, private: bytes) -> Diagnostics:
        assert old is not None, "nothing to delete"
        diagnostics = self._delete_object(old, private)
        self.instance = None
        return diagnostics

    def _delete_object(self, old: Instance, private: bytes) -> Diagnostics:
        answer = apply(self.resource(), ApplyRequest(self._wire(old.state), None, None, private, old.identity))
        if answer.diagnostics.has_errors:
            if answer.state is not None:  # what a deletion that failed halfway left
                old.state, old.private, old.identity = self._wire(answer.state), answer.private, answer.identity
            raise Rejected(answer.diagnostics)
        if answer.state is not None:
            raise Complaint("a delete without an error returned a state")
        return answer.diagnostics

    def _check_identity(self, answer: StateResponse, had: RawObject | None) -> None:
        if answer.identity is not None and not is_wholly_known(answer.identity):
            raise Complaint("an identity is not wholly known")
        if had is not None and answer.identity != had:
            raise Complaint(f"the identity changed from {had} to {answer.identity}")

    def _wire(self, raw: RawObject) -> RawObject:
        return on_the_wire(self.node, raw)


def _accepted(diagnostics: Diagnostics) -> Diagnostics:
    if diagnostics.has_errors:
        raise Rejected(diagnostics)
    return diagnostics


def _must(planned: RawObject | None) -> RawObject:
    if planned is None:
        raise Complaint("Provider produced invalid plan: planned to destroy what is configured")
    return planned


def _action(prior: RawObject | None, planned: RawObject, *, replaces: bool) -> Action:
    if prior is None:
        return "create"
    if replaces:
        return "replace"
    return "no-op" if prior == planned else "update"
