"""Libraries that put handlers of their own in the place of all that root has."""

from __future__ import annotations

import pytest

import runlog

PACKAGES = ["absl-py", "celery", "sentry-sdk", "loguru", "coloredlogs"]
pytestmark = pytest.mark.integration

SETUPS = {
    "celery's app.log.setup": """
        from celery import Celery
        Celery("app").log.setup(loglevel="INFO")
    """,
    "celery's hijacking for a worker": """
        from celery import Celery
        Celery("app", set_as_current=True).log.setup_logging_subsystem(loglevel="INFO")
    """,
    "absl's handler in the place of root's": """
        from absl import logging as absl_logging
        absl_logging.use_absl_handler()
        absl_logging.set_verbosity(absl_logging.INFO)
    """,
    "coloredlogs": """
        import coloredlogs
        coloredlogs.install(level="INFO")
    """,
    "loguru's interception": """
        from loguru import logger
        class Intercept(logging.Handler):
            def emit(self, record):
                logger.opt(depth=6).log(record.levelname, record.getMessage())
        logging.root.handlers = [Intercept()]
        for name in logging.root.manager.loggerDict:
            logging.getLogger(name).handlers = []
            logging.getLogger(name).propagate = True
    """,
    "sentry, which replaces Logger.callHandlers": """
        import sentry_sdk
        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1")
    """,
}
PROGRAM = """
import logging, runlog
logging.basicConfig(level="INFO"{handlers})
def set_up():
{setup}
if {first}:
    set_up()
run = runlog.start("x", capture={{"library": "DEBUG"}}, capture_system=False)
if not {first}:
    set_up()
logging.root.setLevel("INFO")
logging.getLogger("train").info("once")
logging.getLogger("library.part").debug("named")
run.complete()
with runlog.start("none", capture_logging=False, capture_system=False):
    logging.getLogger("train").info("not captured")
with runlog.start("next", capture_system=False):
    logging.getLogger("train").info("again")
"""


@pytest.mark.parametrize("first", [True, False], ids=["before the run", "within the run"])
@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_the_run_has_each_record_once(environment, run_script, setup, first):
    run_script(PROGRAM.format(setup=setup, first=first, handlers=""), interpreter=environment(PACKAGES), timeout=300)
    kept = {
        run.experiment.name: sorted(one.message for one in run.records() if one.logger in {"train", "library.part"})
        for run in runlog.Workspace.from_config().runs()
    }
    assert kept == {"x": ["named", "once"], "none": [], "next": ["again"]}


def test_celery_s_setup_takes_the_place_of_a_configured_handler_and_the_run_stands_in(environment, run_script):
    setup = SETUPS["celery's app.log.setup"]
    code = PROGRAM.format(setup=setup, first=False, handlers=", handlers=runlog.handlers(console='INFO', run='INFO')")
    run_script(code.partition("with runlog")[0], interpreter=environment(PACKAGES), timeout=300)
    (run,) = runlog.Workspace.from_config().runs()
    assert [one.message for one in run.records(logger="train")] == ["once"]
