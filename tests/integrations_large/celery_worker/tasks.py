"""An application of Celery as its documentation writes one, with a run for the life of a worker."""

import logging
import os
import time

from celery import Celery
from celery.signals import setup_logging, worker_init
from celery.utils.log import get_task_logger

import runlog

FOLDERS = {"data_folder_in": "queue", "data_folder_out": "queue", "processed_folder": "done", "control_folder": "done"}
HOW = os.environ["HOW"]
OPTIONS = {"capture": {"celery.task": "INFO"}, "capture_system": False}

app = Celery("tasks", broker="filesystem://", backend="file://results", broker_transport_options=FOLDERS)
app.conf.broker_connection_retry_on_startup = False
log = get_task_logger(__name__)

if HOW == "module":
    runlog.start("worker", **OPTIONS)

if HOW == "signals":

    @setup_logging.connect
    def configure(**_):
        logging.basicConfig(level="INFO", handlers=runlog.handlers(console="INFO", file="INFO", run="INFO"))

    @worker_init.connect
    def begin(**_):
        runlog.start("worker", capture_system=False)


@app.task
def add(x, y):
    if HOW != "each task":
        return _added(x, y)
    with runlog.start("task", **OPTIONS):
        return _added(x, y)


def _added(x, y):
    log.info("adding %d", x)
    logging.getLogger("library").info("called for %d", x)
    runlog.current().log("sum", x + y)
    return x + y


@app.task
def fail():
    raise ValueError("asked to fail")


@app.task
def last():
    """The worker is told to go while it works on this."""
    log.info("working")
    open("working", "w").close()
    time.sleep(1)
    runlog.current().log("sum", 100)


@app.task
def killed():
    os.kill(os.getpid(), 9)
