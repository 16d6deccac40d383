"""What is said to help where not everything can be kept."""

from __future__ import annotations

import errno

import pytest

from runlog.writing.remedies import remedy_for


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EROFS, "right to write"),
        (errno.EMFILE, "ulimit -n"),
        (errno.EFBIG, "ulimit -f"),
        (errno.EIO, "Mend that, or start runs elsewhere with RUNLOG_URI"),
    ],
)
def test_a_fault_of_the_disk_has_the_remedy_that_fits_it(number, told):
    assert told in remedy_for(OSError(number, "no"))


def test_a_fault_that_is_not_known_has_one_too():
    assert "RUNLOG_URI" in remedy_for(None)
    assert "RUNLOG_URI" in remedy_for(OSError("no number"))
