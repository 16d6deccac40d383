"""Where on this machine the client keeps what belongs to servers: outboxes, what was fetched, and credentials."""

from __future__ import annotations

import os
from pathlib import Path

from runlog.server_address import folder_name


def outboxes() -> Path:
    """The folder of all outboxes: ``RUNLOG_OUTBOX``, else one in the user's state folder."""
    chosen = os.environ.get("RUNLOG_OUTBOX", "")
    return Path(chosen).expanduser().absolute() if chosen else _base("XDG_STATE_HOME", ".local/state") / "outbox"


def outbox_of(address: str) -> Path:
    """The folder in which runs of a server are written here before they are sent."""
    return outboxes() / folder_name(address)


def cache_of(address: str) -> Path:
    """The folder in which what was fetched from a server is kept, to be fetched only once."""
    return _base("XDG_CACHE_HOME", ".cache") / "servers" / folder_name(address)


def credentials_file() -> Path:
    """The file that ``runlog login`` writes tokens to."""
    return _base("XDG_CONFIG_HOME", ".config") / "credentials.json"


def _base(variable: str, usual: str) -> Path:
    chosen = os.environ.get(variable, "")
    base = Path(chosen) if Path(chosen).is_absolute() and chosen else Path.home() / usual
    return base / "runlog"
