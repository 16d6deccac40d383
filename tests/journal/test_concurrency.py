"""Threads, signal handlers and finalizers log at once: nothing is lost, overwritten or left half, and nobody waits forever."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from runlog.journal.gate import Gate
from support.journal_files import read_only
from support.writers import MODES, Logger

PROGRAM = Path(__file__).resolve().parents[1] / "support" / "interrupted_writer.py"
BEGIN = PROGRAM.with_name("interrupted_begin.py")
OVERFLOWED_POINT = 16


@pytest.fixture(params=sorted(MODES))
def mode(request):
    return request.param


@pytest.fixture
def interrupted(run_script, tmp_path, mode):
    """Runs a program of interrupted_writer.py; gives its counts and what it left."""

    def run(what, seconds="1.5"):
        done = run_script(PROGRAM, what, str(tmp_path / "run"), mode, seconds)
        return json.loads(done.stdout), read_only(tmp_path / "run")

    return run


def overflowed_points(written):
    """Names and values of the points in the overflow stream."""
    points = [msgspec.msgpack.decode(one.payload) for one in written.overflow if one.kind == OVERFLOWED_POINT]
    return [(name, value) for name, _, value, *_ in points]


def points_of(written, name):
    """Values of a name, those in the overflow stream included."""
    return written.values(name) + [value for named, value in overflowed_points(written) if named == name]


def payloads_of(written, prefix):
    """Payloads of events that begin so, those in the overflow stream included."""
    return [one.payload for one in written.events + written.overflow if one.payload.startswith(prefix)]


def all_once(values, count):
    return sorted(values) == list(range(count))


def numbers(payloads):
    return [int(payload.split()[-1]) for payload in payloads]


@pytest.mark.parametrize(
    ("program", "other", "seconds"),
    [("handler_that_logs", "handler", "2"), ("finalizers_that_log", "finalizer", "1.5")],
)
def test_what_logs_in_the_middle_of_a_call_loses_nothing_and_overwrites_nothing(interrupted, program, other, seconds):
    counts, written = interrupted(program, seconds)
    assert counts[other] > 100
    for name in ("main", other):
        assert all_once(points_of(written, name), counts[name])
        assert all_once(numbers(payloads_of(written, name.encode())), counts[name])
    assert written.holes == 0
    assert counts["lost"] == [0, 0]


@pytest.mark.parametrize(
    "program",
    ["handler_that_raises", "handler_that_raises_errors_of_the_disk", "handler_that_raises_errors_of_values"],
)
def test_a_handler_that_raises_reaches_the_caller_and_leaves_no_hole_and_no_lock_behind(interrupted, program):
    counts, written = interrupted(program)
    assert counts["interrupted"] > 10
    returned = range(counts["main"])
    assert set(returned) <= set(points_of(written, "main"))
    assert set(returned) <= set(numbers(payloads_of(written, b"main")))
    assert set(returned) <= set(numbers(payloads_of(written, b"state")))
    named = [(point.name, point.value) for point in written.points] + overflowed_points(written)
    assert set(returned) <= {value for name, value in named if name.startswith("name ")}
    # A call that was broken off may have written its record, never more than that.
    tries = counts["main"] + counts["interrupted"]
    assert len(points_of(written, "main")) <= tries
    assert len(payloads_of(written, b"main")) <= tries
    assert written.holes == 0
    assert counts["lost"] == [0, 0]
    assert counts["overflowed"] == 0


@pytest.mark.parametrize("error", ["Interrupt", "TimeoutError", "ValueError"])
def test_a_handler_that_raises_at_any_place_of_the_first_calls_reaches_the_caller_and_breaks_nothing(
    run_script, tmp_path, error
):
    told = json.loads(run_script(BEGIN, str(tmp_path / "runs"), error).stdout)
    assert told["faults"] == []
    assert told["places"] > 100


@pytest.fixture
def quick_switches():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_four_threads_that_switch_at_every_chance_keep_every_record_in_order(tmp_path, mode, quick_switches):
    calls = 20_000 if mode == "mmap" else 3_000
    logger = Logger(tmp_path, mode=MODES[mode])
    faults = []

    def work(thread):
        try:
            for number in range(calls):
                logger.log(f"t{thread}", float(number), "", number)
                if number % 10 == 0:
                    logger.append(b"%d %d" % (thread, number))
                    logger.log_metrics({f"m{thread}": float(number), f"M{thread}": 1.0})
                if number % 100 == 0:
                    logger.log(f"new {thread} {number}", number)
                    logger.append(b"%d %d" % (thread, number + 1) + b"." * 6000)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    logger.close()
    written = read_only(tmp_path)
    assert written.holes == 0
    assert logger.writer.lost == (0, 0)
    for thread in range(4):
        assert written.values(f"t{thread}") == list(range(calls))
        assert written.values(f"m{thread}") == list(range(0, calls, 10))
        assert len(written.values(f"M{thread}")) == calls // 10
        told = [
            int(one.payload[:30].split()[1].rstrip(b".")) for one in written.events if one.payload[0] == 48 + thread
        ]
        assert told == sorted({*range(0, calls, 10), *range(1, calls, 100)})
    assert len({point.name for point in written.points if point.name.startswith("new")}) == 4 * calls // 100


def test_threads_that_log_first_at_the_same_moment_share_one_writer(tmp_path, mode):
    for round_number in range(10):
        folder = tmp_path / str(round_number)
        begun = []
        logger = Logger(folder, mode=MODES[mode], on_begin=begun.append)
        start = threading.Barrier(8)

        def work(thread, logger=logger, start=start):
            start.wait()
            logger.log("name", float(thread))
            logger.append(b"%d" % thread)

        threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        logger.close()
        written = read_only(folder)
        assert all_once(written.values("name"), 8)
        assert all_once(numbers(written.payloads()), 8)
        assert len(begun) == 1


def test_threads_that_log_while_a_writer_is_closed_keep_or_count_every_record(tmp_path, mode, quick_switches):
    logger = Logger(tmp_path, mode=MODES[mode])
    logger.append(b"0 begin")
    kept = [0] * 4
    tried = [0] * 4
    close_now = threading.Event()

    def work(thread):
        while not logger.writer.closed or tried[thread] % 100:
            tried[thread] += 1
            kept[thread] += bool(logger.append(b"1 %d" % thread))
            if tried[thread] == 500:
                close_now.set()

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    close_now.wait()
    logger.close()
    for thread in threads:
        thread.join()
    assert len(read_only(tmp_path).events) == 1 + sum(kept)
    assert logger.writer.lost == (0, sum(tried) - sum(kept))


def test_the_gate_turns_a_caller_away_that_is_inside_already():
    gate = Gate()
    assert gate.run(lambda: gate.run(lambda: "in", lambda: "refused"), lambda: "out") == "refused"
    assert gate.run(lambda: "in", lambda: "refused") == "in"


def test_the_gate_is_free_again_after_an_exception():
    gate = Gate()
    with pytest.raises(ZeroDivisionError):
        gate.run(lambda: 1 // 0, lambda: 0)
    assert gate.run(lambda: "in", lambda: "refused") == "in"


def test_the_gate_turns_finalizers_of_a_background_task_away():
    gate = Gate()
    seen = []
    gate.aside(lambda: seen.append(gate.run(lambda: "in", lambda: "refused")))
    assert seen == ["refused"]
    assert gate.run(lambda: "in", lambda: "refused") == "in"


def test_the_gate_lets_one_thread_in_at_a_time(quick_switches):
    gate = Gate()
    inside, most = 0, 0

    def action():
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        for _ in range(20):
            pass
        inside -= 1
        return True

    entered = []
    threads = [
        threading.Thread(target=lambda: entered.extend(gate.run(action, bool) for _ in range(2000))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert entered == [True] * 8000
