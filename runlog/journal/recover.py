"""Sealing what a dead writer left open: it takes no more room than it needs, and damage shows from then on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from runlog.errors import JournalError
from runlog.journal.damage import Damage
from runlog.journal.decode import slots_in_use
from runlog.journal.files import lock_name
from runlog.journal.format import HEADER_SIZE, POINT_SIZE, EventFlag, Stream
from runlog.journal.image import Image, SegmentFile, load
from runlog.journal.liveness import Liveness
from runlog.journal.lock import held_for_dead
from runlog.journal.reader import RunJournal
from runlog.journal.scan import EventScan
from runlog.journal.segment import seal_file

_logger = logging.getLogger("runlog.journal")


def seal_dead_writers(folder: Path) -> list[Path]:
    """Seal the open segments of each writer in a run's folder whose process is dead, holding the writer's lock.

    A writer is touched only if its death is proven (same host and boot, or no sign of life for 120 s on this host) and
    its lock can be taken; while it is held, readers take the writer for alive. The lock file stays: it tells that the
    writer did not close its files. Checksums vouch for what the segments hold now; holes and damage are kept as they
    are. The overflow stream is never sealed.

    Args:
        folder: of the run.

    Returns:
        the sealed files. A segment that can't be read, or has no room for its checksums, stays open and readable.

    Raises:
        JournalError: the folder can't be listed.
    """
    sealed: list[Path] = []
    for files in RunJournal(folder).writers:
        if files.liveness() is not Liveness.DEAD:
            continue
        with held_for_dead(folder / lock_name(files.writer_id)) as held:
            if held:
                sealed += _seal_writer(folder, files.writer_id)
    return sealed


def _seal_writer(folder: Path, writer: str) -> Iterator[Path]:
    journal = RunJournal(folder)  # listed under the lock: somebody else may have sealed meanwhile
    for files in journal.writers:
        if files.writer_id == writer:
            for segment in files.segments.values():
                if not segment.sealed and segment.stream is not Stream.OVERFLOW:
                    try:
                        image = load(segment, writer, live=False)
                        if image is not None:
                            yield _seal(segment, image)
                    except (JournalError, OSError) as error:
                        _logger.warning("%s stays open: it can't be sealed: %s", segment.path, error)


def _seal(segment: SegmentFile, image: Image) -> Path:
    if image.footer is not None:  # its writer died between sealing and renaming
        return segment.path.rename(segment.path.with_suffix(".seal"))
    if segment.stream is Stream.POINTS:
        return seal_file(segment.path, HEADER_SIZE + POINT_SIZE * slots_in_use(image.data[HEADER_SIZE:]), [])
    scan = EventScan(image, Damage())
    states = [frame.position for frame in scan if frame.flags & EventFlag.STATE]
    used = len(image.data.rstrip(b"\0")) + 7 & -8
    return seal_file(segment.path, scan.reached if scan.is_unfinished else max(scan.reached, used), states)
