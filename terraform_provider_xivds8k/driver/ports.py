"""Names of host ports in the one spelling they are compared in: WWPNs of Fibre Channel, names of iSCSI initiators.

Whoever meets a name, from a user or from an array, passes it through here before comparing it with another.
"""

from __future__ import annotations

import re

from .errors import Refused
from .wwns import form_of, hex_digits, shown

LONGEST_IQN = 223  # RFC 3720 §3.2.6.1, bytes
IQN_CHARACTERS = re.compile(r"[a-z0-9.:-]")  # RFC 3722 §6 prohibits the rest of ASCII
IQN = re.compile(
    r"iqn\.[0-9]{4}-(?:0[1-9]|1[0-2])"
    r"(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"  # a domain name, its last part first
    r"(?::[a-z0-9.:-]+)?"
)
EUI = re.compile(r"eui\.[0-9a-f]{16}")  # the other form of an iSCSI name (RFC 3720 §3.2.6.3.2)
ISCSI_FORMS = ("iqn.", "eui.")


def wwpn(text: str) -> str:
    """Return a WWPN as both families list it: 16 hex digits in upper case (xcli.md §2, ds8k-rest.md §2 [S]).

    Colons, dashes, dots or spaces between even groups, ``0x`` or ``naa.`` before them and either case are accepted.
    Raises Refused (attribute ``wwpns``).
    """
    digits = hex_digits(text)
    if len(digits) == 16 and int(digits, 16):  # an array lists a port that is not there as zeros
        return digits.upper()
    what = "It is all zeros, as an array lists a port that is absent" if len(digits) == 16 else form_of(digits)
    raise Refused(
        f"{shown(text)} is no WWPN",
        happened=f"{what}; a WWPN has 16 hex digits.",
        next_step="Write one WWPN as 210000E08B10A95C or 21:00:00:e0:8b:10:a9:5c.",
        attribute="wwpns",
    )


def is_iscsi(text: str) -> bool:
    """Tell whether a text begins as iSCSI names do, well-formed or not."""
    return text.strip().lower().startswith(ISCSI_FORMS)


def iqn(text: str) -> str:
    """Return an iSCSI name in lower case, as they are compared (RFC 3722); blanks around it are dropped.

    It is an IQN, or ``eui.`` and 16 hex digits.  Only ASCII is accepted, for nothing says how an array compares more.
    Raises Refused (attribute ``iqns``).
    """
    written = text.strip()
    found = written.lower() if written.isascii() else written
    wrong = sorted({letter for letter in found if not IQN_CHARACTERS.fullmatch(letter)})
    if not wrong and len(found) <= LONGEST_IQN and (IQN.fullmatch(found) or EUI.fullmatch(found)):
        return found
    if found.startswith("eui."):
        what = "After eui. there have to be 16 hex digits."
    elif wrong:
        what = f"It contains {' '.join(map(repr, wrong[:5]))}; allowed are letters, digits, dot, colon and dash."
    elif len(found) > LONGEST_IQN:
        what = f"It has {len(found)} characters; at most {LONGEST_IQN} are allowed."
    else:
        what = "It is not made of iqn., year and month, a reversed domain name and, after a colon, a name."
    raise Refused(
        f"{shown(text)} is no IQN",
        happened=what,
        next_step="Write it as iqn.1994-05.com.redhat:host01; Linux has it in /etc/iscsi/initiatorname.iscsi.",
        attribute="iqns",
    )
