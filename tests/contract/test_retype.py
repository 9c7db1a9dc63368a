"""A volume's performance class on an array that has them, and what one says that has none."""

from __future__ import annotations

import pytest

from support.simulated import World
from support.xcli import Xcli
from terraform_provider_xivds8k.driver import Family, NotFound, Unsupported

GIB = 2**30


@pytest.mark.parametrize("family", ["xiv"])
def test_a_volume_is_put_into_a_class_that_is_there_and_out_of_it(array: World, family: Family, xcli: Xcli) -> None:
    xcli.does("perf_class_create", perf_class="silver")
    made = array.driver.create_volume(name=array.new_name(), pool=array.pools()[0].id, size_bytes=GIB)
    with pytest.raises(NotFound, match="silver") as caught:
        array.driver.retype(volume_id=made.id, qos_class="sliver")
    assert caught.value.attribute == "qos_class"
    moved = array.driver.retype(volume_id=made.id, qos_class="silver")
    assert (moved.id, moved.wwn, moved.qos_class) == (made.id, made.wwn, "silver")
    assert array.driver.retype(volume_id=made.id, qos_class=None).qos_class is None


@pytest.mark.parametrize("family", ["ds8k"])
def test_an_array_without_classes_says_so_and_is_asked_nothing(array: World, family: Family) -> None:
    made = array.driver.create_volume(name=array.new_name(), pool=array.pools()[0].id, size_bytes=GIB)
    with pytest.raises(Unsupported) as caught:
        array.driver.retype(volume_id=made.id, qos_class="silver")
    assert caught.value.attribute == "qos_class"
    assert not [name for name in array.calls() if name.startswith("PUT")]
