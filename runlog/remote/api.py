"""The server's API, call by call: what is sent and what comes back, as Python has it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from runlog.backend import Entry
from runlog.checks import names
from runlog.errors import JournalGapError, ServerRefusedError, ServerUnreachableError
from runlog.journal.crash_file import Crash
from runlog.journal.files import SegmentName
from runlog.journal.format import Lost, Stream
from runlog.journal.liveness import Liveness
from runlog.remote.answers import ODD, all_pages, texts_of
from runlog.remote.bounded import BoundedTarget
from runlog.remote.encoding import GZIP
from runlog.remote.own_traffic import logger
from runlog.remote.transport import Body, Limits, SizedReader, Transport, path_of

STREAMS = {Stream.POINTS: "points", Stream.EVENTS: "events", Stream.OVERFLOW: "overflow"}


class RemoteFile(NamedTuple):
    """A file of a run's journal on the server."""

    name: str
    size: int


class RemoteWriter(NamedTuple):
    """A writer of a run, as the server knows it."""

    writer_id: str
    guest: bool
    late: bool
    sign: Liveness
    lost: Lost
    files: tuple[RemoteFile, ...] = ()

    def liveness(self) -> Liveness:
        """How it stood when the server was asked."""
        return self.sign


class ServerApi:
    """One server."""

    def __init__(self, transport: Transport) -> None:
        """Nothing is sent."""
        self.transport = transport
        self.holder = os.urandom(12).hex()
        """Who asks, where only one may have something."""

    @property
    def address(self) -> str:
        """The server's address."""
        return self.transport.address

    def server(self, limits: Limits | None = None) -> dict[str, Any]:
        """What the server says of itself and of the token."""
        return self._object(self.transport.request("GET", "/server", limits=limits).json())

    def encodings(self) -> list[str]:
        """Content encodings that it takes; gzip where it does not say."""
        try:
            return texts_of(self.server().get("encodings", [GZIP]))
        except TypeError as error:
            raise self.strange("its encodings", error) from error

    def check_health(self, limits: Limits | None = None) -> None:
        """See whether a server answers, whatever the token.

        Raises:
            ServerError: none does, or it is no runlog server.
        """
        said = self.transport.request("GET", "/healthz", limits=limits, below="").json()
        if not isinstance(said, dict) or said.get("status") != "ok":
            raise self.strange("whether it is well", ValueError("not that it is"))

    # -- runs --------------------------------------------------------------------------------------------------------

    def claim(self, room: str, run_id: str, limits: Limits | None = None) -> bool:
        """Make a run's place; False where it is there already."""
        answer = self.transport.request("PUT", path_of(room, run_id), limits=limits)
        said, made = self._object(answer.json()), answer.status == 201
        if said.get("id") != run_id or said.get("made") is not made:  # what says 200 to everything is no server
            raise self.strange(f"the place of {run_id}", ValueError("nothing about it"))
        return bool(made)

    def has_run(self, run_id: str, limits: Limits | None = None) -> bool:
        """Whether the server has a run."""
        return self.find_listing("runs", run_id, limits) is not None

    def delete_run(self, run_id: str) -> None:
        """Delete a run."""
        self.transport.request("DELETE", path_of("runs", run_id))

    def ids(self, what: str) -> Iterator[str]:
        """Ids of all runs (``run-ids``) or processes (``process-ids``)."""
        for item in self._pages(f"/{what}", {}):
            if names.is_run_id(item):
                yield item
            else:
                self._tell_odd(item, "the id of a run")

    def find_runs(self, query: str) -> Iterator[dict[str, Any]]:
        """Summaries of the runs that a query takes, in its order."""
        for one in self._pages("/runs", {"query": query}):
            if isinstance(one, dict) and names.is_run_id(one.get("id")):
                yield one
            else:
                self._tell_odd(one, "a run")

    def records(self, search: dict[str, Any], limit: int, cursor: str | None) -> dict[str, Any]:
        """A page of the log records that a search asks for."""
        asked: dict[str, Any] = {"q": search["text"], "limit": limit, "cursor": cursor, "run": search["run_ids"]}
        asked |= {name: search[name] for name in ("level", "logger", "after", "before")}
        if search["no_run"]:
            asked["no_run"] = "true"
        params = {name: value for name, value in asked.items() if value is not None}
        return self._object(self.transport.request("GET", "/records", params=params).json())

    def _pages(self, path: str, params: dict[str, str]) -> Iterator[Any]:
        for page in self._page_objects(path, params):
            items = page.get("items", [])
            if not isinstance(items, list):
                raise self.strange("a list", TypeError(f"not {type(items).__name__}"))
            yield from items

    def _page_objects(self, path: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        def ask(cursor: str) -> dict[str, Any]:
            asked = {**params, **({"cursor": cursor} if cursor else {})}
            return self._object(self.transport.request("GET", path, params=asked).json())

        try:
            yield from all_pages(ask, "items", "names", "folders")
        except (TypeError, ValueError) as error:
            raise self.strange("a list", error) from error

    # -- journals ----------------------------------------------------------------------------------------------------

    def listing(self, room: str, run_id: str, limits: Limits | None = None) -> list[RemoteWriter]:
        """The writers of a run and their files; none where the server has no such run."""
        return self.find_listing(room, run_id, limits) or []

    def find_listing(self, room: str, run_id: str, limits: Limits | None = None) -> list[RemoteWriter] | None:
        """The same; None where the server has no such run."""
        try:
            answer = self.transport.request("GET", path_of(room, run_id, "journal"), limits=limits)
        except ServerRefusedError as error:
            if not is_not_there(error):
                raise
            return None
        try:
            return [writer_of_listing(one) for one in answer.json()["writers"]]
        except ODD as error:
            raise self.strange("the listing of a journal", error) from error

    def put_piece(
        self, room: str, run_id: str, place: SegmentName, offset: int, body: Body, *, damaged: bool = False
    ) -> int:
        """Send bytes of a segment; how many bytes of it the server has then.

        Raises:
            JournalGapError: what stands before them is not there.
        """
        path = path_of(room, run_id, "journal", place.writer, STREAMS[place.stream], str(place.number))
        params = {"offset": str(offset), "sealed": str(int(place.sealed))}
        if damaged:
            params["damaged"] = "1"
        try:
            answer = self.transport.request("PUT", path, params=params, body=body)
            return self._length(answer.json())
        except ServerRefusedError as error:
            if error.status == 409 and error.code == "gap" and isinstance(error.detail, dict):
                raise JournalGapError(str(error), length=self._length(error.detail)) from error
            raise
        except ODD as error:
            raise self.strange("the length of a segment", error) from error

    def sign(self, room: str, run_id: str, writer: str, state: Liveness, lost: Lost) -> None:
        """Tell how a writer stands."""
        body = Body.of_json({"state": state.value, "lost": [lost.points, lost.events]})
        self.transport.request("POST", path_of(room, run_id, "journal", writer, "sign"), body=body)

    def fetch(self, room: str, run_id: str, file: RemoteFile, target: BinaryIO, start: int = 0) -> None:
        """Bytes of a file of a journal from an offset on, as far as it went when it was listed.

        Raises:
            ServerRefusedError: there is no such file any more (404).
            ServerUnreachableError: something else was sent.
        """
        if start >= file.size:
            return
        headers = Body(headers={"Range": f"bytes={start}-{file.size - 1}"})
        path = path_of(room, run_id, "journal", file.name)
        bounded = BoundedTarget(target, file.size - start, f"{self.address} sends more of {file.name} than it listed")
        answer = self.transport.request("GET", path, body=headers, target=bounded)
        if start and answer.status != 206:
            raise ServerUnreachableError(f"{self.address} sends {file.name} from its start, not from byte {start} on")

    def put_crash(self, room: str, run_id: str, writer: str, body: Body) -> None:
        """Send what a process wrote when it crashed."""
        self.transport.request("PUT", path_of(room, run_id, "crashes", writer), body=body)

    def crashes(self, run_id: str) -> list[Crash]:
        """What processes of a run wrote when they crashed."""
        listed = self._object(self.transport.request("GET", path_of("runs", run_id, "journal")).json())
        try:
            known = [(names.writer_id(one["writer"]), int(one["time"])) for one in listed.get("crashes", [])]
        except ODD as error:
            raise self.strange("the last words of processes", error) from error
        found = []
        for writer, time in known:
            path = path_of("runs", run_id, "crashes", writer)
            text = self.transport.request("GET", path).body.decode("utf-8", "replace").strip()
            if text:
                found.append(Crash(writer, time, text))
        return found

    # -- content -----------------------------------------------------------------------------------------------------

    def missing_blobs(self, hashes: Iterable[str]) -> list[str]:
        """Those of some contents that the server lacks."""
        asked = list(hashes)
        answer = self.transport.request("POST", "/blobs/missing", body=Body.of_json({"sha256": asked}))
        content = answer.json()
        found = content.get("sha256", content.get("missing")) if isinstance(content, dict) else content
        try:
            missing = set(found or ())
        except TypeError as error:
            raise self.strange("the contents that it lacks", error) from error
        return [one for one in asked if one in missing]

    def put_blob(self, sha256: str, content: SizedReader) -> None:
        """Send content under its hash."""
        self._put(path_of("blobs", sha256), content)

    def fetch_blob(self, sha256: str, target: BinaryIO, size: int | None = None) -> None:
        """Content by its hash.

        Args:
            sha256: the hash.
            target: takes it.
            size: that was announced for it; None: nobody did.

        Raises:
            ServerUnreachableError: more was sent.
        """
        told = f"{self.address} sends more than the {size} bytes that {sha256} has"
        bounded = target if size is None else BoundedTarget(target, size, told)
        self.transport.request("GET", path_of("blobs", sha256), target=bounded)

    def put_file(self, run_id: str, name: str, content: SizedReader, sha256: str, time: int) -> None:
        """Send a file of a run."""
        path = path_of("runs", run_id, "files") + "".join(path_of(part) for part in name.split("/"))
        self._put(path, content, {"Runlog-Sha256": sha256, "Runlog-Time": str(time)})

    def fetch_file(self, run_id: str, name: str, target: BinaryIO) -> None:
        """A file of a run."""
        path = path_of("runs", run_id, "files") + "".join(path_of(part) for part in name.split("/"))
        self.transport.request("GET", path, target=target)

    def _put(self, path: str, content: SizedReader, headers: dict[str, str] | None = None) -> None:
        size = len(content)
        body = Body(content if size else b"", size, {"Content-Type": "application/octet-stream", **(headers or {})})
        self.transport.request("PUT", path, body=body)

    # -- small records -----------------------------------------------------------------------------------------------

    def entries(self, folder: str) -> tuple[list[str], list[str]]:
        """Names of the entries and of the folders in a folder."""
        found: list[str] = []
        folders: list[str] = []
        try:
            for page in self._page_objects("/entries", {"folder": folder}):
                found += map(names.entry_name, page.get("names", []))
                folders += map(names.entry_folder, page.get("folders", []))
        except (TypeError, ValueError) as error:
            raise self.strange("the records in a folder", error) from error
        return found, folders

    def read_entry(self, name: str) -> Entry | None:
        """A small record."""
        try:
            answer = self.transport.request("GET", _entry(name))
        except ServerRefusedError as error:
            if error.status != 404 or not error.code:
                raise
            return None
        return Entry(answer.body, answer.headers.get("ETag", ""))

    def put_entry(self, name: str, data: bytes, expected: str | None) -> bool:
        """Write a small record, unless it was changed; False where it was."""
        condition = {"If-None-Match": "*"} if expected is None else {"If-Match": expected}
        body = Body(data, len(data), {"Content-Type": "application/octet-stream", **condition})
        try:
            self.transport.request("PUT", _entry(name), body=body)
        except ServerRefusedError as error:
            if error.status != 412:
                raise
            return False
        return True

    def delete_entry(self, name: str) -> bool:
        """Remove a small record; False where there is none."""
        try:
            self.transport.request("DELETE", _entry(name))
        except ServerRefusedError as error:
            if error.status != 404 or not error.code:
                raise
            return False
        return True

    def take_attempt(self, run_id: str, limits: Limits | None = None) -> bool:
        """Take the right to open a run's next attempt; False where another has it."""
        body = Body.of_json({"holder": self.holder})
        try:
            answer = self.transport.request("POST", path_of("runs", run_id, "attempt"), body=body, limits=limits)
        except ServerRefusedError as error:
            if not is_not_there(error):
                raise
            return True  # nobody else can know of a run that only this machine has
        granted = self._object(answer.json()).get("granted")
        if not isinstance(granted, bool):
            raise self.strange("the right to a run's next attempt", ValueError("neither yes nor no"))
        return granted

    def give_attempt_back(self, run_id: str) -> None:
        """Give that right back."""
        body = Body.of_json({"holder": self.holder})
        self.transport.request("DELETE", path_of("runs", run_id, "attempt"), body=body)

    def _length(self, content: Any) -> int:
        """The length of a segment that an answer tells."""
        try:
            return names.size(content["length"])
        except ODD as error:
            raise self.strange("the length of a segment", error) from error

    def _tell_odd(self, item: object, what: str) -> None:
        """Of a list one thing is left out that can't be in it; the others may be as they should."""
        logger.warning("%s lists %.80r, which can't be %s: it is left out", self.address, item, what)

    def _object(self, content: Any) -> dict[str, Any]:
        if not isinstance(content, dict):
            raise self.strange("an object", TypeError(f"not {type(content).__name__}"))
        return content

    def strange(self, what: str, error: Exception) -> ServerUnreachableError:
        """The error of an answer that is something else."""
        return ServerUnreachableError(
            f"{self.address} was asked for {what} and answers with something else ({error}): is it a runlog server of "
            "this version?"
        )


def is_not_there(error: ServerRefusedError) -> bool:
    """Whether a server says that it has no such run or process; a proxy's 404 does not."""
    return error.status == 404 and error.code in {"run_not_found", "process_not_found"}


def _entry(name: str) -> str:
    return "/entries" + "".join(path_of(part) for part in name.split("/"))


def writer_of_listing(one: dict[str, Any]) -> RemoteWriter:
    """A writer as the listing of a journal has it.

    Raises:
        KeyError, TypeError, ValueError: it is none, or has names that lead elsewhere.
    """
    writer = names.writer_id(one["id"])
    return RemoteWriter(
        writer,
        bool(one["guest"]),
        bool(one["late"]),
        Liveness(one["liveness"]),
        Lost(*map(int, one.get("lost") or (0, 0))),
        tuple(
            RemoteFile(names.journal_file(file["name"], writer), names.size(file["size"]))
            for file in one.get("files", ())
        ),
    )
