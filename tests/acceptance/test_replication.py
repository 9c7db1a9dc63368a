"""Replications through real Terraform: the examples, what changed outside, a lost array, and a password of its own."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import World, world_of
from terraform_provider_xivds8k import simulators
from terraform_provider_xivds8k.driver import Family, ReplicationTarget, XIVDS8KDriver

EXAMPLES = Path(__file__).parents[2] / "examples"
KIND = "xivds8k_replication"
PAIR, VOLUME = f"{KIND}.a", "xivds8k_volume.a"
MODES = {"xiv": "sync", "ds8k": "metro_mirror"}
WRITTEN = {"0A01": "id", "2107-75DXA41": "system_id"}
TWO = ("127.0.0.1", "127.0.0.1")


@dataclass
class Sites:
    """Hold two linked arrays of a family."""

    home: World
    remote: World

    def provider(self, **more: Any) -> dict[str, Any]:
        """Return a provider block for home with the other one as its replication target."""
        there = self.remote.provider(family=..., deletion_protection=...)
        return self.home.provider(**{"replication_target": {"pool": self.remote.pool, **there}, **more})

    def hands(self) -> XIVDS8KDriver:
        """Return a driver somebody else holds; the caller closes it."""
        target = ReplicationTarget(connection=self.remote.settings.connection, pool=self.remote.pool)
        return XIVDS8KDriver(replace(self.home.settings, replication_target=target))

    def volume(self, label: str = "a", lss: Any = ..., **more: Any) -> str:
        """Return a volume's block, and with it a replication of it."""
        settings = {"wait_for_sync": True, "remote_on_delete": "delete", **more}
        volume_id = Expression(f"xivds8k_volume.{label}.id")
        pair = block("resource", KIND, label, volume_id=volume_id, mode=MODES[self.home.family], **settings)
        return self.home.volume(label, name=self.home.name("repl"), lss=lss) + pair

    def set_state(self, state: str) -> None:
        """Let home be up, or refuse connections."""
        self.home.ask_control("POST", f"/arrays/{self.home.array['name']}", {"state": state})


@pytest.fixture(scope="module")
def simulation() -> Iterator[Any]:
    """Run two linked arrays of each family."""
    with simulators.start(None, xiv=TWO, ds8k=TWO, control="127.0.0.1:0") as own:
        yield own


@pytest.fixture
def sites(simulation: Any, family: Family) -> Iterator[Sites]:
    """Hold both arrays of a family, up again afterwards."""
    found = Sites(world_of(simulation, f"{family}1"), world_of(simulation, f"{family}2"))
    yield found
    found.set_state("up")
    found.home.close()
    found.remote.close()


@pytest.fixture
def workspace(bare: Workspace, sites: Sites) -> Workspace:
    """Give a folder with a provider block for both arrays, attached to the debug provider."""
    bare.providers(sites.provider())
    return bare


@pytest.mark.needs_terraform((1, 14))
def test_the_examples_apply_are_imported_in_every_form_listed_and_destroyed(bare: Workspace, simulation: Any) -> None:
    worlds = {name: world_of(simulation, name) for name in ("xiv1", "xiv2", "ds8k1", "ds8k2")}
    blocks = [Sites(worlds[f"{family}1"], worlds[f"{family}2"]).provider(alias=family) for family in ("xiv", "ds8k")]
    folder = EXAMPLES / "resources" / KIND
    bare.providers(*blocks)
    bare.write((folder / "resource.tf").read_text(encoding="utf-8"))
    bare.write((EXAMPLES / "data-sources" / KIND / "data-source.tf").read_text(encoding="utf-8"), "data.tf")
    assert bare.apply().warnings == []
    bare.plans_empty()
    ledger = f"{KIND}.ledger"
    held = bare.state(ledger)
    assert bare.state(f"data.{ledger}")["state"] == "home_serves"
    bare.remove("data.tf")

    def text(name: str) -> str:
        found = (folder / name).read_text(encoding="utf-8")
        for written, attribute in WRITTEN.items():
            found = found.replace(written, held[attribute])
        return found

    for name in ("import.tf", "import-by-identity.tf"):
        bare.ok("state", "rm", ledger)
        bare.write(text(name), "import.tf")
        assert bare.apply().actions == {ledger: "update"}  # of what no array keeps
        bare.remove("import.tf")
    for command in (line for line in text("import.sh").splitlines() if line.startswith("terraform")):
        address, own_id = shlex.split(command)[-2:]
        bare.ok("state", "rm", address)
        bare.import_object(address, own_id)
    bare.apply()
    bare.plans_empty()
    bare.write((EXAMPLES / "list-resources" / KIND / "list.tfquery.hcl").read_text(encoding="utf-8"), "l.tfquery.hcl")
    listed = {(one["address"].split(".")[-1], one["identity"]["id"]) for one in bare.query().listed}
    assert {("all", held["id"]), ("synchronous", held["id"]), ("erp", "erp-mirrored")} <= listed
    bare.remove("l.tfquery.hcl")
    bare.destroy()
    for world in worlds.values():
        world.close()


def test_a_pair_ended_outside_is_made_again_and_its_volume_is_left_alone(workspace: Workspace, sites: Sites) -> None:
    workspace.write(sites.volume())
    workspace.apply()
    own_id = workspace.state(VOLUME)["id"]
    hands = sites.hands()
    hands.disable_replication(replication_id=own_id, remote_on_delete="delete")
    planned = workspace.plan()
    assert planned.actions == {PAIR: "create"}
    assert [one for one in planned.warnings if "is gone" in one.summary]
    workspace.apply()
    workspace.plans_empty()
    assert workspace.state(VOLUME)["id"] == own_id
    assert hands.find_replication(own_id) is not None
    hands.close()
    workspace.destroy()


@pytest.mark.parametrize("family", ["xiv"])
def test_an_end_that_was_broken_off_stays_in_the_state_and_is_finished_by_the_next_destroy(
    workspace: Workspace, sites: Sites
) -> None:
    workspace.write(sites.volume(remote_on_delete="keep"))
    workspace.apply()
    left = workspace.state(PAIR)["remote_volume_id"]
    sites.remote.refuse("vol_unlock", "ACCESS_DENIED")
    assert "vol_unlock vol=" in workspace.run("destroy", "-json", "-auto-approve").error().text
    planned = workspace.plan()
    assert [one for one in planned.warnings if "locked still" in one.summary]
    assert planned.actions[PAIR] == "replace"
    workspace.destroy()
    sites.remote.write_label(left, "in use again")
    assert sites.remote.labels(left) == ["in use again"]
    sites.remote.delete(left)


def test_a_replication_that_fails_taints_no_volume_and_is_made_by_the_next_apply(
    workspace: Workspace, sites: Sites
) -> None:
    workspace.write(sites.volume(remote_name="taken"))
    there = sites.remote.make("taken")
    error = workspace.apply_fails().error()
    assert there.id in error.text
    assert sorted(workspace.instances) == [VOLUME]
    assert workspace.instances[VOLUME].get("status") != "tainted"
    sites.remote.delete(there.id)
    assert workspace.apply().actions == {PAIR: "create"}
    workspace.plans_empty()
    workspace.destroy()


def test_with_home_lost_what_is_replicated_plans_empty_and_the_rest_is_kept_where_that_is_said(
    workspace: Workspace, sites: Sites
) -> None:
    alone = sites.home.volume("alone", name=sites.home.name("alone"))
    workspace.write(sites.volume() + alone)
    workspace.apply()
    sites.set_state("refuse")
    error = workspace.plan_fails().error()
    assert error.address == "xivds8k_volume.alone"
    workspace.providers(sites.provider(when_unreachable="keep"))
    said = [one.summary for one in workspace.plans_empty().warnings]
    assert any("is kept as it was" in one for one in said)
    assert any("home array does not answer" in one for one in said)
    assert workspace.apply_fails("-replace=xivds8k_volume.alone").errors
    workspace.write(sites.volume())
    sites.set_state("up")
    workspace.providers(sites.provider())
    workspace.destroy()


@pytest.mark.parametrize(("family", "place"), [("xiv", "environment"), ("ds8k", "variable")], indirect=["family"])
def test_a_replication_target_s_password_is_nowhere(
    bare_installed: Workspace, sites: Sites, install: Callable[[Workspace], None], place: str
) -> None:
    """In whatever a run leaves behind, and not in the error that the target refused it either."""
    secret = "Remote-Only-Secret-Word"
    target = {"pool": sites.remote.pool, "ca_pem": sites.remote.ca_pem}
    environment = {"TF_LOG": "TRACE", "TF_LOG_PATH": os.fspath(bare_installed.folder / "terraform.log")}
    if place == "variable":
        bare_installed.write('variable "remote" {\n  type      = string\n  ephemeral = true\n}\n', "variables.tf")
        target |= {"endpoints": sites.remote.array["endpoints"], "username": "admin", "password": "${var.remote}"}
        environment["TF_VAR_remote"] = secret
    else:
        environment |= {
            "XIVDS8K_REMOTE_ENDPOINTS": ",".join(sites.remote.array["endpoints"]),
            "XIVDS8K_REMOTE_USERNAME": "admin",
            "XIVDS8K_REMOTE_PASSWORD": secret,
        }
    bare_installed.providers(sites.provider(replication_target=target))
    install(bare_installed)
    bare_installed.write(sites.volume())
    planned = bare_installed.plan("-out=saved.tfplan", **environment)
    failed = bare_installed.run("apply", "-json", "saved.tfplan", **environment)
    assert (failed.code, "refused username or password" in failed.error().text) == (1, True)
    files = [path for path in bare_installed.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {"terraform.log", "terraform.tfstate", "saved.tfplan"} <= {path.name for path in files}
    assert [path.name for path in files if secret.encode() in path.read_bytes()] == []
    assert secret not in planned.output + failed.output
    bare_installed.remove()


@pytest.mark.parametrize("family", ["xiv"])
def test_a_replication_in_doubt_is_not_ended_by_a_replacement_and_is_by_a_destroy(
    workspace: Workspace, sites: Sites
) -> None:
    """A tainted replacement shows its delete half nothing of a plan; a destroy does."""
    workspace.providers(sites.provider(request_timeout="2s"))
    workspace.write(sites.volume(remote_on_delete="keep"))
    sites.home.fault("mirror_create", "drop_after")
    sites.home.fault("mirror_list", "drop_before", times=60)
    workspace.apply_fails()
    sites.home.ask_control("DELETE", "/faults")
    assert workspace.state(PAIR)["id"] is None
    assert "untaint" in str(workspace.apply_fails().errors)
    own_id = workspace.state(VOLUME)["id"]
    with closing(sites.hands()) as hands:
        assert hands.find_replication(own_id) is not None
        workspace.destroy()
        assert hands.find_replication(own_id) is None


@pytest.mark.parametrize("how", ["-replace", "replace_triggered_by", "taint"])
@pytest.mark.parametrize("family", ["ds8k"])
def test_a_replacement_whose_remote_volume_would_keep_the_name_ends_nothing(
    workspace: Workspace, sites: Sites, how: str
) -> None:
    """No provider is told of any of the three; a destroy is no replacement."""
    inside = "  lifecycle {\n    replace_triggered_by = [xivds8k_volume.a.id]\n  }\n"
    volume = sites.volume(lss="00", remote_on_delete="keep", inside=inside)
    workspace.write(volume)
    workspace.apply()
    own_id, left = workspace.state(VOLUME)["id"], workspace.state(PAIR)["remote_volume_id"]
    if how == "taint":
        workspace.ok("taint", PAIR)
        assert "untaint" in workspace.apply_fails().error().text
        workspace.ok("untaint", PAIR)
    elif how == "-replace":
        assert "as the new one would be" in workspace.plan_fails(f"-replace={PAIR}").error().text
        workspace.write(volume.replace("mode ", 'remote_name = "renamed"\n  mode '))
        assert workspace.apply().actions == {PAIR: "replace"}
        sites.remote.delete(left)
        left = workspace.state(PAIR)["remote_volume_id"]
    else:
        workspace.write(volume.replace('"00"', '"02"'))
        assert "would get its name" in workspace.plan_fails().error().text
        assert "-refresh=false" in workspace.destroy_fails().error().text
    with closing(sites.hands()) as hands:
        assert hands.find_replication(own_id) is not None
    workspace.destroy("-refresh=false")
    sites.remote.delete(left)


@pytest.mark.parametrize("family", ["ds8k"])
def test_an_attachment_of_the_remote_array_is_not_replaced_by_one_at_home(workspace: Workspace, sites: Sites) -> None:
    """No provider is told of -replace or a taint, and without a side a new attachment goes home."""
    volume, host = sites.remote.make("there"), sites.remote.hands.create_host(name="there", deadline=20)
    text = block("resource", "xivds8k_host_attachment", "a", volume_id=volume.id, host_id=host.id)
    workspace.write(text.replace("volume_id", 'side = "remote"\n  volume_id'))
    workspace.apply()
    workspace.write(text)
    refused = workspace.plan_fails("-replace=xivds8k_host_attachment.a").error().text
    assert "would be replaced by an attachment at home" in refused
    workspace.ok("taint", "xivds8k_host_attachment.a")
    assert "nothing is attached at home in its place" in workspace.apply_fails().error().text
    assert (sites.home.hands.list_attachments(), sites.remote.hands.list_attachments()) == ((), ())
    workspace.destroy()
    sites.remote.hands.delete_host(host.id, deadline=20)
    sites.remote.delete(volume.id)
