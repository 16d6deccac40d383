"""A file that somebody writes to, followed by its name: through rotation, truncation and its absence."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import BinaryIO

from runlog.capturing.lines import LineBuffer
from runlog.sources.rotated_files import Identity, identity_of, rotated_files, rotated_identities

CHUNK = 1 << 16
_WITH_MARK = ("utf-16", "utf-32")
"""Encodings whose first bytes say how the others are read."""


class FollowedFile:
    """Reads what is new in a file each time it is asked.

    The file is kept open, so that its inode is given to no other. Where another file has got the name, the old one is
    read to its end first, then those that were rotated meanwhile, by their age, then the new one from its beginning.

    Args:
        path: of the file, which may not exist yet.
        encoding: of its text; bytes that are none are kept with backslashes.
        lines: gets the text.
        from_start: read what is in it already.
    """

    def __init__(self, path: Path, encoding: str, lines: LineBuffer, *, from_start: bool) -> None:
        self._path = path
        self._encoding = encoding
        self._lines = lines
        self._file: BinaryIO | None = None
        self._identity: Identity = (0, 0)
        self._decoder = self._new_decoder()
        self._moved = False
        file = _opened(path)
        self._known = rotated_identities(path)
        if file is not None:
            self._take(file, at_end=not from_start)

    def read_new(self) -> None:
        """Hand over what was written since the last time. Raises OSError where the file can't be read."""
        if self._file is None:  # and it may have been rotated before it was looked at
            self._change_over()
            return
        self._read_on()
        if not self._has_moved():
            self._moved = False
        elif self._moved:  # one look later: its writer may have had it open still
            self._moved = False
            self._change_over()
        else:
            self._moved = True

    def close(self) -> None:
        """Hand over what is left, a line without its end too, and close the file."""
        try:
            self._read_on()
            if self._has_moved():
                self._change_over()
            self._read_on()
        finally:
            self._end_file()

    def _take(self, file: BinaryIO, *, at_end: bool = False) -> None:
        """Follow this file from now on."""
        self._file = file
        self._identity = identity_of(os.fstat(file.fileno()))
        self._decoder = self._new_decoder()
        if at_end:
            if self._encoding.lower().replace("_", "-") in _WITH_MARK:
                self._decoder.decode(file.read(len(codecs.BOM_UTF32) if "32" in self._encoding else 2))
            file.seek(0, os.SEEK_END)

    def _read_on(self) -> None:
        file = self._file
        if file is None:
            return
        if os.fstat(file.fileno()).st_size < file.tell():  # somebody emptied it
            self._end_text()
            file.seek(0)
        while data := file.read(CHUNK):
            self._lines.feed(self._decoder.decode(data))

    def _has_moved(self) -> bool:
        try:
            return identity_of(self._path.stat()) != self._identity
        except FileNotFoundError:
            return True

    def _change_over(self) -> None:
        """Leave the old file for those that came after it."""
        new = _opened(self._path)  # before the others are listed: those that were written before it are all there
        try:
            with rotated_files(self._path, self._known | {self._identity}) as listing:
                found = [one.identity for one in listing.unknown]
                current = None if new is None else identity_of(os.fstat(new.fileno()))
                # Where it was rotated meanwhile, what came after it is for later.
                end = found.index(current) if current in found else len(found)
                self._end_file()
                for one in listing.unknown[:end]:
                    self._read_whole(one.file)
                self._known = listing.identities - set(found[end:])
        except BaseException:
            if new is not None:
                new.close()
            raise
        if new is not None:
            self._take(new)
            self._read_on()

    def _read_whole(self, file: BinaryIO) -> None:
        decoder = self._new_decoder()
        while data := file.read(CHUNK):
            self._lines.feed(decoder.decode(data))
        self._lines.feed(decoder.decode(b"", final=True))
        self._lines.flush()

    def _end_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            self._end_text()
            file.close()

    def _end_text(self) -> None:
        self._lines.feed(self._decoder.decode(b"", final=True))
        self._decoder = self._new_decoder()
        self._lines.flush()

    def _new_decoder(self) -> codecs.IncrementalDecoder:
        return codecs.getincrementaldecoder(self._encoding)("backslashreplace")


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None
