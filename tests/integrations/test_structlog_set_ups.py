"""structlog as its own documentation sets it up, without a word of ours: what the run and the console have."""

from __future__ import annotations

import json

import pytest

import runlog

PROGRAM = """
import logging, sys
import structlog
import runlog
{set_up}
with runlog.start("structlog", capture={{"stdout": {stdout}}}, capture_system=False):
    log = structlog.get_logger({name})
    log.bind(epoch=3).info("batch done", rows=32)
    log.warning("100% of %s")
    try:
        {{}}["missing"]
    except KeyError:
        log.exception("failed", batch=7)
    logging.getLogger("plain").warning("from %s", "logging")
"""
WRAPPED = """
shared = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
]
structlog.configure(
    processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
formatter = structlog.stdlib.ProcessorFormatter(
    foreign_pre_chain=shared,
    processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
)
handler = logging.StreamHandler()
handler.setFormatter(formatter)
logging.getLogger().addHandler(handler)
logging.getLogger().setLevel(logging.INFO)
"""
STANDARD = """
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
        {last},
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
logging.basicConfig(format="%(message)s", level=logging.INFO)
"""
JSON = STANDARD.format(last="structlog.processors.JSONRenderer()")
ARGUMENTS = STANDARD.format(last="structlog.stdlib.render_to_log_kwargs")


def ran(run_script, set_up, name="'train'", stdout=False):
    """What the program printed, and its run."""
    done = run_script(PROGRAM.format(set_up=set_up, name=name, stdout=stdout))
    (run,) = runlog.Workspace.from_config().runs()
    return done, run


def kept(run):
    records = [record for record in run.records() if record.logger in {"train", "plain"}]
    return [(record.logger, record.level, record.message) for record in records]


@pytest.mark.parametrize("set_up", [WRAPPED, ARGUMENTS], ids=["wrap_for_formatter", "render_to_log_kwargs"])
def test_an_event_is_a_record_with_its_fields_and_its_exception(run_script, set_up):
    _, run = ran(run_script, set_up)
    assert kept(run) == [
        ("train", "INFO", "batch done"),
        ("train", "WARNING", "100% of %s"),
        ("train", "ERROR", "failed"),
        ("plain", "WARNING", "from logging"),
    ]
    batch, _, failed = run.records(logger="train")
    assert {name: batch.extra[name] for name in ("epoch", "rows")} == {"epoch": 3, "rows": 32}
    assert (failed.exception.type, failed.exception.frames[-1].function) == ("KeyError", "<module>")
    assert failed.extra["batch"] == 7
    assert not [name for name in batch.extra if name.startswith("_")]


def test_a_processor_formatter_shows_what_it_would_have_shown(run_script):
    done, _ = ran(run_script, WRAPPED)
    shown = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [line["event"] for line in shown if line["logger"] != "runlog"] == [
        *("batch done", "100% of %s", "failed", "from logging"),
    ]


def test_what_json_renderer_makes_is_the_message(run_script):
    done, run = ran(run_script, JSON)
    *events, plain = kept(run)
    assert [level for _, level, _ in events] == ["INFO", "WARNING", "ERROR"]
    assert json.loads(events[0][2]) == {
        "event": "batch done",
        "epoch": 3,
        "rows": 32,
        "logger": "train",
        "level": "info",
    }
    assert plain == ("plain", "WARNING", "from logging")
    assert list(run.records(logger="train"))[2].exception.type == "KeyError"
    assert all(done.stderr.count(message) == 1 for _, _, message in events)


def test_what_structlog_prints_by_itself_is_kept_as_printed(run_script):
    """Nothing is set up: its events never come to logging."""
    done, run = ran(run_script, "", name="", stdout=True)
    printed = [record.message for record in run.records(logger="runlog.stdout")]
    assert [line.rstrip() for line in done.stdout.splitlines() if line.strip()] == printed
    assert [line.partition("] ")[2] for line in printed if "[info" in line] == [f"{'batch done':30} epoch=3 rows=32"]
    assert printed.count("KeyError: 'missing'") == 1
    assert kept(run) == [("plain", "WARNING", "from logging")]
