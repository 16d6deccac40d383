"""The numbers of attempts that several machines opened without knowing of each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runlog.attempt_numbers import numbered
from runlog.attempts import attempts_of
from runlog.backend import WriterSeen
from runlog.journal.liveness import Liveness
from runlog.records import Launch, RunOpened, StatusSet


def opened(attempt, time, host="a", *, owner=True, launch=None):
    return RunOpened(time=time, run_id="r", experiment="x", attempt=attempt, owner=owner, host=host, launch=launch)


def numbers(**writers):
    return {writer: one.attempt for writer, one in numbered(writers).items()}


def test_attempts_that_follow_one_another_keep_their_numbers_whatever_their_clocks_say():
    assert numbers(w=opened(1, 500), v=opened(2, 100, "b"), u=opened(3, 300)) == {"w": 1, "v": 2, "u": 3}


def test_attempts_of_one_number_are_told_apart_in_the_order_of_their_time():
    assert numbers(w=opened(1, 10), a=opened(2, 30), b=opened(2, 20, "b")) == {"w": 1, "b": 2, "a": 3}


def test_what_a_machine_opened_after_its_own_attempts_stays_behind_them():
    writers = {
        "a1": opened(1, 10),
        "a2": opened(2, 20),
        "a3": opened(3, 40),
        "b2": opened(2, 30, "b"),
        "b3": opened(3, 25, "b"),  # its clock was set back meanwhile
    }
    assert numbers(**writers) == {"a1": 1, "a2": 2, "b2": 3, "b3": 4, "a3": 5}


def test_two_first_attempts_of_one_run_are_told_apart():
    assert numbers(a=opened(1, 20), b=opened(1, 10, "b")) == {"b": 1, "a": 2}


def test_attempts_of_one_machine_and_one_moment_are_told_apart():
    assert sorted(numbers(a=opened(1, 10), b=opened(1, 10)).values()) == [1, 2]


def test_an_attempt_whose_predecessors_are_elsewhere_keeps_its_number():
    assert numbers(a=opened(4, 20), b=opened(4, 30, "b")) == {"a": 4, "b": 5}


def test_processes_of_one_launch_opened_one_attempt():
    launch = Launch(id="job")
    writers = {
        "w": opened(1, 10),
        "a": opened(2, 20, launch=launch),
        "b": opened(2, 21, "b", launch=launch),
        "c": opened(2, 22, "c"),
    }
    assert numbers(**writers) == {"w": 1, "a": 2, "b": 2, "c": 3}


def test_guests_go_with_the_attempt_of_their_launch_else_of_their_host_else_with_the_latest_before():
    writers = {
        "a": opened(1, 10, launch=Launch(id="left")),
        "b": opened(1, 20, "b", launch=Launch(id="right")),
        "launched": opened(1, 25, "c", owner=False, launch=Launch(id="left")),
        "here": opened(1, 25, "a", owner=False),
        "early": opened(1, 15, "c", owner=False),
        "late": opened(1, 25, "c", owner=False),
    }
    assert numbers(**writers) == {"a": 1, "b": 2, "launched": 1, "here": 1, "early": 1, "late": 2}


def test_the_status_is_that_of_the_attempt_which_began_last():
    writers = {"w": opened(1, 10), "a": opened(2, 30), "b": opened(2, 20, "b")}
    ends = [("b", StatusSet(time=50, status="Failed")), ("a", StatusSet(time=40, status="Completed"))]
    seen = [WriterSeen(writer, guest=False, late=False, sign=Liveness.CLOSED) for writer in writers]
    found = attempts_of(writers, ends, seen)
    assert [(one.number, one.host, one.status) for one in found] == [
        (1, "a", "NotResponding"),
        (2, "b", "Failed"),
        (3, "a", "Completed"),
    ]


_HOSTS = st.sampled_from(["a", "b", "c"])
_OPENINGS = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=4),
    st.builds(opened, st.integers(1, 5), st.integers(0, 99), _HOSTS, owner=st.booleans()),
    max_size=12,
)


@given(_OPENINGS)
def test_whoever_opened_an_attempt_has_one_of_its_own_and_numbers_are_the_same_however_often_they_are_made(writers):
    once = numbered(writers)
    owners = [one.attempt for one in once.values() if one.owner]
    assert len(owners) == len(set(owners))
    assert numbered(once) == once
    assert all(once[writer].attempt >= one.attempt for writer, one in writers.items())


@given(_OPENINGS)
def test_on_one_host_a_later_number_stays_a_later_number(writers):
    once = numbered(writers)
    owners = [writer for writer, one in writers.items() if one.owner]
    for before in owners:
        for after in owners:
            same_host = writers[before].host == writers[after].host
            if same_host and writers[before].attempt + 1 == writers[after].attempt:
                earlier = [one for one in owners if writers[one].host == writers[before].host]
                least = min(once[one].attempt for one in earlier if writers[one].attempt == writers[before].attempt)
                assert least < once[after].attempt
