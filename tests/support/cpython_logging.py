"""CPython's own tests of ``logging``, run with runlog's handlers in place of the standard ones.

``python cpython_logging.py MODE CLASS.TEST...`` loads the installed ``test.test_logging`` and runs these tests of it. On
stdout comes one JSON object: the outcome of each, ``"ok"``, ``"skipped: why"`` or its traceback.

* ``handlers``: the names of the standard handlers are ours, also to ``basicConfig``, ``dictConfig`` and ``fileConfig``.
* ``base``: the name ``logging.Handler`` is ``RunLogHandler``.
* ``capture``: the standard handlers stay; a run is open and captures.
* ``capture everything``: it also captures what is printed, and has loggers' levels lowered for itself.

Nothing of CPython's code is kept here: a Python without the ``test`` package (Debian's) has nothing to run.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import logging
import logging.config
import logging.handlers
import os
import sys
import types
import unittest
from contextlib import nullcontext
from pathlib import Path
from typing import Any

MODULE = "test.test_logging"
RUNS: dict[str, dict[str, Any]] = {"capture": {}, "capture everything": {"capture": True, "log_level": "DEBUG"}}
"""How the run of a mode is started."""


def test_names(classes: tuple[str, ...] | None) -> dict[str, list[str]]:
    """The tests of these classes, or of all, as the installed module's source has them; empty where it is not installed."""
    try:
        spec = importlib.util.find_spec(MODULE)
    except ModuleNotFoundError:
        return {}
    if spec is None or spec.origin is None:
        return {}
    body = ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body
    found = [one for one in body if isinstance(one, ast.ClassDef) and (classes is None or one.name in classes)]
    return {one.name: _methods(one) for one in found}


def _methods(node: ast.ClassDef) -> list[str]:
    return [one.name for one in node.body if isinstance(one, ast.FunctionDef) and one.name.startswith("test")]


class Outcomes(unittest.TestResult):
    """The outcome of each test by its name; a failed subtest fails its test."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str, str] = {}

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.outcomes.setdefault(test.id(), "ok")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self.outcomes[test.id()] = f"skipped: {reason}"

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        self.outcomes[test.id()] = self._exc_info_to_string(err, test)

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        self.outcomes[test.id()] = self._exc_info_to_string(err, test)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        if err is not None:
            self.outcomes[test.id()] = self._exc_info_to_string(err, test)


class Stage(types.ModuleType):
    """The module ``logging`` as the tests and ``logging.config`` see it: some names are ours, all others the real ones.

    The real module stays as it is: its classes call each other by these names.
    """

    def __init__(self, ours: dict[str, Any]) -> None:
        super().__init__("logging")
        object.__setattr__(self, "_ours", ours)

    def __getattribute__(self, name: str) -> Any:
        ours = object.__getattribute__(self, "_ours")
        if name == "__dict__":  # where fileConfig evaluates a class's name
            return {**vars(logging), **ours}
        return ours[name] if name in ours else getattr(logging, name)

    def __setattr__(self, name: str, value: Any) -> None:
        ours = object.__getattribute__(self, "_ours")
        if name in ours:
            ours[name] = value
        setattr(logging, name, value)


def stage_ours() -> Stage:
    """Give the names of the standard handlers to ours, and have ``logging.config`` find these.

    Ours have layouts of their own, and the standard ones bare messages: the stand-ins leave the layout to the test.
    """
    import runlog

    class BareLayout(logging.Handler):
        def setFormatter(self, fmt: logging.Formatter | None) -> None:
            logging.Handler.setFormatter(self, fmt)

        def _make_layout(self, datefmt: str | None) -> logging.Formatter:
            return logging.Formatter()

    class StreamHandler(BareLayout, runlog.ConsoleHandler):
        def __init__(self, stream: Any = None) -> None:
            super().__init__(stream)

    class RotatingFileHandler(BareLayout, runlog.RotatingFileHandler):
        pass

    class FileHandler(RotatingFileHandler):
        def __init__(
            self,
            filename: str | os.PathLike[str],
            mode: str = "a",
            encoding: str | None = None,
            delay: bool = False,
            errors: str | None = None,
        ) -> None:
            super().__init__(filename, mode, encoding=encoding, delay=delay, errors=errors)

    class WatchedFileHandler(FileHandler):
        dev = ino = -1  # ours looks at the file's name for each record, and remembers neither

    class TimedRotatingFileHandler(RotatingFileHandler):
        def __init__(self, filename: str | os.PathLike[str], when: str = "h", **kwargs: Any) -> None:
            super().__init__(filename, when=when, **kwargs)

    files = (RotatingFileHandler, WatchedFileHandler, TimedRotatingFileHandler)
    ours: dict[str, Any] = {
        "StreamHandler": StreamHandler,
        "FileHandler": FileHandler,
        "handlers": Handlers({handler.__name__: handler for handler in files}),
    }
    globals_of_ours = {**vars(logging), **ours}
    ours["basicConfig"] = types.FunctionType(
        logging.basicConfig.__code__, globals_of_ours, "basicConfig", logging.basicConfig.__defaults__
    )
    stage = Stage(ours)
    logging.config.logging = stage  # type: ignore[attr-defined]
    logging.config.BaseConfigurator.importer = staticmethod(  # type: ignore[attr-defined]
        lambda name, *args: stage if name == "logging" else __import__(name, *args)
    )
    return stage


class Handlers(types.ModuleType):
    """The module ``logging.handlers`` with some of ours."""

    def __init__(self, ours: dict[str, Any]) -> None:
        super().__init__("logging.handlers")
        vars(self).update(ours)

    def __getattr__(self, name: str) -> Any:
        return getattr(logging.handlers, name)


def main(mode: str, *names: str) -> None:
    import runlog

    module = importlib.import_module(MODULE)
    if mode == "handlers":
        vars(module)["logging"] = stage_ours()
    elif mode == "base":
        vars(module)["logging"] = Stage({"Handler": runlog.RunLogHandler})
    suite = unittest.defaultTestLoader.loadTestsFromNames(names, module)
    result = Outcomes()
    with runlog.start("cpython", **RUNS[mode]) if mode in RUNS else nullcontext():
        suite.run(result)
    outcomes = {name.removeprefix(f"{MODULE}."): outcome for name, outcome in result.outcomes.items()}
    sys.stdout.write(json.dumps(outcomes))


if __name__ == "__main__":
    main(*sys.argv[1:])
