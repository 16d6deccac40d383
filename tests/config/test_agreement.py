"""What `read` (and so `runlog config check`) accepts loads, what it refuses it says why, and a refusal changes nothing."""

from __future__ import annotations

import copy
import gc
import logging
import logging.config
import logging.handlers
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import runlog
from runlog.errors import ConfigurationError
from runlog.handlers import ConsoleHandler, JsonFormatter
from support.logging_state import kept_logging_state


@pytest.fixture
def written(own_folder):
    """Write a configuration; returns its path."""

    def write(text: str) -> Path:
        path = own_folder / "logging.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


class Kept(logging.Handler):
    """A handler that was there before, and knows whether it was closed."""

    closed = False

    def close(self):
        self.closed = True
        super().close()


@pytest.fixture
def before():
    """What is configured before: a handler on root, and one on a logger."""
    kept = Kept()
    logging.getLogger().addHandler(kept)
    logging.getLogger().setLevel(logging.ERROR)
    logging.getLogger("early").setLevel(logging.INFO)
    return kept


def assert_unchanged(kept):
    assert not kept.closed
    assert kept in logging.getLogger().handlers
    assert logging.getLogger().level == logging.ERROR
    assert (logging.getLogger("early").level, logging.getLogger("early").disabled) == (logging.INFO, False)


def refusal(act, path):
    with pytest.raises(ConfigurationError) as caught:
        act(path)
    return str(caught.value)


ACCEPTED = {
    "levels in any case": "handlers: {c: {class: runlog.ConsoleHandler, level: Info}}\nroot: {level: debug, handlers: [c]}",
    "a level of a program's own": "loggers: {a: {level: TRACE}, b: {level: trace}}",
    "empty sections": "formatters:\nfilters:\nhandlers: {c: {class: runlog.ConsoleHandler}}\nloggers:\nroot: {handlers: [c]}",
    "an empty root": "handlers: {c: {class: runlog.ConsoleHandler}}\nroot:",
    "entries without options": "formatters: {a: }\nfilters: {a: }\nloggers:\n  urllib3:\n",
    "empty lists": "root: {level: INFO, handlers: , filters: []}",
    "class as ext": "handlers: {c: {class: ext://runlog.ConsoleHandler}}\nroot: {handlers: [c]}",
    "names that are no texts": (
        "formatters: {1: {format: '%(message)s'}}\nfilters: {yes: {(): runlog.RunContextFilter}}\n"
        "handlers: {off: {class: runlog.ConsoleHandler, formatter: 1, filters: [yes]}, 2.5: {class: logging.NullHandler}}\n"
        "loggers: {7: {handlers: [2.5]}}\nroot: {handlers: [off]}"
    ),
    "a class with arguments": (
        "formatters:\n  j: {class: runlog.handlers.JsonFormatter, rename_fields: {level: severity}}\n"
        "handlers: {c: {class: runlog.ConsoleHandler, formatter: j}}\nroot: {handlers: [c]}"
    ),
    "defaults of a format": "formatters: {a: {format: '%(team)s %(message)s', defaults: {team: vision}}}",
    "propagate of root": "root: {level: INFO, propagate: no}",
    "propagate as a number": "loggers: {a: {propagate: 0}, b: {propagate: 1}, c: {propagate: }}",
    "qualname": "loggers: {a: {level: INFO, qualname: a}}\nroot: {level: INFO, qualname: root}",
    "the queue recipe": (
        "objects: {queue: {(): queue.Queue, maxsize: 10}}\n"
        "handlers: {q: {class: logging.NullHandler, .: {queue: 'cfg://objects.queue'}}}\nroot: {handlers: [q]}"
    ),
    "cfg:// for levels and lists": (
        "levels: {console: debug}\nlists: {all: [c]}\n"
        "handlers: {c: {class: runlog.ConsoleHandler, level: 'cfg://levels.console'}}\nroot: {handlers: 'cfg://lists.all'}"
    ),
    "anchors": (
        "x-file: &file {class: runlog.RotatingFileHandler, maxBytes: 1MB, backupCount: 3}\n"
        "handlers: {a: {<<: *file, filename: a.log}, b: {<<: *file, filename: b.log, backupCount: 9}}\nroot: {handlers: [a, b]}"
    ),
    "anchors of any section": "shared: &level INFO\nroot: {level: *level}",
    "a byte order mark": "\ufeffroot: {level: INFO}",
    "a foreign field of a format": "formatters: {a: {format: '%(request_id)s %(message)s'}}",
    "a field that a filter may add": (
        "filters: {f: {(): test_agreement_filters.Names}}\nformatters: {a: {format: '%(level_name)s %(message)s'}}"
    ),
    "a handler behind another": (
        "handlers:\n  a: {class: logging.handlers.MemoryHandler, capacity: 10, target: z, flushLevel: ERROR}\n"
        "  z: {class: runlog.ConsoleHandler}\nroot: {handlers: [a]}"
    ),
    "the switches": "version: 1\ndisable_existing_loggers: false\nincremental: false\nroot: {level: 30}",
}


@pytest.fixture
def own_names(own_folder, monkeypatch):
    """A level and a module of the program's own."""
    (own_folder / "test_agreement_filters.py").write_text(
        "import logging\nclass Names(logging.Filter):\n"
        "    def filter(self, record):\n        record.level_name = record.levelname\n        return True\n"
    )
    monkeypatch.syspath_prepend(str(own_folder))
    logging.addLevelName(5, "TRACE")
    yield
    del logging._levelToName[5], logging._nameToLevel["TRACE"]
    sys.modules.pop("test_agreement_filters", None)


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_clear_is_accepted_and_loads(written, own_names, text):
    path = written(text)
    runlog.config.read(path)
    runlog.config.load(path)
    logging.getLogger().warning("works")


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_read_is_taken_by_the_standard_library_too(written, own_names, text):
    config = runlog.config.read(written(text))
    logging.config.dictConfig(copy.deepcopy(config))


def test_it_means_what_it_says(written, own_names):
    runlog.config.load(written(ACCEPTED["levels in any case"]))
    (console,) = logging.getLogger().handlers
    assert (logging.getLogger().level, console.level) == (logging.DEBUG, logging.INFO)
    runlog.config.load(written(ACCEPTED["names that are no texts"]))
    (off,) = logging.getLogger().handlers
    assert (off.name, off.formatter._fmt, len(off.filters)) == ("off", "%(message)s", 1)
    assert [one.name for one in logging.getLogger("7").handlers] == ["2.5"]
    runlog.config.load(written(ACCEPTED["a class with arguments"]))
    (console,) = logging.getLogger().handlers
    assert isinstance(console.formatter, JsonFormatter)
    assert console.formatter.rename_fields == {"level": "severity"}
    runlog.config.load(written(ACCEPTED["propagate as a number"]))
    assert [logging.getLogger(name).propagate for name in "abc"] == [False, True, True]
    runlog.config.load(written(ACCEPTED["cfg:// for levels and lists"]))
    assert logging.getLogger().handlers[0].level == logging.DEBUG
    runlog.config.load(written(ACCEPTED["anchors"]))
    assert [(one.maxBytes, one.backupCount) for one in logging.getLogger().handlers] == [(1_000_000, 3), (1_000_000, 9)]


def test_the_defaults_of_a_format_hold_on_each_python(written, capsys):
    runlog.config.load(
        written(
            "formatters: {a: {format: '%(team)s %(message)s', defaults: {team: vision}}}\n"
            "handlers: {c: {class: runlog.ConsoleHandler, formatter: a}}\nroot: {handlers: [c]}"
        )
    )
    logging.warning("hello")
    assert capsys.readouterr().err == "vision hello\n"


REFUSED = {
    "an unknown level": ("root:\n  level: INF\n", 2, "did you mean 'INFO'?"),
    "a level that is a switch": ("root:\n  level: off\n", 2, "level"),
    "an unknown object": (
        "handlers:\n  c:\n    class: logging.StreamHandler\n    stream: ext://sys.stdrr\n", 4, "did you mean 'stderr'?",
    ),
    "an unknown module": ("handlers:\n  c:\n    class: loging.StreamHandler\n", 3, "there is no module 'loging'"),
    "an unknown class": ("handlers:\n  c:\n    class: runlog.ConsolHandler\n", 3, "did you mean 'ConsoleHandler'?"),
    "an unknown own part": ("root:\n  level: cfg://levels.root\n", 2, "leads nowhere"),
    "a slip in a format": ("formatters:\n  a:\n    format: '%(asctim)s %(message)s'\n", 3, "did you mean 'asctime'?"),
    "a slip in another style": ("formatters:\n  a:\n    format: '{mesage}'\n    style: '{'\n", 3, "did you mean 'message'?"),
    "a slip in a handler's format": (
        "handlers:\n  c: {class: runlog.ConsoleHandler, format: '%(levelName)s'}\n", 2, "did you mean 'levelname'?",
    ),
    "a format without fields": ("formatters:\n  a: {format: none}\n", 2, "formatter 'a' can't be made"),
    "a format of another style": ("formatters:\n  a: {format: '{message}'}\n", 2, "formatter 'a' can't be made"),
    "a wrong argument of a formatter": (
        "formatters:\n  j: {class: runlog.handlers.JsonFormatter, rename_field: {}}\n", 2, "rename_field",
    ),
    "a wrong argument of a filter": ("filters:\n  r: {(): runlog.RateLimitFilter, rate: -1}\n", 2, "filter 'r'"),
    "a wrong value for a handler": (
        "handlers:\n  f: {class: runlog.RotatingFileHandler, filename: x, mode: z}\n", 2, "mode must be",
    ),
    "a wrong value for a standard handler": (
        "handlers:\n  f: {class: logging.handlers.TimedRotatingFileHandler, filename: x, when: often}\n", 2, "OFTEN",
    ),
    "a folder that is not there": (
        "handlers:\n  f: {class: logging.FileHandler, filename: nowhere/x.log}\n", 2, "there is no folder nowhere",
    ),
    "class and ()": ("handlers:\n  c: {class: runlog.ConsoleHandler, (): runlog.ConsoleHandler}\n", 2, "both class and ()"),
    "what can not be called": ("handlers:\n  c: {class: logging.WARNING}\n", 2, "can't be called"),
    "handlers that wait for each other": (
        "handlers:\n  a: &memory {class: logging.handlers.MemoryHandler, capacity: 1, target: b}\n  b: {<<: *memory, target: a}\n",
        2, "in turn",
    ),
    "a target that is not there": (
        "handlers:\n  a: {class: logging.handlers.MemoryHandler, capacity: 1, target: b}\n", 2, "handler 'a' can't be made",
    ),
    "a propagate in quotes": ("loggers:\n  a: {propagate: 'no'}\n", 2, "give true or false"),
    "an unknown section": ("objcts: {a: 1}\nroot: {level: INFO}\n", 1, "no 'objcts'"),
    "an unknown section that is like a known one": ("handler:\n  a: {}\n", 1, "did you mean 'handlers'?"),
    "attributes that are none": ("handlers:\n  c: {class: runlog.ConsoleHandler, .: 3}\n", 2, "must be a mapping of attributes"),
    "disable_existing_loggers in quotes": ("disable_existing_loggers: 'no'\n", 1, "give true or false"),
    "a handler without options": ("handlers:\n  c:\n", 2, "has no class"),
    "a file name that is no text": ("handlers:\n  f: {class: runlog.RotatingFileHandler, filename: [a]}\n", 2, "handler 'f'"),
    "an empty file": ("", 0, "it is empty"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "part"), REFUSED.values(), ids=REFUSED)
def test_what_can_not_work_is_refused_by_both_with_its_line_and_changes_nothing(written, before, text, line, part):
    path = written(text)
    told = refusal(runlog.config.read, path)
    assert part in told
    assert line == 0 or f"{path}, line {line}," in told
    assert refusal(runlog.config.load, path) == told
    assert_unchanged(before)


def test_a_handler_of_ones_own_that_can_not_be_made_leaves_what_was_before(written, before, own_folder, monkeypatch):
    (own_folder / "test_agreement_handlers.py").write_text(
        "import logging\nclass Broken(logging.Handler):\n    def __init__(self):\n        raise RuntimeError('no')\n"
    )
    monkeypatch.syspath_prepend(str(own_folder))
    path = written(
        "handlers:\n  c: {class: runlog.ConsoleHandler}\n  x:\n    class: test_agreement_handlers.Broken\n"
        "root: {handlers: [c, x]}\n"
    )
    assert f"{path}, line 3," in refusal(runlog.config.load, path)
    assert_unchanged(before)
    sys.modules.pop("test_agreement_handlers")


def test_new_handlers_are_not_closed_with_the_old_ones(written, before):
    path = written("handlers: {f: {class: logging.FileHandler, filename: a.log, mode: w}}\nroot: {handlers: [f]}\n")
    runlog.config.load(path)
    assert before.closed
    (file,) = logging.getLogger().handlers
    assert not file._closed
    assert any(reference() is file for reference in logging._handlerList), "logging.shutdown closes it at exit"
    assert logging._handlers["f"] is file
    logging.error("hello")
    assert Path("a.log").read_text() == "hello\n"
    file.close()


def test_reading_makes_no_file_and_leaves_no_handler_behind(written, own_folder):
    known = len(logging._handlerList)
    runlog.config.read(
        written(
            "handlers:\n  a: {class: logging.FileHandler, filename: a.log}\n"
            "  b: {class: runlog.RotatingFileHandler, filename: b.log, delay: false}\n"
            "  c: {class: runlog.ConsoleHandler, metrics: true}\nroot: {handlers: [a, b, c]}\n"
        )
    )
    assert [path.name for path in own_folder.iterdir()] == ["logging.yaml"]
    gc.collect()
    assert len(logging._handlerList) <= known


def test_an_incremental_configuration_of_handlers_that_are_not_there_changes_nothing(written, before):
    path = written("incremental: true\nhandlers: {nowhere: {level: INFO}}\nroot: {level: DEBUG}\n")
    runlog.config.read(path)
    assert "there is no handler 'nowhere'" in refusal(runlog.config.load, path)
    assert_unchanged(before)


def test_an_incremental_configuration_changes_levels_in_any_case(written):
    handler = ConsoleHandler()
    handler.name = "mine"
    runlog.config.load(written("incremental: true\nhandlers: {mine: {level: error}}\nroot: {level: info}\n"))
    assert (handler.level, logging.getLogger().level) == (logging.ERROR, logging.INFO)


# Configurations made up at random: from pieces that fit together, and with one piece changed.

names = st.sampled_from(["a", "b", "über", "1", "off"])
levels = st.sampled_from(["DEBUG", "INFO", "WARNING", 10, 0, "METRIC", None])
formatters = st.sampled_from(
    [
        {"format": "%(message)s"},
        {"format": "{message} {levelname:>8}", "style": "{", "datefmt": "%H"},
        {"format": "$message", "style": "$", "validate": True},
        {"class": "logging.Formatter", "format": "%(asctime)s"},
        {"()": "runlog.handlers.JsonFormatter", "rename_fields": {"message": "msg"}},
        {"()": "logging.Formatter", "fmt": "%(name)s"},
        {},
    ]
)
filters = st.sampled_from([{"()": "runlog.RunContextFilter"}, {"name": "a"}, {}, {"()": "runlog.DuplicateFilter"}])
handlers = st.sampled_from(
    [
        {"class": "runlog.ConsoleHandler", "metrics": False},
        {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"},
        {"class": "logging.NullHandler"},
        {"class": "runlog.RotatingFileHandler", "filename": "app.log", "maxBytes": 1000, "backupCount": 2},
        {"class": "logging.FileHandler", "filename": "plain.log", "delay": True},
        {"class": "runlog.RunLogHandler"},
        {"()": "logging.NullHandler"},
    ]
)


@st.composite
def configurations(draw):
    config = {"version": 1, "disable_existing_loggers": draw(st.booleans())}
    config["formatters"] = draw(st.dictionaries(names, formatters, max_size=2))
    config["filters"] = draw(st.dictionaries(names, filters, max_size=2))
    some = draw(st.dictionaries(names, handlers, max_size=3))
    chosen = {}
    for name, options in some.items():
        chosen[name] = {**options, "level": draw(levels), "filters": draw(subset(config["filters"]))}
        if config["formatters"] and draw(st.booleans()):
            chosen[name]["formatter"] = draw(st.sampled_from(sorted(config["formatters"])))
    config["handlers"] = chosen
    logger = st.fixed_dictionaries(
        {"level": levels, "handlers": subset(chosen), "filters": subset(config["filters"])},
        optional={"propagate": st.sampled_from([True, False, 0, 1])},
    )
    config["loggers"] = draw(st.dictionaries(st.sampled_from(["x", "x.y", "z"]), logger, max_size=2))
    config["root"] = draw(logger)
    return draw(st.permutations(list(config.items())).map(dict))


def subset(entries):
    return st.lists(st.sampled_from(sorted(entries)), unique=True) if entries else st.just([])


@st.composite
def spoilt(draw):
    """A configuration with one of its parts left out, renamed, or replaced by something else."""
    config = copy.deepcopy(draw(configurations()))
    place = config
    while True:
        key = draw(st.sampled_from(sorted(place, key=str))) if isinstance(place, dict) and place else None
        if key is None or not isinstance(place[key], dict) or not place[key] or draw(st.booleans()):
            break
        place = place[key]
    if key is not None:
        change = draw(st.sampled_from(["remove", "rename", "replace"]))
        value = place.pop(key)
        if change == "rename":
            place[f"{key}x"] = value
        elif change == "replace":
            place[key] = draw(
                st.sampled_from([None, 0, 7, "text", "DEBG", [], ["a"], {}, {"a": 1}, True, "ext://sys.nothing"])
            )
    return config


def outcomes(config):
    """What `read`, `load` and `dictConfig` make of a configuration: None, or the error."""
    with tempfile.TemporaryDirectory() as folder, kept_logging_state():
        path = Path(folder) / "logging.yaml"
        path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        results = []
        for act in (runlog.config.read, runlog.config.load):
            kept = Kept()
            logging.getLogger().handlers = [kept]
            try:
                act(path)
                results.append(None)
            except ConfigurationError as error:
                results.append(str(error))
                assert not kept.closed
                assert logging.getLogger().handlers[:] == [kept]
        try:
            logging.config.dictConfig(copy.deepcopy(config))
            results.append(None)
        except Exception as error:
            results.append(repr(error))
        return results


@given(configurations())
def test_what_dictconfig_takes_and_fits_together_is_taken(config):
    assert outcomes(config) == [None, None, None]


@given(spoilt())
def test_read_and_load_agree_on_whatever_they_are_given(config):
    read, load, standard = outcomes(config)
    assert read == load
    if read is None:
        assert standard is None or config.get("version") is None or "handlers" in config
    else:
        assert "logging.yaml" in read
