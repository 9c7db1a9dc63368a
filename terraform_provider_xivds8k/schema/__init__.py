"""Declare a Terraform object once: typed class, type nodes, codec.

Imports nothing else of ours.  ``lifecycle`` gives the declarations behaviour, ``plugin`` puts them on the wire.
"""

from .checks import Check as Check
from .checks import at_least as at_least
from .checks import between as between
from .checks import duration as duration
from .checks import duration_s as duration_s
from .checks import each as each
from .checks import length as length
from .checks import matching as matching
from .checks import multiple_of as multiple_of
from .checks import one_of as one_of
from .checks import regular_expression as regular_expression
from .model import Attr as Attr
from .model import Model as Model
from .model import computed as computed
from .model import optional as optional
from .model import optional_computed as optional_computed
from .model import required as required
from .nodes import AttributeNode as AttributeNode
from .nodes import ModelNode as ModelNode
from .values import ROOT as ROOT
from .values import UNKNOWN as UNKNOWN
from .values import ElementKey as ElementKey
from .values import Path as Path
from .values import Raw as Raw
from .values import RawObject as RawObject
from .values import Unknown as Unknown
from .values import UnknownValueError as UnknownValueError
from .values import is_wholly_known as is_wholly_known
