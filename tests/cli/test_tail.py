"""`runlog tail RUN FILE`."""

from __future__ import annotations

import signal

import pytest

from support.waiting import until


def lines(run):
    return [record.message for record in run.records(logger="runlog.sources.file")]


def test_what_is_in_a_file_goes_into_a_run(call, start, own_folder):
    (own_folder / "app.log").write_text("one\ntwo\n")
    run = start("one")
    done = call("tail", "one", "app.log", "--from-start", "--no-follow")
    assert (done.code, done.err) == (0, f"2 lines of app.log are in {run.id}\n")
    assert lines(run) == ["one", "two"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--json"], '{"level": "error", "msg": "broken", "part": "disk"}\n'),
        (["--pattern", r"(?P<level>\w+) (?P<part>\w+) (?P<message>.*)"], "ERROR disk broken\n"),
    ],
)
def test_lines_may_bring_level_and_fields(call, start, own_folder, options, text):
    (own_folder / "app.log").write_text(text)
    run = start("one")
    assert call("tail", "one", "app.log", "--from-start", "--no-follow", *options).code == 0
    (record,) = run.records(logger="runlog.sources.file")
    assert (record.level, record.message, record.extra["part"]) == ("ERROR", "broken", "disk")


def test_it_follows_until_the_run_ends(start, own_folder, start_script):
    (own_folder / "app.log").write_text("")
    run = start("one")
    process = start_script("from runlog.cli import main\nmain()\n", "tail", run.id, "app.log", "--from-start")
    with (own_folder / "app.log").open("a") as file:
        file.write("while it runs\n")
    until(lambda: lines(run))
    run.complete()
    assert process.communicate(timeout=60)[1] == f"1 line of app.log are in {run.id}\n"
    assert process.returncode == 0


def test_ctrl_c_ends_the_following_only(start, own_folder, start_script):
    run = start("one")
    (own_folder / "app.log").write_text("first\n")
    process = start_script("from runlog.cli import main\nmain()\n", "tail", run.id, "app.log", "--from-start")
    until(lambda: lines(run))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert run.status == "Running"


def test_json_and_a_pattern_exclude_each_other(call, start):
    start("one")
    assert call("tail", "one", "app.log", "--json", "--pattern", "(?P<a>.)").code == 2


def test_a_file_that_is_not_there_and_not_waited_for_is_a_fault(call, start):
    run = start("one")
    done = call("tail", "one", "nofile.log", "--no-follow")
    assert done.code == 1
    assert "there is no file" in done.err
    assert "nofile.log" in done.err
    assert lines(run) == []


def test_a_pattern_that_is_none_is_told_as_a_pattern(call, start, own_folder):
    (own_folder / "app.log").write_text("one\n")
    start("one")
    refused = call("tail", "one", "app.log", "--pattern", "(")
    assert refused.code == 2
    assert "'(' is no regular expression" in refused.err
    assert "did you mean 'WARNING'?" in call("tail", "one", "app.log", "--level", "WARNIG").err
