"""What becomes of a writer's files when it closes: one small file, or a sealed segment for each stream."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runlog.journal.files import pack_name
from runlog.journal.format import HEADER_SIZE
from runlog.journal.lock import WriterLock
from runlog.journal.losses import Losses
from runlog.journal.overflow import OverflowFile
from runlog.journal.segment import Segment, fits_pack, pack_segments


def put_away(
    folder: Path,
    writer_id: str,
    ends: Sequence[tuple[Segment, int]],
    losses: Losses,
    lock: WriterLock | None,
    overflow: OverflowFile | None,
) -> None:
    """Pack or seal the last segment of each stream, and remove the lock. No descriptor stays open, whatever fails.

    Args:
        folder: of the run.
        writer_id: of the writer.
        ends: the segments, each with the end of its data; one with nothing in it is removed.
        losses: which stand in one of them.
        lock: of the writer.
        overflow: its overflow stream.

    Raises:
        OSError: the files stay as a killed writer's do, with its lock: readable, and for whoever recovers the run.
    """
    try:
        _seal(folder, writer_id, ends, losses)
        if lock is not None:
            lock.remove()
    finally:
        for segment, _ in ends:
            segment.release()
        if overflow is not None:
            overflow.close()
        if lock is not None:
            lock.drop()


def _seal(folder: Path, writer_id: str, ends: Sequence[tuple[Segment, int]], losses: Losses) -> None:
    used = [(one, end) for one, end in ends if end > HEADER_SIZE or losses.are_in(one)]
    for segment, _ in ends:
        if all(segment is not one for one, _ in used):
            segment.abandon()
    only = all(segment.header.segment == 0 for segment, _ in used)
    if used and only and fits_pack(sum(end for _, end in used)):
        pack_segments(folder / pack_name(writer_id), used)
    else:
        for segment, end in used:
            segment.seal(end)
