"""The index follows the journals: each record once, whoever takes it in and however often that is cut off."""

from __future__ import annotations

import logging
import os
import random
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest

from runlog import Experiment
from runlog.journal.events import build_frame
from runlog.journal.files import segment_name
from runlog.journal.format import HEADER_SIZE, UNPLACED, Header, Stream, event_seed
from runlog.journal.recover import seal_dead_writers
from runlog.store.folder import FolderBackend
from runlog.store.search import intake, journal_intake
from runlog.store.search.index import FILE, SearchIndex
from support.scripts import started_script
from support.searched_runs import Place, Said, found, messages, say

PROGRAM = Path(__file__).parents[2] / "support" / "search_intake.py"


@pytest.fixture
def place(own_folder):
    return Place(own_folder / "place")


def numbers(index: SearchIndex, text: str = "word", **asked) -> list[int]:
    """The numbers at the ends of the messages found, from the least."""
    return sorted(int(message.split()[-1]) for message in messages(index, text, **asked))


def blocks(place: Place) -> int:
    with closing(sqlite3.connect(place.folder / FILE)) as connection:
        return connection.execute("SELECT count(*) FROM blocks").fetchone()[0]


def test_a_record_is_found_as_soon_as_its_call_returned(place):
    writer, index = place.writer("run"), place.index()
    for number in range(20):
        say(writer, Said(f"word {number}", time=number))
        assert numbers(index) == list(range(number + 1))
    writer.close()
    assert numbers(index) == list(range(20))


def test_a_record_logged_in_a_run_is_found_while_the_run_lives(workspace):
    logging.getLogger().setLevel(logging.DEBUG)
    index = SearchIndex(workspace.backend)
    with Experiment(workspace, "test").start_logging(outputs=False) as run:
        logging.getLogger("train").debug("a needle in %s", "hay")
        (here,) = found(index, "needle hay logger:train")
        assert (here.run_id, here.record) == (run.id, next(run.records(grep="needle")))


def test_full_stretches_of_a_living_writer_are_in_the_index_and_the_rest_is_not(place, monkeypatch):
    monkeypatch.setattr(journal_intake, "RECORDS", 8)
    writer, index = place.writer("run"), place.index()
    say(writer, *(Said(f"word {number}") for number in range(30)))
    assert numbers(index) == list(range(30))
    assert blocks(place) == 3
    writer.close()
    assert numbers(index) == list(range(30))
    assert blocks(place) == 4


def test_another_process_finds_what_is_not_in_the_index_yet(place):
    writer, one, other = place.writer("run"), place.index(), place.index()
    say(writer, *(Said(f"word {number}") for number in range(3)))
    assert numbers(one) == [0, 1, 2]
    say(writer, *(Said(f"word {number}") for number in range(3, 6)))
    assert numbers(other) == [0, 1, 2, 3, 4, 5]
    assert numbers(one) == [0, 1, 2, 3, 4, 5]
    writer.close()
    assert numbers(other) == [0, 1, 2, 3, 4, 5]
    assert numbers(one) == [0, 1, 2, 3, 4, 5]


def test_many_short_rests_are_taken_in_before_they_are_full(place, monkeypatch):
    monkeypatch.setattr(intake, "WAITING", 10)
    monkeypatch.setattr(intake, "LEAST", 4)
    writers = [place.writer(f"run{number}") for number in range(4)]
    index = place.index()
    for number, writer in enumerate(writers):
        say(writer, *(Said(f"word {10 * number + one}") for one in range(5)))
    expected = sorted(10 * number + one for number in range(4) for one in range(5))
    assert numbers(index) == expected
    assert blocks(place) == 4
    assert numbers(place.index()) == expected
    for writer in writers:
        writer.close()


@pytest.mark.parametrize("stop", ["seal", "pack"])
def test_what_was_taken_in_of_an_open_segment_stays_found_when_it_is_sealed_or_packed(place, monkeypatch, stop):
    monkeypatch.setattr(journal_intake, "RECORDS", 10)
    writer, index = place.writer("run"), place.index()
    count = 25 if stop == "pack" else 2500
    said = [Said(f"word {'x' * 500 if stop == 'seal' else ''} {number}", time=number) for number in range(count)]
    say(writer, *said[: count // 2])
    assert numbers(index) == list(range(count // 2))
    say(writer, *said[count // 2 :])
    writer.close()
    assert any(path.suffix == f".{stop}" for path in (place.folder / "runs" / "run").iterdir())
    assert numbers(index) == list(range(count))
    assert numbers(place.index()) == list(range(count))


def test_a_run_that_has_not_changed_is_not_read_again(place, monkeypatch):
    place.write("run", [Said("word 1")])
    long_ago = 1_600_000_000 * 10**9
    for path in (*(place.folder / "runs" / "run").iterdir(), place.folder / "runs" / "run"):
        os.utime(path, ns=(long_ago, long_ago))
    assert numbers(place.index()) == [1]
    index, read = place.index(), []
    monkeypatch.setattr(journal_intake.JournalIntake, "read", lambda self: read.append(self.key) or iter(()))
    assert numbers(index) == [1]
    assert read == []
    monkeypatch.undo()
    place.write("run", [Said("word 2")])
    assert numbers(index) == [1, 2]


def test_a_deleted_run_is_found_no_more_and_one_of_the_same_id_is_new(place):
    place.write("kept", [Said("word 1")])
    place.write("gone", [Said("word 2")])
    index = place.index()
    assert numbers(index) == [1, 2]
    place.backend.delete_run("gone")
    assert numbers(index) == [1]
    place.write("gone", [Said("word 3")])
    assert numbers(index) == [1, 3]
    place.backend.delete_run("gone")
    place.write("gone", [Said("word 4")])
    assert numbers(index) == [1, 4]
    assert numbers(place.index()) == [1, 4]
    index.delete_run("kept")
    place.backend.delete_run("kept")
    assert numbers(index) == [4]


def test_the_index_may_be_removed_at_any_time(place):
    place.write("run", [Said(f"word {number}") for number in range(9)])
    index = place.index()
    assert len(numbers(index)) == 9
    for path in place.folder.glob("search.*"):
        path.unlink()
    assert len(numbers(index)) == 9
    assert (place.folder / FILE).exists()
    index.rebuild()
    assert len(numbers(index)) == 9


@pytest.mark.parametrize("what", ["newer", "other", "text", "cut", "overwritten"])
def test_a_file_that_is_newer_or_damaged_is_made_anew(place, what):
    place.write("run", [Said(f"word {number}") for number in range(2000)])
    index = place.index()
    assert len(numbers(index)) == 2000
    index.close()
    path = place.folder / FILE
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if what == "newer":
            connection.execute("PRAGMA user_version = 99")
        if what == "other":
            connection.execute("DROP TABLE blocks")
    if what == "text":
        path.write_bytes(b"this is no database" * 1000)
    if what == "cut":
        os.truncate(path, path.stat().st_size // 2 + 100)
    if what == "overwritten":
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(8192)
            file.write(random.Random(1).randbytes(size - 8192))
    assert len(numbers(place.index())) == 2000
    assert len(numbers(place.index())) == 2000


def test_where_nothing_can_be_written_the_journals_are_searched_all_the_same(place, heard):
    place.write("run", [Said("word 1"), Said("word 2")])
    (place.folder / FILE).mkdir()  # root may write to any folder: a folder in the file's place is in everybody's way
    index = place.index()
    assert numbers(index) == [1, 2]
    assert [message for message in heard.messages if "read into memory instead" in message]
    place.write("more", [Said("word 3")])
    assert numbers(index) == [1, 2, 3]
    assert len([message for message in heard.messages if "read into memory instead" in message]) == 1


def test_a_workspace_without_a_folder_has_no_records(own_folder):
    assert messages(SearchIndex(FolderBackend(own_folder / "nowhere")), "word") == []
    assert not (own_folder / "nowhere").exists()


def test_frames_behind_a_damaged_one_are_found(place, monkeypatch):
    monkeypatch.setattr(journal_intake, "RECORDS", 10)
    place.write("run", [Said(f"word {'x' * 3000} {number}") for number in range(100)])
    (path,) = (place.folder / "runs" / "run").glob("*.seal")
    data = bytearray(path.read_bytes())
    at = data.index(b" 55", HEADER_SIZE)
    data[at + 1] = ord("9")
    path.write_bytes(data)
    assert numbers(place.index()) == [number for number in range(100) if number != 55]


def test_records_of_a_writer_that_was_killed_are_found_and_stay_found_when_it_is_sealed(place, start_script):
    process = start_script(
        """
        import sys, pathlib, time
        sys.path.insert(0, sys.argv[2])
        from support.searched_runs import Place, Said, say
        writer = Place(pathlib.Path(sys.argv[1])).writer("run")
        say(writer, *(Said(f"word {number}", time=number) for number in range(700)))
        print("ready", flush=True)
        time.sleep(60)
        """,
        str(place.folder),
        str(PROGRAM.parents[1]),
    )
    assert process.stdout.readline() == "ready\n"
    index = place.index()
    assert numbers(index) == list(range(700))
    process.kill()
    process.wait()
    assert numbers(index) == list(range(700))
    seal_dead_writers(place.folder / "runs" / "run")
    assert numbers(index) == list(range(700))
    assert numbers(place.index()) == list(range(700))


def test_records_that_had_to_go_to_the_overflow_stream_are_found(place):
    writer = place.writer("run")
    say(writer, Said("word 1"))
    name = segment_name(writer.writer_id, Stream.OVERFLOW, 0, sealed=False)
    header = Header(Stream.OVERFLOW, 0, 0, writer.writer_id, "run").pack()
    frames = [
        build_frame(event_seed(writer.writer_id, 1, 0), 1, 0, Said(f"word {n}").payload, UNPLACED) for n in (2, 3)
    ]
    (place.folder / "runs" / "run" / name).write_bytes(header + frames[0])
    index = place.index()
    assert numbers(index) == [1, 2]
    (place.folder / "runs" / "run" / name).write_bytes(header + frames[0] + frames[1])
    assert numbers(index) == [1, 2, 3]
    writer.close()
    assert numbers(index) == [1, 2, 3]
    assert numbers(place.index()) == [1, 2, 3]


@pytest.mark.kill
def test_a_kill_in_the_middle_repeats_nothing_and_loses_nothing(place):
    expected = []
    for run in range(3):
        said = [Said(f"word {1000 * run + number}", time=number) for number in range(300)]
        place.write(f"run{run}", said)
        expected += [1000 * run + number for number in range(300)]
    chance = random.Random(5)
    for _ in range(int(os.environ.get("RUNLOG_TEST_KILLS", "8"))):
        with started_script(place.folder.parent, PROGRAM, str(place.folder), "7") as process:
            assert process.stdout.readline() == "ready\n"
            try:
                process.wait(chance.random() * 0.15)
            except subprocess.TimeoutExpired:
                process.kill()
            process.wait()
    with closing(sqlite3.connect(place.folder / FILE)) as connection:
        spans = connection.execute("SELECT stream, segment, begin, end, band FROM blocks").fetchall()
    assert len(spans) == len(set(spans))
    assert numbers(place.index()) == expected


def test_several_processes_may_take_in_and_search_at_once(place, monkeypatch):
    writer = place.writer("run")
    with (
        started_script(place.folder.parent, PROGRAM, str(place.folder), "5") as one,
        started_script(place.folder.parent, PROGRAM, str(place.folder), "3") as other,
    ):
        assert (one.stdout.readline(), other.stdout.readline()) == ("ready\n", "ready\n")
        index, written = place.index(), 0
        for _ in range(30):
            say(writer, *(Said(f"word {written + number}", time=written + number) for number in range(20)))
            written += 20
            assert numbers(index) == list(range(written))
        for process in (one, other):
            assert process.poll() is None, process.stderr.read()
            process.kill()
            process.wait()
    writer.close()
    assert numbers(place.index()) == list(range(written))


def test_threads_may_share_a_search(place):
    writer, index, wrong = place.writer("run"), place.index(), []

    def search() -> None:
        seen = 0
        for _ in range(5):
            here = numbers(index)
            if here != list(range(len(here))) or len(here) < seen:
                wrong.append(here)
            seen = len(here)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    say(writer, *(Said(f"word {number}", time=number) for number in range(700)))
    for thread in threads:
        thread.join()
    writer.close()
    assert wrong == []
    assert numbers(index) == list(range(700))
