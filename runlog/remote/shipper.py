"""The thread that sends what this process writes: never in a caller's thread, and anew in a forked child."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from runlog.backend import Kept
from runlog.errors import JournalError, ServerError, ServerRefusedError
from runlog.journal import clock, fork, real_time
from runlog.journal.reader import WriterFiles
from runlog.remote.api import ServerApi
from runlog.remote.encoding import best_encoding
from runlog.remote.note import RUNS, Note, content_of, read_note, write_note
from runlog.remote.outbox import Outbox
from runlog.remote.own_traffic import logger, tell
from runlog.remote.shipment import DELETED, Shipment
from runlog.remote.troubles import Trouble, is_of_the_server

INTERVAL = 0.5
"""Seconds between two looks at what is new."""
EAGER = 0.02
"""The same while somebody waits."""


class _Sending:
    """A run of this process on its way."""

    def __init__(self, shipment: Shipment, trouble: Trouble) -> None:
        self.shipment = shipment
        self.trouble = trouble
        self.writers: set[str] = set()
        self.succeeded_from = 0.0
        """When the newest try that succeeded began."""
        self.failed_from = 0.0
        self.is_arrived = self.is_complete = False
        self.is_deleted = self.had_trouble = False
        self.noted = ""


Key = tuple[str, str]
"""``runs`` or ``processes``, and the id."""


class Companion(Protocol):
    """What goes with the journals, in the same thread. A fault in it is told at DEBUG, and stops nothing."""

    def run_arrived(self, run_id: str) -> None:
        """The first records of a run have arrived."""

    def between_rounds(self) -> None:
        """All is sent for the moment."""


class Shipper:
    """Sends the runs of this process to one server."""

    def __init__(self, api: ServerApi, outbox: Outbox, companion: Companion) -> None:
        """Nothing runs before the first record.

        Args:
            api: of the server.
            outbox: has the runs.
            companion: what else is to be done.
        """
        self.api = api
        self.outbox = outbox
        self.seen_there: set[str] = set()
        """Runs that the server was seen to have."""
        self._companion = companion
        self._encoding = ""
        self._reset()
        fork.watch(self)

    def _reset(self) -> None:
        self.bytes_sent = 0
        self._server = Trouble(f"the server {self.api.address}", self.outbox.path)
        self._asked: queue.SimpleQueue[tuple[str, str, str]] = queue.SimpleQueue()
        self._untaken: deque[str] = deque()
        """A place for each that was asked for and is not among the sendings yet."""
        self._sendings: dict[Key, _Sending] = {}
        self._wake = threading.Event()
        self._waiting: set[object] = set()
        self._done = threading.Condition()
        self._round_lock = threading.Lock()
        self._starting = threading.RLock()
        self._thread: threading.Thread | None = None
        self._trimmed = False

    def forget(self) -> None:
        """In a forked child: the thread, and what it was at, stayed with the parent."""
        self._reset()

    def ask(self, room: str, run_id: str, writer: str) -> None:
        """Send what a writer of this process writes, from now on. Safe in a signal handler, and waits for nothing."""
        self._untaken.append(run_id)
        self._asked.put((room, run_id, writer))
        if sys.is_finalizing():  # a thread would be waited for that never runs: what a finalizer logs is sent by others
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                thread = threading.Thread(target=self._work, name="runlog-shipper", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # at interpreter shutdown, or at the limit of threads: whoever waits sends
                    return
                self._thread = thread

    def is_sending(self, run_id: str) -> bool:
        """Whether this process writes a run."""
        return (RUNS, run_id) in self._sendings or run_id in self._untaken

    def wait(self, room: str, run_id: str, timeout: float, *, patient: bool = False) -> Kept:
        """Wait until the server has what was written to a run before; never raises.

        Args:
            room: ``runs`` or ``processes``.
            run_id: of the run.
            timeout: seconds to wait at the most.
            patient: wait that long also where the server does not answer; else one more try must do.
        """
        began = real_time.monotonic()
        waiter = object()
        self._waiting.add(waiter)
        try:
            while True:
                left = began + timeout - real_time.monotonic()
                verdict = self._verdict((room, run_id), began, patient=patient)
                if verdict is not None and (verdict.everything or not patient):
                    return verdict
                if left <= 0:
                    return Kept(everything=False, why_not=self._why(room, run_id) or f"{timeout:.0f} s were not enough")
                if self._thread is None or not self._thread.is_alive():
                    time.sleep(min(left, self._round()) if self._server.newest and patient else 0)
                    continue
                if not self._server.newest or not patient:
                    self._hurry()
                with self._done:
                    self._done.wait(min(left, 0.1))
        finally:
            self._waiting.discard(waiter)

    def _hurry(self) -> None:
        if self._waiting and not self._wake.is_set():
            self._wake.set()

    def _verdict(self, key: Key, began: float, *, patient: bool) -> Kept | None:
        if self._untaken:
            return None
        sending = self._sendings.get(key)
        if sending is None or sending.is_complete:  # a writer that begins later is asked for anew
            return Kept(everything=True)
        if sending.succeeded_from >= began:
            return Kept(everything=True)
        if sending.failed_from >= began:
            return Kept(everything=False, why_not=self._why(*key))
        return None

    def _why(self, room: str, run_id: str) -> str:
        sending = self._sendings.get((room, run_id))
        return self._server.newest or (sending.trouble.newest if sending is not None else "")

    def pending(self) -> int:
        """Bytes that are still to be sent, about."""
        return sum(one.shipment.pending() for one in list(self._sendings.values()))

    # -- the thread --------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            try:
                pause = self._round()
            except Exception as error:  # a fault of our own: said, and tried again
                self._server.failed(error)
                logger.warning("sending to %s failed", self.api.address, exc_info=True)
                pause = self._server.pause
            self._wake.wait(pause)
            self._wake.clear()

    def _round(self) -> float:
        """Send what is new of each run; seconds until the next time."""
        with self._round_lock:
            self._take_in()
            if self._server.pause and not self._waiting:
                return self._server.pause
            for key, sending in list(self._sendings.items()):
                if sending.is_complete or (sending.trouble.pause and not self._waiting):
                    continue
                if not self._send(key, sending):
                    break
            if self._sendings and not self._server.newest:
                self._aside(self._companion.between_rounds)
        with self._done:
            self._done.notify_all()
        if self._server.newest:
            return max(self._server.pause, EAGER)
        return EAGER if self._waiting else INTERVAL

    def _take_in(self) -> None:
        while True:
            try:
                room, run_id, writer = self._asked.get_nowait()
            except queue.Empty:
                return
            sending = self._sendings.get((room, run_id))
            if sending is None:
                sending = self._sendings[room, run_id] = self._new_sending(room, run_id)
            sending.writers.add(writer)
            sending.is_complete = False
            self._untaken.popleft()

    def _new_sending(self, room: str, run_id: str) -> _Sending:
        was_there = read_note(self.outbox.path, room, run_id).was_there or (room == RUNS and run_id in self.seen_there)
        shipment = Shipment(self.api, self.outbox, room, run_id, self._encoding_now, self._count, was_there=was_there)
        return _Sending(shipment, Trouble(f"run {run_id}"))

    def drop(self, run_id: str) -> None:
        """Forget a run of this machine: another one is to be of its id."""
        self.seen_there.discard(run_id)
        self._sendings.pop((RUNS, run_id), None)

    def _count(self, size: int) -> None:
        self.bytes_sent += size

    def _encoding_now(self) -> str:
        if not self._encoding:
            self._encoding = best_encoding(self.api.encodings())
        return self._encoding

    def _send(self, key: Key, sending: _Sending) -> bool:
        """Send one run; False where the server itself is in trouble."""
        began = real_time.monotonic()
        try:
            progress = sending.shipment.send(leave=lambda files: self._is_anothers(sending, files))
            self._retry(sending)
        except (ServerError, JournalError, OSError) as error:
            if isinstance(error, ServerRefusedError) and error.code == DELETED:
                self._deleted(key, sending, began)
                return True
            self._failed(key, sending, error, began)
            return not (isinstance(error, ServerError) and is_of_the_server(error))
        finally:
            self._tell_refused(key, sending)
        self._server.succeeded()
        sending.trouble.succeeded()
        is_new = not sending.is_arrived
        sending.is_arrived = True
        if is_new and key[0] == RUNS:
            self._aside(lambda: self._companion.run_arrived(key[1]))
        if not progress.missing & sending.writers:
            sending.succeeded_from = began
        sending.is_complete = progress.is_complete
        if progress.is_complete or sending.noted or is_new:
            self._note(key, sending, "")
        self._trim()
        return True

    def _retry(self, sending: _Sending) -> None:
        """Once a trouble is over: what was refused meanwhile may not have been refused for what it is."""
        if sending.had_trouble:
            sending.shipment.contents.retry_refused()
            sending.had_trouble = False

    def _tell_refused(self, key: Key, sending: _Sending) -> None:
        refused = sending.shipment.contents.newly_refused
        while refused:
            logger.warning(
                "run %s: the server refuses %s. It stays on this machine, all else of the run is sent; `runlog sync` "
                "tries it again, and `runlog doctor` lists it",
                key[1],
                refused.pop(0),
            )

    def _deleted(self, key: Key, sending: _Sending, began: float) -> None:
        """The server has the run no more: it does not come back, and its process goes on."""
        if not sending.is_deleted:
            logger.warning(
                "run %s was deleted on %s: what is logged to it from now on stays on this machine for some days, and "
                "is not sent",
                key[1],
                self.api.address,
            )
        self._server.succeeded()
        sending.is_deleted = sending.is_complete = True
        sending.succeeded_from = began
        try:
            self.outbox.note_gone(*key)
        except OSError as fault:
            tell("the note of run %s can't be written: %s", key[1], fault)

    def _failed(self, key: Key, sending: _Sending, error: Exception, began: float) -> None:
        sending.shipment.forget()
        sending.had_trouble = True
        tell("run %s can't be sent now: %s", key[1], error)
        if isinstance(error, ServerError) and is_of_the_server(error):
            self._server.failed(error)
            for one in self._sendings.values():
                one.failed_from = began
        else:
            if isinstance(error, ServerRefusedError):  # it answered
                self._server.succeeded()
            sending.trouble.failed(error)
            sending.failed_from = began
        self._note(key, sending, str(error))

    def _is_anothers(self, sending: _Sending, files: WriterFiles) -> bool:
        """Whether a writer that lives is another process's, which has a shipper of its own."""
        return files.writer_id not in sending.writers

    def _note(self, key: Key, sending: _Sending, error: str) -> None:
        """Leave a note for other processes, where it says something new."""
        complete = sending.is_complete and not error
        known = sending.shipment.was_there
        says = f"{complete}{known}{error}"
        if says == sending.noted:
            return
        content = content_of(self.outbox.place(*key)) if complete else ""
        note = Note(complete, content, clock.now(), error, known)
        try:
            write_note(self.outbox.path, *key, note)
            sending.noted = says
        except OSError as fault:  # a full disk, of which the run's own writer tells
            tell("the note of run %s can't be written: %s", key[1], fault)

    def _aside(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # of the server or the disk: nothing that was logged depends on it
            tell("something beside the journals failed: %s", error)

    def _trim(self) -> None:
        if not self._trimmed:
            self._trimmed = True
            removed = self.outbox.trim()
            tell("%d runs that %s has for days were removed from the outbox", len(removed), self.api.address)


_shippers: dict[tuple[str, str], Shipper] = {}


def shipper_of(api: ServerApi, outbox: Outbox, companion: Companion) -> Shipper:
    """The one shipper of this process for a server and an outbox."""
    key = outbox.address, str(outbox.path)
    return _shippers.setdefault(key, Shipper(api, outbox, companion)) if key not in _shippers else _shippers[key]
