"""A disk that is full, absent or taken away: the program goes on, and what could not be kept is counted."""

from __future__ import annotations

import errno
import json
import os
import shutil

import pytest

from runlog.journal.format import Mode
from runlog.journal.reader import RunJournal
from runlog.journal.segment import Segment
from support.journal_files import read_folder, read_only
from support.small_disks import fill, small_disk
from support.writers import MODES, Logger

LOGS_UNTIL_STOPPED = """
import json, resource, sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
from support.writers import Logger, MODES
folder, mode, limit, points, payload, end = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
logger = Logger(Path(folder), mode=MODES.get(mode))
events = int(points) // 10
for number in range(int(points)):
    logger.log("name", float(number), "", number)
    if number % 10 == 0:
        logger.append(b"%08d" % (number // 10) + b"." * int(payload))
    if number % 1000 == 0:
        logger.log(f"new {{number}}", number)
if end == "close":
    logger.close()
else:
    logger.writer.tick()
    assert logger.writer.problem is not None
lost = logger.writer.lost
print(json.dumps([int(points) + int(points) // 1000, events, *lost, str(logger.writer.problem)]), flush=True)
if end == "exit":
    import os
    os._exit(0)
"""


@pytest.fixture
def log_much(run_script, repository):
    """Logs in another process; gives what it tried to log, and what its writer says it lost."""
    code = LOGS_UNTIL_STOPPED.format(tests=str(repository / "tests"))

    def run(folder, *, mode="", limit=0, points=30_000, payload=100, end="close"):
        done = run_script(code, str(folder), mode, str(limit), str(points), str(payload), end)
        return json.loads(done.stdout)

    return run


def check_losses(folder, told, *, losses=True):
    """What is read and what was counted as lost make up what was tried; and the count is on the disk."""
    points, events, lost_points, lost_events, problem = told
    written = read_only(folder)
    assert len(written.points) == points - lost_points
    assert len(written.events) == events - lost_events
    assert written.lost == (lost_points, lost_events)
    assert written.holes == 0
    if losses:
        assert lost_points > 0
        assert problem != "None"
    journal = RunJournal(folder)
    assert sum(len(columns) for columns in journal.points()) == points - lost_points
    assert sum(1 for _ in journal.events()) == events - lost_events
    assert [tuple(writer.lost) for writer in journal.writers] == [(lost_points, lost_events)]
    assert not journal.damage, list(journal.damage)


@pytest.mark.parametrize("mode", sorted(MODES))
@pytest.mark.parametrize("end", ["close", "exit"])
@pytest.mark.parametrize(
    ("limit", "points"), [(700, 5_000), (5_000, 5_000), (300_000, 20_000), (1_048_576, 80_000), (1_500_000, 100_000)]
)
def test_a_limit_on_file_sizes_costs_records_that_are_counted(log_much, tmp_path, mode, end, limit, points):
    told = log_much(tmp_path / "run", mode=mode, limit=limit, points=points, payload=300, end=end)
    check_losses(tmp_path / "run", told)


def test_a_limit_below_the_header_loses_everything_and_says_so(log_much, tmp_path):
    points, events, *lost, problem = log_much(tmp_path / "run", limit=100, points=2_000)
    assert lost == [points, events]
    assert "File too large" in problem
    assert read_folder(tmp_path / "run") == {}


@pytest.mark.parametrize("kind", ["tmpfs", "ext4", "xfs", "btrfs"])
@pytest.mark.parametrize("end", ["close", "exit"])
def test_a_disk_that_fills_up_costs_records_that_are_counted_and_never_the_process(log_much, tmp_path, kind, end):
    with small_disk(tmp_path, kind, 16) as disk:
        fill(disk, leave=3 << 20)
        told = log_much(disk / "run", points=100_000, payload=500, end=end)
        check_losses(disk / "run", told)


@pytest.mark.parametrize("leave", [0, 4096, 40_000, 600_000])
def test_a_mapped_file_on_a_disk_without_space_never_stops_the_process(log_much, tmp_path, leave):
    with small_disk(tmp_path, "ext4", 16) as disk:
        (disk / "run").mkdir()
        fill(disk, leave=leave)
        points, events, *lost, problem = log_much(disk / "run", mode="mmap", points=50_000, payload=500)
        written = list(read_folder(disk / "run").values())
        assert sum(len(one.points) for one in written) == points - lost[0]
        assert sum(len(one.events) for one in written) == events - lost[1]
        assert "No space left" in problem
        assert all(one.lost == tuple(lost) for one in written if one.points or one.events)


@pytest.mark.parametrize("mode", sorted(MODES))
def test_records_are_kept_again_once_there_is_space(tmp_path, mode):
    with small_disk(tmp_path, "ext4", 16) as disk:
        logger = Logger(disk / "run", mode=MODES[mode])
        logger.append(b"first")
        ballast = fill(disk)
        kept = [logger.append(b"%08d" % number + b"." * 2000) for number in range(5_000)]
        assert not all(kept)
        ballast.unlink()
        again = [logger.append(b"again %d" % number) for number in range(3_000)]
        logger.close()
        assert all(again)
        written = read_only(disk / "run")
        assert len(written.events) == 1 + sum(kept) + 3_000
        assert written.lost == (0, kept.count(False))
        assert written.holes == 0


def test_zeros_that_are_on_their_way_when_the_disk_is_full_wipe_nothing_out(tmp_path, monkeypatch):
    zero_to = Segment.zero_to

    def full(segment, end):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Segment, "zero_to", full)
    logger = Logger(tmp_path, mode=Mode.MMAP)
    kept = [logger.append(b"%08d" % number + b"." * 700) for number in range(1_200)]  # of a mapped segment's first MiB
    assert all(kept)
    segment = logger.writer._events.current
    assert logger.writer._events.through_file
    zero_to(segment, segment.size)  # another thread, which found space again
    written = read_only(tmp_path)
    assert len(written.events) == 1_200
    assert written.holes == 0
    logger.close()


def test_a_file_where_the_folder_should_be_loses_everything_and_says_so(tmp_path):
    (tmp_path / "run").write_text("not a folder")
    logger = Logger(tmp_path / "run")
    for number in range(100):
        logger.log("name", float(number))
        assert not logger.append(b"event")
    assert logger.writer.lost == (100, 100)
    assert isinstance(logger.writer.problem, FileExistsError | NotADirectoryError)
    logger.close()
    assert (tmp_path / "run").read_text() == "not a folder"


def test_a_folder_that_can_be_made_later_is_made_later(tmp_path, monkeypatch):
    monkeypatch.setattr("runlog.journal.writer.RETRY_AFTER", 0.0)
    (tmp_path / "run").write_text("not a folder")
    logger = Logger(tmp_path / "run")
    logger.log("name", 0.0)
    (tmp_path / "run").unlink()
    logger.log("name", 1.0)
    logger.close()
    written = read_only(tmp_path / "run")
    assert (written.values("name"), written.lost) == ([1.0], (1, 0))


def test_losses_are_on_the_disk_even_if_nothing_else_is(tmp_path):
    logger = Logger(tmp_path, mode=Mode.APPEND)
    logger.append(b"event")
    logger.writer.count_lost(points=5)
    logger.close()
    assert read_only(tmp_path).lost == (5, 0)


@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_folder_removed_in_mid_run_is_noticed_and_stops_nothing(tmp_path, mode):
    logger = Logger(tmp_path / "run", mode=MODES[mode])
    logger.log("name", 0.0)
    shutil.rmtree(tmp_path / "run")
    for number in range(40_000):
        logger.log("name", float(number))
        logger.append(b"." * 100)
    logger.writer.tick()
    assert isinstance(logger.writer.problem, FileNotFoundError)
    logger.close()
    assert not (tmp_path / "run").exists()


def test_a_write_that_was_cut_short_leaves_nothing_behind_the_last_whole_record(log_much, tmp_path):
    told = log_much(tmp_path / "run", mode="append", limit=10_007, points=3_000, payload=1_001, end="exit")
    check_losses(tmp_path / "run", told)
    events = next((tmp_path / "run").glob("*-events-*.open"))
    assert events.stat().st_size % 8 == 0


@pytest.mark.parametrize("mode", sorted(MODES))
@pytest.mark.parametrize("noticed", ["in mid-run", "at the end"])
def test_what_stood_in_files_that_were_removed_is_counted(tmp_path, mode, noticed):
    logger = Logger(tmp_path / "run", mode=MODES[mode])
    for number in range(100):
        logger.log("name", float(number))
        logger.append(b"event %d" % number)
    logger.log("another name " + "x" * 100, 1)
    shutil.rmtree(tmp_path / "run")
    if noticed == "in mid-run":
        logger.writer.tick()
        assert logger.writer.lost == (101, 100)
    logger.log("name", 1.0)
    logger.append(b"event")
    logger.close()
    assert logger.writer.lost == (102, 101)
    assert isinstance(logger.writer.problem, FileNotFoundError)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_folder_that_is_moved_in_mid_run_keeps_what_is_logged(tmp_path, mode):
    logger = Logger(tmp_path / "run", mode=MODES[mode])
    logger.log("name", 0.0)
    (tmp_path / "run").rename(tmp_path / "moved")
    for number in range(1, 20_000):
        logger.log("name", float(number))
    logger.writer.tick()
    logger.close()
    assert logger.writer.lost == (0, 0)
    assert read_only(tmp_path / "moved").values("name") == list(range(20_000))


@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_copy_in_the_place_of_the_folder_is_left_as_it_is(tmp_path, mode):
    logger = Logger(tmp_path / "run", mode=MODES[mode])
    logger.log("name", 0.0)
    (tmp_path / "run").rename(tmp_path / "moved")
    shutil.copytree(tmp_path / "moved", tmp_path / "run")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.suffix == ".open"}
    for number in range(1, 1_000):
        logger.log("name", float(number))
    logger.writer.tick()
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.suffix == ".open"} == before
    assert read_only(tmp_path / "moved").values("name") == list(range(1_000))
    logger.close()
    assert logger.writer.lost == (0, 0)
