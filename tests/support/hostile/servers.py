"""Clients of a server that answers with something hostile in one place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.hostile.commands import READING, Called, Caller, in_words, started_caller
from support.hostile.proxy import AnswerPlace, Proxy, Request, answer_places, started_proxy
from support.hostile.server import HOOK, WatchedServer, watched_server
from support.hostile.values import Hostile

SCRIPTS = Path(HOOK).parent / "scripts"
TRAIN, READ = str(SCRIPTS / "train.py"), str(SCRIPTS / "read.py")
CALLS: list[tuple[str, ...]] = [
    (TRAIN,),
    (TRAIN, "everything"),
    (READ, "../out"),
    *(("runlog", *command) for command in READING),
    ("runlog", "note", "everything", "a note"),
    ("runlog", "backup", "../out/backup"),
    ("runlog", "level", "everything", "app=DEBUG"),
]
"""What is called against a hostile server."""
ASKING = [(TRAIN,), (READ, "../out"), ("runlog", "search", "message"), ("runlog", "note", "everything", "a note")]
"""What asks for most routes."""


class HostileServer:
    """A client's machine, a real server, and a proxy between them."""

    def __init__(self, folder: Path, server: WatchedServer, proxy: Proxy, caller: Caller) -> None:
        self.folder, self.server, self.proxy, self.caller = folder, server, proxy, caller
        self.places: dict[tuple[str, ...], list[AnswerPlace]] = {}
        (folder / "work").mkdir(exist_ok=True)

    def call(self, argv: tuple[str, ...]) -> Called:
        """Call a program as on a machine that knows nothing of the server yet."""
        for name in ("home", "out", "work"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir()
        token = self.server.process.tokens["writer"]
        return self.caller(*argv, RUNLOG_URI=self.proxy.url, RUNLOG_TOKEN=token)

    def answers_of(self, argv: tuple[str, ...]) -> list[AnswerPlace]:
        """The places of the answers that a call gets, recorded when it is called first; it must go well then."""
        if argv not in self.places:
            self.proxy.answers.clear()
            assert faults_of(argv, self.call(argv)) + self.caller.told() == []
            self.places[argv] = answer_places(self.proxy.answers)
        return self.places[argv]

    def asked_by(self, calls: list[tuple[str, ...]]) -> list[tuple[str, Request]]:
        """The routes and the requests that some calls ask for."""
        self.proxy.requests.clear()
        for argv in calls:
            self.call(argv)
        return [(self.proxy.route_of(one.method, one.path), one) for one in self.proxy.requests]

    def attack(self, place: AnswerPlace, hostile: Hostile, argv: tuple[str, ...]) -> list[str]:
        """Call something while a place of the answers is hostile; what is amiss."""
        self.proxy.attack = (place, hostile)
        try:
            called = self.call(argv)
        finally:
            self.proxy.attack = None
        return faults_of(argv, called) + self.caller.told()


def told(argv: tuple[str, ...]) -> str:
    return in_words(argv[1:]) if argv[0] == "runlog" else " ".join([Path(argv[0]).name, *argv[1:]])


def faults_of(argv: tuple[str, ...], called: Called) -> list[str]:
    """What must not be. A program that trains comes to its end, whatever it is answered."""
    found = called.faults()
    if argv[0] == TRAIN and not found and (called.code or "it has come to its end" not in called.out):
        found.append(f"training ended with {called.code}: {called.err[-2000:]}")
    if argv[0] == READ and not found and called.code:
        found.append(f"reading ended with {called.code}: {called.err[-2000:]}")
    return found


@contextmanager
def hostile_server(folder: Path) -> Iterator[HostileServer]:
    """All of it, ended with the block."""
    (folder / "there").mkdir(parents=True)
    (folder / "here" / "canary").mkdir(parents=True)
    with watched_server(folder / "there") as server:
        here = folder / "here"
        for name in ("work", "home", "tmp", "canary/folder"):
            (here / name).mkdir()
        (here / "canary" / "secret").write_text((folder / "there" / "canary" / "secret").read_text())
        templates = list(server.reader("GET", "/api/v1/openapi.json").json()["paths"])
        with started_proxy(server.process.port, templates) as proxy, started_caller(here) as caller:
            yield HostileServer(here, server, proxy, caller)
