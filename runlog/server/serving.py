"""The process of a server: its socket, its logging, its signals, and its end."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from runlog.errors import ConfigurationError
from runlog.handlers.console import ConsoleHandler
from runlog.handlers.rotating import RotatingFileHandler
from runlog.levels import level_number
from runlog.server.admission import Admission
from runlog.server.app import make_app
from runlog.server.connections import protocol_with
from runlog.server.descriptors import allow_descriptors, room_for_connections
from runlog.server.last_resort import LastResort
from runlog.server.observing import access_logger
from runlog.server.seldom import tell_seldom
from runlog.server.service import Service
from runlog.server.settings import ServerSettings

KEEP_ALIVE = 75
"""Seconds for which a connection without requests stays open: longer than a reverse proxy's minute."""
SWITCH_SECONDS = 0.001
"""For which a thread keeps Python to itself where others want it: the event loop answers all, and waits for each."""
END_SECONDS = 5
"""Seconds that the server's own end may take, once the requests had their time."""
LOG_BYTES = 50_000_000
LOG_BACKUPS = 5


class _Server(uvicorn.Server):
    """Ends by itself after a signal, with exit code 0: requests are finished, and the store is closed."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None], ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take requests, and tell that they are: a signal has its handler by now."""
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take no more requests; a second Ctrl-C does not wait for those under way."""
        self._stopping()
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


def serve(folder: Path, settings: ServerSettings, tell: Callable[[str], None], *, own_token: str = "") -> None:
    """Serve a workspace until a signal ends it.

    Args:
        folder: of the workspace; made where there is none.
        settings: of the server.
        tell: is given the server's address, once it is listened at.
        own_token: the one token that is taken; only at an address of this machine.

    Raises:
        ConfigurationError: nobody could do anything, or a server for oneself would be one for others.
        OSError: the address can't be listened at, or the folder can't be made.
    """
    last_resort = LastResort(settings.stop_seconds + END_SECONDS)
    listener = _listen(settings.host, settings.port)
    room = room_for_connections(settings.connections, allow_descriptors())
    admission = Admission(room, settings.address_connections, settings.proxies)
    try:
        service = Service(folder, settings, own_token=own_token)
        try:
            _refuse_open_doors(service, listener)
            _log_to(settings)
            config = uvicorn.Config(
                make_app(service),
                http=protocol_with(settings.header_seconds, settings.answer_seconds, admission),
                log_config=None,
                access_log=False,
                server_header=False,
                ws="none",
                lifespan="on",
                proxy_headers=bool(settings.proxies),
                forwarded_allow_ips=settings.proxies,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=settings.stop_seconds,
            )
            sys.setswitchinterval(SWITCH_SECONDS)
            last_resort.begin()
            _Server(config, service.stop, lambda: tell(_url(listener))).run(sockets=[listener])
        finally:
            service.close()
        last_resort.is_clean = True
    finally:
        last_resort.end()
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
        # Connections inherit it. asyncio sets it only on sockets that name their protocol, which accepted ones here do
        # not; without, the body of an answer waits 40 ms for the other side to acknowledge the header.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        raise ConfigurationError(f"{host} port {port} can't be used: {error}; give another address or port") from error


def _refuse_open_doors(service: Service, listener: socket.socket) -> None:
    here = ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback
    if here:
        return
    if service.own_token:
        raise ConfigurationError("a server for oneself listens at this machine's own address only")
    if not service.tokens.list():
        raise ConfigurationError(
            "there is no token yet, so nobody could use a server at this address: make one with "
            "`runlog token create NAME --role admin`"
        )


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _log_to(settings: ServerSettings) -> None:
    """Show what the server tells on stderr; its requests go to a file of their own where one is named."""
    level = level_number(settings.log_level)
    logging.basicConfig(level=level, handlers=[ConsoleHandler()])
    logging.getLogger("uvicorn.error").setLevel(max(logging.WARNING, level or 0))
    tell_seldom("uvicorn.error", "asyncio")
    access_logger.setLevel(logging.INFO)
    if settings.access_log:
        access_logger.addHandler(
            RotatingFileHandler(settings.access_log, maxBytes=LOG_BYTES, backupCount=LOG_BACKUPS, format="json")
        )
        access_logger.propagate = False
