"""`runlog doctor` and `runlog explain` on the command line."""

from __future__ import annotations

import json
import os
import re
import sys
import zipfile

import pytest

from runlog import Workspace
from runlog.diagnosis.surroundings import FAMILIES, VARIABLES
from support import source

MUTES = """
    import logging, logging.config, sys
    logging.getLogger("old.module")
    logging.getLogger("quiet").propagate = False
    logging.basicConfig(level="INFO")
    logging.basicConfig(level="DEBUG")
    logging.config.dictConfig({"version": 1, "root": {"level": "DEBUG"}})
    logging.disable(logging.DEBUG)
    print("args", sys.argv[1:])
    sys.exit(int(sys.argv[1]))
"""
KILLED = """
    import os, signal, sys
    sys.path.insert(0, {root!r})
    import runlog
    run = runlog.start("killed")
    run.log("loss", 0.5)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def program(own_folder):
    """A program that configures logging in every way."""
    from support.scripts import write_script

    return write_script(own_folder, MUTES).name


def finding(call, subject, *arguments):
    done = call("doctor", "--json", *arguments)
    (found,) = [one for one in json.loads(done.out) if one["subject"] == subject]
    return found


def test_a_workspace_in_order_has_no_warning(call, start, monkeypatch):
    for name in [name for name in os.environ if name.startswith("RUNLOG_")]:  # the suite's own
        monkeypatch.delenv(name)
    start("a").complete()
    done = call("doctor")
    assert done.code == 0, done.out
    assert {line.split()[0] for line in done.lines} == {"OK"}
    subjects = [line.split()[1] for line in done.lines]
    expected = "runlog packages workspace writable layout disk journal runs format dropped damage unsealed logging"
    assert [one.rstrip(":") for one in subjects] == expected.split()


@pytest.mark.parametrize(
    ("variable", "why"), [("", "the nearest .runlog folder upwards"), ("RUNLOG_URI", "RUNLOG_URI names it")]
)
def test_the_rule_that_led_to_the_workspace_is_told(call, workspace, monkeypatch, variable, why):
    if variable:
        monkeypatch.setenv(variable, workspace.location)
    assert finding(call, "workspace")["text"] == f"{workspace.location} ({why})"


def test_where_there_is_no_workspace_yet_the_place_is_looked_at_all_the_same(call, own_folder):
    found = finding(call, "workspace")
    assert found["text"].startswith(f"{own_folder / '.runlog'}, not made yet (nothing was found from")
    assert finding(call, "runs")["text"] == "0 with records"


def test_records_outside_any_run_are_counted_as_such(call, workspace, run_script):
    run_script("import logging, runlog; logging.basicConfig(handlers=[runlog.RunLogHandler()]); logging.error('x')")
    assert finding(call, "runs")["text"] == "0 with records, and of 1 process outside any run"


def test_an_azure_configuration_is_told_as_the_reason(call, own_folder):
    (own_folder / "config.json").write_text('{"workspace_name": "w"}')
    assert f"{own_folder / 'config.json'} of Azure ML names it" in finding(call, "workspace")["text"]


def test_a_dead_process_s_open_files_are_told_of_and_sealed_on_demand(call, workspace, run_script, repository):
    run_script(KILLED.format(root=str(repository)), check=False)
    found = finding(call, "unsealed")
    assert found["verdict"] == "WARN"
    assert "runlog doctor --seal" in found["remedy"]
    assert call("doctor").code == 3
    assert "sealed 2 segments" in call("doctor", "--seal").out
    assert finding(call, "unsealed") == {"verdict": "OK", "subject": "unsealed", "text": "none", "remedy": ""}


def test_a_damaged_run_is_told_of(call, workspace, run_script, repository):
    run_script(KILLED.format(root=str(repository)), check=False)
    (events,) = (path for path in (workspace.backend.folder / "runs").rglob("*-events-*"))
    data = bytearray(events.read_bytes())
    data[700:720] = os.urandom(20)
    events.write_bytes(data)
    found = finding(call, "damage")
    assert (found["verdict"], "damaged events" in found["text"]) == ("WARN", True)


def test_a_newer_format_is_told_of(call, start):
    run = start("a")
    run.complete()
    (pack,) = (one for one in run._backend.folder.rglob("*.pack"))
    data = bytearray(pack.read_bytes())
    data[8] = 99
    pack.write_bytes(data)
    found = finding(call, "format")
    assert (found["verdict"], found["remedy"]) == ("WARN", "install a newer runlog-ml")


def test_a_misspelled_variable_and_a_switched_off_runlog_are_told_of(call, monkeypatch):
    monkeypatch.setenv("RUNLOG_URL", "x")
    monkeypatch.setenv("RUNLOG_MODE", "disabled")
    assert finding(call, "RUNLOG_URL")["remedy"] == "set RUNLOG_URI instead"
    monkeypatch.setenv("RUNLOG_MODE", "disabled")
    assert "keep nothing" in finding(call, "RUNLOG_MODE")["text"]


def test_a_secret_in_a_variable_is_hidden(call, monkeypatch):
    monkeypatch.setenv("RUNLOG_WEBHOOK_SECRET", "canary-5512")
    assert "canary-5512" not in call("doctor").out


def test_the_variables_that_doctor_knows_are_those_that_the_source_reads():
    read = {
        name
        for path in source.modules()
        if path.name not in {"surroundings.py", "reporter.py"}
        for name in re.findall(r"[\"'](RUNLOG_[A-Z_]+)[\"']", path.read_text(encoding="utf-8"))
    }
    assert {*VARIABLES, *FAMILIES} == read


def test_a_bundle_is_listed_first_and_holds_no_user_data_and_no_secret(call, start, own_folder):
    import logging

    run = start("a", tags={"team": "canary-tag"})
    run.log("canary-metric", 0.5)
    run.log_params({"canary-param": 1})
    logging.getLogger("mine").warning("canary-message")
    logging.getLogger("runlog").warning("its own, at https://user:canary-password@host/")
    run.complete()
    done = call("doctor", "--bundle", "out.zip", "--yes")
    assert done.code == 0
    assert done.lines[0] == "out.zip will hold, with secrets hidden:"
    with zipfile.ZipFile("out.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(texts) == {"doctor.txt", "doctor.json", "runs.json", "runlog.log.json"}
    assert [line.split()[0] for line in done.lines[1:-1]] == list(texts)
    assert "canary" not in "".join(texts.values())
    assert "its own, at https://[redacted]@host/" in texts["runlog.log.json"]
    assert json.loads(texts["runs.json"])[0]["run"] == run.id


def test_a_bundle_that_is_not_agreed_to_is_not_written(run_command, own_folder):
    assert run_command("doctor", "--bundle", "out.zip").returncode == 130
    assert not (own_folder / "out.zip").exists()


def test_a_program_runs_as_without_doctor_and_who_configured_logging_is_told(run_command, program):
    done = run_command("doctor", "--", sys.executable, program, "7", "--json")
    assert (done.returncode, done.stdout) == (7, "args ['7', '--json']\n")
    told = done.stderr.splitlines()
    assert f"  {program}, line 4: propagate of quiet is False" in told
    assert f"  {program}, line 6: basicConfig() did nothing: root had handlers" in told
    assert f"  {program}, line 7: disabled of old.module is True (dictConfig)" in told
    assert f"  {program}, line 8: logging.disable(DEBUG)" in told
    assert "disabled at the end: old.module, quiet" in told


SERVICE = """
import logging, logging.config, runlog
server = {{"server": {{"level": "INFO", "propagate": False}}}}
logging.config.dictConfig({{"version": 1, "disable_existing_loggers": False, "loggers": server}})
ours = {{"server": {{"level": "INFO"}}}}
logging.config.dictConfig({{"version": 1, "disable_existing_loggers": False, "loggers": ours}})
{afterwards}
with runlog.start("service"{capture}):
    logging.getLogger("server.access").info("served")
"""


def test_loggers_that_keep_their_records_from_a_run_are_told_of_with_what_helps(run_command, own_folder):
    """As uvicorn's and gunicorn's do, also after a configuration that only gives them a level."""

    def told(**given):
        script = own_folder / "service.py"
        code = SERVICE.format(**{"afterwards": "", "capture": "", **given})
        script.write_text(code)
        done = run_command("doctor", "--", sys.executable, script)
        assert done.returncode == 0
        return done.stderr

    def served():
        latest = next(iter(Workspace.from_config().runs()))
        return [record.message for record in latest.records(logger="server.access")]

    said = told()
    assert served() == []
    assert "kept from root and from a run at the end, by propagate=False: server\n" in said
    (fix,) = re.findall("  fix: (`propagate: true` .*)", said)
    (afterwards,) = re.findall(r"logging\.getLogger\(.*?\)\.propagate = True", fix)
    assert "by propagate=False" not in told(afterwards=afterwards)
    assert served() == ["served"]
    (capture,) = re.findall(r"capture={.*?}", fix)
    told(capture=f", {capture}")
    assert served() == ["served"]


@pytest.mark.parametrize("form", ["script", "-m", "-c", "console script"])
def test_a_program_is_watched_however_it_is_started(run_command, own_folder, form):
    code = "import logging; logging.getLogger('lib').setLevel('ERROR')"
    package = own_folder / "package"
    package.mkdir()
    (package / "__main__.py").write_text(code)
    (own_folder / "train.py").write_text(code)
    console = own_folder / "train"
    console.write_text(f"#!{sys.executable}\n{code}\n")
    console.chmod(0o755)
    started = {
        "script": ["train.py"],
        "-m": [sys.executable, "-m", "package"],
        "-c": [sys.executable, "-c", code],
        "console script": ["./train"],
    }[form]
    done = run_command("doctor", "--", *started)
    assert done.returncode == 0, done.stderr
    assert "level of lib is ERROR (setLevel)" in done.stderr


def test_the_package_that_a_change_came_from_is_named(run_command, own_folder):
    (own_folder / "loud.py").write_text("import logging\nlogging.basicConfig(level='DEBUG')\n")
    (own_folder / "train.py").write_text("import loud\n")
    assert "loud.py, line 2 [loud]: basicConfig()" in run_command("doctor", "--", "train.py").stderr


def test_another_sitecustomize_is_still_run(run_command, own_folder):
    (own_folder / "site").mkdir()
    (own_folder / "site" / "sitecustomize.py").write_text("PLACE = 'mine'")
    (own_folder / "train.py").write_text("import sitecustomize\nprint(sitecustomize.PLACE)\n")
    done = run_command("doctor", "--", "train.py", env={"PYTHONPATH": str(own_folder / "site")})
    assert done.stdout == "mine\n"


def test_a_killed_program_is_told_of_as_far_as_it_came(run_command, own_folder):
    (own_folder / "train.py").write_text(
        "import logging, os\nlogging.getLogger('a').setLevel(10)\nos.kill(os.getpid(), 9)\n"
    )
    done = run_command("doctor", "--", "train.py")
    assert done.returncode == 137
    assert "level of a is DEBUG" in done.stderr
    assert "did not come to its end" in done.stderr


def test_a_run_of_a_watched_program_ends_as_it_would(run_command, own_folder, repository):
    (own_folder / "train.py").write_text("import runlog\nrunlog.start('e').log('loss', 1.0)\n")
    assert run_command("doctor", "--", "train.py").returncode == 0
    assert "Completed" in run_command("runs").stdout


def test_a_program_that_is_not_there_is_a_fault(run_command):
    done = run_command("doctor", "--", "./no-such-program")
    assert done.returncode == 1
    assert "no-such-program" in done.stderr


def test_explain_answers_within_the_program_while_its_run_is_open(run_command, own_folder):
    (own_folder / "train.py").write_text(
        "import logging, runlog\n"
        "logging.getLogger('lib').propagate = False\n"
        "with runlog.start('e', log_level='DEBUG'):\n"
        "    logging.getLogger('lib.inner')\n"
    )
    done = run_command("explain", "lib.inner", "DEBUG", "--", "train.py")
    assert done.returncode == 0
    assert "lib.inner DEBUG -> run log: NO   logger 'lib' has propagate=False (set in train.py, line 2)" in done.stderr
    yes = run_command("explain", "other", "DEBUG", "--", "train.py")
    assert "other DEBUG -> run log: yes   run " in yes.stderr
