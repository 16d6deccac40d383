"""What tells this process apart from every other, on this host and elsewhere."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from msgspec import Struct


class ProcessIdentity(Struct, frozen=True):
    """What a segment header says of the process that writes it."""

    pid: int
    process_start: int
    pid_namespace: int
    boot_id: str
    host: str


def this_process() -> ProcessIdentity:
    """The identity of the calling process; parts that the system does not tell are 0 or empty."""
    pid = os.getpid()
    return ProcessIdentity(pid, _process_start(pid), _pid_namespace(pid), boot_id(), host())


@functools.cache
def boot_id() -> str:
    """The id of this boot of the kernel; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_bytes().decode("ascii").strip()
    except OSError:
        return ""


@functools.cache
def host() -> str:
    """The name of this host, as text."""
    if hasattr(os, "uname"):
        name = os.uname().nodename  # what `socket.gethostname` asks for, too, but `socket` takes long to load
    else:
        import socket

        name = socket.gethostname()
    return name.encode("utf-8", "backslashreplace").decode()  # it may be any bytes


@functools.lru_cache(maxsize=1)
def _process_start(_pid: int) -> int:
    return start_of("self")


def start_of(process: int | str) -> int:
    """When a process began, in the kernel's ticks since its boot; 0 where the system does not tell."""
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return 0
    return int(stat[stat.rindex(b")") :].split()[20])  # field 22, counted behind the program's name


@functools.lru_cache(maxsize=1)
def _pid_namespace(_pid: int) -> int:
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0
