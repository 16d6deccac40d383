"""`runlog logs` of what has been logged already."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import datetime, timedelta, timezone

import pytest

from runlog.journal.format import EVENT_MAX_PAYLOAD

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (\w+) +([\w.]+): (.*)")


def said(ended):
    return [LINE.fullmatch(line).groups() for line in ended.lines]


@pytest.fixture
def debug():
    return logging.getLogger("train")


@pytest.fixture
def logged(start, debug):
    """A run with records of several levels and loggers."""
    with start("logged"):
        debug.debug("batch %d of %d", 1, 9)
        debug.info("epoch done")
        debug.getChild("data").warning("disk is slow: 3 MB/s")
        logging.getLogger("trainer").error("lost")


def test_a_record_is_a_line_of_time_level_logger_and_message(call, logged):
    assert said(call("logs", "latest")) == [
        ("DEBUG", "train", "batch 1 of 9"),
        ("INFO", "train", "epoch done"),
        ("WARNING", "train.data", "disk is slow: 3 MB/s"),
        ("ERROR", "trainer", "lost"),
    ]


def test_times_are_local(call, start, debug):
    before = datetime.now(timezone.utc)
    with start():
        debug.info("now")
    shown = datetime.fromisoformat(call("logs", "-1").lines[0][:23]).astimezone()
    assert before - timedelta(milliseconds=1) <= shown <= datetime.now(timezone.utc)


@pytest.mark.parametrize("level", ["WARNING", "warning", "WARN", "30"])
def test_a_level_leaves_out_what_is_below(level, call, logged):
    assert [name for name, _, _ in said(call("logs", "-1", "--level", level))] == ["WARNING", "ERROR"]


def test_metric_is_a_level(call, logged):
    assert len(call("logs", "-1", "--level", "METRIC").lines) == 3


def test_a_logger_stands_for_those_beneath_it_only(call, logged):
    assert [name for _, name, _ in said(call("logs", "-1", "--logger", "train"))] == ["train", "train", "train.data"]


@pytest.mark.parametrize(
    ("pattern", "messages"),
    [
        ("slow", ["disk is slow: 3 MB/s"]),
        (r"\d of", ["batch 1 of 9"]),
        ("slow|lost", ["disk is slow: 3 MB/s", "lost"]),
        ("(?i)EPOCH", ["epoch done"]),
        ("^e", ["epoch done"]),
        ("slow: 3", ["disk is slow: 3 MB/s"]),
        ("%d", []),
        ("train", []),
    ],
)
def test_grep_searches_messages_as_they_read(pattern, messages, call, logged):
    assert [message for _, _, message in said(call("logs", "-1", "--grep", pattern))] == messages


@pytest.mark.parametrize("pattern", ["KeyError: 'alpha'", "Error: 'al", "r: 'alpha'$", "caused by", "^ValueError"])
def test_grep_searches_the_lines_of_an_exception_and_of_what_caused_it(pattern, call, start, debug):
    with start():
        debug.info("before")
        try:
            try:
                {}["alpha"]
            except KeyError as error:
                raise ValueError("caused by") from error
        except ValueError:
            debug.exception("it broke")
    lines = call("logs", "-1", "--grep", pattern).lines
    assert lines[0].endswith("it broke")


def test_a_traceback_is_printed_as_python_prints_it(call, start, debug):
    with start():
        try:
            raise ValueError("no such thing")
        except ValueError:
            debug.exception("it broke")
            line = sys._getframe().f_lineno - 3
    assert call("logs", "-1").lines[1:] == [
        "Traceback (most recent call last):",
        f'  File "{__file__}", line {line}, in test_a_traceback_is_printed_as_python_prints_it',
        '    raise ValueError("no such thing")',
        "ValueError: no such thing",
    ]


def test_of_a_message_of_several_lines_all_but_the_first_are_indented(call, start, debug):
    with start():
        debug.info("first\nsecond\n\nthird")
    assert call("logs", "-1").out.endswith("train: first\n    second\n\n    third\n")
    assert call("logs", "-1", "--raw").out.endswith("train: first\nsecond\n\nthird\n")


def test_the_tail_is_of_what_the_filters_left(call, logged):
    assert [message for _, _, message in said(call("logs", "-1", "-l", "INFO", "-n", "2"))] == [
        "disk is slow: 3 MB/s",
        "lost",
    ]
    assert call("logs", "-1", "-n", "0").out == ""


def test_records_can_be_taken_from_a_time_on_and_up_to_a_time(call, start, debug):
    with start() as run:
        debug.info("one")
        debug.info("two")
        first, second = run.records()
    between = (first.time_ns + second.time_ns) // 2
    moment = datetime.fromtimestamp(between // 1000 / 1e6, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
    if between // 1000 == first.time_ns // 1000 or between // 1000 == second.time_ns // 1000:
        pytest.skip("both within two microseconds")
    assert [message for *_, message in said(call("logs", "-1", "--since", f"{moment}Z"))] == ["two"]
    assert [message for *_, message in said(call("logs", "-1", "--until", f"{moment}+00:00"))] == ["one"]
    assert len(call("logs", "-1", "--since", "2h").lines) == 2
    assert call("logs", "-1", "--until", "2h").lines == []


def test_json_has_everything_that_was_kept(call, start, debug):
    with start() as run:
        debug.info("batch %d", 3, extra={"rows": 64, "ratio": float("inf"), "huge": 2**70})
        try:
            raise ValueError("no such thing")
        except ValueError:
            debug.exception("it broke")
    plain, broken = map(json.loads, call("logs", "-1", "--json").lines)
    assert (plain["message"], plain["template"], plain["args"]) == ("batch 3", "batch %d", [3])
    assert plain["extra"]["rows"] == 64
    assert plain["extra"]["ratio"] == "Infinity"
    assert str(plain["extra"]["huge"]) == str(2**70)
    assert (plain["level"], plain["levelno"], plain["logger"], plain["path"]) == ("INFO", 20, "train", __file__)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", plain["time"])
    assert broken["exception"]["type"] == "ValueError"
    assert broken["exception"]["frames"][-1]["source"] == 'raise ValueError("no such thing")'
    assert [record.time_ns % 10**9 for record in run.records()] == [int(one["time"][-10:-1]) for one in (plain, broken)]


@pytest.mark.parametrize("options", [[], ["--grep", "needle"], ["--level", "INFO"]])
def test_a_record_too_long_for_the_journal_is_printed_too(options, call, start, debug):
    message = "x" * EVENT_MAX_PAYLOAD + "needle"
    with start():
        debug.info(message)
    assert [found for *_, found in said(call("logs", "-1", *options))] == [message]


def test_records_of_several_processes_are_in_the_order_of_time(call, start, debug, run_script):
    with start() as run:
        debug.info("first")
        run_script(
            """
            import logging, sys
            from runlog import Run, Workspace
            import runlog
            logging.basicConfig(level="INFO", handlers=runlog.handlers(console=None, file=None, run="INFO"))
            with Workspace.from_config().get_run(sys.argv[1]):
                logging.info("second")
            """,
            run.id,
        )
        debug.info("third")
    assert [message for *_, message in said(call("logs", "-1"))] == ["first", "second", "third"]


def test_what_was_logged_outside_any_run_is_asked_for_by_no_run(call, run_script, workspace):
    run_script(
        """
        import logging, runlog
        logging.basicConfig(level="INFO", handlers=runlog.handlers(console=None, file=None, run="INFO"))
        logging.info("nobody's")
        """
    )
    assert said(call("logs", "--no-run")) == [("INFO", "root", "nobody's")]


def test_a_run_and_no_run_exclude_each_other(call, logged):
    assert call("logs", "-1", "--no-run").code == 2
    assert call("logs", "--no-run", "-f").code == 2


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"NO_COLOR": "1"}, False)],
)
def test_levels_are_coloured_where_the_environment_says_so(environment, coloured, call, logged, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in call("logs", "-1").out) == coloured


def test_where_no_record_matches_it_is_said_what_there_is(call, start):
    with start() as run:
        logging.getLogger("train.data").warning("first")
        logging.getLogger("train.data").info("second")
    told = call("logs", "latest", "--logger", "trian.data")
    assert (told.code, told.out) == (0, "")
    assert f"no record matches; the run has {len(list(run.records()))} records (" in told.err
    assert "1 WARNING" in told.err
    assert "no logger is called 'trian.data': did you mean 'train.data'?" in told.err
    assert "no logger" not in call("logs", "latest", "--logger", "train", "--level", "CRITICAL").err
    assert call("logs", "latest", "--logger", "nobody", "--json").err == ""
    assert call("logs", "latest", "--tail", "0").err == ""


def test_a_run_without_records_says_so(call, start):
    start(capture_logging=False).complete()
    assert call("logs", "latest").err == "the run has no log records\n"


@pytest.mark.parametrize("level", ["INF", "9" * 5000])
def test_a_level_that_there_is_not_is_refused(call, start, level):
    start().complete()
    refused = call("logs", "latest", "--level", level)
    assert refused.code == 2
    assert "unknown logging level" in refused.err
    assert level != "INF" or "did you mean 'INFO'?" in refused.err


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}"])
def test_what_is_no_regular_expression_is_refused(call, start, pattern):
    start().complete()
    assert "is no regular expression" in call("logs", "latest", "--grep", pattern).err
