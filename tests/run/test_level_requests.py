"""What others may ask of a running process's levels: more records for a while, and never silence."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
import pytest

import runlog
from runlog.journal import clock
from runlog.writing.level_requests import LevelRequest, change, entry_of
from support.waiting import until

DAY = 86_400
ROOM = logging.getLogger("asked.for")


def ask(run, **requests):
    """Write requests as another user of a shared workspace would, past every check."""
    path = Path(run.experiment.workspace.location, entry_of(run.id))
    path.parent.mkdir(parents=True, exist_ok=True)
    written = {
        name.replace("_", "."): {"level": 10, "seconds": 60.0, "time": clock.now(), "author": "eve"} | one
        for name, one in requests.items()
    }
    path.write_bytes(msgspec.json.encode(written))


@pytest.fixture
def run():
    with runlog.start("asked", outputs=False) as started:
        yield started


SILENCING = [
    {"level": logging.ERROR},
    {"level": logging.WARNING + 1},
    {"level": logging.CRITICAL + 1},
    {"level": 10**6},
    {"level": 2**63 - 1},
    {"level": logging.NOTSET},
    {"level": -1},
    {"seconds": DAY + 1.0},
    {"seconds": 1e9},
    {"seconds": 1e300},
]
"""Each hides errors, or holds for days."""


def test_what_would_hide_errors_or_hold_for_days_is_not_done_and_told_once(run, heard):
    loggers = [f"hidden.n{number}" for number in range(len(SILENCING))]
    for sign in (7, 8):
        ask(
            run,
            **dict(zip((name.replace(".", "_") for name in loggers), SILENCING, strict=True)),
            a_sign={"level": sign},
        )
        until(lambda sign=sign: logging.getLogger("a.sign").level == sign)
        assert {logging.getLogger(name).level for name in loggers} == {logging.NOTSET}
    for name in loggers:
        assert sum("is refused" in one and name in one for one in heard.messages) == 1


@pytest.mark.parametrize("request_", [{"level": 40}, {"seconds": 1e9}], ids=str)
def test_the_root_logger_is_no_exception(run, request_):
    before = logging.root.level
    ask(run, root=request_, a_sign={"level": 7})
    until(lambda: logging.getLogger("a.sign").level == 7)
    assert logging.root.level == before


def test_levels_up_to_warning_are_taken(run):
    for level in (1, logging.DEBUG, logging.INFO, logging.WARNING):
        ask(run, asked_for={"level": level, "seconds": float(DAY)})
        until(lambda level=level: ROOM.level == level)
    ask(run)
    until(lambda: ROOM.level == logging.NOTSET)


def test_a_request_dated_to_the_future_ends_within_its_seconds_all_the_same(run):
    ask(run, asked_for={"time": clock.now() + 10**18, "seconds": 1.0})
    until(lambda: ROOM.level == logging.DEBUG)
    until(lambda: ROOM.level == logging.NOTSET)


@pytest.mark.parametrize(
    "content",
    [
        b'{"asked.for": {"level": 1e400, "seconds": 60, "time": 0}}',
        b'{"asked.for": {"level": 99999999999999999999, "seconds": 60, "time": 0}}',
        b'{"asked.for": {"level": 10, "seconds": NaN, "time": 0}}',
        b'{"asked.for": {"level": 10, "seconds": 60, "time": 99999999999999999999}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe",
        b"",
        b"null",
    ],
    ids=lambda content: repr(content[:48]),
)
def test_what_is_no_request_is_told_of_and_the_next_one_is_heard(run, content, heard):
    path = Path(run.experiment.workspace.location, entry_of(run.id))
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    until(lambda: any("can't be read" in one for one in heard.messages))
    ask(run, asked_for={})
    until(lambda: ROOM.level == logging.DEBUG)


def test_of_thousands_of_loggers_only_some_are_made(run):
    crowd = {f"crowd_n{number}": {} for number in range(5000)}
    ask(run, **crowd, z_last={})
    ask(run, asked_for={"level": 9})
    until(lambda: ROOM.level == 9)
    ask(run, **crowd)
    until(lambda: logging.getLogger("crowd.n0").level == logging.DEBUG)
    made = [name for name in list(logging.root.manager.loggerDict) if name.startswith("crowd.n")]
    assert len(made) <= 100


def test_a_process_may_refuse_all_requests(run_script, own_folder):
    done = run_script(
        """
        import logging, time, runlog
        from pathlib import Path
        from runlog.journal import clock
        from runlog.writing.level_requests import LevelRequest, change
        with runlog.start("deaf", outputs=False) as run:
            asked = {"a.b": LevelRequest(level=10, seconds=60, time=clock.now())}
            change(run.experiment.workspace.backend, run.id, asked)
            time.sleep(2.5)
            print(logging.getLogger("a.b").level)
        """,
        env={"RUNLOG_LEVEL_REQUESTS": "0"},
    )
    assert done.stdout.splitlines()[-1] == "0"


def test_who_asks_for_another_level_keeps_none_that_nobody_may_ask_for(run):
    ask(run, asked_for={"level": 50}, other={"level": 10})
    new = {"third": LevelRequest(level=10, seconds=60.0, time=clock.now())}
    after = change(run.experiment.workspace.backend, run.id, new)
    assert sorted(after) == ["other", "third"]
