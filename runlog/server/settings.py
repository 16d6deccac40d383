"""What a server is told: by a file, by variables of the environment, by flags; the later goes before the earlier."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from runlog.errors import ConfigurationError

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
    header_seconds: int = 20
    """How long the header of a request may take."""
    stop_seconds: int = 30
    """How long requests may go on once it is told to stop."""
    upload: UploadLimits = UploadLimits()


def load_settings(file: Path | None, environment: Mapping[str, str], flags: Mapping[str, Any]) -> ServerSettings:
    """Put the settings together.

    Args:
        file: YAML; None: there is none.
        environment: variables such as ``RUNLOG_SERVER_PORT``; lists are separated by commas.
        flags: of the command line; those that are None were not given.

    Raises:
        ConfigurationError: a setting does not exist or can't be, or the file can't be read.
    """
    given = {} if file is None else _read(file)
    given |= {
        name: environment[PREFIX + name.upper()]
        for name in ServerSettings.__struct_fields__
        if PREFIX + name.upper() in environment and name != "upload"
    }
    for name in ("hosts", "origins", "proxies"):
        if isinstance(given.get(name), str):
            given[name] = [one.strip() for one in given[name].split(",") if one.strip()]
    given |= {name: value for name, value in flags.items() if value is not None}
    try:
        settings = msgspec.convert(given, ServerSettings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"the server's settings can't be used: {error}") from error
    _check(settings)
    return settings


def _read(file: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{file} can't be read as the server's settings: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise ConfigurationError(f"{file} holds no settings: write them as NAME: VALUE")
    return content


def _check(settings: ServerSettings) -> None:
    counted = ("page", "ingests", "header_seconds")
    numbers = {name: getattr(settings, name) for name in counted} | {
        f"upload.{name}": getattr(settings.upload, name) for name in UploadLimits.__struct_fields__
    }
    for name, number in numbers.items():
        if number < 1:
            raise ConfigurationError(f"the server's setting {name} is {number}: give a number from 1 on")
    if not 0 <= settings.port <= 65_535:
        raise ConfigurationError(f"there is no port {settings.port}: give one from 0 to 65535")
    if "*" in settings.hosts or "*" in settings.origins:
        raise ConfigurationError("'*' is no name of a host or origin here: name each one that there is")
