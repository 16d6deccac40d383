"""What a server is told: by a file, by variables of the environment, by flags; the later goes before the earlier."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from runlog.server.setting_sources import SettingSources

PREFIX = "RUNLOG_SERVER_"
MIB = 1 << 20


class UploadLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes that a request may bring, unfolded."""

    json_bytes: int = MIB
    piece_bytes: int = 80 * MIB
    """Of a journal, in one request: a whole segment fits."""
    file_bytes: int = 64 << 30
    """Of a file or blob."""
    entry_bytes: int = MIB


class ServerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a server."""

    host: str = "127.0.0.1"
    """The address it listens at."""
    port: int = 8420
    """0: any free one."""
    hosts: list[str] = msgspec.field(default_factory=list)
    """Names by which it is asked, beside this machine's own and any address: what a ``Host`` may say."""
    origins: list[str] = msgspec.field(default_factory=list)
    """Web pages of other servers that may call it: what an ``Origin`` may say."""
    proxies: list[str] = msgspec.field(default_factory=list)
    """Addresses of reverse proxies whose word is taken for where a request came from."""
    access_log: str = ""
    """A file for its requests, as JSON lines; they are shown on stderr where there is none."""
    log_level: str = "INFO"
    page: int = 1000
    """The most that one page of an answer has."""
    ingests: int = 64
    """Requests that may bring records at once; further ones are told to come back."""
    token_ingests: int = 32
    """Of them with one token: one slow machine, or its whole team, does not keep all others out."""
    threads: int = 16
    """Requests that are worked on at once; further ones wait for their turn."""
    token_threads: int = 4
    """Of them with one token."""
    listeners: int = 400
    """Connections that wait for events at once; further ones are told to come back."""
    token_listeners: int = 200
    """Of them with one token."""
    connections: int = 4000
    """Connections at once; fewer where the system lets the process have few open files."""
    address_connections: int = 1000
    """Of them from one address, but for those of ``proxies``."""
    header_seconds: int = 20
    """How long the header of a request may take."""
    body_seconds: int = 30
    """How long a body may be waited for, beside the time that its bytes take at ``body_rate``."""
    body_rate: int = 4096
    """Bytes a second: a body that comes more slowly ends with 408."""
    answer_seconds: int = 60
    """How long an answer may wait for the other side to take more of it; then its connection is closed."""
    stop_seconds: int = 30
    """How long requests may go on once it is told to stop."""
    upload: UploadLimits = UploadLimits()


def load_settings(file: Path | None, environment: Mapping[str, str], flags: Mapping[str, Any]) -> ServerSettings:
    """Put the settings together.

    Args:
        file: YAML; None: there is none. Numbers of bytes may be written as ``10MB``.
        environment: variables such as ``RUNLOG_SERVER_PORT``; lists are separated by commas.
        flags: of the command line; those that are None were not given.

    Raises:
        ConfigurationError: a setting does not exist or can't be, or the file can't be read. All faults are told.
    """
    sources = SettingSources(KNOWN)
    if file is not None:
        sources.read(file, environment)
    sources.take_variables(PREFIX, environment)
    sources.take_flags(flags)
    values = {name: sources.convert(name, kind, is_size=name.endswith("_bytes")) for name, kind in KNOWN.items()}
    for name, value in values.items():
        if (fault := _fault(name, value)) and name in sources.given:
            sources.refuse(name, fault)
    sources.check()
    upload = {name[len(UPLOAD) :]: values.pop(name) for name in list(values) if name.startswith(UPLOAD)}
    told = {name: value for name, value in values.items() if value is not None}
    limits = {name: value for name, value in upload.items() if value is not None}
    return ServerSettings(**told, upload=UploadLimits(**limits))


UPLOAD = "upload."
KNOWN: dict[str, Any] = {
    **{one.name: one.type for one in msgspec.structs.fields(ServerSettings) if one.name != "upload"},
    **{f"{UPLOAD}{one.name}": one.type for one in msgspec.structs.fields(UploadLimits)},
}
"""Each setting, those of ``upload`` by their whole name, and its type."""
_FROM_ONE_ON = {
    *(
        "page",
        "ingests",
        "token_ingests",
        "threads",
        "token_threads",
        "listeners",
        "token_listeners",
        "connections",
        "address_connections",
    ),
    *("header_seconds", "body_seconds", "body_rate", "answer_seconds"),
    *(name for name in KNOWN if name.startswith(UPLOAD)),
}


def _fault(name: str, value: Any) -> str:
    """What keeps a setting from being this; empty where nothing does."""
    if value is None:
        return ""
    if name in _FROM_ONE_ON and value < 1:
        return "give a number from 1 on"
    if name == "port" and not 0 <= value <= 65_535:
        return "give a port from 0 to 65535"
    if name in {"hosts", "origins"} and "*" in value:
        return "'*' is no name of a host or origin here: name each one that there is"
    return ""
