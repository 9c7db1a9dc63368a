"""Names of host ports in one spelling, so that lists from several places can be compared and used as keys."""

from __future__ import annotations

from terraform_provider_xivds8k.driver import iqn, wwpn
from terraform_provider_xivds8k.lifecycle import Function
from terraform_provider_xivds8k.schema import Attr, Model, required


class NormalizeWwpn(Model, type_name="normalize_wwpn"):
    """Write the WWPN of a Fibre Channel port as the arrays list it: 16 hex digits in upper case.

    `21:00:00:e0:8b:10:a9:5c`, `21-00-00-E0-8B-10-A9-5C`, `2100.00e0.8b10.a95c` and `0x210000e08b10a95c` are all
    `210000E08B10A95C`. What is no single WWPN is an error: another number of digits, uneven groups, or all zeros, as an
    array lists a port that is absent.
    """

    text: Attr[str] = required(
        "The WWPN in either case, bare or in groups of two, four or eight digits parted by colons, dashes, dots or "
        "spaces, with `0x` or `naa.` before it or without."
    )


class NormalizeWwpnFunction(Function[NormalizeWwpn, str]):
    """Let the driver spell it."""

    model = NormalizeWwpn
    result = str

    def call(self, arguments: NormalizeWwpn) -> str:
        return wwpn(arguments.text)


class NormalizeIqn(Model, type_name="normalize_iqn"):
    """Write the IQN of an iSCSI initiator in lower case, the form in which iSCSI names are compared.

    `iqn.1991-05.com.microsoft:DB01` is `iqn.1991-05.com.microsoft:db01`. What is no IQN is an error: anything but
    `iqn.`, a year and month, a reversed domain name and, after a colon, a name of letters, digits, dots, colons and
    dashes, at most 223 characters in all; or `eui.` and 16 hex digits, the other form of
    an iSCSI name. An underscore, which iSCSI forbids, and letters beyond ASCII are errors too.
    """

    text: Attr[str] = required("The IQN in either case, with or without blanks around it.")


class NormalizeIqnFunction(Function[NormalizeIqn, str]):
    """Let the driver spell it."""

    model = NormalizeIqn
    result = str

    def call(self, arguments: NormalizeIqn) -> str:
        return iqn(arguments.text)
