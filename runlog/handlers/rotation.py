"""When a log file is put away, and under which name."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from runlog.errors import WrongTypeError, WrongValueError
from runlog.handlers.archives import Archives, dates_in, forms_of, free_name, move
from runlog.handlers.file_rights import take_over_rights
from runlog.journal import real_time

_DAY = 24 * 3600
_UNITS = {
    "S": (1, "%Y-%m-%d_%H-%M-%S"),
    "M": (60, "%Y-%m-%d_%H-%M"),
    "H": (3600, "%Y-%m-%d_%H"),
    "D": (_DAY, "%Y-%m-%d"),
    "MIDNIGHT": (_DAY, "%Y-%m-%d"),
}
_FORMATS = tuple(dict.fromkeys(form for _, form in _UNITS.values()))
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

    Attributes:
        suffix: The ``strftime`` format of dates in names of archives, which may be set.
    """

    def __init__(self, when: str, interval: int = 1, utc: bool = False) -> None:
        if not isinstance(interval, int) or interval < 1:
            raise WrongValueError(f"interval must be a whole number of at least 1, not {interval!r}")
        unit, self.suffix, self._shift = _parse(when)
        self._length = unit * interval
        self._utc = utc
        self._same_from = self._same_until = 0.0

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that archives may be dated in: ``suffix``, and those of other schedules of this log."""
        return (self.suffix, *(form for form in _FORMATS if form != self.suffix))

    def is_over(self, last_written: float, now: float) -> bool:
        """Whether ``now`` is in a later period than ``last_written`` (both seconds since 1970)."""
        begin, end = self._same_from, self._same_until
        if begin <= last_written < end and begin <= now < end:
            return False
        if self._number(last_written) < self._number(now):
            return True
        self._remember(now)
        return False

    def name(self, moment: float) -> str:
        """The start of the period that ``moment`` is in, as the standard library's rotated files are named."""
        start = self._number(moment) * self._length + self._shift
        return time.strftime(self.suffix, time.gmtime(start))

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


Identity: TypeAlias = tuple[int, int]
"""What tells a file from another that bears its name later: inode and time of the last change."""


def _identity(path: Path) -> Identity:
    status = path.lstat()
    return status.st_ino, status.st_mtime_ns


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
        is_custom_move: Whether ``move`` is a user's, which may add to the name of the destination.
        other_logs: Files that other handlers write to, whatever they are called.
    """

    max_bytes: int = 0
    backup_count: int = 0
    schedule: Schedule | None = None
    archive_name: Callable[[str], str] = field(default=str)
    move: Callable[[str, str], object] = field(default=move)
    is_custom_move: Callable[[], bool] = field(default=bool)
    other_logs: Callable[[], Collection[Path]] = field(default=tuple)
    _made: list[dict[Path, Identity]] = field(default_factory=list)
    """Archives whose names do not tell whose they are: those that this handler made."""

    def is_due(self, status: os.stat_result, length: int) -> bool:
        """Whether a file is to be put away before ``length`` more bytes are written to it."""
        if not status.st_size or not stat.S_ISREG(status.st_mode):
            return False
        if 0 < self.max_bytes < status.st_size + length and (self.backup_count > 0 or self.schedule):
            return True
        return self.schedule is not None and self.schedule.is_over(status.st_mtime, real_time.file_clock())

    def put_away(self, path: Path, status: os.stat_result) -> None:
        """Move the file at ``path``, whose lock is held, and delete archives beyond ``backup_count``."""
        archives = Archives(path, self.archive_name)
        if self.schedule is not None:
            made = self._date(path, archives, self.schedule.name(status.st_mtime), self.schedule)
        elif self.backup_count > 0:
            made = self._shift(path, archives)
        else:
            return
        if self.is_custom_move():  # what it made may be readable by more than the file was
            for form in forms_of(made):
                take_over_rights(str(form), status)

    def _shift(self, path: Path, archives: Archives) -> Path:
        names = [archives.named(str(number)) for number in range(1, self.backup_count + 1)]
        if not archives.are_told_apart("1", "2") or not {*self.other_logs()}.isdisjoint(names):
            return self._remember(self._move(path, names[0]))
        # A gap, left by a process that was killed half-way, is filled first: nothing is deleted before there is need.
        last = next((at for at, name in enumerate(names) if not forms_of(name)), len(names) - 1)
        for oldest in forms_of(names[last]):
            oldest.unlink()
        for at in range(last, 0, -1):
            names[at].parent.mkdir(parents=True, exist_ok=True)
            for place in forms_of(names[at - 1]):
                place.replace(f"{names[at]}{str(place).removeprefix(str(names[at - 1]))}")
        return self._move(path, names[0])

    def _date(self, path: Path, archives: Archives, date: str, schedule: Schedule) -> Path:
        others = self.other_logs()
        there = [one for one in archives.dated(date, schedule.formats) if one.path not in others]
        moments = [moment for found, moment in dates_in(date, schedule.formats) if found == date]
        numbers = [one.number for one in there if one.date in moments]
        made = self._move(path, archives.named(f"{date}.{max(numbers) + 1}" if numbers else date))
        if not archives.are_told_apart(date, schedule.name(0)) or not archives.knows(made, schedule.formats):
            return self._remember(made)
        if self.backup_count > 0:
            for old in there[: max(0, len(there) + 1 - self.backup_count)]:
                old.path.unlink()
        return made

    def _remember(self, made: Path) -> Path:
        """Keep in mind an archive whose name may be anybody's: of such, only those put there by this handler go."""
        self._made.append({form: _identity(form) for form in forms_of(made)})
        while 0 < self.backup_count < len(self._made):
            for form, identity in self._made.pop(0).items():
                if os.path.lexists(form) and _identity(form) == identity:
                    form.unlink()
        return made

    def _move(self, path: Path, name: Path) -> Path:
        """Move the file to a name, or to one like it that is free; where it is then."""
        name.parent.mkdir(parents=True, exist_ok=True)
        while True:
            free = free_name(name, self.other_logs(), whatever_follows=self.is_custom_move())
            try:
                self.move(str(path), str(free))
            except FileExistsError:  # another log's handler was faster
                if self.is_custom_move():
                    raise
                continue
            return free
