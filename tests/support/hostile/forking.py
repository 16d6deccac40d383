"""``python forking.py``: calls the command line, or scripts, each in a forked child, as jobs come in by stdin, a JSON line each.

Everything is imported once, so that a call costs milliseconds. A child that takes too long says where it is, and is killed.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import os
import pkgutil
import resource
import runpy
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

WAIT = 0.003
MOST_CPU = 30
"""Seconds of a processor for a child."""
TO_SAY_WHERE = 5
"""Seconds for a child to print its stacks before it is killed."""
PACKAGES = (
    "runlog.cli",
    "runlog.remote",
    "runlog.lifecycle",
    "runlog.store",
    "runlog.reading",
    "runlog.writing",
    "runlog.run",
)
LIBRARIES = ("requests", "rich.table", "numpy", "zstandard", "email.parser")


def import_all() -> None:
    """Import what commands import when they are called."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)
    for name in LIBRARIES:
        importlib.import_module(name)


def child(job: dict[str, Any]) -> Callable[[], Any]:
    """Become the process that a job asks for; what it is to call."""
    for number, name in ((0, os.devnull), (1, job["out"]), (2, job["err"])):
        handle = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(handle, number)
    faulthandler.register(signal.SIGUSR2, all_threads=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU))
    os.environ.update(job.get("env", {}))
    os.chdir(job["cwd"])
    sys.argv = job["argv"]
    if job["argv"][0] != "runlog":
        return lambda: runpy.run_path(job["argv"][0], run_name="__main__")
    program = importlib.import_module("runlog.cli.program")
    return lambda: program.run_program(job["argv"][1:])


def watch(pid: int, seconds: float) -> dict[str, Any]:
    """Wait for a child; what it used, and whether it had to be killed."""
    end, asked = time.monotonic() + seconds, False
    while True:
        found, status, usage = os.wait4(pid, os.WNOHANG)
        if found:
            break
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL if asked else signal.SIGUSR2)
            end, asked = time.monotonic() + TO_SAY_WHERE, True
        time.sleep(WAIT)
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "slow": asked, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss * 1024}


def main() -> Callable[[], Any]:
    import_all()
    gc.collect()
    gc.freeze()  # else each child's collections would touch, and so copy, all of it
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            return child(job)
        print(json.dumps(watch(pid, job["seconds"])), flush=True)
    return lambda: None


if __name__ == "__main__":
    main()()
