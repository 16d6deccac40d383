"""A program that trains: whatever the server answers, nothing of it fails."""

import logging
import sys
from pathlib import Path

import runlog
from runlog.errors import RunLogError

logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()])
try:
    run = runlog.start("training", run_id=sys.argv[1] if sys.argv[1:] else None, resume="allow")
except RunLogError as error:  # that run can't be gone on with
    assert sys.argv[1:], "a new run can always be begun"
    print("it has come to its end:", error)
    sys.exit()
for step in range(30):
    run.log("loss", 1 / (step + 1), step=step)
run.log_params({"lr": 0.1})
run.log_text("words", "many words " * 3_000)
run.tag("kind", "small")
logging.getLogger("app").info("it goes on")
Path("weights.txt").write_text("weights")
run.upload_file("weights.txt", "weights.txt")
child = run.child_run("child")
child.complete()
run.complete()
print("it has come to its end")
