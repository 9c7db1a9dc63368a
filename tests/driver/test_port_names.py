"""WWPNs and IQNs: every spelling of one name is that name, and what is none is refused in words."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terraform_provider_xivds8k.driver import Refused, iqn, wwpn

WWPN = "210000E08B10A95C"
DIGITS = st.text("0123456789ABCDEF", min_size=16, max_size=16).filter(lambda digits: int(digits, 16) != 0)


@pytest.mark.parametrize(
    "text",
    [
        WWPN,
        "210000e08b10a95c",
        "21:00:00:e0:8b:10:a9:5c",
        "21-00-00-E0-8B-10-A9-5C",
        "21.00.00.e0.8b.10.a9.5c",
        "21 00 00 e0 8b 10 a9 5c",
        "2100.00e0.8b10.a95c",
        "2100-00E0-8B10-A95C",
        "210000e0 8b10a95c",
        "0x210000e08b10a95c",
        "0X210000E08B10A95C",
        "naa.210000e08b10a95c",
        "NAA.21:00:00:e0:8b:10:a9:5c",
        "  210000E08B10A95C\n",
    ],
)
def test_a_wwpn_is_the_same_in_every_spelling(text: str) -> None:
    assert wwpn(text) == WWPN


@given(DIGITS, st.sampled_from([2, 4, 8, 16]), st.sampled_from(":-. "), st.sampled_from(["", "0x", "naa."]), st.data())
def test_whatever_way_a_wwpn_is_spelled_it_is_read_back(
    digits: str, group: int, separator: str, prefix: str, data: st.DataObject
) -> None:
    written = prefix + separator.join(digits[start : start + group] for start in range(0, 16, group))
    cased = "".join(data.draw(st.sampled_from([letter.lower(), letter.upper()])) for letter in written)
    assert wwpn(cased) == digits
    assert wwpn(wwpn(cased)) == digits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not hex digits"),
        ("   ", "not hex digits"),
        ("0x", "not hex digits"),
        (WWPN[:-1], "It has 15 hex digits"),
        (f"{WWPN}0", "It has 17 hex digits"),
        (WWPN * 2, "It has 32 hex digits"),
        (f"{WWPN},{WWPN}", "not hex digits"),
        ("21:00:00:e0:8b:10:a9", "It has 14 hex digits"),
        ("21:00:00:e0:8b:10:a9:5g", "not hex digits"),
        ("210:00:0e0:8b:10:a9:5c", "even groups"),
        ("21:0:00:e0:8b:10:a9:5c0", "even groups"),
        ("21:00:00:e0-8b-10-a9-5c", "even groups"),
        ("21::00:00:e0:8b:10:a9:5c", "even groups"),
        (":21:00:00:e0:8b:10:a9:5c", "even groups"),
        ("0000000000000000", "all zeros"),
        ("00:00:00:00:00:00:00:00", "all zeros"),
        ("fc.200000e08b10a95c:210000e08b10a95c", "not hex digits"),
        ("iqn.1994-05.com.redhat:host01", "not hex digits"),
        ("\uff12\uff110000E08B10A95C", "not hex digits"),
        ("x" * 500, "x…'"),
    ],
)
def test_what_is_no_wwpn_is_refused_with_what_it_is(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        wwpn(text)
    assert said in str(refused.value)
    assert refused.value.attribute == "wwpns"
    assert "a WWPN has 16 hex digits" in refused.value.happened
    assert WWPN in refused.value.next_step
    assert len(str(refused.value)) < 400


@given(st.text(max_size=60))
def test_any_text_is_a_wwpn_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        assert re.fullmatch("[0-9A-F]{16}", wwpn(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("iqn.1994-05.com.redhat:host01", "iqn.1994-05.com.redhat:host01"),
        ("IQN.1991-05.COM.Microsoft:DB01", "iqn.1991-05.com.microsoft:db01"),
        ("  iqn.1998-01.com.vmware:esx-1\n", "iqn.1998-01.com.vmware:esx-1"),
        ("iqn.2005-10.com.xivstorage:010142", "iqn.2005-10.com.xivstorage:010142"),
        ("iqn.2001-04.com", "iqn.2001-04.com"),
        ("EUI.02004567A425678D", "eui.02004567a425678d"),
        ("iqn.2003-01.org.linux-iscsi.host.x8664:sn.4b1:a:b", "iqn.2003-01.org.linux-iscsi.host.x8664:sn.4b1:a:b"),
        ("iqn.1994-05.com.redhat:" + "a" * 200, "iqn.1994-05.com.redhat:" + "a" * 200),
    ],
)
def test_an_iqn_is_lower_case(text: str, name: str) -> None:
    assert iqn(text) == name
    assert iqn(name) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "It is not made of"),
        ("iqn", "It is not made of"),
        ("iqn.1994-05", "It is not made of"),
        ("iqn.1994-13.com.redhat:a", "It is not made of"),
        ("iqn.1994-00.com.redhat:a", "It is not made of"),
        ("iqn.94-05.com.redhat:a", "It is not made of"),
        ("iqn.1994-05.com.redhat:", "It is not made of"),
        ("iqn.1994-05.:a", "It is not made of"),
        ("iqn.1994-05.com..redhat:a", "It is not made of"),
        ("iqn.1994-05.-com:a", "It is not made of"),
        ("eui.02004567a425678", "After eui. there have to be 16 hex digits"),
        ("eui.02004567a425678g", "After eui. there have to be 16 hex digits"),
        (WWPN, "It is not made of"),
        ("iqn.1994-05.com.redhat:host_1", "It contains '_'"),
        ("iqn.1994-05.com.redhat:a b", "It contains ' '"),
        ("iqn.1994-05.com.redhat:a,iqn.1994-05.com.redhat:b", "It contains ','"),
        ("iqn.1994-05.com.redhat:a\nb", "It contains '\\n'"),
        ("iqn.1994-05.com.redhat:\u212a", "It contains"),  # the Kelvin sign, whose lower case is a k
        ("iqn.1994-05.com.redhat:ü", "It contains 'ü'"),
        ("iqn.1994-05.com.redhat:" + "a" * 201, "It has 224 characters; at most 223"),
    ],
)
def test_what_is_no_iqn_is_refused_with_what_it_is(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        iqn(text)
    assert said in refused.value.happened
    assert refused.value.attribute == "iqns"
    assert "iqn.1994-05.com.redhat:host01" in refused.value.next_step


@given(st.text(max_size=60) | st.text("iqn.:-_0123456789ab", max_size=60).map(lambda text: f"iqn.1994-05.com{text}"))
def test_any_text_is_an_iqn_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        found = iqn(text)
        assert found == text.strip().lower()
        assert found.isascii()
