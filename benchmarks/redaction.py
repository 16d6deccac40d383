"""``python -m benchmarks redact``: what it costs to look for secrets in texts that have none."""

from __future__ import annotations

import random
import string

from .interleave import Plan, measure_batched, measured
from .machine import describe, scratch_folder
from .report import micros, say, table
from .statement import Statement
from .subjects.run_log import open_run
from .subjects.stdlib import INFO, logger_with

CHARACTERS = 120
SECRETS = 20
PATTERNS = 10
_SENTENCE = (
    "epoch 12 of 100, batch 300 of 1000: loss 0.2231, accuracy 0.914, "
    "learning rate 0.0003, grad norm 1.22, 1203 rows a second"
)


def redact_command(plan: Plan) -> None:
    """Measure a text of 120 characters, and records with and without redaction."""
    from runlog.redaction.patterns import DEFAULT
    from runlog.redaction.redactor import Redactor

    say(f"on {describe()}")
    letters = random.Random(7)  # the same secrets each time
    secrets = ["".join(letters.choices(string.ascii_letters + string.digits, k=24)) for _ in range(SECRETS)]
    text = _SENTENCE[:CHARACTERS]
    asked, whole = Redactor((), DEFAULT[:PATTERNS], secrets), Redactor((), DEFAULT, secrets)
    results = measured(
        subjects := {
            f"{SECRETS} secrets, {PATTERNS} patterns, {len(text)} characters": Statement(
                "text(line)", {"text": asked.text, "line": text}
            ),
            f"{SECRETS} secrets, all {len(DEFAULT)} patterns": Statement(
                "text(line)", {"text": whole.text, "line": text}
            ),
        }
    )
    measure_batched(subjects, plan, results)
    _print("a text without a secret", results)
    _records(plan)


def _records(plan: Plan) -> None:
    """Records in turn with redaction and without, as the journal works the harder the longer it is written to."""
    import logging

    import runlog
    from runlog.redaction import process

    on = process.templates
    calls = {
        "numbers": INFO,
        "a text": 'log.info("batch %d of %s", i, "the training set")',
        "f-string": 'log.info(f"batch {i} of 1000")',
    }
    with scratch_folder() as folder, open_run(folder):
        log = logger_with("redacted", runlog.RunLogHandler())  # two handlers would ask of each record who has it
        names = {"log": log, "process": process, "on": on}
        subjects = {"NullHandler": Statement(INFO, {"log": logger_with("null", logging.NullHandler())})}
        for name, call in calls.items():
            subjects[f"{name}, redaction off"] = Statement(f"process.templates = None; {call}", names)
            subjects[f"{name}, redaction on"] = Statement(f"process.templates = on; {call}", names)
        results = measured(subjects)
        measure_batched(subjects, plan, results)
        process.templates = on
    _print("RunLogHandler", results)


def _print(title: str, results: dict) -> None:
    rows = [[name, micros(one.cost), micros(one.rounds[0])] for name, one in results.items()]
    table(title, ["µs a call", "median", "quietest round"], rows, "")
