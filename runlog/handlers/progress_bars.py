"""Writing to a terminal on which tqdm draws progress bars."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def around_bars(stream: Any) -> AbstractContextManager[Any]:
    """A block in which ``stream`` may be written to: tqdm's bars are cleared before and drawn again after.

    tqdm is never imported: where it is not, there are no bars.
    """
    module = sys.modules.get("tqdm.std")
    bar = getattr(module, "tqdm", None)
    if bar is None or not getattr(bar, "_instances", None):
        return nullcontext()
    block: AbstractContextManager[Any] = bar.external_write_mode(file=stream)
    return block
