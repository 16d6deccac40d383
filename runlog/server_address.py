"""The address of a server."""

from __future__ import annotations

import os
import re
import zlib
from urllib.parse import urlsplit

from runlog.errors import ConfigurationError

SCHEMES = ("http", "https")
DEFAULT_PORTS = {"http": 80, "https": 443}
VARIABLE = "RUNLOG_TOKEN"
"""The variable that has the token for the server that ``RUNLOG_URI`` names."""

# Compiled, and kept by `re`, when somebody asks.
_BROKEN_SCHEME = r"(?i)(https?)(?::/?|//+|;//?)(?!/)(.*)"
_SURE_HOST = r"localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]"
_BARE_ADDRESS = rf"(?i)(?://)?(?:[^/@\s]+@)?((?:(?:{_SURE_HOST})(?::\d+)?|[a-z0-9][\w.-]*:\d{{1,5}})(?:/.*)?)"
_named: set[str] = set()


def environment_without_token() -> dict[str, str]:
    """What processes of runlog's own are started with: others of this machine's user can read their variables."""
    return {name: value for name, value in os.environ.items() if name != VARIABLE}


def is_server(location: str) -> bool:
    """Whether a location is a server's address, not a folder."""
    return location.lower().startswith(("http://", "https://"))


def meant_address(location: str) -> str:
    """The address that was meant by one without its beginning, or with a broken one; empty where none was."""
    text = location.strip()
    if is_server(text) or (text.startswith("/") and not text.startswith("//")):
        return ""
    if match := re.fullmatch(_BROKEN_SCHEME, text):
        return f"{match[1].lower()}://{match[2] or 'HOST'}"
    match = re.fullmatch(_BARE_ADDRESS, text)
    if match is None:
        return ""
    host = match[1].partition("/")[0]
    return server_address(f"{'https' if host.endswith(':443') else 'http'}://{match[1]}")


def name_server(address: str) -> None:
    """Take note that the program or its user named a server: then ``RUNLOG_TOKEN`` is for it.

    A configuration found in some folder can name any server. That one does not get the token.
    """
    _named.add(address)


def is_named(address: str) -> bool:
    """Whether the program or its user named a server, rather than a configuration that was found."""
    return address in _named


def server_address(location: str) -> str:
    """A server's address in its one spelling: without a slash at the end, nor a port that goes without saying.

    Raises:
        ConfigurationError: it is no address of a server, or has a password in it.
    """
    try:
        parts = urlsplit(location.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(f"{location!r} is no address of a server: {error}") from error
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(
            f"the address of {host} has a user or a password in it, which addresses would carry into logs: take it "
            "out, and give the token by `runlog login` or RUNLOG_TOKEN"
        )
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES or not host or parts.query or parts.fragment:
        hint = (
            f"did you mean {meant}?" if (meant := _meant(location)) else "give one such as https://runlog.example.org"
        )
        raise ConfigurationError(f"{location!r} is no address of a server: {hint}")
    host = f"[{host}]" if ":" in host else host
    shown = "" if port in {None, DEFAULT_PORTS[scheme]} else f":{port}"
    return f"{scheme}://{host}{shown}{parts.path.rstrip('/')}"


def _meant(location: str) -> str:
    """As :func:`meant_address`; of a bare name, too, where nothing but an address can be meant."""
    text = location.strip()
    if is_server(text):
        return ""
    return meant_address(text) or (f"https://{text}" if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/\S*)?", text) else "")


def host_of(address: str) -> str:
    """Host and port of an address, as people name the server."""
    return urlsplit(address).netloc


def folder_name(address: str) -> str:
    """A name for a folder that belongs to a server: readable, and different for each address."""
    parts = urlsplit(address)
    readable = "".join(one if one.isalnum() or one in "-." else "-" for one in f"{parts.netloc}{parts.path}")
    return f"{readable[:80]}-{zlib.crc32(address.encode()):08x}"
