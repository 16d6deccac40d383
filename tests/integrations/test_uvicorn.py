"""An application under uvicorn's command: its run, whichever process serves it, and at each end."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

import runlog
from support.web_servers import served

APPLICATION = """
import logging
from contextlib import asynccontextmanager
import runlog
from fastapi import FastAPI

OPTIONS = dict(log_level="INFO", capture={"uvicorn": "INFO", "uvicorn.access": "INFO"}, capture_system=False)
RUN = runlog.start("service", **OPTIONS) if %r == "module" else None
log = logging.getLogger("service")

@asynccontextmanager
async def lifespan(app):
    if RUN is None:
        with runlog.start("service", **OPTIONS):
            yield
    else:
        yield

app = FastAPI(lifespan=lifespan)

@app.get("/ask")
async def ask(number: int):
    log.info("asked %%d", number)
    runlog.current().log("number", number)
    return 100 // number
"""
CASES = {
    "one process, a run of its life": ([], "lifespan", -signal.SIGTERM, "Completed"),
    "one process, a run of its module": ([], "module", -signal.SIGTERM, "Canceled"),
    "workers, a run of their life": (["--workers", "2"], "lifespan", 0, "Completed"),
    "workers, a run of their module": (["--workers", "2"], "module", 0, "Canceled"),
    "a reloader, a run of the module": (["--reload"], "module", 0, "Canceled"),
}


@pytest.mark.parametrize(("options", "started", "code", "status"), CASES.values(), ids=CASES)
def test_each_serving_process_has_a_run_with_what_it_was_asked_and_its_end(own_folder, options, started, code, status):
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    Path("application.py").write_text(APPLICATION % started)
    processes = 2 if "--workers" in options else 1
    with served(own_folder, "-m", "uvicorn", "application:app", "--port", "{port}", *options) as server:
        server.wait_for("Application startup complete", processes)
        assert [server.ask(f"/ask?number={number}") for number in (1, 2, 3)] == [200, 200, 200]
        assert server.ask("/ask?number=0") == 500
        assert server.end(signal.SIGTERM) == code
    runs = list(runlog.Workspace.from_config().runs())
    assert [run.status for run in runs] == [status] * processes
    assert sorted(value for run in runs for value in run.get_metrics().get("number", [])) == [0, 1, 2, 3]
    records = [record for run in runs for record in run.records()]
    asked = [record.message for record in records if record.logger == "service"]
    assert sorted(asked) == ["asked 0", "asked 1", "asked 2", "asked 3"]
    answered = [record.message.rpartition("HTTP")[0] for record in records if record.logger == "uvicorn.access"]
    assert sorted(one.split()[-1] for one in answered) == [f"/ask?number={number}" for number in range(4)]
    (failure,) = [record for record in records if record.level == "ERROR"]
    assert (failure.logger, failure.exception.type) == ("uvicorn.error", "ZeroDivisionError")
    assert server.shown.count("ZeroDivisionError: ") == 1
