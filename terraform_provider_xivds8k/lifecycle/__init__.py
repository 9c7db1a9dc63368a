"""What Terraform asks for, in our own types: validate, plan, apply, read, import, list, invoke, call.

Knows Terraform's rules and no messages; knows resources as classes and no array.
"""

from .action import Action as Action
from .action import Effect as Effect
from .action import Invocation as Invocation
from .configured import Configured as Configured
from .configured import Guards as Guards
from .diagnostics import Diagnostic as Diagnostic
from .diagnostics import Diagnostics as Diagnostics
from .diagnostics import Problem as Problem
from .diagnostics import defect_text as defect_text
from .diagnostics import is_silence as is_silence
from .diagnostics import problem_text as problem_text
from .function import Function as Function
from .provider import Provider as Provider
from .resource import Change as Change
from .resource import Create as Create
from .resource import DataSource as DataSource
from .resource import Delete as Delete
from .resource import Imported as Imported
from .resource import ListableResource as ListableResource
from .resource import Listed as Listed
from .resource import Operation as Operation
from .resource import Private as Private
from .resource import Read as Read
from .resource import Resource as Resource
from .resource import Update as Update
from .timeouts import Timeouts as Timeouts
