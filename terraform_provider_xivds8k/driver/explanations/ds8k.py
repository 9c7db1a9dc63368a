"""The DS8000's codes in words (ds8k-rest.md §1.4, and the codes the simulated machine stands in with).

"Probably" stands where no public source confirms the code or what it is used for ([K]): a real machine may use the
number for something else, which its own words then tell.  Two codes share a text only where they are said to mean the
same.
"""

from __future__ import annotations

from ..reaching import CORRECT_THEM
from . import Explanation, Themes

_NOT_ACCEPTED = Explanation(
    "The management console does not accept this user with this password: one of them is mistyped, the password was "
    "changed or has expired, or the user is locked.",
    CORRECT_THEM,
)
_NOT_SIGNED_IN = Explanation(
    "The sign-in failed; which of its reasons this code stands for is not published. It is probably about the user "
    "rather than the password: unknown, locked, or without access to the API.",
    "Try username and password in the array's own interface and look at the user's state there; they were sent once, "
    "so that the account is not locked.",
)

THEMES: Themes = {
    "Signing in and permissions": {
        "BE7A001A": Explanation(
            "The request carried no token, as if it came before the sign-in.",
            "Run it again; if it stays so, look whether a proxy between here and the console removes headers.",
        ),
        "BE7A001B": Explanation(
            "The token is not valid (any more). Tokens end after 30 minutes without use, and when the console "
            "restarts; even a new one was not accepted.",
            "Run it again when the console has settled; compare its clock with the array's other console.",
        ),
        "BE7A0027": Explanation(
            "The sign-in failed; probably the user name or the password did not arrive.",
            "Set username and password, or XIVDS8K_USERNAME and XIVDS8K_PASSWORD; what was set was sent once.",
        ),
        "BE7A0028": _NOT_SIGNED_IN,
        "BE7A0029": _NOT_ACCEPTED,
        "BE7A002A": _NOT_SIGNED_IN,
        "BE7A002B": _NOT_SIGNED_IN,
        "BE7A002C": _NOT_SIGNED_IN,
        "BE7A002D": _NOT_ACCEPTED,
        "NISERVEREXCEPTION": Explanation(
            "The console gave no token; probably the storage system's own server, which checks user and password, "
            "failed.",
            "Try the sign-in in the array's own interface; where that works, run this again. Username and password "
            "were sent once.",
        ),
        "HTTP 401": Explanation(
            "The console wants a sign-in and gave no code of its own; something in front of it may have answered.",
            "Check username and password, and that endpoints lead to the console itself; they were sent once.",
        ),
        "HTTP 403": Explanation(
            "The console knows the user and forbids this, without a code of its own.",
            "Look at the user's group with `GET /users`; give it a role that may do this.",
        ),
    },
    "Requests and objects": {
        "BE7A0001": Explanation(
            "What the request names is not on this array (any more): deleted outside, mistyped, or another array's id.",
            "Compare the id with what the data sources xivds8k_volumes and xivds8k_pools show, and refresh the state.",
        ),
        "BE7A0005": Explanation(
            "An id does not have the form that ids of its kind have.",
            "Write volume ids as four hex digits (0A01), LSSs as two (0A), pools as P0.",
        ),
        "BE7A0016": Explanation(
            "The array has no host of this name or id.",
            "Compare it with `GET /hosts`; names of hosts are exact.",
        ),
        "BE7A001F": Explanation(
            "The host has no mapping under this LUN; it may have been unmapped outside.",
            "Look with `GET /hosts/NAME/mappings`; nothing is left to unmap.",
        ),
        "BE586015": Explanation(
            "The volume that was to be mapped is not on the array; its id may have been freed meanwhile.",
            "Look for it with `GET /volumes/ID`, then refresh the state.",
        ),
        "CMUC00183I": Explanation(
            "The console says by this code that all went well, and yet reports a failure.",
            "Look on the array whether it was done before you run it again.",
        ),
        "HTTP 404": Explanation(
            "Nothing is served under this address of the API; the release may be too old for it.",
            "Check the release in the data source xivds8k_system, and that endpoints lead to a DS8000's console.",
        ),
        "HTTP 429": Explanation(
            "The console has more requests than it takes at once and turned this one away.",
            "Lower max_sessions or Terraform's -parallelism, and see which other clients ask the console.",
        ),
        "HTTP 500": Explanation(
            "The console failed while it worked on the request and gave no code for it; it may have been carried out.",
            "Look on the array whether it was done and at `GET /events`, then run it again.",
        ),
        "HTTP *": Explanation(
            "The answer carries an HTTP status and no code of the array; a proxy may have written it.",
            "Check that endpoints lead to the console itself, and look at `GET /events`.",
        ),
    },
    "Room": {
        "BE7A0031": Explanation(
            "The LSS has no free volume id: each of them holds 256 volumes at most.",
            "Write another lss of the pool's node (even or odd as it is), or leave lss out to have one chosen.",
        ),
        "BE7A0032": Explanation(
            "The array finds no LSS with a free volume id; some releases also say this when only one is full.",
            "Look at configvols in `GET /lss`; write an lss with fewer than 256, or delete volumes.",
        ),
        "BE534459": Explanation(
            "The pool has fewer free extents than the new volume needs; sizes are rounded up to whole extents.",
            "Compare free_bytes and extent_bytes in the data source xivds8k_pool; set pool to another one, free space "
            "in "
            'it, or use provisioning = "thin".',
        ),
        "BE531465": Explanation(
            "The pool of the volume has fewer free extents than the growth needs; the volume kept its size.",
            "Free space in its pool or move volumes out of it, then apply again; or grow by less.",
        ),
        "BE74121B": Explanation(
            "The host has a volume on every LUN it can have (256 for most host types).",
            "See them with `GET /hosts/NAME/mappings`; unmap what the host does not use.",
        ),
    },
    "FlashCopy": {
        "000000AE": Explanation(
            "The target is in a FlashCopy relation already, and takes part in one at a time as a target.",
            "See it with `GET /volumes/ID/flashcopy`; wait for that copy to end, or delete the snapshot that uses it.",
        ),
        "00000013": Explanation(
            "A volume this is about is gone, or in a copy relation (FlashCopy or remote mirror) that forbids it.",
            "Look with `GET /volumes/ID`, `GET /volumes/ID/flashcopy` and `GET /volumes/ID/pprc` at each of them.",
        ),
    },
    "Codes that no public source confirms": {
        "BE7A0000": Explanation(
            "Probably a rule of the array stands in the way that it tells only in words.",
            "Follow the array's words; please report code and words, so that they can be explained here.",
        ),
        "BE7A0002": Explanation(
            "Probably this release's API has no such resource.",
            "Compare the release in the data source xivds8k_system with the one a feature needs.",
        ),
        "BE7A0003": Explanation(
            "Probably the API serves this resource, but not this way of using it.",
            "Upgrade the console if it is old; otherwise please report release and words.",
        ),
        "BE7A0004": Explanation(
            "Probably all volumes were asked for at once; the array lists them by pool or by LSS only.",
            "Give the request a pool; the provider itself always does.",
        ),
        "BE7A0006": Explanation(
            "Probably the request lacks something, or something in it does not belong there.",
            "Leave out optional attributes one at a time to find it; please report release and words.",
        ),
        "BE7A0007": Explanation(
            "Probably a value is outside what the array takes: a name over 16 characters, say, or a size that is no "
            "multiple of 512.",
            "Correct the attribute that the array's words point to.",
        ),
        "BE7A0008": Explanation(
            "Probably this model or release does not offer the feature.",
            "Leave out the attribute the words name, or have the feature licensed or the release upgraded.",
        ),
        "BE7A0040": Explanation(
            "Probably a volume has this id already.",
            "Look at it with `GET /volumes/ID`; import it, or run again to have another id chosen.",
        ),
        "BE7A0041": Explanation(
            "Probably lss and pool are of different nodes: even LSSs go with pools of node 0, odd ones with node 1.",
            "Write an lss that is even or odd as node says in the data source xivds8k_pool, or leave lss out.",
        ),
        "BE7A0042": Explanation(
            "Probably the sixteen LSSs that share this first digit are of the other storage type; FB and CKD do not "
            "mix.",
            "Write an lss whose first digit is used by FB volumes or by none (`GET /lss`).",
        ),
        "BE7A0043": Explanation(
            "Probably pool, LSS and volume are not of one storage type (FB or CKD).",
            "Set pool and lss to those of fixed block storage; stgtype in `GET /pools` tells.",
        ),
        "BE7A0044": Explanation(
            "Probably the new size is below the present one, and volumes only grow.",
            "Set size_gib or size_bytes to at least what the volume has.",
        ),
        "BE7A0045": Explanation(
            "Probably the volume is of an OS/400 model with a size of its own.",
            "Leave the size as its model has it; models 050 and 099 can grow.",
        ),
        "BE7A0046": Explanation(
            "Probably the pool belongs to the other node, and a volume moves within its node only.",
            "Set pool to one with the same node (data source xivds8k_pools), or make a copy as a new volume.",
        ),
        "BE7A0047": Explanation(
            "Probably the volume is still on its way to another pool.",
            "Wait until its state is normal again (`GET /volumes/ID`), then apply again.",
        ),
        "BE7A0048": Explanation(
            "Probably the volume is mapped to a host.",
            "Unmap it there first (`GET /hosts/NAME/mappings`), once the host has let go of it.",
        ),
        "BE7A0049": Explanation(
            "Probably a host read or wrote the volume in the last minutes, which the array takes for being in use.",
            "Make sure that no host uses it, wait some minutes, then run it again.",
        ),
        "BE7A004A": Explanation(
            "Probably more than 32 ids were named in one request.",
            "Ask for fewer at once; the provider keeps below that, so please report it.",
        ),
        "BE7A0050": Explanation(
            "Probably the LSS is there already.",
            "Use it as it is (`GET /lss/ID`).",
        ),
        "BE7A0051": Explanation(
            "Probably volumes still live in the LSS.",
            "See them with `GET /lss/ID/volumes`; move or delete them first.",
        ),
        "BE7A0052": Explanation(
            "Probably thin volumes use the space that was to be taken from the pool's repository.",
            "Compare cap and capalloc in `GET /pools/ID/eserep`; delete thin volumes first.",
        ),
        "BE7A0060": Explanation(
            "Probably a host has this name already.",
            "Look at it with `GET /hosts/NAME`; use it, or choose another name.",
        ),
        "BE7A0061": Explanation(
            "Probably the host still has volumes.",
            "Unmap them first; `GET /hosts/NAME/mappings` shows them.",
        ),
        "BE7A0062": Explanation(
            "Probably the WWPN belongs to another host; a port has one owner.",
            "Look who has it with `GET /host_ports/WWPN`; take it from there first.",
        ),
        "BE7A0063": Explanation(
            "Probably the host has another volume on this LUN.",
            "Choose a LUN that `GET /hosts/NAME/mappings` does not show, or have the array choose.",
        ),
        "BE7A0064": Explanation(
            "Probably the host has this volume already, under another LUN.",
            "Look for the volume in `GET /hosts/NAME/mappings`; use that mapping.",
        ),
        "BE7A0070": Explanation(
            "Probably the target of the copy is smaller than its source.",
            "Give the copy a size of at least the source's.",
        ),
        "BE7A0071": Explanation(
            "Probably the target is thin, and the request did not permit that.",
            'Make the target thick (provisioning = "thick"); please report it, since the provider permits it.',
        ),
        "BE7A0072": Explanation(
            "Probably the source has as many FlashCopy relations as a volume may have, twelve.",
            "See them with `GET /volumes/ID/flashcopy`; delete snapshots of this volume that are no longer needed.",
        ),
        "BE7A0073": Explanation(
            "Probably the relation cannot be turned round: it does not record changes, or its copy has not ended.",
            "Wait for out_of_sync_tracks to reach 0 in `GET /cs/flashcopies/ID`, then restore again.",
        ),
        "BE7A0074": Explanation(
            "Probably the LSS is not frozen (any more): thawed already, or by the array's own timer.",
            "Nothing has to be thawed; look whether the copy it belonged to is to be kept.",
        ),
        "BE7A0080": Explanation(
            "Probably no remote mirror path between these two LSSs works.",
            "Look at the state of its port pairs in `GET /cs/pprcs/paths`, and at the ports' cabling and zoning.",
        ),
        "BE7A0081": Explanation(
            "Probably this array has no link to the other system.",
            "Look for common ports with `GET /cs/pprcs/physical_links`; check the other system's WWNN.",
        ),
        "BE7A0082": Explanation(
            "Probably pairs still use the path.",
            "See them with `GET /cs/pprcs`; delete the pairs first, or leave the path.",
        ),
        "BE7A0083": Explanation(
            "Probably the volume is on the other end of its pair than was assumed, or in no pair on this array.",
            "Look which end it is on each of the two arrays with `GET /volumes/ID/pprc`; ask the other one.",
        ),
        "BE7A0084": Explanation(
            "Probably the pair is already as it was asked to be, or somebody else changed it meanwhile.",
            "Look at its state on both arrays with `GET /cs/pprcs`, then ask again for what is still missing.",
        ),
        "BE7A0085": Explanation(
            "Probably the LSS has paths to as many LSSs of the other array as it may have, four.",
            "See them with `GET /cs/pprcs/paths`; choose a remote LSS that has a path, or delete one that is not used.",
        ),
        "BE7A0086": Explanation(
            "Probably the other array has no such pair in this direction: it failed over, or its end was deleted.",
            "Look there with `GET /cs/pprcs`: after a failover only a failback helps, after a deletion a new pair.",
        ),
        "BE7A0087": Explanation(
            "Probably a pair that does not exist yet was to copy changes only; there is no record of any.",
            "Make the pair with a full copy (`initial_copy_full`).",
        ),
        "BE7A0088": Explanation(
            "Probably the pair is of the other type: Metro Mirror where Global Copy was named, or the other way.",
            "Read its type with `GET /cs/pprcs` and name that one; the type changes with a pause and a resume.",
        ),
    },
}
