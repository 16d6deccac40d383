"""A secret in every place that a program can put it, and a search of every byte that was written."""

from __future__ import annotations

import json

import pytest

CANARY = "c4n4ry-9f8e7d6c5b4a"
SHAPE = "ghp_" + "A1b2C3d4E5f6" * 3

PROGRAM = """
import logging, sys, traceback, warnings
from pathlib import Path
import runlog

canary = "c4n4ry-" + "9f8e7d6c5b4a"
if TELL == "values":
    runlog.redact(values=[canary])
elif TELL == "pattern":
    runlog.redact(patterns=["c4n4ry-[0-9a-f]{12}"])

root = logging.getLogger()
root.setLevel(logging.DEBUG)
for handler in runlog.handlers(console="DEBUG", file={"filename": "app.jsonl"}, run="DEBUG"):
    root.addHandler(handler)
text = runlog.RotatingFileHandler("app.txt", format="text")
root.addHandler(text)
log = logging.getLogger("train")

with runlog.start("canary", display_name=f"run with {canary}", description=f"it has {canary}",
                  tags={"early": f"a {canary}"}) as run:
    log.info(f"a message with {canary} in it")
    log.info("an argument: %s", canary)
    log.info("cut: %.3s", canary)
    log.info("split: c4n4ry-%s", canary[7:])
    log.info("by name: %(who)s", {"who": canary})
    log.info("a list: %s", [{"deep": (canary,)}])
    log.info("extra", extra={"own": canary, "nested": {"deep": [canary]}})
    log.info(Path(canary))
    log.info("an object: %s", Path(canary))
    try:
        raise ValueError(f"refused: {canary}")
    except ValueError:
        log.exception("it failed")
    try:
        password = "c4n4ry-9f8e7d6c5b4a"; 1 / 0
    except ZeroDivisionError:
        log.exception("a source line")
    log.warning("with a stack, from c4n4ry-9f8e7d6c5b4a", stack_info=True)
    log.info("GET https://me:%s@host/x?sig=%s", canary, canary)
    log.info("broken: %d", canary)
    run.log("text", canary)
    run.log(f"name {canary}", 1.0)
    run.log_metrics({f"other {canary}": 1.0})
    run.log_params({"alpha": canary, "list": [canary], f"key {canary}": 1})
    run.tag("label", canary)
    run.set_tags({f"key {canary}": "x"})
    run.add_properties({"origin": canary})
    run.log_row("row", column=canary, number=3)
    run.log_table("table", {"column": ["a", canary]})
    run.log_list("list", [canary])
    run.log_text("page", f"<p>{canary}</p>")
    run.log_html("html", f"<p>{canary}</p>" * 3000)
    run.note(f"see {canary}")
    run.description = f"now {canary}"
    run.display_name = f"renamed {canary}"
    run.upload_file(f"outputs/{canary}.txt", __import__("io").BytesIO(b"content"))
    run.log("loss", 0.5, description=f"of {canary}")
    child = run.child_run(f"child {canary}", tags={"t": canary}) if hasattr(run, "child_run") else None
    print(canary[:0] + "printed")
    run.fail(f"because of {canary}")
"""


@pytest.mark.parametrize(
    ("told", "environment"),
    [("environment", {"SERVICE_TOKEN": CANARY}), ("values", {}), ("pattern", {})],
)
def test_a_canary_is_found_in_no_byte_of_workspace_console_and_files(run_script, own_folder, told, environment):
    ran = run_script(
        f"TELL = {told!r}\n" + PROGRAM.replace('"c4n4ry-9f8e7d6c5b4a"; 1 / 0', '"c4n4ry-9f8e7d6c5b4a"; 1 / 0'),
        *("--alpha", CANARY, f"--beta={CANARY}"),
        env={"RUNLOG_CAPTURE_ENV": "OTHER_*,SERVICE_*", "OTHER_VALUE": f"has {CANARY}", **environment},
    )
    written = {
        "stdout": ran.stdout.encode(),
        "stderr": ran.stderr.encode(),
        **{
            str(path): path.read_bytes() + str(path).encode()
            for path in own_folder.rglob("*")
            if path.is_file() and path.suffix != ".py"
        },
    }
    assert len(written) > 5
    assert "printed" in ran.stdout
    hits = {name: data.count(CANARY.encode()) for name, data in written.items() if CANARY.encode() in data}
    assert hits == {}
    assert b"[redacted]" in written[str(own_folder / "app.jsonl")]


def test_the_search_would_find_it_where_redaction_is_off(run_script, own_folder):
    ran = run_script('TELL = "values"\n' + PROGRAM, CANARY, env={"RUNLOG_REDACT": "0"})
    journals = [path for path in own_folder.rglob("*") if path.is_file() and "runs" in path.parts]
    assert CANARY in ran.stderr
    assert CANARY in (own_folder / "app.jsonl").read_text()
    assert sum(path.read_bytes().count(CANARY.encode()) for path in journals) > 40
    assert any(CANARY in path.name for path in journals)


def test_records_stay_readable_around_what_is_hidden(run_script, own_folder):
    run_script("TELL = 'values'\n" + PROGRAM)
    lines = [json.loads(line) for line in (own_folder / "app.jsonl").read_text().splitlines()]
    messages = [line["message"] for line in lines]
    assert "a message with [redacted] in it" in messages
    assert "an argument: [redacted]" in messages
    assert "split: [redacted]" in messages
    assert "cut: c4n" in messages
    assert "GET https://[redacted]@host/x?sig=[redacted]" in messages
    extra = next(line for line in lines if line["message"] == "extra")
    assert (extra["own"], extra["nested"]) == ("[redacted]", {"deep": ["[redacted]"]})
    failed = next(line for line in lines if line["message"] == "it failed")
    assert failed["exception"].endswith("ValueError: refused: [redacted]")


def test_a_run_keeps_template_and_arguments_only_where_nothing_was_hidden(run_script, own_folder):
    from runlog import Workspace

    run_script("TELL = 'values'\n" + PROGRAM)
    (run,) = [one for one in Workspace(own_folder).runs() if one.parent is None]
    records = {record.message: record for record in run.records()}
    hidden = records["an argument: [redacted]"]
    assert (hidden.template, hidden.args) == (None, None)
    assert run.status == "Failed"
    assert run.get_metrics()["text"] == ["[redacted]"]
