"""XIV family over XCLI: own client, and the array module of the core.

``wire`` and ``records`` know bytes, ``connection`` and ``sessions`` sockets, ``codes`` the array's words, ``client``
which repeat is safe; ``volumes``, ``pools``, ``system``, ``users`` and ``qos`` the commands.  The order of steps is
left to the flows.
"""

from .array import XIVArray as XIVArray
