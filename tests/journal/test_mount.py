"""How a folder is written to is decided by its file system, or by RUNLOG_JOURNAL."""

from __future__ import annotations

import pytest

from runlog.errors import ConfigurationError
from runlog.journal import mount
from runlog.journal.format import Mode
from runlog.journal.mount import file_system, mode_for


@pytest.fixture(autouse=True)
def no_memory_of_devices(monkeypatch):
    monkeypatch.setattr(mount, "_known", {})


@pytest.mark.parametrize(("wish", "mode"), [("append", Mode.APPEND), ("mmap", Mode.MMAP), ("MMAP", Mode.MMAP)])
def test_the_variable_decides_where_it_is_set(tmp_path, monkeypatch, wish, mode):
    monkeypatch.setenv("RUNLOG_JOURNAL", wish)
    assert mode_for(tmp_path) is mode


def test_a_wrong_value_of_the_variable_is_refused_with_its_value_and_the_right_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNLOG_JOURNAL", "fast")
    with pytest.raises(ConfigurationError, match=r"'fast'.*mmap.*append"):
        mode_for(tmp_path)


def mounts(tmp_path, monkeypatch, *lines):
    """A table of mounts as Linux shows it: each line is (mount point, type)."""
    table = tmp_path / "mountinfo"
    table.write_text("".join(f"36 35 98:0 / {point} rw shared:1 - {kind} /dev/x rw\n" for point, kind in lines))
    monkeypatch.setattr(mount, "_MOUNTS", table)
    monkeypatch.setattr(mount.sys, "platform", "linux")


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *((kind, Mode.MMAP) for kind in ("ext4", "xfs", "overlay")),
        *(
            (kind, Mode.APPEND)
            for kind in ("btrfs", "zfs", "tmpfs", "nfs4", "fuse.sshfs", "9p", "virtiofs", "never-heard")
        ),
    ],
)
def test_only_file_systems_that_keep_the_blocks_they_gave_are_mapped(tmp_path, monkeypatch, kind, mode):
    mounts(tmp_path, monkeypatch, ("/", kind))
    assert mode_for(tmp_path) is mode


def test_the_innermost_mount_counts_and_of_two_on_one_point_the_later(tmp_path, monkeypatch):
    inner = tmp_path / "a folder"
    inner.mkdir()
    spelled = str(inner).replace(" ", r"\040")
    mounts(tmp_path, monkeypatch, ("/", "ext4"), (spelled, "xfs"), (spelled, "nfs"), (f"{spelled}er", "zfs"))
    assert file_system(inner) == "nfs"
    assert file_system(tmp_path) == "ext4"


def test_where_the_system_does_not_tell_records_are_appended(tmp_path, monkeypatch):
    monkeypatch.setattr(mount, "_MOUNTS", tmp_path / "absent")
    assert mode_for(tmp_path) is Mode.APPEND
