"""One of several processes whose threads log as fast as they can, to one run and one rotating file.

Arguments: the number of the process, how many threads, how many records each. The run is the one of RUNLOG_RUN_ID.
"""

from __future__ import annotations

import logging
import sys
import threading

import runlog

MAX_BYTES = 16_000_000


def work(name: str, records: int) -> None:
    logger = logging.getLogger(f"stress.{name}")
    for number in range(records):
        logger.debug("record %d", number, extra={"who": name, "number": number})


def main(process: str, threads: int, records: int) -> None:
    file = runlog.RotatingFileHandler("logs/app.jsonl", maxBytes=MAX_BYTES, backupCount=1_000)
    logging.basicConfig(level=logging.DEBUG, handlers=[file])
    run = runlog.start("stress")
    print("ready", flush=True)
    sys.stdin.readline()
    workers = [threading.Thread(target=work, args=(f"{process}-{thread}", records)) for thread in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    run.complete()
    print(file.dropped + run.dropped, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
