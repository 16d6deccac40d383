"""A YAML file as a logging configuration: what it may say, and what is said of it where it is wrong."""

from __future__ import annotations

import json
import logging
import logging.config
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import runlog
from runlog.config.sizes import bytes_of
from runlog.errors import ConfigurationError

GOOD = """\
filters:
  run: {(): runlog.RunContextFilter}
formatters:
  line: {format: "%(run_id)s %(message)s"}
handlers:
  console: {class: runlog.ConsoleHandler, level: INFO, filters: [run], formatter: line}
  file: {class: runlog.RotatingFileHandler, level: DEBUG, filename: logs/app.jsonl, maxBytes: 10MB}
  run: {class: runlog.RunLogHandler, level: DEBUG}
loggers:
  quiet: {level: ERROR, propagate: false}
root: {level: DEBUG, handlers: [console, file, run]}
"""


@pytest.fixture
def written(own_folder):
    """Write a configuration; returns its path."""

    def write(text: str) -> Path:
        path = own_folder / "logging.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refused(path, **arguments) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        runlog.config.load(path, **arguments)
    return str(caught.value).splitlines()


def test_a_file_configures_logging(written, workspace):
    runlog.config.load(written(GOOD))
    with runlog.Experiment(workspace, "config").start_logging() as run:
        logging.getLogger("train").debug("kept", extra={"rows": 3})
        logging.getLogger("quiet").error("not handed on")
    assert [record.message for record in run.records()] == ["kept"]
    lines = [json.loads(line) for line in Path("logs/app.jsonl").read_text(encoding="utf-8").splitlines()]
    (kept,) = [line for line in lines if line["logger"] == "train"]
    assert (kept["message"], kept["run_id"]) == ("kept", run.id)


def test_reading_alone_changes_nothing(written):
    before = logging.getLogger().handlers[:]
    config = runlog.config.read(written(GOOD))
    assert config["handlers"]["file"]["maxBytes"] == 10_000_000
    assert logging.getLogger().handlers[:] == before
    assert not Path("logs").exists()


def test_what_is_read_is_what_the_standard_library_takes(written):
    logging.config.dictConfig(runlog.config.read(written(GOOD)))
    assert [type(handler) for handler in logging.getLogger().handlers] == [
        runlog.ConsoleHandler,
        runlog.RotatingFileHandler,
        runlog.RunLogHandler,
    ]


def test_loggers_that_exist_are_left_alone_unless_the_file_says_otherwise(written):
    early = logging.getLogger("early")
    runlog.config.load(written(GOOD))
    assert not early.disabled
    runlog.config.load(written(f"disable_existing_loggers: true\n{GOOD}"))
    assert early.disabled
    early.disabled = False


def test_values_come_from_the_environment_and_keep_their_type(written):
    path = written(
        "handlers:\n"
        "  file: {class: runlog.RotatingFileHandler, filename: '${DIR}/x$$y.jsonl', backupCount: '${COUNT:-7}'}\n"
        "  other:\n"
        "    class: runlog.RotatingFileHandler\n"
        "    filename: ${DIR}/other.jsonl\n"
        "    maxBytes: ${SIZE:-1KiB}\n"
        "root: {level: '${LEVEL}', handlers: [file]}\n"
    )
    config = runlog.config.read(path, environment={"DIR": "logs", "LEVEL": "DEBUG"})
    assert config["handlers"]["file"]["filename"] == "logs/x$y.jsonl"
    assert config["handlers"]["file"]["backupCount"] == 7
    assert (config["handlers"]["other"]["filename"], config["handlers"]["other"]["maxBytes"]) == (
        "logs/other.jsonl",
        1024,
    )
    assert config["root"]["level"] == "DEBUG"


def test_a_variable_within_a_text_leaves_it_a_text(written):
    path = written("formatters:\n  a: {datefmt: '${N}${N}'}\n")
    assert runlog.config.read(path, environment={"N": "7"})["formatters"]["a"]["datefmt"] == "77"


def test_formats_with_dollar_signs_are_not_taken_for_variables(written):
    path = written("formatters:\n  a: {format: '${message} at ${asctime}', style: $}\n")
    assert runlog.config.read(path)["formatters"]["a"]["format"] == "${message} at ${asctime}"


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("handlers:\n  a: {class: runlog.ConsoleHandler, levle: INFO}\n", 2, "no argument 'levle'; did you mean 'level'?"),
        ("handlers:\n  a:\n    class: runlog.ConsoleHandlr\n", 3, "can't be imported"),
        ("handlers:\n  a:\n    class: runlog.ConsoleHandler\n    formatter: lines\n", 4, "'lines' is not among the formatters"),
        ("handlers:\n  a:\n    class: runlog.ConsoleHandler\n    filters: run\n", 4, "must be a list"),
        ("handlers:\n  a: {}\n", 2, "has no class"),
        ("handlers:\n  a: {class: runlog.RotatingFileHandler}\n", 2, "needs 'filename'"),
        ("handlers:\n  a: {class: runlog.RotatingFileHandler, filename: x, maxBytes: 10 apples}\n", 2, "is no size"),
        ("root:\n  level: DEBG\n", 2, "did you mean 'DEBUG'?"),
        ("root:\n  handlers: [a]\n", 2, "'a' is not among the handlers: there are none"),
        ("loggers:\n  a:\n    propogate: false\n", 3, "did you mean 'propagate'?"),
        ("loggers:\n  a:\n    propagate: 'no'\n", 3, "give true or false"),
        ("root:\n  propogate: false\n", 2, "the root logger has no 'propogate'"),
        ("formatters:\n  a:\n    style: '#'\n", 3, "there are %, { and $"),
        ("formatters:\n  a:\n    fromat: x\n", 3, "did you mean 'format'?"),
        ("version: 2\n", 1, "the only one that logging knows is 1"),
        ("handler:\n  a: {}\n", 1, "did you mean 'handlers'?"),
        ("handlers: [a]\n", 1, "must be a mapping"),
        ("root:\n  level: ${NOT_SET_ANYWHERE}\n", 2, "NOT_SET_ANYWHERE is not set"),
        ("root: {level: INFO}\nroot: {level: DEBUG}\n", 2, "'root' is given twice"),
        ("root: {level: INFO\n", 2, "no YAML"),
        ("root: &a [*a]\n", 1, "a value inside itself"),
        ("root: !!python/object/apply:os.system ['true']\n", 1, "plain YAML only"),
        ("root:\n  level: !!python/name:os.system\n", 2, "no YAML"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(written, text, line, part):
    path = written(text)
    told = refused(path)
    assert any(f"{path}, line {line}," in one and part in one for one in told), told


def test_all_faults_are_told_at_once_and_nothing_is_changed(written):
    before = (logging.getLogger().handlers[:], logging.getLogger().level)
    told = refused(
        written("handlers:\n  a: {class: runlog.ConsoleHandler, levle: INFO}\nroot: {level: DEBG, handlers: [b]}\n")
    )
    assert len(told) == 3
    assert (logging.getLogger().handlers[:], logging.getLogger().level) == before


def test_a_handler_whose_constructor_fails_is_told_with_its_line_and_the_cause(written):
    path = written("handlers:\n  run: {class: runlog.RunLogHandler}\n  file:\n    class: runlog.RotatingFileHandler\n"
                   "    filename: x\n    mode: z\nroot: {handlers: [file]}\n")  # fmt: skip
    (told,) = refused(path)
    assert f"{path}, line 3," in told
    assert "'z'" in told


@pytest.mark.parametrize("content", ["", "- a\n", "just text\n"])
def test_what_is_no_mapping_is_refused(written, content):
    assert "no mapping" in refused(written(content))[0]


def test_a_file_that_is_not_there_is_told_with_its_name(own_folder):
    assert "absent.yaml" in refused(own_folder / "absent.yaml")[0]


def test_own_factories_and_external_objects_are_left_to_the_standard_library(written):
    runlog.config.load(
        written("handlers:\n  a: {class: logging.StreamHandler, stream: ext://sys.stdout}\nroot: {handlers: [a]}\n")
    )
    import sys

    assert logging.getLogger().handlers[0].stream is sys.stdout


@pytest.mark.parametrize(
    ("size", "count"),
    [("10MB", 10**7), ("10MiB", 10 * 2**20), ("1.5k", 1500), ("7", 7), ("2 GB", 2 * 10**9), ("3b", 3), (5, 5)],
)
def test_a_size_means(size, count):
    assert bytes_of(size) == count


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["handlers", "root", "level", "class", "a", "()", "filters", "loggers",
                                                       "formatters", "formatter", "style"]), inner, max_size=4), max_leaves=20))  # fmt: skip
def test_whatever_yaml_says_it_is_taken_or_refused_with_a_reason(content):
    import tempfile

    import yaml

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "logging.yaml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        try:
            config = runlog.config.read(path)
        except ConfigurationError as error:
            told = str(error)
        else:
            told = "" if config["version"] == 1 else "taken with another version"
    assert told == "" or "logging.yaml" in told
