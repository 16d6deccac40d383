"""The lock that shows that a writer lives."""

from __future__ import annotations

import os
import threading

import pytest

from runlog.journal.files import lock_name
from runlog.journal.lock import WriterLock

fcntl = pytest.importorskip("fcntl")


def test_a_lock_file_is_never_seen_before_it_is_held(tmp_path):
    """A reader that holds it for a moment, to see whether it is held, must not keep its writer from taking it."""
    writers = [f"{number:012d}" for number in range(300)]
    done = threading.Event()

    def probe_all():
        while not done.is_set():
            for name in os.listdir(tmp_path):
                if name.endswith(".lock"):
                    fd = os.open(tmp_path / name, os.O_RDONLY)
                    try:
                        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
                        free.append(name)
                    except BlockingIOError:
                        pass
                    finally:
                        os.close(fd)

    free: list[str] = []
    reader = threading.Thread(target=probe_all)
    reader.start()
    locks = [WriterLock(tmp_path, writer) for writer in writers]
    done.set()
    reader.join()
    assert free == []
    assert sorted(os.listdir(tmp_path)) == sorted(map(lock_name, writers))
    for lock in locks:
        lock.remove()
    assert os.listdir(tmp_path) == []


def test_a_lock_that_can_not_be_made_leaves_nothing_behind(tmp_path):
    (tmp_path / lock_name("w" * 12)).mkdir()
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    with pytest.raises(OSError, match="Is a directory"):
        WriterLock(tmp_path, "w" * 12)
    assert os.listdir(tmp_path) == [lock_name("w" * 12)]
    if before:
        assert len(os.listdir("/proc/self/fd")) == before
