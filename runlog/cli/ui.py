"""``runlog ui``: the workspace's server for oneself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import chosen_folder, workspace_option
from runlog.cli.nothing_found import say
from runlog.cli.server_folder import needing_server, served_folder
from runlog.control_characters import in_one_line

if TYPE_CHECKING:
    from runlog.remote.own_servers import KeyFile


@click.command("ui")
@click.option("--port", "-p", type=int, default=8421, show_default=True, help="The port; 0 for any free one.")
@workspace_option
def command(port: int) -> None:
    """Serve the workspace to yourself, on this machine. Ctrl-C ends it.

    The address that is printed has a token in it, which is another one at each start: it opens the page in a browser.
    Commands and programs of yours find the token by themselves. Nobody else on the machine can look at anything, and
    nothing is opened to other machines; `runlog server` is for that.
    """
    with needing_server():
        from runlog.server.serving import serve
        from runlog.server.settings import load_settings
    from runlog.remote.own_servers import KeyFile
    from runlog.server.tokens import new_secret

    settings = load_settings(None, {}, {"host": "127.0.0.1", "port": port, "log_level": "WARNING"})
    served_folder()
    folder = chosen_folder().folder
    token = new_secret()
    key = KeyFile(token)
    try:
        serve(folder, settings, lambda url: _tell(url, token, folder, key), own_token=token)
    finally:
        key.remove()


def _tell(url: str, token: str, folder: Path, key: KeyFile) -> None:
    try:
        key.keep(url)
    except OSError as error:
        say(f"commands can't find the token of {url} by themselves ({error}): set RUNLOG_TOKEN to what follows #token=")
    print(f"{url}/#token={token} serves {in_one_line(str(folder))} to you", flush=True)
