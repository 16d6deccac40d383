"""``runlog token``: who may use the server."""

from __future__ import annotations

import click

from runlog.cli.arguments import workspace_option
from runlog.cli.durations import DurationType
from runlog.cli.server_folder import existing_tokens, needing_server, opened_tokens, served_folder
from runlog.control_characters import in_one_line
from runlog.errors import WrongValueError

DAY = 86_400


@click.group("token")
def command() -> None:
    """Make, list and revoke the tokens of a workspace's server."""


@command.command("create")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["reader", "writer", "admin"]),
    default="writer",
    show_default=True,
    help="reader looks, writer also sends runs, admin also deletes them.",
)
@click.option("--for", "seconds", type=DurationType(), metavar="DURATION", help="How long it is valid, such as 90d.")
@workspace_option
def create(name: str, role: str, seconds: float | None) -> None:
    """Make a token for NAME and print it. It is shown this once; the server keeps its hash only."""
    with needing_server():
        from runlog.server.roles import Role

    with opened_tokens(served_folder()) as tokens:
        _, secret = tokens.create(name, Role.of(role), None if seconds is None else seconds / DAY)
    print(secret)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@workspace_option
def list_tokens(as_json: bool) -> None:
    """List the tokens: their ids, names, roles, and when each was made, used, and ends."""
    from runlog.cli.json_text import json_text
    from runlog.cli.tables import print_table
    from runlog.reading.texts import local_time

    with needing_server(), existing_tokens() as tokens:
        found = [] if tokens is None else tokens.list()
    if as_json:
        click.echo(json_text([{**one._asdict(), "role": one.role.word} for one in found]), nl=False)
        return

    def at(seconds: int | None) -> str:
        return "" if seconds is None else local_time(seconds * 10**9)

    print_table(
        ("id", "name", "role", "created", "used", "expires"),
        [(one.id, one.name, one.role.word, at(one.created), at(one.used), at(one.expires)) for one in found],
    )


@command.command("revoke")
@click.argument("token", metavar="ID")
@workspace_option
def revoke(token: str) -> None:
    """Let the token with this ID, or with this name where only one has it, be valid no more."""
    with needing_server(), existing_tokens() as tokens:
        if tokens is None:
            raise WrongValueError(f"there is no token {token!r}: `runlog token create` makes the first")
        gone = tokens.revoke(token)
    print(f"revoked {gone.id} ({in_one_line(gone.name)})")
