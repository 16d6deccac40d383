"""What the name of a log leads to: a file behind links, or a descriptor that this process has open."""

from __future__ import annotations

import os
import re
from pathlib import Path

_MOST_LINKS = 40
_STREAMS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


def led_to(path: Path) -> Path | int:
    """The file that a name means once its links are followed, or the number of a descriptor.

    ``/dev/stdout`` and its like are descriptors: to open them anew fails where the pipe or terminal is another user's,
    and overwrites what others print where they are a file. Folders are left as they are named.
    """
    for _ in range(_MOST_LINKS):
        number = _descriptor(str(path))
        if number is not None:
            return number
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return path


def _descriptor(name: str) -> int | None:
    if name in _STREAMS:
        return _STREAMS[name]
    found = re.fullmatch(rf"/(?:dev|proc/(?:self|thread-self|{os.getpid()}))/fd/(\d+)", name)
    return int(found[1]) if found else None
