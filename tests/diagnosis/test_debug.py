"""What runlog tells of itself."""

from __future__ import annotations

import re

SCRIPT = """
    import logging, runlog
    handler = runlog.RunLogHandler()
    logging.getLogger("early").addHandler(handler)
    logging.getLogger("early").warning("before")
    with runlog.start("e") as run:
        logging.basicConfig(level="DEBUG", handlers=[runlog.RunLogHandler()])
        logging.getLogger("runlog").debug("fetched https://user:canary@host/")
    print(*sorted({record.logger for record in run.records()}))
"""
TOLD = [
    r"the workspace is \S+: the nearest .runlog folder upwards",
    r"run \w+: made \S+, which is written by (mmap|append), as fits a file system of type",
    r"run \w+: 1 records from before its start were handed over",
    r"root's records are captured by the implicit handler",
    r"run \w+: attempt 1 begins, this process is its owner",
    r"after basicConfig, root's records are captured by a RunLogHandler that was configured",
    r"run \w+ ended as Completed",
    r"root's records are captured no more",
]


def test_runlog_debug_tells_what_runlog_does_with_time_process_and_thread(run_script):
    told = run_script(SCRIPT, env={"RUNLOG_DEBUG": "1"}).stderr
    for pattern in TOLD:
        assert re.search(rf"^\d{{4}}-\d\d-\d\d [\d:,]+ \d+ MainThread DEBUG runlog: {pattern}", told, re.MULTILINE), (
            pattern
        )


def test_secrets_are_hidden_in_it(run_script):
    told = run_script(SCRIPT, env={"RUNLOG_DEBUG": "1"}).stderr
    assert "fetched https://[redacted]@host/" in told
    assert "canary" not in told


def test_it_says_nothing_where_it_is_not_asked_for_and_runs_do_not_hold_it(run_script):
    done = run_script(SCRIPT)
    assert "DEBUG runlog" not in done.stderr
    assert done.stdout in {"early runlog\n", "early\n"}


def test_debug_on_the_logger_is_the_same_for_the_user_s_own_handlers(heard, workspace):
    import logging

    import runlog

    logging.getLogger("runlog").setLevel(logging.DEBUG)
    runlog.Experiment(workspace, "e").start_logging(outputs=False).complete()
    assert any("ended as Completed" in message for message in heard.messages)


def test_explanations_name_lines_with_it(run_script):
    code = """
        import logging, runlog
        logging.getLogger("lib").setLevel("CRITICAL")
        print(runlog.explain("lib", "ERROR"))
    """
    assert "(set in script_0.py, line 3)" in run_script(code, env={"RUNLOG_DEBUG": "1"}).stdout
