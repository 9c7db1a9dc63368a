"""The reference pages: current, complete, and refused by the check as soon as they are not."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.shelf_action import ShakeAction
from terraform_provider_xivds8k.driver.explanations import ds8k, xiv
from terraform_provider_xivds8k.lifecycle import ListableResource
from terraform_provider_xivds8k.provider import Provider
from terraform_provider_xivds8k.schema import AttributeNode, ModelNode
from terraform_provider_xivds8k.schema.types import describe
from terraform_provider_xivds8k.tools.docs import MissingExampleError, Pages

ROOT = Path(__file__).parents[2]


def run_docs(folder: Path, *arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "terraform_provider_xivds8k.tools.docs", *arguments],
        cwd=folder,
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the examples and the pages, to be spoilt."""
    for name in ("docs", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def declarations() -> Iterator[tuple[str, ModelNode]]:
    """Every declaration a user can write, by the page that describes it."""
    provider = Provider({})
    yield "index.md", provider.model.node()
    for name, resource in provider.resources.items():
        slug = name.removeprefix("xivds8k_")
        yield f"resources/{slug}.md", resource.model.node()
        yield f"resources/{slug}.md", resource.identity.node()
        if issubclass(resource, ListableResource):
            yield f"list-resources/{slug}.md", resource.list_config.node()
    for name, source in provider.data_sources.items():
        yield f"data-sources/{name.removeprefix('xivds8k_')}.md", source.model.node()
    for name, action in provider.actions.items():
        yield f"actions/{name.removeprefix('xivds8k_')}.md", action.model.node()


def attributes(node: ModelNode) -> Iterator[AttributeNode]:
    for attribute in node.attributes:
        yield attribute
        if attribute.nested is not None:
            yield from attributes(attribute.nested)


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_pages_are_current_whatever_the_order_of_sets(hash_seed: str) -> None:
    done = run_docs(ROOT, "--check", hash_seed=hash_seed)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["docs/resources/volume.md", "docs/conformance.md", "docs/guides/array-codes.md"])
def test_check_names_a_page_that_is_out_of_date(copy: Path, name: str) -> None:
    page = copy / name
    page.write_text(page.read_text(encoding="utf-8") + "More.\n", encoding="utf-8")
    done = run_docs(copy, "--check")
    assert done.returncode == 1
    assert f"{name} is out of date" in done.stderr


def test_check_names_missing_pages_and_pages_of_no_type(copy: Path) -> None:
    (copy / "docs/index.md").unlink()
    for kind in ("data-sources", "actions", "functions"):
        (copy / "docs" / kind).mkdir(exist_ok=True)
        (copy / "docs" / kind / "tape.md").write_text("# Tape\n", encoding="utf-8")
    done = run_docs(copy, "--check")
    assert done.returncode == 1
    assert "docs/index.md is missing" in done.stderr
    assert "docs/data-sources/tape.md belongs to no type" in done.stderr
    assert "docs/actions/tape.md belongs to no type" in done.stderr
    assert "docs/functions/tape.md belongs to no type" in done.stderr


def test_an_example_changed_makes_its_page_out_of_date(copy: Path) -> None:
    example = copy / "examples/data-sources/xivds8k_pool/data-source.tf"
    example.write_text(example.read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
    done = run_docs(copy, "--check")
    assert (done.returncode, done.stderr.split(";")[0]) == (1, "docs/data-sources/pool.md is out of date")


def test_writing_mends_what_the_check_complains_of_and_leaves_guides_alone(copy: Path) -> None:
    (copy / "docs/index.md").write_text("old\n", encoding="utf-8")
    (copy / "docs/resources/tape.md").write_text("# Tape\n", encoding="utf-8")
    (copy / "docs/guides/array-codes.md").unlink()
    (copy / "docs/guides/mine.md").write_text("by hand\n", encoding="utf-8")
    assert run_docs(copy).returncode == 0
    assert run_docs(copy, "--check").returncode == 0
    assert (copy / "docs/guides/mine.md").read_text(encoding="utf-8") == "by hand\n"


def test_every_guide_is_linked_from_the_provider_s_page_and_from_the_readme() -> None:
    guides = {path.name for path in (ROOT / "docs/guides").glob("*.md")}
    for page, folder in (("docs/index.md", "guides"), ("README.md", "docs/guides")):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert set(re.findall(rf"\]\({folder}/([\w-]+\.md)\)", text)) == guides, page


def test_the_page_of_codes_lists_every_code_once_and_the_guide_to_trouble_leads_there() -> None:
    text = (ROOT / "docs/guides/array-codes.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([^`]+)` \| .+ \| .+ \|$", text, re.MULTILINE)
    every = [code for themes in (xiv.THEMES, ds8k.THEMES) for codes in themes.values() for code in codes]
    assert sorted(listed) == sorted(every)
    assert len(set(every)) == len(every)
    assert "(array-codes.md)" in (ROOT / "docs/guides/trouble.md").read_text(encoding="utf-8")


def test_a_new_guide_makes_the_provider_s_page_out_of_date(copy: Path) -> None:
    (copy / "docs/guides/mine.md").write_text("# By hand\n", encoding="utf-8")
    done = run_docs(copy, "--check")
    assert (done.returncode, done.stderr.split(";")[0]) == (1, "docs/index.md is out of date")


def test_a_type_without_an_example_has_no_page_but_an_error(copy: Path) -> None:
    (copy / "examples/resources/xivds8k_volume/import.sh").unlink()
    with pytest.raises(MissingExampleError, match=r"examples/resources/xivds8k_volume/import\.sh"):
        Pages(Provider({}), copy / "examples", copy / "docs/guides").render()


def test_an_action_has_a_page_from_its_declaration_and_its_example(tmp_path: Path) -> None:
    class Shaking(Provider):
        """Offer one action."""

        @property
        def actions(self) -> dict[str, Any]:
            return {"xivds8k_shake": ShakeAction}

    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    pages = Pages(Shaking({}), tmp_path / "examples", tmp_path / "guides")
    with pytest.raises(MissingExampleError, match=r"examples/actions/xivds8k_shake/action\.tf"):
        pages.render()
    example = tmp_path / "examples/actions/xivds8k_shake/action.tf"
    example.parent.mkdir(parents=True)
    example.write_text('action "xivds8k_shake" "once" {}\n', encoding="utf-8")
    page = pages.render()["actions/shake.md"]
    for shown in (
        'page_title: "xivds8k_shake Action - xivds8k"', "# xivds8k_shake (Action)", "Shakes the shelf.",
        "terraform apply -invoke=action.xivds8k_shake.", '```terraform\naction "xivds8k_shake" "once" {}\n```',
        "### Required\n\n- `name` (String)", "- `secret` (String, Sensitive, Write-only)",
    ):  # fmt: skip
        assert shown in page


@pytest.mark.parametrize("name", Provider({}).functions)
def test_every_function_page_says_how_it_is_called(name: str) -> None:
    function = Provider({}).functions[name]
    text = (ROOT / f"docs/functions/{name}.md").read_text(encoding="utf-8")
    assert f'page_title: "{name} function - xivds8k"' in text
    parameters = function.model.node().attributes
    signature = ", ".join(f"{one.name} {describe(one.type)}" for one in parameters)
    assert f"\n{name}({signature}) {describe(function.returns().node)}\n" in text
    for number, one in enumerate(parameters, 1):
        assert re.search(rf"^{number}\. `{one.name}` \(\w+\) {re.escape(one.description)}", text, re.MULTILINE)
        assert re.search(r"[.)]$", one.description), f"{one.name} has no sentence"


def test_a_function_without_an_example_has_no_page_but_an_error(copy: Path) -> None:
    (copy / "examples/functions/gib_to_bytes/function.tf").unlink()
    with pytest.raises(MissingExampleError, match=r"examples/functions/gib_to_bytes/function\.tf"):
        Pages(Provider({}), copy / "examples", copy / "docs/guides").render()


def test_anything_but_check_is_refused(copy: Path) -> None:
    done = run_docs(copy, "--chek")
    assert (done.returncode, done.stderr.partition(":")[0]) == (2, "usage")


@pytest.mark.parametrize(("page", "node"), list(declarations()))
def test_every_attribute_is_described_on_its_page(page: str, node: ModelNode) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert node.description
    for attribute in attributes(node):
        assert re.search(r"[.)]$", attribute.description), f"{attribute.name} has no sentence"
        assert f"- `{attribute.name}` (" in text
        for check in attribute.checks:
            assert check.allowed in text


@pytest.mark.parametrize("name", Provider({}).resources)
def test_every_resource_page_shows_use_and_every_way_to_import(name: str) -> None:
    text = (ROOT / f"docs/resources/{name.removeprefix('xivds8k_')}.md").read_text(encoding="utf-8")
    for shown in ("## Example Usage", f'resource "{name}"', "## Import", "identity = {", "  id = ", "terraform import"):
        assert shown in text


@pytest.mark.parametrize("page", sorted(str(path.relative_to(ROOT / "docs")) for path in ROOT.glob("docs/**/*.md")))
def test_links_within_a_page_lead_somewhere(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert set(re.findall(r"\(#([\w-]+)\)", text)) <= set(re.findall(r'<a id="([\w-]+)">', text))
