"""What surroundings do to logging: each program logs to all three handlers, and what arrived at each is looked at."""

from __future__ import annotations

import json
import re
import textwrap
from typing import NamedTuple

import pytest

import runlog

BEGIN = """
import atexit, gc, logging, logging.config, os, signal, sys, threading, time
import runlog
console = runlog.ConsoleHandler(format="CONSOLE %(name)s %(message)s", level="DEBUG")
logging.basicConfig(level=logging.DEBUG, handlers=[console, *runlog.handlers(console=None, file="app.jsonl", run="DEBUG")])
log = logging.getLogger("train")
run = runlog.start("hostile")
"""


class Arrived(NamedTuple):
    """The messages of the logger ``train`` at each handler, and all that was printed."""

    console: list[str]
    file: list[str]
    run: list[str]
    stderr: str
    counted: str

    @property
    def everywhere(self) -> list[str]:
        assert self.console == self.file == self.run
        return self.run


@pytest.fixture
def arrived(run_script, own_folder):
    def run(code: str, **options) -> Arrived:
        done = run_script(BEGIN + textwrap.dedent(code), **options)
        assert "Exception ignored" not in done.stderr, done.stderr
        assert "could not write" not in done.stderr, done.stderr
        assert "Logging error" not in done.stderr, done.stderr
        console = re.findall(r"^CONSOLE train\S* (.*)$", done.stderr, re.MULTILINE)
        files = sorted(own_folder.glob("app.jsonl*"), reverse=True)  # the oldest first
        file = [json.loads(line) for one in files for line in one.read_text("utf-8").splitlines()]
        (found,) = runlog.Workspace.from_config().runs()
        records = [one.message for one in found.records(logger="train")]
        counted = [one["message"] for one in file if one["logger"] == "count"]
        in_file = [one["message"] for one in file if one["logger"] == "train"]
        return Arrived(console, in_file, records, done.stderr, "".join(counted))

    return run


def test_logging_shutdown_in_the_middle_ends_nothing(arrived):
    assert arrived("log.info('before'); logging.shutdown(); log.info('after')").everywhere == ["before", "after"]


def test_handlers_that_a_foreign_configuration_closed_go_on(arrived):
    got = arrived("""
        logging.config.dictConfig({"version": 1, "loggers": {"library": {"level": "INFO"}}})
        assert log.disabled  # the configuration's doing, as it disables what it does not name
        log.disabled = False
        log.info("after")
        logging.shutdown()
        log.info("after both")
    """)
    assert got.everywhere == ["after", "after both"]


def test_new_loggers_are_heard_where_existing_ones_were_disabled(arrived):
    got = arrived("""
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": True})
        logging.getLogger("train.new").info("heard")
        logging.getLogger("train").info("muted by who configured")
    """)
    assert got.run == ["heard"]
    assert got.console == ["heard"]


def test_finalizers_may_log_whenever_they_run(arrived):
    got = arrived("""
        class Node:
            def __init__(self):
                self.me = self
            def __del__(self):
                log.info("finalizer")
        gc.set_threshold(5, 2, 2)
        for number in range(300):
            Node()
            log.info("main %s", {"filled": [number, Node()] and number})
        gc.collect()
        gc.set_threshold(700, 10, 10)
    """)
    assert len(got.run) == 900
    assert sorted(got.run) == sorted(got.console) == sorted(got.file)


@pytest.mark.skipif(not hasattr(__import__("signal"), "setitimer"), reason="the system has no timers that send signals")
def test_a_signal_handler_may_log_in_the_middle_of_a_record(arrived):
    got = arrived("""
        class Dispatched(logging.Handler):
            count = 0
            def handle(self, record):
                Dispatched.count += record.msg == "signal"
                return True
        logging.getLogger().addHandler(Dispatched())
        depth = 0
        def handle(*_):
            global depth
            if depth < 3:  # handlers that take longer than their interval would pile up until there is no stack left
                depth += 1
                log.info("signal")
                depth -= 1
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for number in range(1500):
            log.info("main")
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        logging.getLogger("count").info("%d", Dispatched.count)
    """)
    assert got.run.count("main") == got.file.count("main") == 1500
    assert abs(got.run.count("signal") - int(got.counted)) <= 1  # the count itself may be interrupted
    in_file = [one for one in got.file if one.startswith("signal")]  # within an import, one may lack what is imported
    assert got.run.count("signal") == len(in_file) > 0


def test_exit_hooks_may_log_whenever_they_were_registered(arrived):
    got = arrived("""
        atexit.register(lambda: log.info("registered after the start"))
        log.info("main")
    """)
    assert got.everywhere == ["main", "registered after the start"]


def test_exit_hooks_that_run_after_the_end_of_the_run_lose_nothing(own_folder, arrived):
    """One that was registered before runlog runs after the run's end: what it logs is kept, marked late."""
    got = arrived("""
        run.complete()
        log.info("after the end")
        def last():
            log.info("last")
        atexit.register(last)
    """)
    assert got.console == got.file == ["after the end", "last"]


def test_a_finalizer_at_interpreter_shutdown_breaks_nothing(arrived):
    got = arrived("""
        class Last:
            def __init__(self, log):
                self.log = log
            def __del__(self):
                self.log.info("shutting down")
        last = Last(log)
        log.info("main")
    """)
    assert got.file == got.console == ["main", "shutting down"]
    assert got.run == ["main"]


def test_a_text_that_logs_while_it_is_made_is_two_records(arrived):
    got = arrived("""
        class Chatty:
            def __str__(self):
                log.info("inner")
                return "outer"
        log.info(Chatty())
        log.info("%s", Chatty())
    """)
    for messages in got[:3]:
        assert messages.count("outer") == 2
        assert messages.count("inner") >= 2


def test_a_text_that_logs_itself_ends(arrived):
    got = arrived("""
        class Endless:
            depth = 0
            def __str__(self):
                Endless.depth += 1
                if Endless.depth < 30:
                    log.info("%s", self)
                return "done"
        log.info("%s", Endless())
        log.info("after")
    """)
    for messages in got[:3]:
        assert messages[-1] == "after"
        assert "done" in messages


def test_64_threads_log_everything_everywhere_in_each_threads_order(arrived):
    got = arrived("""
        def work(thread):
            for number in range(100):
                log.info("%d %d", thread, number)
        threads = [threading.Thread(target=work, args=(one,)) for one in range(64)]
        for one in threads: one.start()
        for one in threads: one.join()
    """)
    for messages in got[:3]:
        assert len(messages) == 6400
        for thread in range(64):
            mine = [int(one.split()[1]) for one in messages if one.split()[0] == str(thread)]
            assert mine == list(range(100))


BROKEN = """
class Broken:
    def __str__(self):
        raise ValueError("no text")
    __repr__ = __str__
"""


@pytest.mark.parametrize("call", ["log.info(Broken())", "log.info('%s', Broken())", "log.info('%r', Broken())"])
def test_an_object_whose_text_raises_costs_no_record_and_no_program(run_script, own_folder, call):
    done = run_script(BEGIN + BROKEN + f"{call}\nlog.info('after')\n")
    (run,) = runlog.Workspace.from_config().runs()
    messages = [one.message for one in run.records(logger="train")]
    assert len(messages) == 2
    assert "ValueError" in messages[0] or "no text" in messages[0]
    in_file = [json.loads(line)["logger"] for line in (own_folder / "app.jsonl").read_text().splitlines()]
    assert in_file.count("train") == 2
    assert "CONSOLE train after" in done.stderr


def test_an_extra_field_whose_text_raises_costs_no_record(arrived):
    assert arrived(BROKEN + "log.info('kept', extra={'broken': Broken()})").everywhere == ["kept"]


def test_lone_surrogates_are_escaped(arrived):
    got = arrived(r"""log.info("half \ud800 %s", "\udfff", extra={"field\ud800": "\ud800"})""")
    assert got.run == [r"half \ud800 \udfff"]
    assert got.console == [r"half \ud800 \udfff"]
    assert len(got.file) == 1


def test_ten_megabytes_are_one_record(arrived):
    got = arrived("log.info('x' * 10_000_000)\nlog.info('after')")
    assert [len(one) for one in got.everywhere] == [10_000_000, 5]


def test_an_integer_too_long_to_print_costs_no_record(arrived):
    got = arrived("""
        log.info("extra", extra={"huge": 10 ** 10_000, "big": 1 << 70})
        log.info("%x", 1 << 200)
        log.info("after")
    """)
    assert got.everywhere == ["extra", f"{1 << 200:x}", "after"]


def test_an_integer_too_long_to_print_as_an_argument_is_told(arrived):
    got = arrived("log.info('%d', 10 ** 10_000)\nlog.info('after')")
    assert got.run[-1] == "after"
    assert len(got.run) == len(got.file) == 2
    assert got.console[-1] == "after"


def test_extra_fields_that_hold_themselves_end(arrived):
    got = arrived("""
        loop = {"name": "loop"}
        loop["me"] = loop
        deep = []
        for _ in range(10_000):
            deep = [deep]
        log.info("loop", extra={"loop": loop})
        log.info("deep", extra={"deep": deep})
        log.info("%s", loop)
    """)
    assert got.run[:2] == got.file[:2] == got.console[:2] == ["loop", "deep"]
    assert len(got.run) == 3


def test_what_is_changed_after_the_call_is_kept_as_it_was(arrived):
    got = arrived("""
        state = {"step": 1, "list": [1]}
        log.info("%s", state["list"], extra={"state": state})
        state["list"].append(2)
        state["step"] = 2
        log.info("after")
    """)
    assert got.everywhere == ["[1]", "after"]
    (run,) = runlog.Workspace.from_config().runs()
    first = next(iter(run.records(logger="train")))
    assert first.extra["state"] == {"step": 1, "list": [1]}
    assert list(first.args) == [[1]]
