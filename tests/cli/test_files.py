"""`runlog files`."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def kept(start):
    Path("weights.txt").write_text("1234", encoding="utf-8")
    with start() as run:
        run.upload_file("models/weights.txt", "weights.txt")
        run.upload_file("notes.txt", "weights.txt")
    return run


def test_files_are_listed_with_size_and_hash(call, kept):
    rows = [line.split() for line in call("files", "-1").lines[1:]]
    assert rows == [["models/weights.txt", "4", "B", "03ac674216f3"], ["notes.txt", "4", "B", "03ac674216f3"]]


def test_a_download_has_the_folders_of_the_names(call, kept):
    ended = call("files", "-1", "--download", "copies")
    assert ended.lines == [str(Path("copies/models/weights.txt")), str(Path("copies/notes.txt"))]
    assert Path("copies/models/weights.txt").read_text(encoding="utf-8") == "1234"


def test_a_run_without_files_has_an_empty_list(call, start):
    start().complete()
    assert len(call("files", "-1").lines) == 1


def test_a_run_without_files_says_where_its_pictures_are(call, start):
    run = start()
    run.complete()
    for arguments in (("files", run.id), ("files", run.id, "-d", "out")):
        assert f"runlog metrics {run.id} --download" in call(*arguments).err
