"""Calls of the command line and of scripts under watch, and what must never come of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from support.hostile.sample import ALL, ROOT, SECRET, VICTIMS
from support.hostile.server import MEMORY, watched

PATIENCE = 60.0
"""Seconds after which a call is taken to hang: most need a tenth of one."""
CPU_SECONDS = 8.0
USUAL_CODES = {0, 1, 2, 3}
OUT = "../out"

READING = [
    *(["runs"], ["runs", "--json"], ["runs", "-m", "loss", "-p", "lr", "-t", "team"], ["runs", "params.lr > 0"]),
    *(["show", ALL], ["show", ALL, "--json"], ["show", ALL, "--system"], ["show", ALL, "--diff"]),
    *(
        ["logs", ALL],
        ["logs", ALL, "--json"],
        ["logs", ALL, "-g", "message"],
        ["logs", "--no-run"],
        ["logs", ALL, "-n", "1"],
    ),
    *(["search", "message"], ["search", "--json"], ["search", "--no-run"]),
    *(["metrics", ALL], ["metrics", ALL, "--json"], ["metrics", ALL, "--csv"], ["metrics", ALL, "loss"]),
    *(["metrics", ALL, "-d", f"{OUT}/media"], ["metrics", ALL, "words"], ["metrics", ALL, "Fibonacci"]),
    *(["diff", ALL, VICTIMS[0]], ["diff", ALL, "failed", "--json", "--extremes"]),
    *(["files", ALL], ["files", ALL, "-d", f"{OUT}/files"]),
    *(["export", ALL], ["export", ALL, "--format", "csv"]),
    *(["export", ALL, "--format", "parquet", "-o", f"{OUT}/all.parquet"],),
    *(["models"], ["models", "--json"], ["models", "net", "-d", f"{OUT}/model"]),
    *(["wait", ALL], ["level", ALL, "--list"], ["watch", ALL, "--on", "end", "--once"]),
    *(["doctor"], ["doctor", "--json", "--all"], ["sync"]),
]
CHANGING = [
    *(["gc", "-n"], ["gc", "-y", "--grace", "0s"], ["gc", "-y", "--older-than", "1000d"], ["compact", ALL]),
    *(["backup", f"{OUT}/backup"], ["offload", "OUT/store", "--older-than", "0s"], ["doctor", "--seal"]),
    *(["doctor", "--bundle", f"{OUT}/bundle.zip", "-y"], ["note", ALL, "a note"], ["index", "rebuild"]),
    *(["level", ALL, "app=DEBUG"], ["delete", ALL, "-y"]),
]
UNREAD = {"run", "tail", "explain", "server", "ui", "token", "login", "config", "workspace"}
"""Commands that take in or keep something, rather than read a run."""
OTHERS = [
    *(["runs", "-e", "victims", "--json"], ["show", VICTIMS[0], "--json"], ["logs", VICTIMS[1], "--json"]),
    *(["metrics", VICTIMS[2], "--json"], ["search", "victim", "--json", "-r", VICTIMS[0]]),
]
"""What is asked of the runs that nobody touches."""


class Called(NamedTuple):
    """How a call ended."""

    code: int
    slow: bool
    cpu: float
    memory: int
    out: str
    err: str

    def faults(self) -> list[str]:
        """What must not be, whatever was read."""
        found = []
        if self.slow:
            found.append(f"it hung: {self.err[-3000:]}")
        elif self.code not in USUAL_CODES:
            found.append(f"it ended with {self.code}: {self.err[-1500:]}")
        elif "Traceback" in self.err:
            found.append(f"a traceback: {self.err[-3000:]}")
        if self.cpu > CPU_SECONDS:
            found.append(f"it took {self.cpu:.1f} s of a processor")
        if self.memory > MEMORY:
            found.append(f"it needed {self.memory >> 20} MiB of memory")
        return found


class Caller:
    """Calls commands as a user whose home is in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opens = folder / "opened-by-commands.txt"
        self.opens.touch()
        (folder / "out").mkdir(exist_ok=True)
        env = watched(folder, self.opens, folder / "said")
        (folder / "said").mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.hostile.forking"],
            env=env,
            cwd=ROOT / "tests",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout.readline() == "ready\n"

    def __call__(self, *argv: str, cwd: Path | None = None, seconds: float = PATIENCE, **env: str) -> Called:
        out, err = self.folder / "said" / "out", self.folder / "said" / "err"
        argv = tuple(one.replace("OUT/", f"{self.folder}/out/") for one in argv)
        job = {"argv": argv, "cwd": str(cwd or self.folder / "work"), "seconds": seconds, "env": env}
        self._process.stdin.write(json.dumps({**job, "out": str(out), "err": str(err)}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Called(**answer, out=out.read_text("utf-8", "replace"), err=err.read_text("utf-8", "replace"))

    def runlog(self, *arguments: str, **options: str) -> Called:
        return self("runlog", *arguments, **options)

    def told(self) -> list[str]:
        """What was opened that should not be; each is told once."""
        found = self.opens.read_text("utf-8", "replace").splitlines()
        os.truncate(self.opens, 0)
        if (self.folder / "canary" / "secret").read_text() != SECRET:
            found.append("the canary was changed")
        strangers = {one.name for one in self.folder.iterdir()} - KNOWN
        strangers |= {one.name for one in (self.folder / "canary").iterdir()} - {"secret", "folder"}
        return found + [f"there is {one!r} beside the workspace" for one in sorted(strangers)]

    def answers_of_others(self, commands: Sequence[Sequence[str]] = OTHERS) -> dict[str, str]:
        """What some commands say of the runs that nobody touches."""
        found = {}
        for command in commands:
            called = self.runlog(*command)
            found[" ".join(command)] = called.out if called.code == 0 else f"{called.code} {called.err[-1500:]}"
        return found

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


KNOWN = {"work", "home", "tmp", "canary", "out", "said", "files", "opened-by-commands.txt", "opens.txt", "sample"}


def differences(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    """Which answers are others than before."""
    for what, answer in after.items():
        if before[what] != answer:
            yield f"runlog {what}: was {before[what][:300]!r}, is {answer[-600:]!r}"


@contextmanager
def started_caller(folder: Path) -> Iterator[Caller]:
    """A caller for some commands, ended with the block."""
    caller = Caller(folder)
    try:
        yield caller
    finally:
        caller.close()


def in_words(command: Sequence[str]) -> str:
    return "runlog " + " ".join(command)
