"""What a run records of its surroundings, from its start to whatever end it has."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

import runlog
from runlog.errors import WrongTypeError
from runlog.system.child import gather
from support.scripts import PATIENT

FACTS = """
import json, sys
import runlog
from runlog import Workspace

def told(run):
    return json.dumps({name: dict(facts) for name, facts in run.system.items()})
"""


def last(done):
    return json.loads(done.stdout.splitlines()[-1])


def is_gone(pid: int) -> bool:
    """Whether a process has ended, though nobody may have asked for its exit status yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def wait_until(condition, what: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{what} did not come about in {seconds} s"
        time.sleep(0.02)


@pytest.fixture
def hanging_git(own_folder):
    """The environment of a process whose `git` never ends, and the file with the pids of those that were started."""
    folder, pids = own_folder / "bin", own_folder / "pids"
    folder.mkdir()
    program = folder / "git"
    program.write_text(f"#!/bin/sh\necho $$ >> {pids}\nsleep 600 &\necho $! >> {pids}\nwait\n", encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}, pids


def pids_in(path: Path) -> list[int]:
    return [int(line) for line in path.read_text(encoding="utf-8").split()] if path.exists() else []


def test_a_run_knows_what_it_ran_on(run_script, repository_of, git):
    source = repository_of({"train.py": "rate = 1\n"})
    (source / "train.py").write_text("rate = 2\n", encoding="utf-8")
    done = run_script(
        PATIENT
        + FACTS
        + """
import os
os.chdir(sys.argv[1])
with runlog.start("train") as run:
    run.log("loss", 0.5)
print(told(run))
""",
        str(source),
        "--lr",
        "0.1",
    )
    facts = last(done)
    assert facts["command"]["arguments"][1:] == [str(source), "--lr", "0.1"]
    assert facts["command"]["program"][0] == sys.executable
    assert facts["python"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert facts["host"]["name"] == os.uname().nodename
    assert facts["cpu"]["count"] == os.cpu_count()
    assert facts["memory"]["total"] > 1 << 20
    assert facts["packages"]["installed"]["runlog-ml"] == runlog.__version__
    assert facts["packages"]["count"] == len(facts["packages"]["installed"])
    assert facts["git"]["commit"] == git(source, "rev-parse", "HEAD")
    assert facts["git"]["branch"] == "main"
    assert facts["git"]["changed"] == {"count": 1, "files": ["train.py"]}
    assert facts["gpu"]["count"] >= 0
    assert [name for name, section in facts.items() if "incomplete" in section] == []


def test_the_diff_is_kept_with_the_run(own_folder, run_script, repository_of, git):
    source = repository_of({"train.py": "rate = 1\n"})
    (source / "train.py").write_text("rate = 2\n", encoding="utf-8")
    done = run_script(
        PATIENT
        + "import os, sys, runlog\nos.chdir(sys.argv[1])\nrun = runlog.start()\nrun.complete()\nprint(run.system.diff)",
        str(source),
    )
    assert done.stdout.strip() == git(source, "diff", "HEAD")


def test_runs_of_one_environment_keep_the_list_of_packages_once(own_folder, run_script):
    for _ in range(2):
        run_script(PATIENT + "import runlog\nrunlog.start().complete()")
    contents = [path for path in Path(".runlog/blobs").rglob("*") if path.is_file()]
    assert len(contents) == 1


def test_runs_that_follow_each_other_closely_all_have_the_facts(run_script):
    done = run_script(
        PATIENT
        + FACTS
        + """
runs = [runlog.start() for _ in range(3)]
for run in runs:
    run.complete()
print(json.dumps([[sorted(run.system), sorted(run.system["packages"]["installed"])] for run in runs]))
"""
    )
    facts = last(done)
    assert facts[0] == facts[1] == facts[2]
    assert "packages" in facts[0][0]


def test_a_child_in_its_parent_s_process_has_what_the_parent_recorded(run_script):
    done = run_script(
        PATIENT
        + FACTS
        + """
from runlog.records import EventKind
with runlog.start() as run:
    with run.child_run("part") as child:
        child.log("loss", 1.0)
own = list(child._backend.journal(child.id).events([EventKind.SYSTEM]))
print(json.dumps([len(own), told(child) == told(run), "packages" in child.system]))
"""
    )
    assert last(done) == [0, True, True]


def test_a_run_that_ends_by_a_fault_has_the_facts_too(own_folder, run_script):
    run_script(PATIENT + "import runlog\nrunlog.start()\nraise SystemExit(3)", check=False)
    (run,) = runlog.Workspace.from_config().runs()
    assert run.status == "Failed"
    assert "runlog-ml" in run.system["packages"]["installed"]
    assert "incomplete" not in run.system["packages"]


# -- a program that hangs ------------------------------------------------------------------------------------------


def test_a_hanging_git_holds_up_neither_start_nor_end(own_folder, run_script, repository_of, hanging_git):
    source = repository_of({"train.py": "pass\n"})
    environment, pids = hanging_git
    done = run_script(
        FACTS
        + """
import os, time
os.chdir(sys.argv[1])
with runlog.start() as run:
    while "git" not in run.system:
        time.sleep(0.01)
print(told(run))
""",
        str(source),
        env=environment,
    )
    facts = last(done)["git"]
    assert facts["branch"] == "main"
    assert facts["incomplete"] == "not known 2 s after the run's end"
    wait_until(lambda: all(map(is_gone, pids_in(pids))), "the end of the hanging programs")


def test_a_killed_run_leaves_no_process_behind(own_folder, start_script, repository_of, hanging_git):
    source = repository_of({"train.py": "pass\n"})
    environment, pids = hanging_git
    process = start_script(
        "import os, sys, runlog\nos.chdir(sys.argv[1])\nrunlog.start()\nprint('started')\nsys.stdin.read()",
        str(source),
        env=environment,
    )
    assert process.stdout.readline() == "started\n"
    wait_until(lambda: len(pids_in(pids)) >= 2, "the start of git")
    process.kill()
    process.wait()
    wait_until(lambda: all(map(is_gone, pids_in(pids))), "the end of the hanging programs")


def test_sigterm_waits_for_nothing(own_folder, start_script, repository_of, hanging_git):
    source = repository_of({"train.py": "pass\n"})
    environment, pids = hanging_git
    process = start_script(
        "import os, sys, runlog\nos.chdir(sys.argv[1])\nrunlog.start()\nprint('started')\nsys.stdin.read()",
        str(source),
        env=environment,
    )
    assert process.stdout.readline() == "started\n"
    wait_until(lambda: len(pids_in(pids)) >= 2, "the start of git")
    process.terminate()
    process.wait()
    (run,) = runlog.Workspace(source / ".runlog").runs()
    assert run.status == "Canceled"
    assert run.system["git"]["incomplete"] == "not known 0 s after the run's end"


# -- forks ---------------------------------------------------------------------------------------------------------


def test_a_fork_in_the_middle_of_gathering_harms_neither_side(run_script):
    done = run_script(
        PATIENT
        + FACTS
        + """
import os
run = runlog.start()
child = os.fork()
if child == 0:
    run.log("loss", 1.0)
    second = runlog.start(capture_logging=False)
    second.complete()
    os._exit(0 if "packages" in second.system else 1)
_, status = os.waitpid(child, 0)
run.complete()
print(json.dumps([status, "packages" in run.system, run.get_metrics()]))
"""
    )
    assert last(done) == [0, True, {"loss": [1.0]}]


def test_nothing_is_left_to_wait_for(run_script):
    done = run_script("""
import os, threading
import runlog
runlog.start().complete()
for thread in threading.enumerate():
    if thread.name == "runlog-system":
        thread.join()
try:
    print(os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("no child")
""")
    assert done.stdout.splitlines()[-1] == "no child"


def test_a_frozen_program_is_not_started_a_second_time(run_script):
    done = run_script(
        PATIENT
        + FACTS
        + """
sys.frozen = True
sys.executable = "/bin/false"
with runlog.start() as run:
    pass
print(told(run))
"""
    )
    assert "runlog-ml" in last(done)["packages"]["installed"]


def test_an_interpreter_that_can_t_be_started_is_told_of(run_script):
    done = run_script(
        FACTS
        + """
sys.executable = "/nowhere/python3"
with runlog.start() as run:
    run.log("loss", 1.0)
print(told(run))
"""
    )
    assert "FileNotFoundError" in last(done)["packages"]["incomplete"]


def test_names_of_any_bytes_are_recorded(run_script, own_folder):
    folder = os.fsencode(own_folder) + b"/\xff\xfe"
    os.mkdir(folder)
    done = run_script(
        PATIENT
        + FACTS
        + """
import os
os.chdir(b"\\xff\\xfe")
sys.path.append(os.getcwd())
with runlog.start(run_id="odd") as run:
    pass
print(told(run))
"""
    )
    assert "runlog-ml" in last(done)["packages"]["installed"]


# -- what is chosen, and what never is -----------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["0", "off", "false"])
def test_a_variable_turns_it_off(run_script, setting):
    code = FACTS + "\nrun = runlog.start()\nrun.complete()\nprint(told(run))"
    assert last(run_script(code, env={"RUNLOG_CAPTURE_SYSTEM": setting})) == {}


def test_an_argument_turns_it_off(workspace, monkeypatch):
    run = runlog.start(capture_system=False)
    run.complete()
    assert dict(run.system) == {}


def test_chosen_variables_are_kept_and_others_are_not(run_script):
    chosen = {"CUDA_VISIBLE_DEVICES": "0,1", "SLURM_JOB_NAME": "sweep", "MY_RATE": "3", "YOURS_A": "1", "OTHER": "x"}
    done = run_script(
        FACTS + '\nrun = runlog.start(capture_env=["MY_*"])\nrun.complete()\nprint(told(run))',
        env={**chosen, "RUNLOG_CAPTURE_ENV": "YOURS_A, YOURS_B"},
    )
    kept = last(done)["environment"]
    assert {name: value for name, value in chosen.items() if kept.get(name) == value} == {
        name: value for name, value in chosen.items() if name != "OTHER"
    }
    assert "OTHER" not in kept


def test_no_secret_reaches_the_disk(run_script, own_folder):
    run_script(
        'import runlog\nrunlog.start(capture_env=["MY_*"]).complete()',
        "--password",
        "hunter2-argument",
        "--url=https://me:hunter2-url@host/",
        env={"MY_TOKEN": "hunter2-variable", "MY_PROXY": "http://me:hunter2-proxy@host", "SLURM_JWT": "hunter2-jwt"},
    )
    kept = b"".join(path.read_bytes() for path in Path(".runlog").rglob("*") if path.is_file())
    assert b"MY_TOKEN" in kept
    assert b"hunter2" not in kept


@pytest.mark.parametrize("wrong", ["MY_*", {"A": 1}, [1], 3])
def test_a_wrong_list_of_variables_is_an_error_at_once(workspace, wrong):
    with pytest.raises(WrongTypeError, match="capture_env"):
        runlog.start(capture_env=wrong)


def test_what_the_surroundings_state_goes_before_the_repository(run_script, repository_of):
    source = repository_of({"train.py": "pass\n"})
    done = run_script(
        PATIENT + FACTS + "\nimport os\nos.chdir(sys.argv[1])\nrun = runlog.start()\nrun.complete()\nprint(told(run))",
        str(source),
        env={"AZUREML_GIT_COMMIT": "abc", "AZUREML_GIT_DIRTY": "False", "AZUREML_GIT_BUILD_ID": "77"},
    )
    facts = last(done)["git"]
    assert (facts["commit"], facts["dirty"], facts["build_id"], facts["branch"]) == ("abc", False, "77", "main")


def test_the_newest_attempt_says_what_counts(run_script):
    code = """
import runlog
run = runlog.start(run_id="again", resume="allow")
run.complete()
print(run.system["environment"].get("OMP_NUM_THREADS"), run.system["command"]["arguments"][1:])
"""
    run_script(code, "first", env={"OMP_NUM_THREADS": "1"})
    assert run_script(code, "second", env={"OMP_NUM_THREADS": "2"}).stdout.splitlines()[-1] == "2 ['second']"


def test_a_fact_that_can_t_be_found_out_costs_no_other(repository_of, monkeypatch):
    def refused(*_):
        raise PermissionError("not yours")

    source = repository_of({"train.py": "pass\n"})
    monkeypatch.setattr("runlog.system.machine.cpu_facts", refused)
    monkeypatch.setattr("runlog.system.git.worktree_facts", refused)
    monkeypatch.setattr("runlog.system.packages.installed_packages", refused)
    found = {}
    gather(
        {"folder": str(source), "script": "", "path": list(sys.path)}, lambda sections, contents: found.update(sections)
    )
    why = {"incomplete": "PermissionError: not yours"}
    assert (found["cpu"], found["git"], found["packages"]) == (why, why, why)
    assert found["memory"]["total"] > 0
    assert "count" in found["gpu"]


def test_the_facts_are_found_out_without_further_threads_too(own_folder, monkeypatch):
    def none_left(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", none_left)
    found = {}
    gather(
        {"folder": str(own_folder), "script": "", "path": list(sys.path)},
        lambda sections, contents: found.update(sections),
    )
    assert found["packages"]["count"] > 0
    assert "count" in found["gpu"]
