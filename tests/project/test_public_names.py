"""The names a user may rely on."""

from __future__ import annotations

import inspect
import json

import pytest

PUBLIC = {
    "VERSION",
    "METRIC",
    "ConsoleHandler",
    "DuplicateFilter",
    "Experiment",
    "Model",
    "RateLimitFilter",
    "RedactFilter",
    "RotatingFileHandler",
    "Run",
    "RunContextFilter",
    "RunLogHandler",
    "Workspace",
    "attach",
    "bind",
    "capture",
    "config",
    "current",
    "errors",
    "explain",
    "get_run",
    "handlers",
    "redact",
    "set_level",
    "sources",
    "start",
    "testing",
    "use",
    "watch",
}


def test_the_public_names_are_exactly_these():
    import runlog

    assert set(runlog.__all__) == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_is_there_and_says_what_it_does(name):
    import runlog

    value = getattr(runlog, name)
    assert name in dir(runlog)
    if callable(value):
        assert inspect.getdoc(value)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    import runlog

    with pytest.raises(AttributeError, match="no_such_name"):
        runlog.no_such_name  # noqa: B018 - the access is the test


def test_public_names_are_loaded_when_they_are_first_used(run_script):
    loaded = run_script("""
        import json, sys
        import runlog
        before = "runlog.workspace" in sys.modules
        runlog.Workspace
        print(json.dumps([before, "runlog.workspace" in sys.modules]))
    """).stdout
    assert json.loads(loaded) == [False, True]
