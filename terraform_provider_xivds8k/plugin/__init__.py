"""Terraform's plugin protocol over gRPC: bytes and messages, no Terraform semantics."""

from .process import serve as serve
from .process import serve_debug as serve_debug
from .process import started_by_terraform as started_by_terraform
from .server import Handler as Handler
from .server import RpcContext as RpcContext
from .stop import Cancellation as Cancellation
