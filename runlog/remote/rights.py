"""What the token of this machine lets it do on a server."""

from __future__ import annotations

from runlog.errors import ServerRefusedError, ServerUnreachableError
from runlog.remote.api import ServerApi
from runlog.remote.transport import Limits, Transport

MAY_WRITE = frozenset({"writer", "admin"})
PATIENCE = 5.0
"""Seconds that the server may take to answer."""


def check_may_write(address: str) -> None:
    """See whether what is written for a server can be sent, before it is written. One that is away may take it later.

    Raises:
        ServerRefusedError: the token is unknown there, or may only read.
    """
    try:
        said = ServerApi(Transport(address)).server(Limits.within(PATIENCE))
    except ServerUnreachableError:
        return
    caller = said.get("caller")
    role = caller.get("role", "") if isinstance(caller, dict) else ""
    if role not in MAY_WRITE:
        raise ServerRefusedError(
            f"{address} lets a {role or 'token of no role'} only read: `runlog login` with a writer's token, or set "
            "RUNLOG_TOKEN to one",
            status=403,
            code="forbidden",
        )
