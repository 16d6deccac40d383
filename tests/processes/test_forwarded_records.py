"""Records that go from one process to another, and are handled there again: a run that both write to has them once."""

from __future__ import annotations

import pytest

CHILDREN = pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])


PROGRAM = """
import logging, logging.handlers, multiprocessing, pickle, socketserver, struct, sys, threading
import runlog


def log_some():
    log = logging.getLogger("worker")
    for number in range(20):
        log.info("record %d", number, extra={"number": number})
    try:
        raise ValueError("no data")
    except ValueError:
        log.exception("failed")


def work(way, place, handler):
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    away = logging.handlers.QueueHandler(place) if way == "queue" else (
        logging.handlers.SocketHandler(*place) if way == "socket" else Forwarding(place))
    root.handlers = [away]
    if handler == "own":
        root.handlers = [runlog.RunLogHandler(), away]
    elif handler == "own, behind":
        root.handlers = [away, runlog.RunLogHandler()]
    if handler == "of no run":
        root.handlers = [runlog.RunLogHandler(), away]
    elif handler == "of another run":
        with runlog.start("another", outputs=False):
            log_some()
        return
    elif handler == "of another run, by capture":
        with runlog.start("another", outputs=False, capture={"worker": "DEBUG"}):
            log_some()
        return
    elif handler != "none":
        runlog.attach()
    log_some()


class Forwarding(logging.Handler):
    '''As dask and others do: fields of the record, by a way of their own.'''

    def __init__(self, queue):
        super().__init__()
        self.queue = queue

    def emit(self, record):
        fields = dict(record.__dict__)
        if record.exc_info:
            fields["exc_text"] = logging.Formatter().formatException(record.exc_info)
        fields["exc_info"] = None
        fields["msg"], fields["args"] = record.getMessage(), None
        self.queue.put(fields)


class Receiving(socketserver.StreamRequestHandler):
    def handle(self):
        while len(size := self.connection.recv(4)) == 4:
            (length,) = struct.unpack(">L", size)
            data = b""
            while len(data) < length:
                data += self.connection.recv(length - len(data))
            record = logging.makeLogRecord(pickle.loads(data))
            logging.getLogger(record.name).handle(record)


class HandleAgain(logging.Handler):
    def handle(self, record):
        record = logging.makeLogRecord(record) if isinstance(record, dict) else record
        logging.getLogger(record.name).handle(record)


if __name__ == "__main__":
    way, method, handler = sys.argv[1:]
    context = multiprocessing.get_context(method)
    logging.basicConfig(level="DEBUG")
    with runlog.start("forwarded", outputs=False) as run:
        queue = context.Queue()
        if way == "socket":
            server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Receiving)
            server.daemon_threads = False
            thread = threading.Thread(target=server.serve_forever)
            place = server.server_address
        else:
            place = queue
            listener = logging.handlers.QueueListener(queue, HandleAgain())
            thread = threading.Thread(target=listener._monitor)
        child = context.Process(target=work, args=(way, place, handler))
        child.start()
        thread.start()
        child.join()
        if way == "socket":
            server.shutdown()
            server.server_close()
        else:
            queue.put(None)
        thread.join()
    found = sorted(one.message.split("\\n")[0] for one in run.records(logger="worker"))
    wanted = sorted(["failed", *(f"record {number}" for number in range(20))])
    print("once" if found == wanted else found)
    print([one.exception is not None or "ValueError: no data" in one.message
           for one in run.records(logger="worker", level="ERROR")])
"""


@CHILDREN
@pytest.mark.parametrize("way", ["queue", "socket", "own way"])
@pytest.mark.parametrize("handler", ["implicit", "own", "own, behind"])
def test_a_record_that_two_processes_handle_stands_in_the_run_once(run_script, way: str, method: str, handler: str):
    done = run_script(PROGRAM, way, method, handler)
    assert done.stdout.splitlines() == ["once", "[True]"]


@pytest.mark.parametrize("way", ["queue", "socket", "own way"])
@pytest.mark.parametrize("handler", ["none", "of no run", "of another run", "of another run, by capture"])
def test_a_record_whose_process_writes_to_no_run_or_another_stands_in_the_run_once(run_script, way: str, handler: str):
    done = run_script(PROGRAM, way, "spawn", handler)
    assert done.stdout.splitlines() == ["once", "[True]"]
