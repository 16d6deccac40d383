"""Tokens: of a ``runlog ui`` of this user, from ``RUNLOG_TOKEN``, or the file that ``runlog login`` writes."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from runlog.errors import ConfigurationError
from runlog.remote.own_servers import token_of_own
from runlog.remote.places import credentials_file
from runlog.server_address import VARIABLE, is_named, is_server, server_address

_PRIVATE = stat.S_IRUSR | stat.S_IWUSR


class Token:
    """The token for one server, which may be another one from one moment to the next."""

    def __init__(self, address: str) -> None:
        """Nothing is read yet."""
        self._address = address
        self._read: tuple[tuple[int, ...], str] | None = None
        self._held = ""
        self.is_own = False
        """Whether the token was last that of a server which this user runs for himself."""

    def hold(self, token: str) -> None:
        """Use this token, whatever the surroundings say: one that is to be tried."""
        self._held = token

    def current(self) -> str:
        """The token as it is now; empty where there is none. A file that did not change is not read again."""
        if self._held:
            return self._held
        own = token_of_own(self._address)
        self.is_own = bool(own)
        if own:
            return own
        from_environment = token_in_environment(self._address)
        if from_environment:
            return from_environment
        version = _version(credentials_file())
        if self._read is None or self._read[0] != version:
            self._read = version, _tokens().get(self._address, "")
        return self._read[1]

    def __repr__(self) -> str:
        return f"Token(for {self._address})"


def token_in_environment(address: str) -> str:
    """The token in ``RUNLOG_TOKEN``: for the server that ``RUNLOG_URI`` names, else for those that a call names.

    A configuration that a program finds in some folder can name any server: it shall not get the token.
    """
    uri = os.environ.get("RUNLOG_URI", "")
    try:
        is_meant = server_address(uri) == address if is_server(uri) else is_named(address)
    except ConfigurationError:
        return ""
    return os.environ.get(VARIABLE, "").strip() if is_meant else ""


def unused_token(address: str) -> str:
    """Why ``RUNLOG_TOKEN`` is not used for a server, and the remedy; empty where it is, or is not set."""
    if not os.environ.get(VARIABLE, "").strip() or token_in_environment(address):
        return ""
    return (
        f"{VARIABLE} is for the server that RUNLOG_URI or the call names, and {address} was found in a file: set "
        f"RUNLOG_URI={address}, or call `runlog login {address}`"
    )


def keep_token(address: str, token: str) -> Path:
    """Keep a token for a server in the credentials file, which only its owner may read.

    Raises:
        OSError: it can't be written.
        ConfigurationError: the file is there and has something else in it, or this user has no home.
    """
    path = credentials_file()
    if path is None:
        raise ConfigurationError(
            "there is no home folder to keep a token in: set HOME or XDG_CONFIG_HOME, or give the token by RUNLOG_TOKEN"
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    tokens = {**_tokens(), address: token}
    content = {"servers": {one: {"token": tokens[one]} for one in sorted(tokens)}}
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return path


def is_readable_by_others() -> bool:
    """Whether other users may read the credentials file."""
    path = credentials_file()
    try:
        mode = path.stat().st_mode if path else _PRIVATE
    except OSError:
        return False
    return os.name == "posix" and bool(stat.S_IMODE(mode) & ~_PRIVATE & 0o077)


def _tokens() -> dict[str, str]:
    path = credentials_file()
    if path is None:
        return {}
    try:
        content = json.loads(path.read_bytes())
        return {str(address): str(one["token"]) for address, one in content["servers"].items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(
            f"{path} can't be read ({type(error).__name__}): let this user read it, or remove it and `runlog login`"
        ) from error


def _version(path: Path | None) -> tuple[int, ...]:
    if path is None:
        return ()
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino
