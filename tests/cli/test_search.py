"""`runlog search`."""

from __future__ import annotations

import json
import logging

import pytest

from support.scripts import run_script


@pytest.fixture
def runs(start):
    """Two runs with a few records each."""
    log = logging.getLogger("train")
    made = []
    for name in ("one", "two"):
        with start(name) as run:
            log.info("reading from %s", name)
            log.warning("connection to %s lost", name)
        made.append(run)
    return made


def said(ended):
    return [line.split(": ", 1)[1] for line in ended.lines]


def test_records_come_newest_first_with_the_run_they_are_of(call, runs):
    ended = call("search", "lost")
    assert said(ended) == ["connection to two lost", "connection to one lost"]
    for run, line in zip(reversed(runs), ended.lines, strict=True):
        assert line.split()[0] in run.id


def test_text_and_options_narrow_it_down(call, runs):
    assert said(call("search", '"connection to one"')) == ["connection to one lost"]
    assert said(call("search", "train -nothing", "--level", "WARNING", "--run", "one")) == []
    assert said(call("search", "--level", "WARNING", "--run", "one")) == ["connection to one lost"]
    assert said(call("search", "read* level:info")) == ["reading from two", "reading from one"]
    assert said(call("search", "lost", "--logger", "other")) == []
    assert said(call("search", "lost", "--until", "1h")) == []


def test_a_limit_tells_that_there_are_more(call, runs):
    ended = call("search", "lost", "--limit", "1")
    assert said(ended) == ["connection to two lost"]
    assert "the newest 1" in ended.err


def test_json_has_the_run_and_everything_that_was_kept(call, runs):
    (line,) = call("search", "lost one", "--json").lines
    fields = json.loads(line)
    assert (fields["run"], fields["message"], fields["args"]) == (runs[0].id, "connection to one lost", ["one"])


def test_what_cannot_be_read_points_at_its_column(call, runs):
    ended = call("search", "level:loud")
    assert (ended.code, "column" in ended.err) == (1, True)


def test_records_outside_any_run_are_found_when_asked_for(call, workspace, own_folder):
    code = """
import logging, runlog
logging.basicConfig(handlers=[runlog.RunLogHandler()])
logging.getLogger("alone").error("nobody is running")
"""
    run_script(own_folder, code)
    assert said(call("search", "nobody")) == []
    assert said(call("search", "nobody", "--no-run")) == ["nobody is running"]


def test_where_nothing_is_found_it_is_said_where_was_searched(call, runs):
    told = call("search", "nothinghere")
    assert (told.code, told.out, told.err) == (0, "", f"no record matches, in {len(runs)} runs\n")
    assert call("search", "nothinghere", "--run", "latest").err == "no record matches, in 1 run\n"
    assert call("search", "nothinghere", "--no-run").err == "no record matches, outside any run\n"
    assert call("search", "nothinghere", "--json").err == ""


def test_an_emoji_can_be_searched_for(call, start):
    with start():
        logging.getLogger("train").info("done \U0001f642")
    assert call("search", "\U0001f642").out.endswith("done \U0001f642\n")
