"""What a run records of its surroundings: the quick at its start, the rest as it becomes known.

Each part is a SYSTEM event; the newest of a section counts. What is large (the list of packages, the diff) is content
under its hash, so that a thousand runs of one environment keep it once.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from runlog.journal import clock, real_time
from runlog.records import SystemNoted
from runlog.redaction import process as redaction
from runlog.switches import is_switched_on
from runlog.system.environment import chosen_variables
from runlog.system.gathering import SECTIONS, Gathering, Sections, gathering_now
from runlog.system.process import command_facts, python_facts, system_facts

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder

PATIENCE = 2.0
"""Seconds that the end of a run waits for what is still being gathered."""
_logger = logging.getLogger("runlog")


def is_wanted(capture_system: bool) -> bool:
    """Whether a run records its surroundings: the argument and ``RUNLOG_CAPTURE_SYSTEM`` can both turn it off."""
    return capture_system and is_switched_on("RUNLOG_CAPTURE_SYSTEM", default=True)


class SystemCapture:
    """Facts on their way into one run."""

    def __init__(self, recorder: RunRecorder, variables: Sequence[str]) -> None:
        """Write what is known at once, and have the rest gathered.

        Args:
            recorder: of the run.
            variables: names and patterns of the environment variables to keep.
        """
        self._recorder = recorder
        self._missing = set(SECTIONS)
        self._partly: dict[str, Any] = {}
        self._ended = False
        self._guard = threading.Lock()
        self._gathering: Gathering | None = None
        self._fault = ""
        self._write(
            {
                "command": command_facts(),
                "python": python_facts(),
                "host": system_facts(),
                "environment": chosen_variables(os.environ, variables),
            }
        )
        try:
            self._gathering = gathering_now()
        except (RuntimeError, OSError) as error:  # the limit of threads, a current folder that is gone
            self._fault = str(error)
            return
        self._gathering.hand_to(self._take)

    def finish(self, seconds: float = PATIENCE) -> None:
        """Wait for what is missing, so long at most, and say what stays so. Nothing is written after this."""
        until = real_time.monotonic() + seconds
        gathering = self._gathering
        if gathering is not None:
            gathering.done.wait(seconds)
            gathering.leave(self._take)
        held = self._guard.acquire(timeout=max(0.05, until - real_time.monotonic()))
        self._ended = True
        if not held:  # the disk holds up the other thread: what it writes is on its way
            return
        try:
            self._write(self._incomplete(seconds))
        finally:
            self._guard.release()

    def _incomplete(self, seconds: float) -> Sections:
        fault = self._fault or (self._gathering.fault if self._gathering is not None else "")
        why = fault or f"not known {seconds:g} s after the run's end"
        if self._gathering is not None and self._gathering.done.is_set() and not fault:
            why = "the process that gathers it ended early"
        return {name: {**self._partly.get(name, {}), "incomplete": why} for name in sorted(self._missing)}

    def _take(self, sections: Sections, contents: dict[str, bytes]) -> None:
        """Write what came. Called by the gathering's thread, one call at a time."""
        with self._guard:
            if self._ended:
                return
            try:
                self._write({name: self._settled(name, facts, contents) for name, facts in sections.items()})
            except Exception:  # the thread also serves other runs
                _logger.warning(
                    "run %s: what it runs on can't be recorded in full", self._recorder.run_id, exc_info=True
                )

    def _settled(self, name: str, facts: dict[str, Any], contents: dict[str, bytes]) -> dict[str, Any]:
        """A section as it is kept: content by its hash, and without the mark that more is to come."""
        kept = {key: value for key, value in facts.items() if key != "pending"}
        if "pending" in facts:
            self._partly[name] = kept
        else:
            self._missing.discard(name)
        if name in contents:
            try:
                blob = self._recorder.backend.put_blob(redaction.content(contents[name]))
            except OSError as error:
                kept["incomplete"] = f"can't be kept: {error}"
            else:
                kept["content"] = {"sha256": blob.sha256, "size": blob.size}
        return kept

    def _write(self, sections: Sections) -> None:
        """Write the sections that say anything."""
        told = {name: facts for name, facts in sections.items() if facts}
        if told:
            self._recorder.write(SystemNoted(time=clock.now(), sections=told))


def begin(recorder: RunRecorder, variables: Sequence[str]) -> SystemCapture:
    """Record what a run runs on."""
    return SystemCapture(recorder, variables)
