"""When a log file is put away, and under which name."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from runlog.errors import WrongTypeError, WrongValueError

_DAY = 24 * 3600
_UNITS = {
    "S": (1, "%Y-%m-%d_%H-%M-%S"),
    "M": (60, "%Y-%m-%d_%H-%M"),
    "H": (3600, "%Y-%m-%d_%H"),
    "D": (_DAY, "%Y-%m-%d"),
    "MIDNIGHT": (_DAY, "%Y-%m-%d"),
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:_\d\d(?:-\d\d){0,2})?")
_FIRST_MONDAY = 4 * _DAY  # 1970-01-01 was a Thursday
_QUARTER = 900  # clocks are put forward and back on quarters of an hour


class Schedule:
    """The periods of time that each get a file of their own.

    Args:
        when: ``S``, ``M``, ``H``, ``D`` or ``midnight``, or ``W0`` (Monday) to ``W6``, as for
            ``logging.handlers.TimedRotatingFileHandler``. Unlike there, periods are whole seconds, minutes, hours and
            days of the clock, whenever the program began, so that several processes agree on them.
        interval: Units in a period.
        utc: Whether days and hours are those of UTC or local ones.
    """

    def __init__(self, when: str, interval: int = 1, utc: bool = False) -> None:
        if not isinstance(interval, int) or interval < 1:
            raise WrongValueError(f"interval must be a whole number of at least 1, not {interval!r}")
        unit, self._suffix, self._shift = _parse(when)
        self._length = unit * interval
        self._utc = utc
        self._same_from = self._same_until = 0.0

    def is_over(self, last_written: float, now: float) -> bool:
        """Whether ``now`` is in a later period than ``last_written`` (both seconds since 1970)."""
        if self._same_from <= last_written <= now < self._same_until:
            return False
        if self._number(last_written) < self._number(now):
            return True
        self._remember(now)
        return False

    def name(self, moment: float) -> str:
        """The start of the period that ``moment`` is in, as the standard library's rotated files are named."""
        start = self._number(moment) * self._length + self._shift
        return time.strftime(self._suffix, time.gmtime(start))

    def _number(self, moment: float) -> int:
        return int((moment + self._offset(moment) - self._shift) // self._length)

    def _offset(self, moment: float) -> int:
        return 0 if self._utc else time.localtime(moment).tm_gmtoff

    def _remember(self, now: float) -> None:
        # Within a quarter of an hour the offset from UTC can't change, so two moments in it and in one period are
        # told to be so without asking for the local time.
        offset = self._offset(now)
        start = self._number(now) * self._length + self._shift - offset
        quarter = now // _QUARTER * _QUARTER
        self._same_from = max(start, quarter)
        self._same_until = min(start + self._length, quarter + _QUARTER)


def _parse(when: str) -> tuple[int, str, int]:
    if not isinstance(when, str):
        raise WrongTypeError(f"when must be a string such as 'midnight' or 'H', not {when!r}")
    known = when.upper()
    if known in _UNITS:
        unit, suffix = _UNITS[known]
        return unit, suffix, 0
    if re.fullmatch("W[0-6]", known):
        # As in the standard library, the file of a week is put away at the end of the day that is named.
        return 7 * _DAY, "%Y-%m-%d", _FIRST_MONDAY + (int(known[1]) + 1) % 7 * _DAY
    raise WrongValueError(f"when must be one of S, M, H, D, midnight, W0 to W6, not {when!r}")


def file_clock() -> float:
    """The time by the clock that file times are taken from, which on Linux lags some milliseconds behind others.

    Compared by another clock, a file made right after midnight could look like one of the day before.
    """
    coarse = getattr(time, "CLOCK_REALTIME_COARSE", None)
    return time.time() if coarse is None else time.clock_gettime(coarse)


def _same(name: str) -> str:
    return name


@dataclass
class Rotation:
    """The rules of one handler: when its file is full or out of date, and how it is put away.

    Attributes:
        max_bytes: The most bytes in a file; 0 for any size.
        backup_count: How many files that were put away are kept; 0 for all of them with a schedule, and without one no
            rotation at all, as in the standard library.
        schedule: Periods of time, or None.
        archive_name: Makes another name out of the usual one (the ``namer`` of logging's handlers).
        move: Puts a file away: source, destination (their ``rotator``).
    """

    max_bytes: int = 0
    backup_count: int = 0
    schedule: Schedule | None = None
    archive_name: Callable[[str], str] = field(default=_same)
    move: Callable[[str, str], object] = field(default=os.replace)

    def is_due(self, status: os.stat_result, length: int) -> bool:
        """Whether a file is to be put away before ``length`` more bytes are written to it."""
        if not status.st_size or not stat.S_ISREG(status.st_mode):
            return False
        if 0 < self.max_bytes < status.st_size + length and (self.backup_count > 0 or self.schedule):
            return True
        return self.schedule is not None and self.schedule.is_over(status.st_mtime, file_clock())

    def put_away(self, path: Path, status: os.stat_result) -> None:
        """Move the file at ``path``, whose lock is held, and delete archives beyond ``backup_count``."""
        if self.schedule is not None:
            self._date(path, self.schedule.name(status.st_mtime))
        elif self.backup_count > 0:
            self._shift(path)

    def _shift(self, path: Path) -> None:
        names = [path, *(self._archive(f"{path}.{number}") for number in range(1, self.backup_count + 1))]
        # A gap, left by a process that was killed half-way, is filled first: nothing is deleted before there is need.
        last = next((i for i in range(1, len(names)) if not names[i].exists()), len(names) - 1)
        for number in range(last, 1, -1):
            names[number - 1].replace(names[number])
        self.move(str(path), str(names[1]))

    def _date(self, path: Path, date: str) -> None:
        archives = self._archives(path)
        numbers = [number for day, number, _ in archives if day == date]
        target = f"{path}.{date}" if not numbers else f"{path}.{date}.{max(numbers) + 1}"
        self.move(str(path), self.archive_name(target))
        if self.backup_count > 0:
            for _, _, old in archives[: max(0, len(archives) + 1 - self.backup_count)]:
                old.unlink()

    def _archives(self, path: Path) -> list[tuple[str, int, Path]]:
        """Date, number and path of the files put away so far, oldest first."""
        found = []
        for place in path.parent.iterdir():
            for date in _DATE.findall(place.name):
                number = self._number_of(path, date, place)
                if number is not None:
                    found.append((date, number, place))
        return sorted(found)

    def _number_of(self, path: Path, date: str, place: Path) -> int | None:
        """The number of the archive at ``place``, None if this handler would never have named a file so."""
        if self._archive(f"{path}.{date}") == place:
            return 0
        for number in re.findall(r"\d+", place.name.replace(date, "")):
            if self._archive(f"{path}.{date}.{number}") == place:
                return int(number)
        return None

    def _archive(self, usual_name: str) -> Path:
        return Path(self.archive_name(usual_name))
