"""The gathering itself: run as a child of the training process, so that neither its lock nor its memory is used.

It reads a request (one line of JSON, paths as their bytes) from stdin and answers on stdout: a line of JSON with
sections that are known, then the bytes of what belongs to them, and so on. Its stdin stays open as long as the
training process lives: where it ends, or too much time went by, the child ends itself and everything that it started.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from runlog.redaction import as_utf8

T = TypeVar("T")
Emit = Callable[[dict[str, dict[str, Any]], dict[str, bytes]], None]
"""Takes sections, and the contents that go into files of their own, by the section's name."""

LIFETIME = 120.0
"""Seconds after which the child ends itself, whatever is still missing."""


def gather(request: dict[str, Any], emit: Emit) -> None:
    """Find everything out, the quick first; each part is handed over as soon as it is known.

    Args:
        request: ``folder``, ``script`` and ``path`` (``sys.path``) of the training process.
        emit: called for each part, from several threads, one at a time.
    """
    guard = threading.Lock()

    def put(sections: dict[str, dict[str, Any]], contents: dict[str, bytes] | None = None) -> None:
        with guard:
            emit(_plain(sections), contents or {})

    devices = threading.Thread(target=_devices, args=(request["path"], put), daemon=True)
    repository = _quick(request, put)
    beside = _started(devices)
    if repository is not None:
        _worktree(repository, put)
    if beside:
        devices.join()
    else:
        _devices(request["path"], put)


def _started(thread: threading.Thread) -> bool:
    """Start a thread; false at the limit of threads."""
    try:
        thread.start()
    except RuntimeError:
        return False
    return True


def _tried(find: Callable[[], T]) -> tuple[T | None, dict[str, Any]]:
    """What is found out, or None and why: a system's files may hold and refuse anything, and a library raise it."""
    try:
        return find(), {}
    except Exception as error:
        return None, {"incomplete": f"{type(error).__name__}: {error}"}


def _facts(find: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A section, as far as it is found out."""
    found, why = _tried(find)
    return why if found is None else found


def _quick(request: dict[str, Any], put: Callable[..., None]) -> Any:
    """Files of a few bytes and lists of names. Returns the repository, if there is one."""
    from runlog.system.container import container_facts
    from runlog.system.git_folder import head_facts, repository_around
    from runlog.system.git_variables import stated_facts
    from runlog.system.machine import cpu_facts, memory_facts
    from runlog.system.packages import installed_packages

    listed, packages = _tried(lambda: installed_packages(request["path"]))
    repository, git = _tried(lambda: repository_around(request["folder"], request["script"]))
    if listed is not None:
        packages = {"count": len(listed["installed"])}
    if repository is not None:
        git = {**head_facts(repository), "pending": True}
    sections = {
        "cpu": _facts(cpu_facts),
        "memory": _facts(memory_facts),
        "container": _facts(lambda: container_facts(os.environ)),
        "packages": packages,
        "git": git | stated_facts(os.environ),
    }
    put(sections, {} if listed is None else {"packages": json.dumps(_plain(listed), sort_keys=True).encode()})
    return repository


def _worktree(repository: Any, put: Callable[..., None]) -> None:
    from runlog.system.git import worktree_facts
    from runlog.system.git_variables import stated_facts

    found, why = _tried(lambda: worktree_facts(repository))
    facts, diff = found or (why, b"")
    put({"git": facts | stated_facts(os.environ)}, {"git": diff} if diff else {})


def _devices(path: list[str], put: Callable[..., None]) -> None:
    """Graphics processors: their library may take a second to wake a driver, and is looked for where the run has it."""
    sys.path.extend(one for one in path if one not in sys.path)
    put({"gpu": _facts(_gpu)})


def _gpu() -> dict[str, Any]:
    from runlog.system.gpu import gpu_facts

    return gpu_facts()


def _plain(value: Any) -> Any:
    """A value whose texts UTF-8 can hold."""
    if isinstance(value, str):
        return as_utf8(value)
    if isinstance(value, dict):
        return {_plain(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _write(sections: dict[str, dict[str, Any]], contents: dict[str, bytes]) -> None:
    head = {"sections": sections, "contents": [[name, len(data)] for name, data in contents.items()]}
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n" + b"".join(contents.values()))
    out.flush()


def _watch_parent() -> None:
    """End with the training process: stdin has an end then."""
    import select

    select.select([0], [], [], LIFETIME)
    _end_group()


def _end_group() -> None:
    """End this process and whatever a program that was given up has left behind."""
    import signal

    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Answer one request."""
    os.nice(10)
    asked = json.loads(sys.stdin.buffer.readline())
    _started(threading.Thread(target=_watch_parent, daemon=True))  # without threads no program is started, either
    gather({name: _as_path(value) for name, value in asked.items()}, _write)
    _end_group()


def _as_path(value: Any) -> Any:
    """A path, or a list of them, from the bytes that stand for it in JSON, each as one character."""
    return [_as_path(one) for one in value] if isinstance(value, list) else os.fsdecode(value.encode("latin-1"))
