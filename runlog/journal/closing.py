"""What becomes of a writer's segments when it closes: one small file, or a sealed one for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runlog.journal.files import pack_name
from runlog.journal.format import HEADER_SIZE
from runlog.journal.losses import Losses
from runlog.journal.segment import Segment, fits_pack, pack_segments


def put_away(folder: Path, writer_id: str, ends: Sequence[tuple[Segment, int]], losses: Losses) -> None:
    """Pack or seal the last segment of each stream; one with nothing in it is removed.

    Args:
        folder: of the run.
        writer_id: of the writer.
        ends: the segments, each with the end of its data.
        losses: which stand in one of them.

    Raises:
        OSError: a segment stays as it is, ``.open`` and readable.
    """
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
