"""The files that a log was put away in: what they are called, which are there, and which name is free.

Names are made by the ``namer`` of a handler, which may do anything: give all archives one name, leave out the date or
the number, name a folder that is not there, or a file that is somebody else's. So a name is taken only where nothing
is, and a file counts as an archive of this log only where the namer would call it so, and no other log's archive.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from runlog.handlers.file_rights import take_over_rights

COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip", ".7z", ".br", ".Z")
"""What compressors append to the name of a file that they take the place of."""
_DIRECTIVES = {"Y": r"\d{4}", "j": r"\d{3}", **dict.fromkeys("ymdHMSUWI", r"\d\d"), **dict.fromkeys("aAbBp", r"\w+")}


class Archive(NamedTuple):
    """A file that was put away; they sort by age."""

    date: tuple[int, ...]
    number: int
    path: Path


class Archives:
    """The archives of one log.

    Args:
        path: of the log.
        namer: makes another name out of the usual one.
    """

    def __init__(self, path: Path, namer: Callable[[str], str]) -> None:
        self._path = path
        self._namer = namer

    def named(self, suffix: object) -> Path:
        """Where the archive with a suffix (a number, or a date) belongs."""
        return self._named(f"{self._path}.{suffix}")

    def are_told_apart(self, suffix: str, other: str) -> bool:
        """Whether names say which log an archive is of, and which of its archives it is.

        Args:
            suffix: of an archive.
            other: of another one.
        """
        name = self.named(suffix)
        if name == self._path or name == self.named(other):
            return False
        try:
            return name != self._named(f"{self._path.with_name(f'other-{self._path.name}')}.{suffix}")
        except Exception:  # a namer that knows this log alone
            return True

    def dated(self, date: str, formats: tuple[str, ...]) -> list[Archive]:
        """The archives that are there, the oldest first.

        Args:
            date: of one of them, for whose sake the folder is known.
            formats: ``strftime`` formats of dates.
        """
        folder = self.named(date).parent
        places = list(folder.iterdir()) if folder.is_dir() else []
        return sorted(archive for place in places for archive in self._recognised(place, formats))

    def knows(self, place: Path, formats: tuple[str, ...]) -> bool:
        """Whether the name of a dated archive says that it is one."""
        return any(self._recognised(place, formats))

    def _recognised(self, place: Path, formats: tuple[str, ...]) -> Iterator[Archive]:
        """The archive at a place; nothing where this log's archives are called otherwise."""
        names = [place, place.with_suffix("")] if place.suffix in COMPRESSED else [place]
        for name in names:
            for date, moment in dates_in(name.name, formats):
                number = self._number(name, date)
                if number is not None:
                    yield Archive(moment, number, place)
                    return

    def _number(self, place: Path, date: str) -> int | None:
        first = self.named(date)
        if place == first:
            return 0
        for number in re.findall(r"\d+", place.name.replace(date, "")):
            if place in {self.named(f"{date}.{number}"), Path(f"{first}.{number}")}:
                return int(number)
        return None

    def _named(self, usual: str) -> Path:
        return Path(os.path.abspath(self._namer(usual)))  # noqa: PTH100 - resolves no links, which may be archives


def move(source: str, target: str) -> None:
    """Move a file to a name that nothing bears, also to another file system.

    Raises:
        FileExistsError: something bears it by now.
        OSError: the file can't be moved.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # nobody else takes the name from here on
    try:
        try:
            Path(source).replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy(source, target)
    except BaseException:
        Path(target).unlink()
        raise


def _copy(source: str, target: str) -> None:
    import shutil

    shutil.copy2(source, target)
    take_over_rights(target, Path(source).stat())
    Path(source).unlink()


def forms_of(name: Path) -> list[Path]:
    """What is there under a name: the file itself, and compressed ones that took its place."""
    return [place for place in (name, *(Path(f"{name}{end}") for end in COMPRESSED)) if os.path.lexists(place)]


def free_name(name: Path, others: Collection[Path] = (), *, whatever_follows: bool) -> Path:
    """The name itself where nothing bears it, else with the first number that makes it so.

    Args:
        name: that is wished for.
        others: names that are taken, whether something bears them or not.
        whatever_follows: a file with more behind the name takes it, too: a rotator may append anything.
    """
    there = [one.name for one in name.parent.iterdir()] if whatever_follows else []
    for candidate in itertools.chain([name], (Path(f"{name}.{number}") for number in itertools.count(1))):
        if candidate in others or forms_of(candidate):
            continue
        if not any(one.startswith(f"{candidate.name}.") for one in there):
            return candidate
    raise AssertionError(name)


def dates_in(name: str, formats: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Dates in a name, each as it stands there and as numbers."""
    for form in formats:
        for date in re.findall(_pattern(form), name):
            try:
                moment = time.strptime(date, form)
            except ValueError:  # digits that are no date
                continue
            yield date, tuple(moment[:6])


def _pattern(form: str) -> str:
    """A regular expression for what a ``strftime`` format writes."""
    parts = re.split(r"%(.)", form)
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = (_DIRECTIVES.get(letter, ".+?") for letter in parts[1::2])
    return "".join(parts)
