"""``runlog ui``: the workspace's server for oneself."""

from __future__ import annotations

import click

from runlog.cli.arguments import chosen_folder, workspace_option
from runlog.cli.server_folder import needing_server, served_folder


@click.command("ui")
@click.option("--port", "-p", type=int, default=8421, show_default=True, help="The port; 0 for any free one.")
@workspace_option
def command(port: int) -> None:
    """Serve the workspace to this machine only, without a token. Ctrl-C ends it.

    Nothing is opened to other machines; `runlog server` is for that.
    """
    with needing_server():
        from runlog.server.serving import serve
        from runlog.server.settings import load_settings

    settings = load_settings(None, {}, {"host": "127.0.0.1", "port": port, "log_level": "WARNING"})
    served_folder()
    folder = chosen_folder().folder
    serve(folder, settings, lambda url: print(f"{url} serves {folder} to this machine", flush=True), open_to_all=True)
