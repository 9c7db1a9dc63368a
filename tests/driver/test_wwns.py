"""What follows from a WWN without asking an array."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terraform_provider_xivds8k.driver import Refused, device_path, volume_wwn

WWNN = "5005076306FFD65A"
WWN = "6005076306ffd65a0000000000000a01"


@pytest.mark.parametrize(
    ("wwnn", "volume_id", "wwn"),
    [
        (WWNN, "0A01", WWN),
        (WWNN.lower(), "0a01", WWN),
        ("50:05:07:63:06:ff:d6:5a", "0A01", WWN),
        ("0x5005076306FFD65A", "0A01", WWN),
        (WWNN, "0000", "6005076306ffd65a0000000000000000"),
        (WWNN, "FEFF", "6005076306ffd65a000000000000feff"),
    ],
)
def test_a_ds8000s_volume_is_named_by_the_system_and_the_id(wwnn: str, volume_id: str, wwn: str) -> None:
    assert volume_wwn(wwnn, volume_id) == wwn
    assert len(wwn) == 32


@pytest.mark.parametrize(
    ("wwnn", "volume_id", "attribute", "said"),
    [
        ("", "0A01", "system_wwnn", "not hex digits"),
        ("5005", "0A01", "system_wwnn", "It has 4 hex digits"),
        (WWN, "0A01", "system_wwnn", "It has 32 hex digits"),
        ("001738000A2B0001", "0A01", "system_wwnn", "begins with 5"),
        ("2107-75DXA41", "0A01", "system_wwnn", "not hex digits"),
        (WWNN, "", "volume_id", "four hex digits"),
        (WWNN, "A01", "volume_id", "four hex digits"),
        (WWNN, "00A01", "volume_id", "four hex digits"),
        (WWNN, "0G01", "volume_id", "four hex digits"),
        (WWNN, " 0A01", "volume_id", "four hex digits"),
        (WWNN, "0A01\n", "volume_id", "four hex digits"),
        (WWNN, "\uff10A01", "volume_id", "four hex digits"),
    ],
)
def test_what_names_no_volume_of_a_ds8000_is_refused(wwnn: str, volume_id: str, attribute: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        volume_wwn(wwnn, volume_id)
    assert refused.value.attribute == attribute
    assert said in refused.value.happened


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (WWN, f"/dev/disk/by-id/scsi-3{WWN}"),
        (WWN.upper(), f"/dev/disk/by-id/scsi-3{WWN}"),
        (f"naa.{WWN}", f"/dev/disk/by-id/scsi-3{WWN}"),
        ("60050763:06ffd65a:00000000:00000a01", f"/dev/disk/by-id/scsi-3{WWN}"),
        ("001738000A2B0001", "/dev/disk/by-id/scsi-2001738000a2b0001"),
        ("eui.001738000a2b0001", "/dev/disk/by-id/scsi-2001738000a2b0001"),
        ("0x001738000a2b0001", "/dev/disk/by-id/scsi-2001738000a2b0001"),
    ],
)
def test_a_device_has_one_path_however_its_wwn_is_spelled(text: str, path: str) -> None:
    assert device_path(text) == path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not hex digits"),
        (f"3{WWN}", "It has 33 hex digits."),
        (f"5{WWN[1:]}", "It has 32 hex digits, beginning with 5"),
        (WWNN, "It has 16 hex digits, beginning with 5"),
        ("210000E08B10A95C", "It has 16 hex digits, beginning with 2"),
        ("10000000C9AABB01", "It has 16 hex digits, beginning with 1"),
        ("0" * 16, "It has 16 hex digits, beginning with 0"),
        ("0A01", "It has 4 hex digits."),
        (f"/dev/disk/by-id/scsi-3{WWN}", "not hex digits"),
    ],
)
def test_what_is_no_volumes_wwn_has_no_device(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        device_path(text)
    assert said in refused.value.happened
    assert refused.value.attribute == "wwn"


@given(st.integers(0, 0xFEFF), st.text("0123456789abcdef", min_size=15, max_size=15))
def test_every_volume_of_a_ds8000_has_a_device(number: int, name: str) -> None:
    wwn = volume_wwn(f"5{name}", f"{number:04X}")
    assert device_path(wwn) == f"/dev/disk/by-id/scsi-36{name}{'0' * 12}{number:04x}"
