"""Files below a folder: links, pipes and devices in it lead nowhere, and nobody waits for them."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from runlog.checks.files import open_below, place_below, read_below, regular_files_below, status_below
from runlog.errors import WrongValueError
from runlog.journal.open_file import open_regular, read_regular


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder, beside which something lies that nobody may reach through it."""
    found = tmp_path / "folder"
    (found / "deep").mkdir(parents=True)
    (found / "deep/file").write_bytes(b"content")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/file").write_bytes(b"secret")
    return found


def test_a_file_below_a_folder_is_read(folder):
    assert read_below(folder, "deep/file") == b"content"
    assert status_below(folder, "deep/file").st_size == 7


def test_no_more_is_read_than_is_asked_for(folder):
    assert read_below(folder, "deep/file", 3) == b"con"


@pytest.mark.parametrize(
    "name", ["../secret/file", "deep/../../secret/file", "/etc/passwd", "", "deep//file", "deep/."]
)
def test_a_name_that_leads_out_is_refused(folder, name):
    with pytest.raises(WrongValueError, match="can't be a file's path"):
        open_below(folder, name)


def test_a_link_in_the_place_of_a_file_is_not_followed(folder):
    (folder / "deep/link").symlink_to(folder.parent / "secret/file")
    with pytest.raises(OSError, match="links are not followed"):
        open_below(folder, "deep/link")
    assert status_below(folder, "deep/link") is None


def test_a_link_in_the_place_of_a_folder_is_not_followed(folder):
    (folder / "link").symlink_to(folder.parent / "secret")
    with pytest.raises(OSError, match="links are not followed"):
        open_below(folder, "link/file")
    assert status_below(folder, "link/file") is None


def test_a_link_to_a_file_of_the_same_folder_is_not_followed_either(folder):
    (folder / "link").symlink_to("deep/file")
    with pytest.raises(OSError, match="links are not followed"):
        open_below(folder, "link")


def test_the_folder_itself_may_be_reached_by_links(folder, tmp_path):
    (tmp_path / "elsewhere").symlink_to(folder)
    assert read_below(tmp_path / "elsewhere", "deep/file") == b"content"


def test_nobody_waits_for_the_other_end_of_a_pipe(folder):
    os.mkfifo(folder / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        open_below(folder, "pipe")
    with pytest.raises(OSError, match="no regular file"):
        open_regular(folder / "pipe", os.O_RDWR)
    assert status_below(folder, "pipe") is None


def test_sockets_and_folders_are_no_files(folder):
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(folder / "socket"))
        with pytest.raises(OSError):
            open_below(folder, "socket")
    with pytest.raises(IsADirectoryError):
        open_below(folder, "deep")


def test_a_device_is_no_file():
    with pytest.raises(OSError, match="no regular file"):
        read_regular("/dev/zero")


def test_what_is_not_there_is_told_as_that(folder):
    with pytest.raises(FileNotFoundError):
        open_below(folder, "deep/nothing")
    with pytest.raises(FileNotFoundError):
        open_below(folder, "nowhere/file")
    with pytest.raises(NotADirectoryError):
        open_below(folder, "deep/file/inner")


def test_folders_for_a_new_file_are_made_but_never_behind_a_link(folder):
    made = []
    with place_below(folder, "a/b/new", on_made=lambda one: made.append(os.fstat(one).st_ino)) as place:
        os.close(os.open(place.name, os.O_WRONLY | os.O_CREAT, dir_fd=place.folder))
    assert made == [os.stat(one).st_ino for one in (folder / "a", folder / "a/b")]
    assert (folder / "a/b/new").is_file()
    (folder / "link").symlink_to(folder.parent / "secret")
    with pytest.raises(OSError, match="links are not followed"), place_below(folder, "link/b/new", on_made=made.append):
        pass
    assert os.listdir(folder.parent / "secret") == ["file"]


def test_only_regular_files_are_listed_and_none_behind_links(folder):
    (folder / "link").symlink_to(folder.parent / "secret")
    (folder / "loop").symlink_to(folder)
    (folder / "deep/link").symlink_to(folder.parent / "secret/file")
    os.mkfifo(folder / "pipe")
    (folder / "top").write_bytes(b"")
    assert list(regular_files_below(folder)) == ["deep/file", "top"]
    assert list(regular_files_below(folder / "nowhere")) == []


def test_no_descriptor_stays_open(folder):
    (folder / "link").symlink_to(folder.parent / "secret")
    before = len(os.listdir("/proc/self/fd"))
    for name in ("deep/file", "link/file", "deep/nothing", "deep"):
        status_below(folder, name)
        try:
            open_below(folder, name).close()
        except OSError:
            continue
    assert len(os.listdir("/proc/self/fd")) == before


def test_links_are_not_followed_either_where_no_descriptors_are_left(run_script, folder):
    (folder / "link").symlink_to(folder.parent / "secret")
    code = f"""
    import os, resource
    from pathlib import Path
    from runlog.checks.files import place_below

    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    with place_below(Path({str(folder)!r}), "deep/new/file", on_made=lambda one: None) as place:
        print(place.folder, place.name)
    try:
        with place_below(Path({str(folder)!r}), "link/file"):
            print("followed")
    except OSError as error:
        print(error.strerror)
    """
    lines = run_script(code).stdout.splitlines()
    assert lines == [f"None {folder}/deep/new/file", "it is a link, and links are not followed here"]
