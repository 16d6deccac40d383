"""The level METRIC beside levels that others have named."""

from __future__ import annotations

import pytest

PROGRAM = """
import logging
logging.addLevelName({number}, "{name}")
import runlog
run = runlog.start("x", log_level="DEBUG", capture_system=False)
print(logging.getLevelName(15), logging.getLevelName("{name}"), logging.getLevelName("METRIC"))
print(logging.getLevelNamesMapping()["METRIC"] if hasattr(logging, "getLevelNamesMapping") else "")
logging.getLogger("train").log({number}, "said")
print([(one.message, one.level) for one in run.records(logger="train")])
"""


@pytest.mark.parametrize(
    ("number", "name", "told"),
    [
        (15, "VERBOSE", ["VERBOSE 15 15", "[('said', 'VERBOSE')]"]),
        (25, "METRIC", ["Level 15 25 25", "[('said', 'METRIC')]"]),
        (25, "NOTICE", ["METRIC 25 15", "[('said', 'NOTICE')]"]),
    ],
)
def test_a_level_that_somebody_named_keeps_its_name_and_number(run_script, number, name, told):
    first, _, last = run_script(PROGRAM.format(number=number, name=name)).stdout.splitlines()
    assert [first, last] == told


def test_metric_is_understood_where_its_number_has_another_name(run_script):
    done = run_script("""
        import logging, logging.config
        logging.addLevelName(15, "VERBOSE")
        import runlog
        logging.config.dictConfig({"version": 1, "loggers": {"runlog.metrics": {"level": "METRIC"}}})
        print(logging.getLogger("runlog.metrics").level, runlog.explain("runlog.metrics", "METRIC").level)
    """)
    assert done.stdout.split() == ["15", "15"]
