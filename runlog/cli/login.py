"""``runlog login``: keep the token for a server."""

from __future__ import annotations

import sys

import click

from runlog.control_characters import in_one_line
from runlog.server_address import server_address


@click.command("login")
@click.argument("server")
def command(server: str) -> None:
    """Keep the token for SERVER in a file that only you may read.

    The token is asked for without being shown; from a pipe it is read as one line. It is tried first.
    """
    from runlog.errors import ConfigurationError
    from runlog.remote.api import ServerApi
    from runlog.remote.credentials import keep_token
    from runlog.remote.transport import Transport

    address = server_address(server)
    asked = click.prompt("token", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    token = asked.strip()
    if not token:
        raise ConfigurationError("no token was given: `runlog token create` on the server makes one")
    transport = Transport(address)
    transport.token.hold(token)
    said = ServerApi(transport).server()
    path = keep_token(address, token)
    who = said.get("caller") or {}
    known_as = in_one_line(f"{who.get('name', '?')}, a {who.get('role', '?')}")
    print(f"{address} knows you as {known_as}; the token is kept in {in_one_line(str(path))}")
