"""Logging configured by a YAML file: one call to `logging` reaches the console, a rotating JSON file and the run.

Run it anywhere: `python app.py`. The file is `./logs/app.jsonl`; the run is kept in the nearest `.runlog` folder,
else in `./.runlog`.
"""

from __future__ import annotations

import logging
import logging.config
from pathlib import Path

import yaml

import runlog

CONFIG = Path(__file__).with_name("logging.yaml")


def main() -> None:
    """Configure logging, then log before, in and after a run."""
    logging.config.dictConfig(yaml.safe_load(CONFIG.read_text(encoding="utf-8")))
    log = logging.getLogger("app")

    log.info("before the run: kept as the run's prologue")
    with runlog.start("dictconfig", tags={"config": CONFIG.name}) as run:
        for step in range(3):
            loss = 1 / (step + 1)
            log.debug("step %d", step, extra={"rows": 32})
            log.info("loss is down", extra={"metrics": {"loss": loss}, "step": step})
        try:
            loss / 0
        except ZeroDivisionError:
            log.exception("this went wrong, and the training goes on")
    print("loss:", run.get_metrics()["loss"])


if __name__ == "__main__":
    main()
