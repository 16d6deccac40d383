"""The JSON Schema for editors: it takes what the loader takes, and knows every argument of our handlers."""

from __future__ import annotations

import inspect

import jsonschema
import pytest
import yaml

import runlog
from runlog.config import json_schema
from support import documents

EXAMPLES = sorted(path for path in (documents.ROOT / "examples").rglob("logging.yaml"))


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_are_valid(validator, path):
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert list(validator.iter_errors(content)) == []
    runlog.config.read(path)


@pytest.mark.parametrize(
    "text",
    [
        "handlers: {a: {class: runlog.ConsoleHandler, levle: INFO}}",
        "handlers: {a: {class: runlog.RotatingFileHandler}}",
        "handlers: {a: {class: runlog.RotatingFileHandler, filename: x, maxBytes: 10 apples}}",
        "handlers: {a: {level: INFO}}",
        "root: {level: DEBG}",
        "rot: {}",
    ],
)
def test_what_the_loader_refuses_is_invalid(validator, text, own_folder):
    assert list(validator.iter_errors(yaml.safe_load(text))) != []
    (own_folder / "logging.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(runlog.errors.ConfigurationError):
        runlog.config.read(own_folder / "logging.yaml")


@pytest.mark.parametrize("name", ["ConsoleHandler", "RotatingFileHandler", "RunLogHandler"])
def test_every_argument_of_a_handler_is_known_and_no_other(name):
    arguments = set(inspect.signature(getattr(runlog, name)).parameters)
    known = set(json_schema()["$defs"][name]["properties"]) - {"class", "formatter", "filters", "."}
    assert known == arguments
