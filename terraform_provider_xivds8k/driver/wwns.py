"""World wide names: read in every spelling people paste, and what follows from a volume's.

Leaves ports to ``ports``.  Nothing here asks an array.
"""

from __future__ import annotations

import re

from .errors import Refused
from .rules import is_ds8k_id

SHOWN_CHARACTERS = 80
PORT_NAMES = "125"  # the NAA types of ports and nodes, whose names have 16 digits as those of an XIV's volumes

_PREFIX = re.compile(r"(?:0x|naa\.|eui\.)", re.IGNORECASE)
_GROUP = "[0-9A-Fa-f]{N}"
_BARE = re.compile("[0-9A-Fa-f]+")
_GROUPED = [re.compile(f"{_GROUP}([:. -])(?:{_GROUP}\\1)*{_GROUP}".replace("N", size)) for size in "248"]


def hex_digits(text: str) -> str:
    """Return the digits of a world wide name in lower case, empty for a text that spells none.

    ``0x``, ``naa.`` or ``eui.`` may stand before them, and between groups of two, four or eight one kind of colon,
    dash, dot or space.  Uneven groups are no spelling: a digit may be missing in one and doubled in another.
    """
    written = text.strip()
    prefix = _PREFIX.match(written)
    written = written[prefix.end() :] if prefix else written
    if not any(form.fullmatch(written) for form in (_BARE, *_GROUPED)):
        return ""
    return re.sub("[:. -]", "", written).lower()


def shown(text: str) -> str:
    """Return a text as an error quotes it, cut where it is long."""
    return repr(text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…")


def form_of(digits: str) -> str:
    """Say what a text that is no name of the right length is instead; ``digits`` are its hex digits, if it is any."""
    return f"It has {len(digits)} hex digits" if digits else "It is not hex digits in even groups"


def naa_of(system_wwnn: str, volume_id: str) -> str:
    """Return the identifier hosts see: NAA 6 made of the system's name and the id (ds8k-rest.md §3 [S])."""
    return f"6{system_wwnn[1:]}{'0' * 12}{volume_id}".lower()


def volume_wwn(system_wwnn: str, volume_id: str) -> str:
    """Return the WWN a DS8000 with this WWNN gives the FB volume of this id: 32 hex digits in lower case.

    Raises Refused (attribute ``system_wwnn`` or ``volume_id``).
    """
    digits = hex_digits(system_wwnn)
    if len(digits) != 16 or digits[0] != "5":
        raise Refused(
            f"{shown(system_wwnn)} is no WWNN of a DS8000",
            happened=f"{form_of(digits)}; a DS8000's WWNN has 16 and begins with 5.",
            next_step="Write the system's wwnn, such as 5005076306FFD65A.",
            attribute="system_wwnn",
        )
    if not is_ds8k_id(volume_id):
        raise Refused(
            f"{shown(volume_id)} is no volume id of a DS8000",
            happened="An id is four hex digits: two of the LSS, two of the volume.",
            next_step="Write it as 0A01.",
            attribute="volume_id",
        )
    return naa_of(digits, volume_id)


def device_path(wwn: str) -> str:
    """Return the path under which udev shows the volume of a WWN, in any spelling, to a Linux host.

    Raises Refused (attribute ``wwn``) for what no volume of these arrays is called.
    """
    digits = hex_digits(wwn)
    on_xiv = len(digits) == 16 and digits[0] not in PORT_NAMES and int(digits, 16) != 0
    if on_xiv or (len(digits) == 32 and digits[0] == "6"):
        return path_of(digits)
    beginning = f", beginning with {digits[0]}" if len(digits) in {16, 32} else ""
    raise Refused(
        f"{shown(wwn)} is no WWN of a volume",
        happened=f"{form_of(digits)}{beginning}. A volume's WWN has 32 and begins with 6; on an XIV it has 16, "
        "and what begins with 1, 2 or 5 then is the name of a port or a node.",
        next_step="Write the volume's wwn.",
        attribute="wwn",
    )


def path_of(wwn: str) -> str:
    """Return the same for a WWN as the core writes it: lower-case hex without prefix."""
    prefix = "3" if len(wwn) == 32 else "2"  # NAA type 6 and EUI-64 as scsi_id names them
    return f"/dev/disk/by-id/scsi-{prefix}{wwn}"
