"""A file that another program writes, in a run."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading

import pytest

import runlog
from runlog.errors import RunStateError, WrongTypeError, WrongValueError
from runlog.sources.parsers import ParsedLine, parser_of
from runlog.sources.rotated_files import rotated_files, rotated_identities
from support.waiting import until


@pytest.fixture
def run(workspace):
    with runlog.Experiment(workspace, "files").start_logging(outputs=False, capture_system=False) as started:
        yield started


@pytest.fixture
def path(own_folder):
    return own_folder / "app.log"


def records(run):
    return list(run.records(logger="runlog.sources.file"))


def messages(run):
    return [record.message for record in records(run)]


def write(path, text, mode="a"):
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)


def test_lines_that_are_added_become_records(run, path):
    write(path, "old\n")
    with runlog.sources.file(path, run, level="DEBUG") as source:
        write(path, "one\ntwo\n")
        until(lambda: source.lines == 2)
        write(path, "three\n")
    assert messages(run) == ["one", "two", "three"]
    assert {(record.level, record.extra["file"]) for record in records(run)} == {("DEBUG", str(path))}


def test_what_is_in_the_file_already_is_taken_where_asked_for(run, path):
    write(path, "old\n")
    source = runlog.sources.file(path, run, from_start=True, follow=False)
    assert source.wait(60)
    assert messages(run) == ["old"]


def test_a_file_may_come_later(run, path):
    with runlog.sources.file(path, run) as source:
        write(path, "first\n")
        until(lambda: source.lines == 1)
    assert messages(run) == ["first"]


def test_a_line_waits_for_its_end_and_is_kept_without_one_at_the_end(run, path):
    with runlog.sources.file(path, run) as source:
        write(path, "be")
        write(path, "gin\nunfinis")
        until(lambda: source.lines == 1)
        write(path, "hed")
    assert messages(run) == ["begin", "unfinished"]


def test_a_moved_file_is_read_to_its_end_before_the_new_one(run, path):
    with runlog.sources.file(path, run) as source:
        with path.open("w") as writer:
            writer.write("one\n")
            writer.flush()
            until(lambda: source.lines == 1)
            path.rename(path.with_name("app.log.1"))
            write(path, "three\n")
            writer.write("two\n")
        until(lambda: source.lines == 3)
    assert messages(run) == ["one", "two", "three"]


def test_a_file_that_is_rotated_faster_than_it_is_looked_at_loses_nothing(run, path):
    handler = runlog.RotatingFileHandler(path, maxBytes=100, backupCount=50, format="text")
    handler.setFormatter(logging.Formatter("%(message)s"))
    expected = [f"line {number:03}" for number in range(200)]
    with runlog.sources.file(path, run) as source:
        for line in expected:
            handler.handle(logging.makeLogRecord({"msg": line}))
        handler.close()
        until(lambda: source.lines == 200)
    assert messages(run) == expected


def test_a_file_that_held_an_archives_name_for_a_moment_is_not_taken_for_a_later_one(path):
    placeholder = path.with_name("app.log.1")
    placeholder.touch()
    kept = rotated_identities(path)
    with rotated_files(path, kept) as listing:
        known = listing.identities
    write(placeholder, "the inode is a later log's\n")
    with rotated_files(path, known) as listing:
        assert [one.file.read() for one in listing.unknown] == [b"the inode is a later log's\n"]


def test_an_emptied_file_is_read_from_its_start(run, path):
    with runlog.sources.file(path, run) as source:
        write(path, "a long line before\n")
        until(lambda: source.lines == 1)
        write(path, "short\n", mode="w")
        until(lambda: source.lines == 2)
    assert messages(run) == ["a long line before", "short"]


def test_a_removed_file_may_come_again(run, path):
    with runlog.sources.file(path, run) as source:
        write(path, "one\n")
        until(lambda: source.lines == 1)
        path.unlink()
        write(path, "two\n")
        until(lambda: source.lines == 2)
    assert messages(run) == ["one", "two"]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16", "utf-16-le", "utf-8-sig"])
def test_encodings(run, path, encoding):
    path.write_text("before äöü\n", encoding=encoding)
    with runlog.sources.file(path, run, encoding=encoding) as source:
        text = "Grüße ✓\n" if encoding.startswith("utf") else "Grüße\n"
        data = text.encode(
            {"utf-16": "utf-16-le" if os.sys.byteorder == "little" else "utf-16-be", "utf-8-sig": "utf-8"}.get(
                encoding, encoding
            )
        )
        with path.open("ab", buffering=0) as file:
            for byte in data:  # a character may come in pieces
                file.write(bytes([byte]))
        until(lambda: source.lines == 1)
    assert messages(run) == [text.strip()]


def test_bytes_that_are_no_text_are_kept(run, path):
    path.write_bytes(b"a\xffb\n")
    assert runlog.sources.file(path, run, from_start=True, follow=False).wait(60)
    assert messages(run) == ["a\\xffb"]


def test_it_ends_with_its_run_and_takes_what_is_there(workspace, path):
    run = runlog.Experiment(workspace, "files").start_logging(outputs=False, capture_system=False)
    source = runlog.sources.file(path)
    write(path, "at the last moment\n")
    run.complete()
    assert not source.is_running
    assert messages(run) == ["at the last moment"]


def test_a_guest_ends_with_the_run_too(workspace, path, run_script):
    run = runlog.Experiment(workspace, "files").start_logging(outputs=False, capture_system=False)
    run_script(
        """
        import sys, runlog
        guest = runlog.Workspace.from_config().get_run(sys.argv[1])
        with runlog.sources.file("app.log", guest, from_start=True, follow=False) as source:
            source.wait()
        assert source.lines == 1 and source.error is None, source.error
        """
        if path.write_text("from elsewhere\n")
        else "",
        run.id,
    )
    run.complete()
    assert messages(run) == ["from elsewhere"]


def test_a_parser_reads_level_message_and_fields(run, path):
    write(path, "2026-11-24 WARN disk: almost full\nno match\n")
    pattern = re.compile(r"(?P<day>\S+) (?P<level>[A-Z]+) (?P<part>\w+): (?P<message>.*)")
    assert runlog.sources.file(path, run, parser=pattern, from_start=True, follow=False).wait(60)
    first, second = records(run)
    assert (first.level, first.message) == ("WARNING", "almost full")
    assert first.extra == {"file": str(path), "day": "2026-11-24", "part": "disk"}
    assert (second.level, second.message) == ("INFO", "no match")


def test_json_lines_are_parsed():
    parse = parser_of("json")
    assert parse('{"severity": "ERROR", "message": "m", "n": 1}') == ParsedLine("m", logging.ERROR, {"n": 1})
    assert parse('{"level": 30, "msg": "m"}') == ParsedLine("m", 30, {})
    assert parse('{"level": "odd", "event": "m"}') == ParsedLine("m", None, {"level": "odd"})
    assert parse('{"n": 1}') == ParsedLine('{"n": 1}', None, {"n": 1})
    for plain in ("text", "[1]", "7", '{"broken', "[" * 100_000):
        assert parse(plain) == ParsedLine(plain)


def test_a_parser_that_fails_costs_no_line():
    def fail(line):
        raise KeyError("no")

    assert parser_of(fail)("kept") == ParsedLine("kept", None, {"parser_error": "KeyError: 'no'"})
    assert parser_of(lambda line: None)("kept").fields == {"parser_error": "it returned NoneType, no ParsedLine"}


def test_fields_that_a_record_has_already_are_kept_under_another_name(run, path):
    write(path, '{"message": "m", "name": "theirs", "lineno": 7, "_private": 1}\n')
    assert runlog.sources.file(path, run, parser="json", from_start=True, follow=False).wait(60)
    assert records(run)[0].extra == {"file": str(path), "name_": "theirs", "lineno_": 7, "_private_": 1}


def test_arguments_are_checked(run, path):
    with pytest.raises(WrongValueError, match="encoding 'klingon' is unknown"):
        runlog.sources.file(path, run, encoding="klingon")
    with pytest.raises(WrongValueError, match="neither 'json' nor a regular expression"):
        runlog.sources.file(path, run, parser="(")
    with pytest.raises(WrongValueError, match="names no group"):
        runlog.sources.file(path, run, parser="a+")
    with pytest.raises(WrongTypeError, match="parser must be"):
        runlog.sources.file(path, run, parser=7)
    with pytest.raises(WrongTypeError, match="run must be a run"):
        runlog.sources.file(path, "latest")
    run.complete()
    with pytest.raises(RunStateError, match="ended|is not"):
        runlog.sources.file(path, run)


def test_a_file_that_could_not_be_opened_before_it_was_renamed_is_not_taken_for_one_that_was_read(
    tmp_path, monkeypatch
):
    (tmp_path / "log.1").write_text("one")
    with monkeypatch.context() as patch:
        patch.setattr("runlog.sources.rotated_files._hold", lambda path, identity, opened, held: identity)
        with rotated_files(tmp_path / "log", set()) as listing:
            assert listing == ([], set())
    with rotated_files(tmp_path / "log", set()) as listing:
        assert [one.file.read() for one in listing.unknown] == [b"one"]
        assert listing.identities == {one.identity for one in listing.unknown}


def test_files_that_are_rotated_while_they_are_listed_are_taken_once_and_in_their_order(tmp_path):
    path = tmp_path / "log"
    stop = threading.Event()
    made = []

    def rotate():
        while not stop.is_set():
            for number in range(30, 0, -1):  # as RotatingFileHandler does
                with contextlib.suppress(FileNotFoundError):
                    path.with_name(f"log.{number}").rename(path.with_name(f"log.{number + 1}"))
            path.with_name("log.1").write_text(str(len(made)))
            made.append(None)

    rotating = threading.Thread(target=rotate)
    rotating.start()
    try:
        for _ in range(200):
            before = len(made)
            until(lambda: len(made) > before)  # noqa: B023 - asked at once
            with rotated_files(path, set()) as listing:
                numbers = [int(one.file.read() or -1) for one in listing.unknown]
                whole = [number for number in numbers if number >= 0]  # one may just be written
                assert len(set(whole)) == len(whole)
                assert len({one.identity for one in listing.unknown}) == len(listing.unknown)
    finally:
        stop.set()
        rotating.join()
    with rotated_files(path, set()) as listing:
        numbers = [int(one.file.read()) for one in listing.unknown]
    assert numbers == sorted(numbers)
    assert len(numbers) == 31
