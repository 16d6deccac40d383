"""Console lines and tqdm's bars on one terminal."""

from __future__ import annotations

import io
import logging
import subprocess
import sys

import pytest

from runlog.handlers import ConsoleHandler

tqdm = pytest.importorskip("tqdm").tqdm


class Screen(io.StringIO):
    """A terminal's view of what is written to it: carriage returns overwrite."""

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        lines = []
        for line in self.getvalue().split("\n"):
            shown = ""
            for part in line.split("\r"):
                shown = part + shown[len(part) :]
            lines.append(shown.rstrip())
        return lines


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    return Screen()


@pytest.fixture
def log(screen):
    logger = logging.getLogger("train")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(ConsoleHandler(screen, format="%(message)s"))
    return logger


def test_lines_logged_while_a_bar_runs_leave_it_whole(screen, log):
    for number in tqdm(range(3), file=screen, mininterval=0, ascii=True):
        log.info("row %d", number)
    lines = screen.lines
    assert lines[:3] == ["row 0", "row 1", "row 2"]
    assert lines[3].startswith("100%|##########| 3/3")


def test_a_bar_that_ended_is_not_drawn_again(screen, log):
    for _ in tqdm(range(2), file=screen, mininterval=0):
        pass
    before = screen.getvalue()
    log.info("after")
    assert screen.getvalue() == before + "after\n"


def test_a_bar_on_another_stream_is_left_alone(log):
    elsewhere = Screen()
    with tqdm(range(2), file=elsewhere) as bar:
        bar.update()
        drawn = elsewhere.getvalue()
        log.info("hello")
        assert elsewhere.getvalue() == drawn


def test_tqdm_is_not_imported_for_the_sake_of_its_bars():
    code = (
        "import sys, logging, runlog\n"
        "logging.basicConfig(handlers=[runlog.ConsoleHandler()])\n"
        "logging.warning('hello')\n"
        "sys.exit('tqdm' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
