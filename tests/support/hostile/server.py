"""A real server under watch: what others are answered, what it costs, and what is amiss with its process."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import requests

from support.hostile.sample import ROOT, VICTIMS, make_sample, surroundings
from support.server_process import Client, ServerProcess

HOOK = ROOT / "tests" / "support" / "hostile" / "hook"
CPU_SECONDS = 5.0
"""What one request may cost the server: of its own time, so that a busy machine changes nothing."""
MEMORY = 500 << 20
TICKS = os.sysconf("SC_CLK_TCK")
UNEXPECTED = {500, 501, 502, 504, 505}
"""Statuses that say that the server did not know what to do."""


def watched(folder: Path, log: Path, *more: Path) -> dict[str, str]:
    """An environment in which a Python process tells what it opens outside a user's own places."""
    env = surroundings(folder)
    places = [folder / "work", folder / "home", folder / "tmp", folder / "out", *more]
    env["WATCHED_OPENS"], env["WATCHED_PLACES"] = str(log), os.pathsep.join(map(str, places))
    env["PYTHONPATH"] = os.pathsep.join([str(HOOK), env["PYTHONPATH"]])
    return env


class WatchedServer:
    """A server over a workspace that has something of everything."""

    def __init__(self, folder: Path, workspace: Path, tokens: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.workspace = workspace
        self.opens = folder / "opens.txt"
        self.opens.touch()
        self.process = ServerProcess(self.workspace, env=watched(folder, self.opens), tokens=tokens)
        self.reader, self.writer = self.process.client("reader"), self.process.client("writer")
        self.others = self.answers_of_others()
        self.routes = read_routes(self.reader)

    def cpu(self) -> float:
        """Seconds of processor time that the process has used."""
        fields = Path(f"/proc/{self.process.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> int:
        """The most bytes that it had in memory."""
        status = Path(f"/proc/{self.process.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def answers_of_others(self) -> Any:
        """What is answered about the runs that nobody touches."""
        found = {}
        paths = [f"/api/v1/runs/{one}{what}" for one in VICTIMS for what in ("", "/metrics", "/series?name=loss")]
        paths.append("/api/v1/runs?query=" + requests.utils.quote('experiment = "victims"'))
        paths.append("/api/v1/records?q=victim&run=" + "&run=".join(VICTIMS))
        for path in paths:
            answer = self.reader("GET", path)
            content = json.loads(answer.content)
            found[path] = (answer.status_code, content, answer.text if answer.status_code != 200 else "")
        return strip_revisions(found)

    def faults(self) -> list[str]:
        """What is amiss by now, apart from single answers."""
        found = []
        if self.process.process.poll() is not None:
            return [f"the server ended with {self.process.process.returncode}"]
        others = self.answers_of_others()
        found += [
            f"{path}: was {self.others[path]}, is {others[path]}"[:600]
            for path in others
            if others[path] != self.others[path]
        ]
        whole = self.reader("GET", "/api/v1/runs")
        if whole.status_code != 200:
            found.append(f"the list of runs: {whole.status_code} {whole.text[:200]}")
        if self.memory() > MEMORY:
            found.append(f"it needed {self.memory() >> 20} MiB of memory")
        return found + self.told()

    def told(self) -> list[str]:
        """Opens that should not be, dead threads, tracebacks; each is told once."""
        found = self.opens.read_text().splitlines()
        os.truncate(self.opens, 0)
        text = self.process.told()
        if "Traceback" in text:
            found.append(text[text.index("Traceback") :][-3000:])
            os.truncate(self.process.log, 0)
        return found

    def read_all(self, run_id: str) -> Iterator[tuple[str, requests.Response]]:
        """Every answer there is about a run."""
        for method, path, body in self.routes:
            filled = path.replace("{run}", run_id)
            yield f"{method} {path}", self.reader(method, filled, json=json_body(body, run_id))

    def stop(self) -> list[str]:
        """End it as its machine would; what was amiss."""
        code = self.process.stop()
        return self.told() if code == 0 else [*self.told(), f"it ended with {code}"]


def json_body(body: Any, run_id: str) -> Any:
    return None if body is None else json.loads(json.dumps(body).replace("{run}", run_id))


def strip_revisions(found: Any) -> Any:
    """Answers without the number that counts changes of the whole workspace."""
    if isinstance(found, dict):
        return {name: strip_revisions(one) for name, one in found.items() if name not in {"revision", "cursor"}}
    return [strip_revisions(one) for one in found] if isinstance(found, list | tuple) else found


def read_routes(reader: Client) -> list[tuple[str, str, Any]]:
    """Each request by which a run is read: routes of the API's own document, those of lists, and of many runs."""
    document = reader("GET", "/api/v1/openapi.json").json()
    found: list[tuple[str, str, Any]] = []
    for path, methods in document["paths"].items():
        if "get" in methods and path != "/api/v1/events" and "{run}" in path:
            found.append(("GET", re.sub(r"\{(\w+)(:path)?\}", filled, path), None))
    series = [one for one in found if one[1].endswith("/series")]
    found = [one for one in found if one not in series]
    found += [("GET", f"{one[1]}?name=loss", None) for one in series]
    found += [("GET", "/api/v1/records?run={run}", None), ("GET", "/api/v1/records?q=a&run={run}", None)]
    found += [("GET", "/api/v1/runs?limit=1000", None), ("GET", "/api/v1/run-ids", None), ("GET", "/readyz", None)]
    for name in ("run-states", "run-summaries"):
        found.append(("POST", f"/api/v1/{name}", {"ids": ["{run}", *VICTIMS]}))
    found.append(("POST", "/api/v1/run-journals", {"runs": [{"id": "{run}"}]}))
    found.append(("POST", "/api/v1/run-summaries", {"beneath": "{run}", "recursive": True}))
    return found


def filled(name: re.Match[str]) -> str:
    return {"path": "outputs/a/file.txt", "writer": "w" * 12, "stream": "events", "segment": "0"}.get(name[1], name[0])


def is_readable(answer: requests.Response) -> bool:
    """Whether the body is what its type says."""
    kind = answer.headers.get("content-type", "")
    try:
        if "json" in kind:
            json.loads(answer.content)
        elif "msgpack" in kind:
            msgspec.msgpack.decode(answer.content)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return False
    return True


@contextmanager
def watched_server(folder: Path) -> Iterator[WatchedServer]:
    """A server for some attacks, ended with the block."""
    server = WatchedServer(folder, make_sample(folder))
    try:
        yield server
    finally:
        server.process.close()
