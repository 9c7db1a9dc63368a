"""The codes this machine refuses with, their HTTP status, their words and where each comes from.

Source tags: [S] read in public source, [K] unconfirmed. A [K] code is a stand-in: the machine's real code for that rule
is not known, so nothing may lean on it (the switch ``one_code_for_unconfirmed_refusals`` folds them all into one).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One way to say no."""

    code: str
    status: int
    words: str
    source: str

    @property
    def confirmed(self) -> bool:
        """Whether a public source knows the code."""
        return not self.source.startswith("[K]")


class Refusal(Exception):  # noqa: N818 - a refusal is a normal answer of the machine
    """The machine says no; the words of the code are filled in with the values."""

    def __init__(self, code: Code, **values: object) -> None:
        super().__init__(code.code)
        self.code = code
        self.words = code.words.format(**values)


_CSI, _CINDER, _PYDS8K = "[S] CSI driver", "[S] Cinder driver", "[S] pyds8k"

# who is asking
NO_TOKEN = Code("BE7A001A", 401, "Failed to authenticate: no token was given.", _CINDER)
STALE_TOKEN = Code("BE7A001B", 401, "Failed to authenticate: the token is invalid or has expired.", _CINDER)
BAD_CREDENTIALS = Code("BE7A0029", 401, "The user name or the password is not valid.", _CINDER)
BAD_CREDENTIALS_400 = Code("BE7A002D", 400, "The user name or the password is not valid.", _CSI)
NO_USERNAME = Code("BE7A0027", 400, "The user name or the password is missing.", "[K] which of 0027..002D")

# what is asked for
NO_SUCH_OBJECT = Code("BE7A0001", 404, "The {kind} {name} does not exist.", _CSI)
INCORRECT_ID = Code("BE7A0005", 500, "{name} is not a correct {kind} id.", _CSI)
NO_SUCH_HOST = Code("BE7A0016", 404, "The host {name} does not exist.", _CSI)
NO_SUCH_MAPPING = Code("BE7A001F", 404, "The mapping {name} does not exist.", _CSI)
NO_SUCH_PATH = Code("BE7A0002", 404, "There is no resource at {path}.", "[K] code and status")
NOT_ALLOWED = Code("BE7A0003", 405, "{method} is not allowed on {path}.", "[K] code and status")
LIST_NOT_ALLOWED = Code("BE7A0004", 400, "Getting all volumes is not allowed: list them by pool or by LSS.", "[K] code")
BAD_REQUEST = Code("BE7A0006", 400, "The request is not correct: {why}.", "[K] code")
BAD_VALUE = Code("BE7A0007", 400, "The value {value} of {name} is not correct: {why}.", "[K] code")
NOT_OFFERED = Code("BE7A0008", 400, "{what} is not offered by this machine.", "[K] code")

# room
LSS_FULL = Code("BE7A0031", 500, "The LSS {lss} has no free volume id.", _CINDER)
ALL_LSS_FULL = Code("BE7A0032", 500, "No LSS has a free volume id.", _CINDER)
POOL_FULL = Code("BE534459", 500, "The pool {pool} has not enough extents for the volume.", _CSI)
POOL_FULL_FOR_GROWTH = Code("BE531465", 500, "The pool {pool} has not enough extents to expand the volume.", _CSI)
NO_LUN_LEFT = Code("BE74121B", 500, "The host {host} has no LUN left.", _CSI)

# rules of volumes
ID_TAKEN = Code("BE7A0040", 500, "The volume {volume} exists already.", "[K] code; rule [S] §3")
WRONG_PARITY = Code(
    "BE7A0041", 500, "The LSS {lss} and the pool {pool} belong to different nodes.", "[K] code; rule [S] §3"
)
MIXED_ADDRESS_GROUP = Code(
    "BE7A0042", 500, "Address group {group} holds {found} LSSs, so {lss} cannot be {wanted}.", "[K] code; rule [S] §3"
)
WRONG_STORAGE_TYPE = Code("BE7A0043", 500, "{name} is of type {found}, not {wanted}.", "[K] code")
CANNOT_SHRINK = Code("BE7A0044", 500, "The volume {volume} can only grow.", "[K] code; rule [S] §3")
FIXED_SIZE = Code(
    "BE7A0045", 500, "The size of the volume {volume} is fixed by its model {model}.", "[K] code and rule"
)
OTHER_NODE = Code("BE7A0046", 500, "The pool {pool} belongs to the other node.", "[K] code and rule")
BEING_MOVED = Code("BE7A0047", 500, "The volume {volume} is being migrated.", "[K] code and rule")
IN_COPY_RELATION = Code(
    "00000013", 500, "The volume {volume} is not found or already in a copy services relation.", _CSI
)
TARGET_IN_FLASHCOPY = Code("000000AE", 500, "The volume {volume} is already in a FlashCopy relation.", _CSI)
MAPPED = Code("BE7A0048", 500, "The volume {volume} is mapped to the host {host}.", "[K] code and rule")
RECENT_IO = Code("BE7A0049", 500, "The volume {volume} has had host I/O in the last minutes.", "[K] code and rule")
TOO_MANY_IDS = Code("BE7A004A", 400, "At most 32 ids can be given.", "[K] code; limit [S] §1.3")

# LSSs and pools
LSS_TAKEN = Code("BE7A0050", 500, "The LSS {lss} exists already.", "[K] code")
LSS_IN_USE = Code("BE7A0051", 500, "The LSS {lss} holds volumes.", "[K] code and rule")
REPOSITORY_IN_USE = Code("BE7A0052", 500, "The space of the repository of {pool} is in use.", "[K] code and rule")

# hosts
HOST_TAKEN = Code("BE7A0060", 500, "The host {host} exists already.", "[K] code")
HOST_MAPPED = Code("BE7A0061", 500, "The host {host} has mapped volumes.", "[K] code and rule")
PORT_TAKEN = Code("BE7A0062", 500, "The port {port} belongs to the host {host}.", "[K] code; rule [S] §3")
LUN_TAKEN = Code("BE7A0063", 500, "The LUN {lun} is in use on the host {host}.", "[K] code")
ALREADY_MAPPED = Code("BE7A0064", 500, "The volume {volume} is already mapped to the host {host}.", "[K] code and rule")
VOLUME_TO_MAP_NOT_FOUND = Code("BE586015", 500, "[BE586015] The volume {volume} is not found.", _CSI)

# FlashCopy
TARGET_TOO_SMALL = Code("BE7A0070", 500, "The target {volume} is smaller than its source.", "[K] code; rule [S] §4.1")
SPACE_EFFICIENT_TARGET = Code(
    "BE7A0071", 500, "The target {volume} is space efficient and that was not permitted.", "[K] code; rule [S] §4.1"
)
TOO_MANY_RELATIONS = Code("BE7A0072", 500, "The source {volume} has 12 FlashCopy relations.", "[K] code and limit")
NOT_RECORDING = Code(
    "BE7A0073", 500, "The relation {name} cannot be reversed: it is not persistent, recording or copied.", "[K] code"
)
NOT_FROZEN = Code("BE7A0074", 500, "The LSS {lss} is not frozen.", "[K] code and rule")

# pairs with another machine
PATH_MISSING = Code("BE7A0080", 500, "There is no path from LSS {lss} to LSS {other} that works.", "[K] code and rule")
NO_LINK = Code("BE7A0081", 500, "The system {system} cannot be reached from here.", "[K] code and rule")
PATH_IN_USE = Code("BE7A0082", 500, "The path {path} is used by the pair {pair}.", "[K] code and rule")
NOT_IN_PAIR = Code("BE7A0083", 500, "The volume {volume} is not the {role} of a pair here.", "[K] code and rule")
WRONG_PAIR_STATE = Code("BE7A0084", 500, "The pair {pair} is {state}, so it cannot be {done}.", "[K] code and rule")
TOO_MANY_TARGET_LSS = Code("BE7A0085", 500, "The LSS {lss} has paths to 4 LSSs.", "[K] code and limit")
TARGET_NOT_READY = Code(
    "BE7A0086", 500, "The other system does not have the pair {pair} that way.", "[K] code and rule"
)
NOTHING_RECORDED = Code("BE7A0087", 500, "For {volume} no changes are recorded: copy it in full.", "[K] code and rule")
WRONG_PAIR_TYPE = Code("BE7A0088", 500, "The pair {pair} is {found}, not {wanted}.", "[K] code and rule")

UNCONFIRMED = Code("BE7A0000", 500, "", "[K] one code for all rules without a known code")
