"""A program that logs in every way, with a configuration file and a spawned process of its own."""

import logging
import multiprocessing

import runlog

CONFIGURATION = """
handlers:
  console: {class: runlog.ConsoleHandler, level: INFO}
  file: {class: runlog.RotatingFileHandler, filename: app.jsonl}
  run: {class: runlog.RunLogHandler}
root: {level: DEBUG, handlers: [console, file, run]}
"""


def work(number):
    logging.getLogger("worker").info("item %d", number)
    runlog.current().log("number", number)


def fail():
    raise ValueError("asked to fail")


def main():
    with open("logging.yaml", "w") as file:
        file.write(CONFIGURATION)
    runlog.config.load("logging.yaml")
    log = logging.getLogger("train")
    with runlog.start("frozen", capture={"stdout": True}) as run:
        log.info("begun", extra={"rows": 32})
        try:
            fail()
        except ValueError:
            log.exception("failed")
        print("printed")
        with multiprocessing.get_context("spawn").Pool(1, initializer=runlog.attach) as pool:
            pool.map(work, range(3))
            pool.close()
            pool.join()
        run.log("loss", 0.5)
    assert [one.id for one in runlog.Workspace.from_config().runs("metrics.loss < 1")] == [run.id]


if __name__ == "__main__":
    multiprocessing.freeze_support()
    main()
