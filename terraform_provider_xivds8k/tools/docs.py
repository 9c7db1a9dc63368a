"""The reference pages under docs/: made from the declarations and examples/, in the Terraform Registry's layout.

``render`` is pure; ``run`` writes the pages or, with ``--check``, names those that are out of date.  Pages written by
hand live in docs/guides and are left alone; the provider's page links them, and the one guide that is made.  Schema
sections are ``schema_page``'s, that guide is ``codes_page``'s; pages about what this layer does not know are handed in
as text.
"""

from __future__ import annotations

import re
import runpy
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terraform_provider_xivds8k.lifecycle import Function, ListableResource, Provider, Resource
from terraform_provider_xivds8k.schema import ModelNode
from terraform_provider_xivds8k.tools import codes_page
from terraform_provider_xivds8k.tools.schema_page import identity_lines, schema_lines, signature_lines

NAME = "xivds8k"
FOLDERS = ("resources", "data-sources", "list-resources", "actions", "functions")
USAGE = "usage: docs [--check]   (in the repository's top folder)\n"


class MissingExampleError(Exception):
    """A type has no example file."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Make the pages of one provider, with the examples and links to the guides of one repository."""

    provider: Provider[Any]
    examples: Path
    guides: Path

    def render(self) -> dict[str, str]:
        """Return every page by its path under docs/; raises MissingExampleError."""
        pages = {codes_page.NAME: codes_page.codes_page()}
        pages["index.md"] = self._index(pages)
        for type_name, resource in self.provider.resources.items():
            slug = type_name.removeprefix(f"{NAME}_")
            pages[f"resources/{slug}.md"] = self._resource(type_name, resource)
            if issubclass(resource, ListableResource):
                pages[f"list-resources/{slug}.md"] = self._listing(type_name, resource)
        for type_name, source in self.provider.data_sources.items():
            slug = type_name.removeprefix(f"{NAME}_")
            pages[f"data-sources/{slug}.md"] = self._data_source(type_name, source.model.node())
        for type_name, action in self.provider.actions.items():
            slug = type_name.removeprefix(f"{NAME}_")
            pages[f"actions/{slug}.md"] = self._action(type_name, action.model.node())
        for name, function in self.provider.functions.items():
            pages[f"functions/{name}.md"] = self._function(name, function)
        return pages

    def _index(self, made: Mapping[str, str]) -> str:
        node = self.provider.model.node()
        lines = [*_head(f"{NAME} Provider", f"{NAME} Provider", node.description), *self._usage("provider/provider.tf")]
        return _text([*lines, *self._guides(made), *schema_lines(node)])

    def _guides(self, made: Mapping[str, str]) -> list[str]:
        """Return links to the guides, those written by hand and the ``made`` ones, by the title each begins with."""
        found = {f"guides/{path.name}": path.read_text(encoding="utf-8") for path in self.guides.glob("*.md")}
        guides = sorted({**found, **made}.items())
        titles = [(name, re.search(r"^# (.+)$", text, re.MULTILINE)) for name, text in guides]
        links = [f"- [{title[1] if title else name}]({name})" for name, title in titles]
        return ["## Guides", "", *links, ""] if links else []

    def _resource(self, type_name: str, resource: type[Resource[Any, Any]]) -> str:
        node, folder = resource.model.node(), f"resources/{type_name}"
        lines = _head(f"{type_name} Resource - {NAME}", f"{type_name} (Resource)", node.description)
        lines += [*self._usage(f"{folder}/resource.tf"), *schema_lines(node), "", "## Import"]
        lines += ["", "In Terraform 1.12 and later, an `import` block with the `identity` attribute:", ""]
        lines += [*self._code(f"{folder}/import-by-identity.tf"), "", *identity_lines(resource.identity.node())]
        lines += ["", "In Terraform 1.5 and later, an `import` block with the `id` attribute:", ""]
        lines += [*self._code(f"{folder}/import.tf"), "", "The `terraform import` command:", ""]
        return _text([*lines, *self._code(f"{folder}/import.sh")])

    def _listing(self, type_name: str, resource: type[ListableResource[Any, Any]]) -> str:
        without = "at least one is written." if resource.needs_filter else "without it everything is listed."
        words = (
            f"Lists what could be managed as `{type_name}`, for `terraform query` (Terraform 1.14 and later). "
            f"The attributes below stand in the `list` block's `config`; {without}"
        )
        lines = _head(f"{type_name} List Resource - {NAME}", f"{type_name} (List Resource)", words)
        lines += [*self._usage(f"list-resources/{type_name}/list.tfquery.hcl")]
        return _text([*lines, *schema_lines(resource.list_config.node())])

    def _data_source(self, type_name: str, node: ModelNode) -> str:
        lines = _head(f"{type_name} Data Source - {NAME}", f"{type_name} (Data Source)", node.description)
        return _text([*lines, *self._usage(f"data-sources/{type_name}/data-source.tf"), *schema_lines(node)])

    def _action(self, type_name: str, node: ModelNode) -> str:
        words = (
            f"For Terraform 1.14 and later: `terraform apply -invoke=action.{type_name}.LABEL`. "
            "The attributes below stand in the `action` block's `config`."
        )
        lines = _head(f"{type_name} Action - {NAME}", f"{type_name} (Action)", f"{node.description}\n\n{words}")
        return _text([*lines, *self._usage(f"actions/{type_name}/action.tf"), *schema_lines(node)])

    def _function(self, name: str, function: type[Function[Any, Any]]) -> str:
        node = function.model.node()
        words = (
            f"For Terraform 1.8 and later: `provider::{NAME}::{name}`. No array is asked, and the provider block need "
            "not be complete."
        )
        lines = _head(f"{name} function - {NAME}", f"function: {name}", f"{node.description}\n\n{words}")
        lines += self._usage(f"functions/{name}/function.tf")
        return _text([*lines, *signature_lines(node, function.returns().node)])

    def _usage(self, file: str) -> list[str]:
        return ["## Example Usage", "", *self._code(file), ""]

    def _code(self, file: str) -> list[str]:
        path = self.examples / file
        if not path.is_file():
            raise MissingExampleError(f"examples/{file} is missing; its page shows it")
        language = "shell" if path.suffix == ".sh" else "terraform"
        return [f"```{language}", *path.read_text(encoding="utf-8").strip().splitlines(), "```"]


def _head(page_title: str, title: str, description: str) -> list[str]:
    summary = " ".join(description.partition("\n\n")[0].split())
    front = ["---", f'page_title: "{page_title}"', 'subcategory: ""', "description: |-", f"  {summary}", "---"]
    made = "<!-- Made by `make docs` from the declarations and examples/; edits here are lost. -->"
    return [*front, "", made, "", f"# {title}", "", description, ""]


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def differences(pages: dict[str, str], folder: Path) -> Iterator[str]:
    """Yield what is wrong with each file under ``folder`` that is not as rendered."""
    for name, text in sorted(pages.items()):
        path = folder / name
        if not path.is_file():
            yield f"docs/{name} is missing"
        elif path.read_text(encoding="utf-8") != text:
            yield f"docs/{name} is out of date"
    yield from (f"docs/{name} belongs to no type" for name in _strays(pages, folder))


def write(pages: dict[str, str], folder: Path) -> None:
    """Write every page and remove pages of types that are no more."""
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in _strays(pages, folder):
        (folder / name).unlink()


def _strays(pages: dict[str, str], folder: Path) -> list[str]:
    found = (path for kind in FOLDERS for path in (folder / kind).rglob("*") if path.is_file())
    return sorted({path.relative_to(folder).as_posix() for path in found} - pages.keys())


def run(provider: Provider[Any], arguments: Sequence[str], others: Mapping[str, str]) -> int:
    """Write docs/ in the working folder, or with ``--check`` say what is out of date; return the exit code.

    ``others`` are pages made elsewhere, by their path under docs/.
    """
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write(USAGE)
        return 2
    try:
        pages = {**Pages(provider, Path("examples"), Path("docs/guides")).render(), **others}
    except MissingExampleError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not arguments:
        write(pages, Path("docs"))
        return 0
    found = list(differences(pages, Path("docs")))
    for line in found:
        sys.stderr.write(f"{line}; run: make docs\n")
    return 1 if found else 0


if __name__ == "__main__":  # the command line hands in the registry
    sys.argv[1:1] = ["docs"]
    runpy.run_module("terraform_provider_xivds8k", run_name="__main__")
