"""DS8000 arrays over the HMC's REST API."""

from .array import DS8KArray as DS8KArray
