"""A dead writer's segments are sealed under its lock, and read as they did before; a live writer's are never touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runlog.journal.files import lock_name
from runlog.journal.format import HEADER_SIZE, POINT_SIZE
from runlog.journal.liveness import Liveness
from runlog.journal.reader import RunJournal
from runlog.journal.recover import seal_dead_writers
from support.journal_files import read_only
from support.live_writer import payload
from support.writers import LOG, MODES, Logger

fcntl = pytest.importorskip("fcntl")
PROGRAM = Path(__file__).resolve().parents[1] / "support" / "live_writer.py"


@pytest.fixture(params=sorted(MODES))
def killed(request, start_script, tmp_path):
    """The folder of a writer that ended as by a kill, after the given commands."""

    def run(*commands, segment_size=1 << 18):
        process = start_script(PROGRAM, str(tmp_path / "run"), request.param, str(segment_size))
        assert process.stdout.readline() == "ready\n"
        for command in (*commands, "exit"):
            print(command, file=process.stdin, flush=True)
        process.wait()
        assert process.returncode == 9
        return tmp_path / "run"

    return run


def content(folder):
    """All that is read of a folder, and what is damaged in it."""
    journal = RunJournal(folder)
    points = [
        (columns.writer, columns.names, list(columns.series), list(columns.times), columns.values())
        for columns in journal.points()
    ]
    return points, list(journal.events()), list(journal.events(state=True)), str(journal.damage)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("count", [1, 40, 9_000])
def test_what_is_read_of_a_dead_writer_is_the_same_once_it_is_sealed(killed, count):
    folder = killed(f"events 0 {count} 60", f"points 0 {count}", "overflow 0 2")
    before = content(folder)
    sealed = seal_dead_writers(folder)
    assert len(sealed) >= 2
    assert all(path.suffix == ".seal" and path.exists() for path in sealed)
    # The program may end while a segment is made ahead: a file that has no header yet has nothing to seal either.
    left = [path.name for path in folder.glob("*.open") if path.read_bytes()[:HEADER_SIZE].strip(b"\0")]
    assert left == [path.name for path in folder.glob("*-overflow.open")]
    assert content(folder) == before
    assert before[-1] == "none"
    written = read_only(folder)  # strict about footers
    assert written.values("name") == list(range(count))
    assert [event.payload for event in written.events] == [payload(number, 60) for number in range(count)]
    assert len(written.state) == len(range(0, count, 10))


def test_a_sealed_segment_takes_no_more_than_it_holds(killed):
    folder = killed("events 0 10 10", "points 0 10", segment_size=1 << 20)
    sealed = seal_dead_writers(folder)
    assert sum(path.stat().st_size for path in sealed) < 4_096


def test_the_writer_still_counts_as_dead_and_there_is_nothing_left_to_do(killed):
    folder = killed("events 0 10 10")
    assert seal_dead_writers(folder)
    after = files(folder)
    assert [writer.liveness() for writer in RunJournal(folder).writers] == [Liveness.DEAD]
    assert seal_dead_writers(folder) == []
    assert files(folder) == after


@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_live_writers_files_are_never_touched(tmp_path, mode):
    logger = Logger(tmp_path, mode=MODES[mode])
    logger.append(b"first")
    logger.log("name", 1.0)
    before = files(tmp_path)
    assert seal_dead_writers(tmp_path) == []
    assert files(tmp_path) == before
    logger.append(b"second")
    logger.close()
    assert read_only(tmp_path).payloads(LOG) == [b"first", b"second"]


def test_a_writer_whose_lock_somebody_else_took_is_left_to_them(killed):
    folder = killed("events 0 10 10")
    lock = next(folder.glob("*.lock"))
    before = files(folder)
    with lock.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert seal_dead_writers(folder) == []
    assert files(folder) == before


def test_files_without_a_lock_are_left_alone(killed):
    """Their writer closed, or was on a system without locks: nobody can say that it is dead."""
    folder = killed("events 0 10 10")
    next(folder.glob("*.lock")).unlink()
    before = files(folder)
    assert seal_dead_writers(folder) == []
    assert files(folder) == before


def test_a_live_and_a_dead_writer_in_one_folder_are_told_apart(killed):
    folder = killed("events 0 10 10", "points 0 5")
    logger = Logger(folder)
    logger.append(b"alive")
    sealed = seal_dead_writers(folder)
    assert len(sealed) == 2
    assert not any(path.name.startswith(logger.writer.writer_id) for path in sealed)
    assert (folder / lock_name(logger.writer.writer_id)).exists()
    logger.close()


def test_damage_and_holes_are_kept_as_they_are(killed):
    folder = killed("events 0 100 10", "points 0 100")
    for path in folder.glob("*.open"):
        data = bytearray(path.read_bytes())
        at = HEADER_SIZE + 10 * POINT_SIZE
        data[at : at + 4 * POINT_SIZE] = bytes(4 * POINT_SIZE)
        path.write_bytes(data)
    points, events, _, damage = content(folder)
    assert len(points[0][-1]) == 96
    assert len(events) < 100
    assert len(seal_dead_writers(folder)) == 2
    assert content(folder)[0] == points
    assert content(folder)[1] == events
    assert content(folder)[3] == damage == "4 holes, 1 damaged events"


def test_what_a_kill_left_unfinished_is_cut_off_and_damage_at_the_end_is_kept(killed, tmp_path):
    folder = killed("events 0 20 10")
    (path,) = folder.glob("*-events-*")
    whole = path.read_bytes().rstrip(b"\0")
    end = len(whole) + 7 & -8
    for name, tail, damage in (
        ("unfinished", b"\x05\0\0\0CRC.\x01\0\0\0" + bytes(4) + b"12345", "none"),
        ("damaged", b"\x05\0\0\0CRC.\x01\0\0\0" + end.to_bytes(4, "little") + b"12345", "1 damaged events"),
    ):
        other = tmp_path / name
        shutil.copytree(folder, other)
        (other / path.name).write_bytes(whole.ljust(end, b"\0") + tail)
        assert content(other)[3] == damage
        (sealed,) = seal_dead_writers(other)
        assert (tail[-5:] in sealed.read_bytes()) == (damage != "none")
        assert content(other)[1] == content(folder)[1]
        assert content(other)[3] == damage


def test_a_segment_that_can_not_be_read_stays_as_it_is_and_the_others_are_sealed(killed, heard):
    folder = killed("events 0 20 10", "points 0 20")
    (path,) = folder.glob("*-points-*")
    path.write_bytes(b"x" * 600 + path.read_bytes()[600:])
    damaged = path.read_bytes()
    (sealed,) = seal_dead_writers(folder)
    assert "-events-" in sealed.name
    assert path.read_bytes() == damaged
    assert any("stays open" in message for message in heard.messages)


def test_a_writer_that_died_while_it_sealed_is_sealed_to_the_end(killed):
    folder = killed("events 0 20 10", "points 0 20")
    before = content(folder)
    for path in seal_dead_writers(folder):
        image = bytearray(path.read_bytes())
        end = int.from_bytes(image[-24:-16], "little")
        if "-points-" in path.name:  # the footer proper was written, the checksums were not
            image[end:-48] = bytes(len(image) - 48 - end)
        path.with_suffix(".open").write_bytes(image)
        path.unlink()
    assert content(folder) == before
    assert len(seal_dead_writers(folder)) == 2
    assert content(folder) == before
    read_only(folder)
