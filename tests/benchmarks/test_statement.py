"""Statements under measurement."""

import time
import traceback

import pytest

from benchmarks.statement import Statement, run_in_threads
from benchmarks.subjects.exceptions import FRAMES, raised


@pytest.fixture
def calls():
    return []


@pytest.fixture
def statement(calls):
    return Statement("calls.append(i)", {"calls": calls})


def test_calls_are_numbered_on_from_slice_to_slice(statement, calls):
    statement.batched(2)
    statement.each(2)
    statement.paced(2, per_second=1_000_000)
    assert calls == [0, 1, 2, 3, 4, 5]


def test_every_single_call_is_timed(statement):
    samples = statement.each(100)
    assert len(samples) == 100
    assert min(samples) > 0


def test_what_a_slice_left_to_do_is_done_after_it(calls):
    statement = Statement("calls.append(i)", {"calls": calls}, settle=calls.clear)
    statement.batched(10)
    assert calls == []


def test_paced_calls_are_not_made_before_they_are_due():
    began = []
    clock = time.perf_counter_ns
    before = clock()
    Statement("began.append(clock())", {"began": began, "clock": clock}).paced(20, per_second=10_000)
    assert all(call >= before + due * 100_000 for due, call in enumerate(began, start=1))


def test_threads_make_their_calls_with_numbers_of_their_own(statement, calls):
    samples, wall = run_in_threads(statement, 50, 4)
    assert sorted(calls) == list(range(200))
    assert len(samples) == 200
    assert wall > 0


def test_the_measured_exception_has_the_frames_it_promises():
    assert len(list(traceback.walk_tb(raised().__traceback__))) == FRAMES == 16
