"""What hosts of an XIV have beside ports: iSCSI names, clusters, CHAP."""

from __future__ import annotations

import pytest

from support.host_hands import map_a_volume, new_host
from support.simulated import World
from terraform_provider_xivds8k.driver import (
    Connector,
    DriverError,
    InDoubt,
    InUse,
    Refused,
    Secret,
)

LOST = ["drop_before", "drop_after", "garbage", "half", "wrong_id"]
SECRET = Secret("not-in-any-log-1")


@pytest.fixture
def family() -> str:
    """Return the family that has them."""
    return "xiv"


def test_iscsi_names_are_compared_without_regard_to_case(array: World) -> None:
    for kept in (True, False):
        array.ask("POST", "/switches", {"array": array.name, "name": "xiv_iqn_case_kept", "on": kept})
        name = f"iqn.1994-05.com.Example:Host-{kept}"
        made = array.driver.create_host(name=array.new_name(), iqns=(name,), deadline=20)
        assert made.iqns == (name.lower(),)
        assert array.driver.host_owning(Connector(iqn=name.upper())).id == made.id
        assert array.driver.update_host(made.id, iqns=(), deadline=20).iqns == ()


def test_a_cluster_is_made_joined_and_left(array: World) -> None:
    driver = array.driver
    first = new_host(array, cluster="c1")
    second = new_host(array)
    assert driver.update_host(second.id, cluster="c1", deadline=20).cluster == "c1"
    assert set(driver.list_clusters()["c1"]) == {first.id, second.id}
    moved = driver.update_host(first.id, cluster="c2", deadline=20)
    assert moved.cluster == "c2"
    assert driver.update_host(second.id, cluster="", deadline=20).cluster is None
    assert driver.list_clusters() == {"c1": (), "c2": (first.id,)}
    driver.delete_host(first.id, deadline=20)
    assert driver.list_clusters() == {"c1": (), "c2": ()}


@pytest.mark.parametrize("action", LOST)
@pytest.mark.parametrize("step", ["cluster_create", "cluster_add_host", "cluster_remove_host"])
def test_a_lost_change_of_a_cluster_is_made_sure_of(array: World, step: str, action: str) -> None:
    made = new_host(array, cluster="c1") if step == "cluster_remove_host" else new_host(array)
    array.fail(step, action)
    wanted = "" if step == "cluster_remove_host" else "c1"
    if (step, action) == ("cluster_remove_host", "drop_before"):
        with pytest.raises(InDoubt, match="or still be taken out of it"):
            array.driver.update_host(made.id, cluster=wanted, deadline=20)
        assert array.calls()[step] == 1
    assert array.driver.update_host(made.id, cluster=wanted, deadline=20).cluster == (wanted or None)


def test_a_mapped_host_does_not_join_a_cluster(array: World) -> None:
    made = new_host(array)
    map_a_volume(array, made)
    with pytest.raises(InUse) as caught:
        array.driver.update_host(made.id, cluster="c1", deadline=20)
    assert caught.value.attribute == "cluster"
    assert "c1" not in array.driver.list_clusters()


@pytest.mark.parametrize("refused", [True, False])
def test_a_host_that_is_not_deleted_is_put_back_into_its_cluster(array: World, refused: bool) -> None:
    name = "xiv_host_delete_in_cluster_refused"
    array.ask("POST", "/switches", {"array": array.name, "name": name, "on": refused})
    made = new_host(array, cluster="c1")
    array.fail("host_delete", "error", code="ACCESS_DENIED")
    with pytest.raises(DriverError):
        array.driver.delete_host(made.id, deadline=20)
    assert array.driver.find_host(made.id) == made


def test_chap_name_and_secret_go_together(array: World) -> None:
    driver = array.driver
    made = new_host(array, chap_name="user1", chap_secret=SECRET)
    assert made.chap_name == "user1"
    changed = driver.update_host(made.id, chap_secret=Secret("another-secret-1"), deadline=20)
    assert changed.chap_name == "user1"
    changed = driver.update_host(made.id, chap_name="user2", chap_secret=SECRET, deadline=20)
    assert changed.chap_name == "user2"
    with pytest.raises(Refused) as caught:
        driver.update_host(made.id, chap_name="user3", deadline=20)
    assert caught.value.attribute == "chap_name"
    assert driver.update_host(made.id, chap_name="", deadline=20).chap_name is None
    with pytest.raises(Refused) as caught:
        driver.update_host(made.id, chap_secret=SECRET, deadline=20)
    assert caught.value.attribute == "chap_secret"
    with pytest.raises(Refused) as caught:
        new_host(array, chap_name="user1", chap_secret=Secret("short"))
    assert caught.value.attribute == "chap_secret"
    assert "short" not in str(caught.value).split()


@pytest.mark.parametrize("action", LOST)
def test_a_lost_chap_secret_is_set_again(array: World, action: str) -> None:
    made = new_host(array)
    array.fail("host_update", action)
    assert array.driver.update_host(made.id, chap_name="u", chap_secret=SECRET, deadline=20).chap_name == "u"
    assert array.calls()["host_update"] == 2


def test_chap_the_array_does_not_clear_is_an_error(array: World) -> None:
    array.ask("POST", "/switches", {"array": array.name, "name": "xiv_chap_cleared_by_empty", "on": False})
    made = new_host(array, chap_name="user1", chap_secret=SECRET)
    with pytest.raises(Refused):
        array.driver.update_host(made.id, chap_name="", deadline=20)
    assert array.driver.find_host(made.id) == made


def test_an_array_that_repeats_a_secret_is_not_quoted(array: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    array.ask("POST", "/switches", {"array": array.name, "name": "xiv_refusals_repeat_arguments", "on": True})
    made = new_host(array)
    array.fail("host_update", "error", code="BAD_PARAMS")
    with pytest.raises(DriverError) as caught:
        array.driver.update_host(made.id, chap_name="u", chap_secret=SECRET)
    assert SECRET.reveal() not in repr(caught.value) + str(caught.value) + str(vars(caught.value))
    with pytest.raises(DriverError) as caught:
        array.driver.create_host(name=array.new_name(), type="toaster", chap_name="u", chap_secret=SECRET)
    assert "iscsi_chap_secret=***" in caught.value.words
    assert SECRET.reveal() not in caplog.text
