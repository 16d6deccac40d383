"""``runlog server``: keep the runs of other machines."""

from __future__ import annotations

import os
from pathlib import Path

import click

from runlog.cli.arguments import workspace_option
from runlog.cli.server_folder import needing_server, served_folder
from runlog.control_characters import in_one_line


@click.command("server")
@click.option("--host", metavar="ADDRESS", help="The address to listen at; 127.0.0.1 by default, 0.0.0.0 for all.")
@click.option("--port", "-p", type=int, help="The port; 8420 by default, 0 for any free one.")
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="A name by which it is asked.")
@click.option("--allow-origin", "origins", multiple=True, metavar="ORIGIN", help="A web page that may call it.")
@click.option("--proxy", "proxies", multiple=True, metavar="ADDRESS", help="A reverse proxy in front of it.")
@click.option("--access-log", metavar="FILE", help="Write its requests there as JSON lines, not to stderr.")
@click.option("--log-level", metavar="LEVEL", help="What it tells on stderr; INFO by default.")
@click.option(
    "--config", "-c", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Settings, as YAML."
)
@workspace_option
def command(
    host: str | None,
    port: int | None,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    proxies: tuple[str, ...],
    access_log: str | None,
    log_level: str | None,
    config: Path | None,
) -> None:
    """Serve a workspace to machines that train and to people who look, each with a token of `runlog token create`.

    Settings come from --config, then from RUNLOG_SERVER_HOST, RUNLOG_SERVER_PORT and their like, then from options.
    SIGTERM and Ctrl-C end it once the requests under way are answered.
    """
    with needing_server():
        from runlog.server.serving import serve
        from runlog.server.settings import load_settings

    lists = {"hosts": hosts, "origins": origins, "proxies": proxies}
    flags = {"host": host, "port": port, "access_log": access_log, "log_level": log_level}
    flags |= {name: list(given) or None for name, given in lists.items()}  # type: ignore[misc]
    settings = load_settings(config, os.environ, flags)
    folder = served_folder()
    serve(folder, settings, lambda url: print(f"{url} serves {in_one_line(str(folder))}", flush=True))
