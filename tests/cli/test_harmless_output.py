"""Whatever somebody logged, called a run or put into a metric: no command hands it to the terminal as it is."""

from __future__ import annotations

import csv
import http.server
import io
import json
import logging
import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog import Workspace
from runlog.cli.csv_text import safe_cell, write_rows
from support.commands import COMMANDS, calls
from support.scripts import clean_environment

EVIL = "\x1b]52;c;cm0gLXJm\x07\x1b[2J\x9b31m\u202egnp.\u2066\r\x08\x00\u2028\x85"
FORGED = "2026-01-01 00:00:00.000 ERROR    bank: all is lost"
COLOURS = re.compile(r"\x1b\[[\d;]*m")
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
READING = [
    *(["runs"], ["runs", "--json"], ["runs", "--metric", "loss"], ["show", "latest"], ["show", "latest", "--system"]),
    *(
        ["logs", "latest"],
        ["logs", "latest", "--json"],
        ["logs", "--no-run"],
        ["search", "evil"],
        ["search", "evil", "--json"],
    ),
    *(["metrics", "latest"], ["metrics", "latest", "--json"], ["metrics", "latest", "--csv"]),
    *(["metrics", "latest", "wave"], ["metrics", "latest", "wave", "--csv"], ["metrics", "latest", "wave", "--json"]),
    *(["metrics", "latest", "text"], ["metrics", "latest", "matrix"], ["metrics", "latest", f"evil {EVIL}"]),
    *(["diff", "-2", "latest"], ["diff", "-2", "latest", "--json"], ["files", "latest"], ["export", "latest"]),
    *(
        ["export", "latest", "--format", "csv"],
        ["wait", "latest"],
        ["wait", "latest", "--logs"],
        ["models"],
        ["doctor"],
    ),
    *(
        ["show", f"no such {EVIL}"],
        ["runs", f"params.{EVIL} = 3"],
        ["runs", "--status", EVIL],
        ["level", "latest", "--list"],
    ),
    ["show", "latest", "--diff"],
]


@pytest.fixture
def evil(start, workspace):
    """Two ended runs with a text that acts on terminals wherever a text can be."""
    logging.getLogger(f"nowhere{EVIL}").warning(f"evil {EVIL}")
    start("plain").complete()
    run = start(f"name {EVIL}", tags={"team": EVIL}, capture_system=False)
    run.log_params({"param": EVIL, f"other {EVIL}": 3})
    run.log("loss", 0.5)
    run.log(f"evil {EVIL}", 0.5)
    run.log("text", EVIL)
    run.log_row("wave", angle=1, note=EVIL, **{f"column {EVIL}": EVIL})
    run.log_confusion_matrix(
        "matrix",
        {
            "schema_type": "confusion_matrix",
            "schema_version": "1.0.0",
            "data": {"class_labels": [EVIL, "b"], "matrix": [[1, 2], [3, 4]]},
        },
    )
    run.add_properties({"property": EVIL})
    run.note(f"a note {EVIL}\n{FORGED}", author=f"me {EVIL}")
    log = logging.getLogger(f"evil{EVIL}\n{FORGED}")
    log.warning(f"evil {EVIL}\n{FORGED}")
    log.warning("evil %s", EVIL, extra={"user": EVIL}, stack_info=True)
    try:
        raise ValueError(f"evil {EVIL}\n{FORGED}")
    except ValueError:
        log.exception("evil")
    Path("weights.txt").write_text("1")
    run.upload_file(f"out/{EVIL.encode('unicode_escape').decode()}.txt", "weights.txt")
    run.fail(f"it broke {EVIL}\n{FORGED}")
    return run


@pytest.mark.parametrize(
    "command", READING, ids=lambda command: " ".join(command)[:30].encode("unicode_escape").decode()
)
def test_nothing_acts_on_what_shows_it(call, evil, command):
    done = call(*command)
    for shown in (done.out, done.err):
        assert ACTING.search(shown.replace("\r\n", "\n")) is None
        assert [line for line in shown.splitlines() if line.startswith(FORGED)] == []


STAYS = {"server", "ui", "run", "tail", "explain"}
"""They go on until they are ended, or show what another program prints."""
TYPED = EVIL.replace("\x00", "")
"""What somebody can give as an argument, or a script of his."""
WORDS = {
    "run": "latest",
    "runs": "latest",
    "given": "latest",
    "servers": "http://127.0.0.1:9",
    "program": "weights.txt",
}


@pytest.mark.parametrize("path", [one for one in COMMANDS if one[0] not in STAYS], ids=" ".join)
def test_no_command_hands_on_what_somebody_logged_or_gave_as_an_argument(call, evil, path):
    for arguments in calls(path, WORDS, TYPED):
        if "--raw" in arguments:  # asks for the very characters
            continue
        done = call(*(one.format(folder=".") for one in arguments))
        for shown in (done.out, done.err):
            assert ACTING.search(shown.replace("\r\n", "\n")) is None, arguments
            assert [line for line in shown.splitlines() if line.startswith(FORGED)] == [], arguments


@pytest.mark.parametrize(
    "command", [["logs", "latest"], ["runs"], ["search", "evil"], ["show", "latest"]], ids=" ".join
)
def test_nor_on_a_terminal_where_colours_are_ours(evil, own_folder, command):
    shown = on_a_terminal(own_folder, *command)
    assert "\x1b[" in shown
    assert ACTING.search(COLOURS.sub("", shown).replace("\r\n", "\n")) is None
    assert "\\x1b" in shown or "\\r" in shown


def on_a_terminal(folder, *command):
    """What a command prints on a terminal of its own."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "300"}
    with subprocess.Popen(
        [sys.executable, "-m", "runlog", *command], stdout=theirs, stdin=theirs, cwd=folder, env=environment
    ):
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 10_000)
            except OSError:  # the terminal's other end is closed
                break
            if not part:
                break
            shown += part
    os.close(ours)
    return shown.decode()


class Hostile(http.server.BaseHTTPRequestHandler):
    """A server whose every answer is a message that acts on terminals."""

    def do_GET(self):
        body = json.dumps({"error": "not_found", "message": f"{EVIL}\n{FORGED}", "detail": {}}).encode()
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_):
        """Print nothing."""


def test_the_message_of_a_server_is_harmless_too(call):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            done = call("-w", f"http://127.0.0.1:{server.server_address[1]}", "runs")
        finally:
            server.shutdown()
            thread.join()
    assert done.code == 1
    assert "\\x1b]52" in done.err
    assert ACTING.search(done.err) is None
    assert [line for line in done.err.splitlines() if line.startswith(FORGED)] == []


def test_raw_prints_records_as_they_are(call, evil):
    assert EVIL in call("logs", "latest", "--raw").out
    assert EVIL in call("search", "evil", "--raw").out


def test_json_has_the_very_values(call, evil):
    rows = [json.loads(line) for line in call("logs", "latest", "--json").out.splitlines()]
    assert f"evil {EVIL}\n{FORGED}" in [row["message"] for row in rows]
    runs = [json.loads(line) for line in call("runs", "--json").out.splitlines()]
    assert EVIL in [run["params"].get("param") for run in runs]


def test_a_change_is_a_patch_still_unless_something_acts_in_it(call, start, monkeypatch):
    from runlog.reading.system_facts import SystemFacts

    for diff, printed in [("+a\r\n-b\tc\n", "+a\r\n-b\tc\n"), ("+\x1b[2J\n", "+\\x1b[2J\n")]:
        monkeypatch.setattr(SystemFacts, "diff", diff, raising=False)
        start().complete()
        done = call("show", "latest", "--diff")
        assert done.out == printed
        assert ("--raw prints" in done.err) == (printed != diff)
        assert call("show", "latest", "--diff", "--raw").out == diff


FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+cmd",
    "-2+3+cmd",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "-",
    "\uff1d1",
]
NUMBERS = ["-1", "+1", "-0.5", "-1e-7", "1e300", "-inf", "nan", "-.5", "-3."]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text):
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize("value", [*NUMBERS, -1, -0.5, float("-inf"), True, None, "plain", "a=b", "größe", ""])
def test_numbers_and_all_other_values_stay(value):
    assert safe_cell(value) is value


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")) | st.integers() | st.floats(), min_size=1, max_size=4)))
def test_whatever_is_written_is_read_back_without_a_formula(rows):
    stream = io.StringIO(newline="")
    write_rows(stream, rows)
    for row, cells in zip(rows, csv.reader(io.StringIO(stream.getvalue(), newline="")), strict=True):
        for value, cell in zip(row, cells, strict=True):
            assert not (cell.lstrip()[:1] in tuple("=+-@") and not is_number(cell))
            if not isinstance(value, str):
                assert cell == str(value)


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "command", [["metrics", "latest", "--csv"], ["export", "latest", "--format", "csv"]], ids=" ".join
)
def test_names_and_texts_are_no_formulas_in_comma_separated_values(call, start, command):
    with start() as run:
        run.log("=name", -0.5)
        run.log("text", "=cmd|' /C calc'!A0")
        run.log("exact", 2**70 + 1)
    cells = [cell for row in csv.reader(io.StringIO(call(*command).out)) for cell in row]
    assert "'=name" in cells
    assert "'=cmd|' /C calc'!A0" in cells
    assert "-0.5" in cells
    assert str(2**70 + 1) in cells


def test_neither_are_the_headings_and_cells_of_a_table(call, start):
    with start() as run:
        run.log_row("wave", **{"=angle": -1, "note": "@home"})
    rows = list(csv.reader(io.StringIO(call("metrics", "latest", "wave", "--csv").out)))
    assert rows == [["'=angle", "note"], ["-1", "'@home"]]


@pytest.mark.parametrize("command", ["server", "ui"])
def test_a_folder_whose_name_acts_is_served_under_a_name_that_does_not(own_folder, command):
    folder = own_folder / "evil\x1b[2J\u202e"
    Workspace.create("evil", location=folder)
    with subprocess.Popen(
        [sys.executable, "-m", "runlog", command, "-p", "0", "-w", str(folder)],
        env=clean_environment({"HOME": str(own_folder)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        told = process.stdout.readline()
        process.terminate()
    assert "evil\\x1b[2J" in told
    assert ACTING.search(told) is None
