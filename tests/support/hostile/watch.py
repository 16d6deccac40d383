"""A watch inside a process: what it opens and changes outside its places, and threads that end by an exception."""

from __future__ import annotations

import os
import resource
import sys
import threading
import traceback

READ = ("/proc", "/sys", "/etc", "/usr", "/lib", "/lib64", "/bin", "/run", "/var/lib")
DEVICES = ("/dev/null", "/dev/urandom", "/dev/random", "/dev/tty", "/dev/shm")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
ONE = {"os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.chmod", "os.chown", "os.utime", "os.mkfifo", "os.mknod"}
TWO = {"os.rename", "os.link", "os.symlink"}
LOOKING = {"os.listdir", "os.scandir", "sqlite3.connect"}


ROOM = 4 << 30
"""Bytes that a process may map: what takes in a device without end finds an end, and no other process is harmed."""


def begin(log: str, places: list[str]) -> None:
    """Write what is amiss to a file, a line each.

    Args:
        log: the file.
        places: folders in which the process may do what it likes.
    """
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    own = tuple(map(os.path.realpath, places))
    code = tuple(os.path.realpath(one) for one in (*sys.path, sys.prefix, sys.base_prefix, *READ) if one)

    def tell(what: str) -> None:
        os.write(target, what.encode("utf-8", "backslashreplace") + b"\n")

    def look(event: str, args: tuple[object, ...]) -> None:
        if event == "open":
            flags = args[2] if isinstance(args[2], int) else 0
            check(event, args[0], own if flags & WRITING else (*own, *code))
        elif event in ONE:
            check(event, args[0], own)
        elif event in TWO:
            check(event, args[1] if event == "os.symlink" else args[0], own)
            check(event, args[1], own)
        elif event in LOOKING:
            check(event, args[0], (*own, *code))

    def check(event: str, path: object, allowed: tuple[str, ...]) -> None:
        if path is None or isinstance(path, int):
            return
        try:
            name = os.fsdecode(path)  # type: ignore[arg-type]
            whole = os.path.realpath(os.path.dirname(os.path.abspath(name))) + "/" + os.path.basename(name)
        except (ValueError, TypeError, OSError):
            return
        if not is_below(whole, allowed) and not is_below(whole, DEVICES) and not name.startswith((":memory:", "file:")):
            tell(f"{event} {whole}")

    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    sys.addaudithook(look)
    watch_threads(tell)


def is_below(path: str, folders: tuple[str, ...]) -> bool:
    """Whether a path is one of some folders, or in one."""
    return any(path == one or path.startswith(one.rstrip("/") + "/") for one in folders)


def watch_threads(tell: object) -> None:
    """Tell of exceptions that end threads."""
    before = threading.excepthook

    def ended(args: threading.ExceptHookArgs) -> None:
        told = "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))
        tell(f"a thread died: {told[-2000:]!r}")  # type: ignore[operator]
        before(args)

    threading.excepthook = ended
