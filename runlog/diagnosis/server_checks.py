"""Whether the server that runs are sent to answers, and what it lets this machine's token do."""

from __future__ import annotations

from typing import Any

from runlog.control_characters import in_one_line
from runlog.diagnosis.findings import Finding
from runlog.errors import ServerError, ServerRefusedError

PATIENCE = 5.0
"""Seconds that each of the questions may take."""


def server_finding(address: str, why: str) -> Finding:
    """Ask a server how it is, and who we are.

    Args:
        address: of the server.
        why: which rule of the search led to it.
    """
    from runlog.remote.api import ServerApi
    from runlog.remote.transport import Limits, Transport

    api = ServerApi(Transport(address))
    meant = f"{address}, as {why}"
    try:
        api.check_health(Limits.within(PATIENCE))
    except ServerError as error:
        return Finding("server", f"{meant}: {error}", _of_health(error))
    try:
        said = api.server(Limits.within(PATIENCE))
    except ServerError as error:
        return Finding("server", f"{meant}: it answers, but {error}", "`runlog login`, or RUNLOG_TOKEN, with its token")
    return _known_as(meant, said)


def _of_health(error: ServerError) -> str:
    if isinstance(error, ServerRefusedError):
        return "is that the address of a runlog server? Correct RUNLOG_URI, or what names it"
    return "start `runlog server` there, or correct the address; what is logged meanwhile is kept here"


def _known_as(meant: str, said: dict[str, Any]) -> Finding:
    from runlog.remote.rights import MAY_WRITE

    caller = said.get("caller")
    caller = caller if isinstance(caller, dict) else {}
    role = str(caller.get("role", "?"))
    text = in_one_line(
        f"{meant}: runlog {said.get('version', '?')}, which knows you as {caller.get('name', '?')}, a {role}"
    )
    if role in MAY_WRITE:
        return Finding("server", text)
    return Finding("server", f"{text}: runs can't be sent", "ask for a writer's token, and `runlog login` with it")
