"""Each kind of process, ended in each way: nothing that it logged is lost, nothing comes twice, every run has its status.

docs/guarantees.md shows what is found here: `make guarantees` writes the page anew.
"""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

import pytest

from support.process_matrix import KINDS, PAGE, TORCH_KINDS, Outcome, measure, section

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

STATUS = {
    "returns": "Completed",
    "raises an exception": "Failed",
    "sys.exit(0)": "Completed",
    "sys.exit(3)": "Failed",
    "os._exit(0)": "Crashed",
    "SIGTERM": "Canceled",
    "SIGKILL": "Crashed",
    "is at work when the pool is terminated": "Canceled",
}
"""What a run ends as when its process ends so."""
AFTER_EXCEPTION = {
    "Pool": "Completed",
    "ProcessPoolExecutor": "Completed",
    "loky": "Completed",
    "DataLoader": "Canceled",  # torch leaves the worker to multiprocessing, which terminates it when the program ends
}
"""What a worker's run ends as after a task that raised: pools let their workers return."""


def expected(kind: str, outcome: Outcome) -> Outcome:
    """Everything is kept. A task's exception goes to the parent, and its worker lives on: what it ends as is not its doing."""
    status = STATUS[outcome.end]
    if outcome.end == "raises an exception" and (leaves := AFTER_EXCEPTION.get(kind.partition(",")[0])):
        status = leaves
    in_parent = "" if kind == "script" else "all"
    return Outcome(outcome.end, in_parent, in_parent, "all, all", status)


@pytest.mark.parametrize("kind", [*KINDS, *TORCH_KINDS])
def test_what_a_process_logs_is_kept_once_however_it_ends(kind, own_folder):
    if kind in TORCH_KINDS and importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    measured = measure(kind, own_folder)
    if results := os.environ.get("RUNLOG_TEST_GUARANTEES"):  # `make guarantees` collects them for the page
        Path(results, f"{kind}.json").write_text(json.dumps(measured), encoding="utf-8")
    else:
        assert "\n".join(section(kind, measured)) in PAGE.read_text(encoding="utf-8")
    assert measured == [expected(kind, outcome) for outcome in measured]


def test_the_page_has_nothing_that_was_not_measured():
    """No cell by hand: each section is what `section` makes of an outcome for each end of a known kind."""
    text = PAGE.read_text(encoding="utf-8")
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    kinds = {kind.title: len(kind.ends) for kind in (KINDS | TORCH_KINDS).values()}
    assert set(titles) <= kinds.keys()
    assert len(titles) >= len(KINDS)
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| the ", "|---"))]
    assert len(rows) == sum(kinds[title] for title in titles)
