"""Exceptions in the run log: groups, chains and cycles of any shape are kept, and every reader shows them."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

import runlog
from runlog.exception_info import DEEPEST, ExceptionInfo, exception_lines, read_exception
from runlog.handlers.run_log import RunLogHandler
from runlog.handlers.tracebacks import MAX_CHAIN, exception_fields

needs_groups = pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups came with Python 3.11")


def info_of(error: BaseException) -> ExceptionInfo:
    fields = exception_fields((type(error), error, error.__traceback__))
    assert fields is not None
    return read_exception(fields, lambda _path, _line: "")


def chain_of(length: int, link: str = "__context__") -> BaseException:
    first = error = ValueError("error 0")
    for number in range(1, length):
        before = ValueError(f"error {number}")
        setattr(error, link, before)
        error = before
    return first


def messages_of(info: ExceptionInfo | None) -> list[str]:
    found = []
    while info is not None:
        found.append(info.message)
        info = info.cause or info.context
    return found


@needs_groups
def test_a_member_that_a_group_has_twice_is_shown_twice():
    shared = ValueError("shared")
    members = info_of(ExceptionGroup("twice", [shared, shared])).members  # noqa: F821
    assert [one.message for one in members] == ["shared", "shared"]
    assert members[1].notes == ["[shown above]"]


@needs_groups
def test_all_members_of_a_large_group_are_shown():
    group = ExceptionGroup("many", [ValueError(f"member {number}") for number in range(500)])  # noqa: F821
    info = info_of(group)
    assert [one.message for one in info.members] == [f"member {number}" for number in range(500)]
    assert "member 499" in info.format()


@needs_groups
def test_of_a_huge_group_it_is_told_how_many_members_were_left_out():
    info = info_of(ExceptionGroup("huge", [ValueError(number) for number in range(MAX_CHAIN + 99)]))  # noqa: F821
    assert len(info.members) == MAX_CHAIN - 1
    assert info.notes == ["[100 more members left out]"]


@needs_groups
def test_a_group_that_is_deeply_nested_is_shown_to_a_depth_and_then_said_to_be_cut():
    error: Exception = ValueError("innermost")
    for number in range(DEEPEST + 5):
        error = ExceptionGroup(f"group {number}", [error])  # noqa: F821
    info, depth = info_of(error), 1
    while info.members:
        info, depth = info.members[0], depth + 1
    assert depth == DEEPEST
    assert "too deep" in info.notes[0]


@needs_groups
def test_groups_that_share_their_members_stay_small():
    error: Exception = ValueError("shared by all")
    for _ in range(40):
        error = ExceptionGroup("doubled", [error, error])  # noqa: F821
    assert len(info_of(error).format()) < 100_000


@needs_groups
def test_members_keep_what_they_were_raised_from():
    member = ValueError("member")
    member.__cause__ = KeyError("cause")
    [read] = info_of(ExceptionGroup("group", [member])).members  # noqa: F821
    assert read.cause is not None
    assert read.cause.type == "KeyError"


@pytest.mark.parametrize("link", ["__context__", "__cause__"])
def test_a_chain_of_fifty_is_shown_whole(link: str):
    assert messages_of(info_of(chain_of(50, link))) == [f"error {number}" for number in range(50)]


def test_a_chain_as_long_as_the_stack_costs_no_record(workspace):
    logging.getLogger().addHandler(RunLogHandler())
    error = chain_of(5_000)
    with runlog.start(outputs=False) as run:
        logging.error("failed", exc_info=(type(error), error, None))
    [record] = [one for one in run.records(logger="root") if one.message == "failed"]
    assert messages_of(record.exception)[:2] == ["error 0", "error 1"]


def test_a_cycle_of_causes_and_contexts_is_read_to_its_end():
    first, second, third = ValueError("first"), KeyError("second"), TypeError("third")
    first.__cause__, second.__cause__, third.__cause__ = second, third, first
    second.__context__, third.__context__ = first, second
    assert messages_of(info_of(first)) == ["first", "'second'", "third"]


def test_an_exception_that_came_from_itself_is_read_to_its_end():
    error = ValueError("own cause")
    error.__cause__ = error
    assert messages_of(info_of(error)) == ["own cause"]


class EvasiveError(Exception):
    @property
    def __notes__(self) -> list[str]:
        raise RuntimeError("no notes")

    @property
    def exceptions(self) -> tuple[Exception, ...]:
        raise RuntimeError("no members")

    def subgroup(self) -> None: ...

    def __str__(self) -> str:
        raise RecursionError


def test_an_exception_whose_attributes_raise_is_kept():
    assert info_of(EvasiveError()).message == "<EvasiveError whose text raised RecursionError>"


def test_the_form_of_older_journals_is_read():
    cause = ["KeyError", "'k'", [], [], None, None, False, []]
    group = ["ExceptionGroup", "g", [["a.py", 3, "f", 0]], ["note"], cause, None, True, [cause, None]]
    info = read_exception(group, lambda _path, _line: "")
    assert info.cause is not None
    assert len(info.members) == 2
    assert list(exception_lines(group)) == ["ExceptionGroup: g", "note", "KeyError: 'k'"]


@pytest.mark.parametrize(
    "damaged", [["ValueError"], ["ValueError", "m", 3, [], None, None, False, []], ["E", 1, [], [], 9, 9]]
)
def test_what_of_an_exception_can_be_read_is_shown(damaged: list[object]):
    assert read_exception(damaged, lambda _path, _line: "").type in {"ValueError", "E"}


@needs_groups
def test_a_secret_deep_in_a_group_is_hidden(workspace):
    logging.getLogger().addHandler(RunLogHandler())
    error: Exception = ValueError("password=hunter2hunter2")
    for _ in range(40):
        error = ExceptionGroup("outer", [error])  # noqa: F821
    with runlog.start(outputs=False) as run:
        logging.error("failed", exc_info=error)
    [record] = [one for one in run.records(logger="root") if one.message == "failed"]
    assert "ValueError: password=[redacted]" in record.exception.format()


GROUPS = """
import logging, runlog
from runlog.handlers.run_log import RunLogHandler
logging.getLogger().addHandler(RunLogHandler())
with runlog.start("groups", outputs=False):
    error = ValueError("needle in the group")
    logging.error("twice", exc_info=ExceptionGroup("twice", [error, error]))
"""


@needs_groups
@pytest.mark.parametrize("command", [("logs", "latest"), ("logs", "latest", "--json"), ("search", "needle")])
def test_the_commands_show_a_group_with_a_member_twice(run_script, own_folder, command: tuple[str, ...]):
    run_script(GROUPS)
    shown = subprocess.run(
        [sys.executable, "-m", "runlog", *command], cwd=own_folder, capture_output=True, text=True, check=True
    )
    assert "needle in the group" in shown.stdout
