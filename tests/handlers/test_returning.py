"""What a console handler writes comes back as a record, of another thread or later: it is not written again."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import queue
import weakref
from logging.handlers import QueueHandler, QueueListener

import pytest

import runlog
from runlog.handlers import returning

BEGIN = """
import contextlib, logging, logging.handlers, os, queue, sys, threading, time
import runlog

logged = []
class Counted(logging.LogRecord):
    def __init__(self, *args, **named):
        super().__init__(*args, **named)
        logged.append(self)
        if len(logged) > 200:
            os.write(1, b"it goes round\\n")
            os._exit(9)
logging.setLogRecordFactory(Counted)
root = logging.getLogger()
root.setLevel("INFO")
console = runlog.ConsoleHandler(format=FORMAT)

class StreamToLogger:
    def __init__(self, name):
        self.logger = logging.getLogger(name)
    def write(self, text):
        for line in text.rstrip().splitlines():
            self.logger.info(line)
    def flush(self):
        pass

class Tee(StreamToLogger):
    def __getattr__(self, name):
        return getattr(sys.__stderr__, name)

class Threaded(StreamToLogger):
    def __init__(self, name):
        super().__init__(name)
        self.lines = queue.Queue()
        threading.Thread(target=self.run, daemon=True).start()
    def write(self, text):
        self.lines.put(text)
    def run(self):
        while True:
            super().write(self.lines.get())
            self.lines.task_done()
    def wait(self):
        for _ in range(5):
            self.lines.join()

class Pipe:
    '''Descriptor 2, and a thread that logs what is written to it.'''
    def __init__(self):
        end, self.written = os.pipe()
        os.dup2(self.written, 2)
        self.thread = threading.Thread(target=self.run, args=(end,))
        self.thread.start()
    def run(self, end):
        with open(end) as lines:
            for line in lines:
                if line == "enough\\n":
                    break
                logging.getLogger("pipe").info(line.rstrip())
    def wait(self):
        os.write(2, b"enough\\n")
        self.thread.join()

class Queue:
    '''The console handler behind a queue.'''
    def __init__(self):
        self.lines = queue.Queue()
        self.listener = logging.handlers.QueueListener(self.lines, console)
        root.addHandler(logging.handlers.QueueHandler(self.lines))
        self.listener.start()
    def wait(self):
        while self.lines.qsize():
            time.sleep(0.01)
        self.listener.stop()
"""
WAYS = {
    "a queue": "sys.stderr = StreamToLogger('E')\nway = Queue()",
    "a queue, with a stream that has a descriptor": "sys.stderr = Tee('E')\nway = Queue()",
    "a thread": "sys.stderr = way = Threaded('E')\nroot.addHandler(console)",
    "a pipe": "way = Pipe()\nroot.addHandler(console)",
}
LOG = """
logging.getLogger("train").warning("once")
logging.getLogger("train").warning("twice")
logging.getLogger("train").warning("twice")
"""
TELL = "\nway.wait()\nprint([record.getMessage() for record in logged if record.name == 'train'])\n"
TIMED = "FORMAT = '%(asctime)s %(name)s: %(message)s'\n"
BARE = "FORMAT = '%(message)s'\n"


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_does_not_go_round(run_script, way):
    done = run_script(TIMED + BEGIN + way + LOG + TELL)
    assert done.stdout == "['once', 'twice', 'twice']\n"


@pytest.mark.parametrize("way", [name for name in WAYS if name.startswith("a queue")])
def test_of_a_format_that_adds_nothing_the_thread_and_the_moment_tell(run_script, way):
    done = run_script(BARE + BEGIN + WAYS[way] + LOG + TELL)
    assert done.stdout == "['once', 'twice', 'twice']\n"


@pytest.mark.parametrize("way", [name for name in WAYS if name != "a pipe"])
def test_it_is_shown_where_the_interpreter_s_own_stream_leads(run_script, way):
    done = run_script(TIMED + BEGIN + WAYS[way] + LOG + TELL)
    shown = [line.rpartition(" train: ")[2] for line in done.stderr.splitlines()]
    assert sorted(shown) == ["once", "twice", "twice"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_run_keeps_each_record_once(run_script, way):
    run = "\nwith runlog.start('x', capture_system=False, outputs=False):\n    "
    run_script(TIMED + BEGIN + way + run + LOG.strip().replace("\n", "\n    ") + TELL.replace("\n", "\n    "))
    (run,) = runlog.Workspace.from_config().runs()
    assert [record.message for record in run.records() if record.logger != "runlog"] == ["once", "twice", "twice"]


def test_what_waits_in_a_buffer_that_is_emptied_in_the_midst_of_it_is_shown(run_script):
    buffer = "root.addHandler(logging.handlers.MemoryHandler(3, target=console))\nsys.stderr = StreamToLogger('E')"
    done = run_script(TIMED + BEGIN + buffer + LOG)
    shown = [line.rpartition(" train: ")[2] for line in done.stderr.splitlines()]
    assert sorted(shown) == ["once", "twice", "twice"]


class Sink:
    """A stream of nobody's, which logs nothing."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_records_that_are_alike_are_all_shown(logger_to):
    sink = Sink()
    log = logger_to(runlog.ConsoleHandler(sink, format="%(message)s"))
    for _ in range(3):
        log.error("the same")
    assert sink.text == "the same\n" * 3


def test_a_record_that_tells_a_line_of_a_plain_stream_is_shown(logger_to):
    """As of a program that logs what its child prints in the same format."""
    stream = io.TextIOWrapper(io.BytesIO(), write_through=True)
    log = logger_to(runlog.ConsoleHandler(stream, format="%(levelname)s: %(message)s"))
    log.error("ready")
    log.error("ERROR: ready")
    assert stream.buffer.getvalue().decode().splitlines() == ["ERROR: ready", "ERROR: ERROR: ready"]


def test_what_was_written_is_not_held_for_ever(logger_to):
    sink, text = Sink(), "x" * 1_000_000
    log = logger_to(runlog.ConsoleHandler(sink))
    log.error(text)
    seen = weakref.ref(sink)
    for number in range(2 * returning.MOST):
        log.error("number %d", number)
    assert len(returning._written) == returning.MOST
    assert len(returning._written._by_line) == returning.MOST
    log.handlers.clear()
    del sink
    gc.collect()
    assert seen() is None


@pytest.fixture
def logger_to():
    """`logger_to(handler)`: a logger that has this handler alone."""
    with contextlib.ExitStack() as stack:

        def make(handler):
            log = logging.getLogger("alone")
            log.propagate, log.handlers = False, [handler]
            stack.callback(setattr, log, "propagate", True)
            stack.callback(log.handlers.clear)
            return log

        yield make


def test_a_queue_in_front_of_a_handler_loses_nothing(logger_to):
    sink, lines = Sink(), queue.Queue()
    listener = QueueListener(lines, runlog.ConsoleHandler(sink, format="%(message)s"))
    listener.start()
    log = logger_to(QueueHandler(lines))
    for number in range(300):
        log.error("number %d", number % 2)
    listener.stop()
    assert sink.text.splitlines() == [f"number {number % 2}" for number in range(300)]
