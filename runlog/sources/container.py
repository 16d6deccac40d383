"""``runlog.sources.docker``: the logs of a container, through the ``docker`` package."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from runlog.errors import MissingExtraError, WrongTypeError
from runlog.levels import level_number
from runlog.sources.line_records import LineRecords, chosen_run
from runlog.sources.parsers import Parser, ParserChoice, parser_of
from runlog.sources.source import Source
from runlog.sources.stamped_lines import StampedLines

if TYPE_CHECKING:
    from runlog.run import Run

FIRST_PAUSE = 0.2
ASKED_AGAIN = 3
"""Times that an engine is asked again for the rest of a line, once the container has ended."""
LONGEST_PAUSE = 30.0
"""Seconds between two attempts to reach the engine: the first, doubled each time up to the longest."""
WAIT = 10
"""Seconds that the engine is asked to wait for the container's end, each time."""
ENDED = frozenset({"exited", "dead", "removing"})
"""States in which a container writes no more."""
_logger = logging.getLogger("runlog")


class ContainerSource(Source):
    """A container that is followed; see :func:`docker`.

    The engine is asked for each stream by itself, as the ``docker`` package does not tell which one a line is of. A
    container with a terminal has stdout only.
    """

    exit_code: int | None = None
    """Of the container, once it has ended."""

    def __init__(
        self,
        records: LineRecords,
        container: Any,
        levels: dict[str, int],
        parse: Parser,
        since: datetime | float | None,
        *,
        follow: bool,
    ) -> None:
        """Start to follow; see :func:`docker`."""
        self._container = container
        self._levels = levels
        self._parse = parse
        self._since = since
        self._endless = follow
        self._guard = threading.Lock()
        self._open: set[Any] = set()
        super().__init__(records)

    def _follow(self) -> None:
        waiter = self._start(self._await_exit_code)
        for thread in [self._start(self._follow_stream, name) for name in self._levels]:
            while thread.is_alive():
                thread.join(0.5)
                if not self._stopping.is_set() and self._over():  # a guest's run has ended
                    self.stop()
        if self._endless and not self._stopping.is_set():
            waiter.join(WAIT)
            self._note_end()

    def _start(self, target: Callable[..., None], *args: str) -> threading.Thread:
        name = " ".join((self._records.logger.name, *args))
        thread = threading.Thread(target=target, args=args, name=name, daemon=True)
        thread.start()
        return thread

    def _await_exit_code(self) -> None:
        """From the beginning: a container that is removed when it ends (``--rm``) can't be asked afterwards."""
        while self._endless and not self._stopping.is_set() and self.exit_code is None:
            try:
                self.exit_code = int(self._container.wait(timeout=WAIT)["StatusCode"])
            except Exception as error:  # it runs on, or the engine is away
                if _is_gone(error):
                    return
                self._stopping.wait(FIRST_PAUSE)

    def _follow_stream(self, name: str) -> None:
        lines = StampedLines(partial(self._take, name))
        pause, again = FIRST_PAUSE, ASKED_AGAIN
        while not self._stopping.is_set():
            before, was_whole = self._records.count, lines.is_whole
            try:
                ended = self._read(name, lines)
                if ended and again and not was_whole and lines.is_whole and self._records.count == before:
                    ended, again = False, again - 1  # a line that was begun did not come again: the answer was cut off
            except Exception as error:
                if _is_gone(error):
                    break
                ended = False
                _logger.info("%s: the engine is asked again in %g s: %s", self._records.logger.name, pause, error)
            if ended:
                break
            pause = FIRST_PAUSE if self._records.count > before else pause
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        lines.flush()

    def _read(self, name: str, lines: StampedLines) -> bool:
        """Take one answer of the engine, which lasts as long as the container writes and the engine runs.

        Returns:
            whether there is no more to come.
        """
        ended = not self._endless or self._has_ended()  # asked before: what it wrote until then is in the answer
        lines.begin()
        since = self._since if lines.since is None else lines.since
        answer = self._ask(stdout=name == "stdout", stderr=name == "stderr", since=since)
        with self._guard:
            self._open.add(answer)
        try:
            if self._stopping.is_set():  # whoever stopped it did not see this answer
                return True
            for piece in self._pieces(answer):
                lines.feed(piece)
                if self._stopping.is_set():
                    return True
        finally:
            with self._guard:
                self._open.discard(answer)
            _close(answer)
        return ended

    def _ask(self, **chosen: Any) -> Any:
        try:
            return self._container.logs(stream=True, follow=self._endless, timestamps=True, **chosen)
        except Exception as error:
            _close_dropped(error)
            raise

    def _pieces(self, answer: Iterator[bytes]) -> Iterator[bytes]:
        """Frames; of a container with a terminal, which has none, lines."""
        if not self._container.attrs.get("Config", {}).get("Tty"):
            yield from answer
            return
        rest = b""
        for data in answer:
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                yield line.removesuffix(b"\r") + b"\n"
        if rest:
            yield rest

    def _has_ended(self) -> bool:
        self._container.reload()
        return self._container.status in ENDED

    def _note_end(self) -> None:
        if self.exit_code is None:
            self._records.write("the container was removed", logging.WARNING)
            return
        level = logging.INFO if self.exit_code == 0 else logging.ERROR
        self._records.write(f"the container exited with {self.exit_code}", level, {"exit_code": self.exit_code})

    def _take(self, name: str, line: str, time: int) -> None:
        parsed = self._parse(line)
        level = self._levels[name] if parsed.level is None else parsed.level
        self._records.write(parsed.message, level, {**parsed.fields, "stream": name}, created=time / 1e9)

    def _interrupt(self) -> None:
        with self._guard:
            answers = list(self._open)
        for answer in answers:
            try:
                answer.close()
            except Exception as error:  # it ended meanwhile, or can't be interrupted (SSH): the thread is a daemon
                _logger.debug("%s: an answer could not be closed: %s", self._records.logger.name, error)


def _close(answer: Any) -> None:
    """Close an answer of the engine, and its connection, too, which the package leaves open where the engine cut it."""
    try:
        answer.close()
    except OSError as error:
        _logger.debug("an answer of the engine had been cut: %s", error)
    response = getattr(answer, "_response", None)
    if response is not None:
        response.close()


def _close_dropped(error: Exception) -> None:
    """Close the answer that the package lets go of, open as it is, where its next question to the engine fails."""
    from requests import Response

    trace = error.__traceback__
    while trace is not None:
        for value in trace.tb_frame.f_locals.values():
            if isinstance(value, Response):
                value.close()
        trace = trace.tb_next


def docker(
    container: Any,
    run: Run | None = None,
    *,
    parser: ParserChoice = None,
    stdout: int | str | None = "INFO",
    stderr: int | str | None = "WARNING",
    since: datetime | float | None = None,
    follow: bool = True,
    client: Any = None,
    name: str = "docker",
) -> ContainerSource:
    """Keep what a container writes in a run.

    Each line is a record with the time at which the engine got it, and the fields ``stream``, ``container`` and
    ``image``. Where the engine goes away, it is asked again until it is back, and no line is lost or there twice. When
    the container ends, its exit code is the last record (field ``exit_code``).

    Args:
        container: its name or id, or a container object of the ``docker`` package.
        run: that the lines go to; by default the one that is current here.
        parser: what is read from a line; see :func:`runlog.sources.parsers.parser_of`.
        stdout: the level of lines written there that name none themselves; None leaves this stream out.
        stderr: likewise.
        since: only what was written from then on: a datetime, or seconds since 1970. By default everything.
        follow: go on until the container ends; False takes what there is.
        client: a ``docker.DockerClient``; by default that of the environment (``DOCKER_HOST`` and its kin).
        name: of the records' logger, below ``runlog.sources``.

    Returns:
        the source, which ends with the container, with the run, or by its ``stop()``.

    Raises:
        MissingExtraError: the package ``docker`` is not installed.
        WrongTypeError, WrongValueError: an argument can't be used.
        RunStateError: no run is given, and none is open; or it has ended.
        docker.errors.DockerException: the engine can't be reached, or has no such container.
    """
    given = {"stdout": level_number(stdout), "stderr": level_number(stderr)}
    levels = {stream: level for stream, level in given.items() if level is not None}
    if not levels:
        raise WrongTypeError("stdout and stderr are both None: give at least one of them a level")
    found = chosen_run(run)
    parse = parser_of(parser)
    if isinstance(container, str):
        container = _client(client).containers.get(container)
    elif not hasattr(container, "logs"):
        raise WrongTypeError(f"container must be a name, an id or a container of the docker package, not {container!r}")
    config = container.attrs.get("Config", {})
    if config.get("Tty"):
        levels.pop("stderr", None)
    fields = {"container": container.name, "image": config.get("Image", "")}
    return ContainerSource(LineRecords(name, found, fields), container, levels, parse, since, follow=follow)


def _client(client: Any) -> Any:
    if client is not None:
        return client
    try:
        import docker as package
    except ImportError as error:
        raise MissingExtraError(
            "the logs of containers need the package docker: pip install 'runlog-ml[docker]'"
        ) from error
    return package.from_env()  # type: ignore[attr-defined, no-untyped-call]


def _is_gone(error: Exception) -> bool:
    """Whether the engine says that there is no such container."""
    return getattr(getattr(error, "response", None), "status_code", None) == 404
