"""``runlog.sources.file``: a log file that another program writes."""

from __future__ import annotations

import codecs
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from runlog.capturing.lines import LineBuffer
from runlog.current_folder import absolute
from runlog.errors import RunFileNotFoundError, WrongValueError
from runlog.levels import level_number
from runlog.sources.followed_file import FollowedFile
from runlog.sources.line_records import LineRecords, chosen_run
from runlog.sources.parsers import Parser, ParserChoice, parser_of
from runlog.sources.source import Source

if TYPE_CHECKING:
    from runlog.run import Run

INTERVAL = 0.2
"""Seconds between two looks at the file."""
_logger = logging.getLogger("runlog")


class FileSource(Source):
    """A file that is followed; see :func:`file`."""

    def __init__(
        self,
        records: LineRecords,
        path: Path,
        parse: Parser,
        level: int,
        encoding: str,
        *,
        from_start: bool,
        follow: bool,
    ) -> None:
        """Start to follow; see :func:`file`."""
        self._parse = parse
        self._level = level
        self._path = path
        self._endless = follow
        self._told = ""
        self._file = FollowedFile(path, encoding, LineBuffer(self._take), from_start=from_start)
        super().__init__(records)

    def _follow(self) -> None:
        while self._endless and not self._over():
            self._look()
            self._stopping.wait(INTERVAL)
        self._file.close()

    def _look(self) -> None:
        try:
            self._file.read_new()
        except OSError as error:
            if str(error) != self._told:  # once, not at every look
                self._told = str(error)
                _logger.warning("%s can't be read now, and is looked at again: %s", self._path, error)

    def _take(self, line: str, redrawn: bool) -> None:
        parsed = self._parse(line)
        self._records.write(parsed.message, self._level if parsed.level is None else parsed.level, parsed.fields)


def file(
    path: str | os.PathLike[str],
    run: Run | None = None,
    *,
    parser: ParserChoice = None,
    level: int | str = "INFO",
    encoding: str = "utf-8",
    from_start: bool = False,
    follow: bool = True,
    name: str = "file",
) -> FileSource:
    """Keep the lines of a file in a run while another program writes it, as ``tail -F`` shows them.

    The file may come later, be rotated, emptied or taken away and made again. A line that has no end yet waits for it.

    Args:
        path: of the file.
        run: that the lines go to; by default the one that is current here.
        parser: what is read from a line: ``"json"``, a regular expression with named groups, or a function; see
            :func:`runlog.sources.parsers.parser_of`. By default the line is the message.
        level: of lines that name none.
        encoding: of the file.
        from_start: take what is in it already, too. A file that comes later is read from its start in any case.
        follow: go on until the run ends; False ends at the file's end.
        name: of the records' logger, below ``runlog.sources``. Each record has the field ``file``.

    Returns:
        the source, which ends with the run or by its ``stop()``.

    Raises:
        WrongTypeError, WrongValueError: an argument can't be used.
        RunFileNotFoundError: there is no such file, and it is not to be waited for.
        RunStateError: no run is given, and none is open; or it has ended.
    """
    found = chosen_run(run)
    number = level_number(level)
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise WrongValueError(f"encoding {encoding!r} is unknown: use 'utf-8'") from None
    where = absolute(path)
    if not follow and not where.exists():
        raise RunFileNotFoundError(
            f"there is no file {str(where)!r} to read: check the name, or follow it, which waits for it"
        )
    return FileSource(
        LineRecords(name, found, {"file": str(where)}),
        where,
        parser_of(parser),
        logging.INFO if number is None else number,
        encoding,
        from_start=from_start,
        follow=follow,
    )
