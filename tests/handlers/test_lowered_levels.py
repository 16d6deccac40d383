"""Lowering the root level for the run log leaves everything else that is shown as it was."""

from __future__ import annotations

import logging
import logging.config

import pytest

from runlog.handlers import wrapping
from support.logging_state import Heard


@pytest.fixture
def root():
    return logging.getLogger()


@pytest.fixture
def run_log(root):
    """Stands for the run log: an installed handler."""
    handler = Heard()
    wrapping.install(handler)
    yield handler
    wrapping.uninstall(handler)


@pytest.fixture
def console(root):
    handler = Heard()
    root.addHandler(handler)
    return handler


@pytest.fixture
def lowered(run_log, console):
    restore = wrapping.lower_root_level(logging.DEBUG)
    yield restore
    restore()


def say(name="train"):
    log = logging.getLogger(name)
    log.debug("fine")
    log.warning("coarse")


def test_the_run_log_gets_more_and_the_console_does_not(lowered, run_log, console):
    say()
    assert run_log.messages == ["fine", "coarse"]
    assert console.messages == ["coarse"]


def test_restoring_puts_everything_back(run_log, console, root):
    wrapping.lower_root_level(logging.DEBUG)()
    assert root.level == logging.WARNING
    assert console.filters == []
    say()
    assert run_log.messages == console.messages == ["coarse"]


def test_a_logger_with_a_level_of_its_own_is_shown_as_before(lowered, run_log, console):
    logging.getLogger("verbose").setLevel(logging.DEBUG)
    say("verbose.child")
    assert console.messages == run_log.messages == ["fine", "coarse"]


def test_a_handler_on_a_child_logger_shows_what_it_did(run_log):
    file = Heard()
    logging.getLogger("library").addHandler(file)
    restore = wrapping.lower_root_level(logging.DEBUG)
    say("library")
    restore()
    assert file.messages == ["coarse"]
    assert run_log.messages == ["fine", "coarse"]


def test_it_never_raises_the_level(run_log, console, root):
    root.setLevel(logging.DEBUG)
    restore = wrapping.lower_root_level(logging.INFO)
    say()
    assert console.messages == ["fine", "coarse"]
    restore()
    assert root.level == logging.DEBUG


def test_a_level_that_the_user_sets_later_is_kept(lowered, root):
    root.setLevel(logging.ERROR)
    lowered()
    assert root.level == logging.ERROR


def test_a_handler_configured_later_shows_what_it_would_have_shown(lowered, run_log, console, root):
    root.removeHandler(console)
    later = Heard()
    logging.basicConfig(handlers=[later])
    say()
    assert later.messages == ["coarse"]
    assert run_log.messages == ["fine", "coarse"]


def test_a_configuration_that_sets_the_level_decides_what_is_shown(lowered, run_log):
    later = Heard()
    logging.basicConfig(handlers=[later], level=logging.DEBUG, force=True)
    say()
    assert later.messages == run_log.messages == ["fine", "coarse"]


def test_a_configuration_that_sets_a_higher_level_keeps_it_for_its_handlers_alone(lowered, run_log, root):
    later = Heard()
    logging.basicConfig(handlers=[later], level=logging.ERROR, force=True)
    say()
    assert later.messages == []
    assert run_log.messages == ["fine", "coarse"]
    lowered()
    assert root.level == logging.ERROR


@pytest.mark.parametrize("first_to_end", [0, 1])
def test_two_lowerings_end_in_any_order(run_log, console, root, first_to_end):
    restores = [wrapping.lower_root_level(logging.INFO), wrapping.lower_root_level(logging.DEBUG)]
    assert root.level == logging.DEBUG
    restores.pop(first_to_end)()
    assert root.level == (logging.DEBUG if first_to_end == 0 else logging.INFO)
    restores.pop()()
    assert root.level == logging.WARNING
    assert console.filters == []
