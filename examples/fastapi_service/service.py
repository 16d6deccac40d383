"""A prediction service: its own records, uvicorn's, and each request's metrics, in one run, a file and on the console.

Run it anywhere: `python service.py`, or `uvicorn service:app` beside it, then `curl 'http://127.0.0.1:8000/predict?x=3'`;
Ctrl-C ends it. The port is the first argument.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

import runlog

# uvicorn has configured logging by the time it imports this, if it does so at all: the file has the last word.
runlog.config.load(Path(__file__).with_name("logging.yaml"))
log = logging.getLogger("service")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One run for the life of the service."""
    with runlog.start("fastapi-service", display_name="service") as run:
        app.state.run = run
        log.info("ready")
        yield
        log.info("served %d predictions", len(run.get_metrics().get("seconds", [])))


app = FastAPI(lifespan=lifespan)


@app.get("/predict")
async def predict(x: float) -> dict[str, float]:
    """A prediction, logged with the time it took."""
    began = time.perf_counter()
    y = 2 * x + 1
    app.state.run.log_metrics({"x": x, "y": y, "seconds": time.perf_counter() - began})
    log.debug("predicted", extra={"x": x, "y": y})
    return {"y": y}


@app.get("/inverse")
async def inverse(x: float) -> dict[str, float]:
    """What a prediction was made of. Of 0 there is none: the traceback is in the run, too."""
    return {"x": (x - 1) / 2, "inverse": 1 / x}


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None)
