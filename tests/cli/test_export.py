"""`runlog export`."""

from __future__ import annotations

import json
import logging
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture
def everything(start):
    """A run with one of everything that can be logged."""
    Path("weights.txt").write_text("1234", encoding="utf-8")
    with start("everything", tags={"team": "vision"}) as run:
        run.log_params({"alpha": 0.5, "day": date(2026, 1, 31)})
        logging.getLogger("train").info("batch %d", 1)
        run.log("loss", 0.5, step=3)
        run.log("count", 2**70 + 1)
        run.log("note", "warm")
        run.log_list("primes", [2, 3, 5])
        run.log_row("wave", angle=1, price=Decimal("1.10"))
        run.log_table("sine", {"x": [1, 2], "y": [0.5, 0.25]})
        run.upload_file("weights.txt", "weights.txt")
        try:
            raise ValueError("no such thing")
        except ValueError:
            logging.getLogger("train").exception("it broke")
    return run


def rows(ended):
    return [json.loads(line) for line in ended.lines]


def of_type(ended, name):
    return [row for row in rows(ended) if row["type"] == name]


def test_a_line_for_everything_that_was_logged(call, everything):
    exported = call("export", "-1")
    assert exported.code == 0
    kinds = {row["type"] for row in rows(exported)}
    assert kinds == {"run", "status", "params", "tags", "log", "metric", "series", "row", "table", "file", "system"}
    assert [row["value"] for row in of_type(exported, "metric") if row["name"] == "loss"] == [0.5]
    assert [row["value"] for row in of_type(exported, "metric") if row["name"] == "primes"] == [2, 3, 5]
    assert [row["columns"] for row in of_type(exported, "row")] == [{"angle": 1, "price": "1.10"}]
    assert [row["columns"] for row in of_type(exported, "table")] == [{"x": [1, 2], "y": [0.5, 0.25]}]
    assert [row["values"] for row in of_type(exported, "params")] == [{"alpha": 0.5, "day": "2026-01-31"}]
    assert [row["message"] for row in of_type(exported, "log")] == ["batch 1", "it broke"]
    assert of_type(exported, "log")[1]["exception"]["frames"][-1]["source"] == 'raise ValueError("no such thing")'


def test_lines_are_in_the_order_of_time_and_each_has_type_and_time(call, everything):
    times = [row["time"] for row in rows(call("export", "-1"))]
    assert times == sorted(times)
    assert all(line.startswith('{"type":"') for line in call("export", "-1").lines)


def test_two_exports_of_a_run_are_equal(call, everything):
    assert call("export", "-1").out == call("export", everything.id).out


def test_the_lines_of_several_writers_are_merged_by_time(call, start, run_script):
    with start() as run:
        run.log("loss", 1.0)
        code = """
            import sys
            from runlog import Workspace
            with Workspace.from_config().get_run(sys.argv[1]) as run:
                run.log("loss", 2.0)
            """
        run_script(code, run.id)
        run.log("loss", 3.0)
    assert [row["value"] for row in of_type(call("export", "-1"), "metric")] == [1.0, 2.0, 3.0]


def test_an_export_goes_to_a_file_on_request(call, everything):
    assert call("export", "-1", "-o", "run.jsonl").out == ""
    assert Path("run.jsonl").read_text(encoding="utf-8") == call("export", "-1").out


def test_csv_has_the_scalars_with_times_to_the_nanosecond(call, everything):
    assert call("export", "-1", "--format", "csv", "-o", "run.csv").code == 0
    frame = pd.read_csv("run.csv").set_index("name")
    assert frame.loc["loss", "value"] == 0.5
    assert frame.loc["loss", "step"] == 3
    assert frame.loc["count", "text"] == str(2**70 + 1)
    assert pd.to_datetime(frame.loc["loss", "time"]).value == everything.series("loss").times_ns[0]
    assert frame.loc["loss", "time"].endswith("Z")


def test_parquet_has_the_frame_of_to_pandas(call, everything):
    assert call("export", "-1", "--format", "parquet", "-o", "run.parquet").code == 0
    read, kept = pd.read_parquet("run.parquet"), everything.to_pandas()
    assert list(read.columns) == list(kept.columns)
    for column in ("name", "index", "time", "writer"):
        assert read[column].tolist() == kept[column].tolist()
    for column in ("step", "value"):  # missing values are equal to nothing
        assert read[column].dropna().tolist() == kept[column].dropna().tolist()
    assert set(read["text"].dropna()) == {str(2**70 + 1), "warm"}


def test_parquet_needs_a_file(call, everything):
    assert call("export", "-1", "--format", "parquet").code == 2


@pytest.mark.parametrize(
    ("form", "missing", "extra"),
    [("parquet", "pyarrow", "parquet"), ("csv", "pandas", "pandas"), ("parquet", "pandas", "pandas")],
)
def test_a_missing_package_is_named_with_its_extra(form, missing, extra, start, run_script, workspace):
    start().complete()
    script = f"""
        import sys
        sys.modules[{missing!r}] = None
        from runlog.cli.program import run_program
        run_program(["export", "-1", "--format", {form!r}, "-o", "out"])
    """
    ended = run_script(script, check=False)
    assert ended.returncode == 1
    assert f"runlog-ml[{extra}]" in ended.stderr


def test_a_run_without_anything_exports_its_own_events(call, start):
    start().complete()
    assert {row["type"] for row in rows(call("export", "-1"))} == {"run", "status", "system"}
    assert call("export", "-1", "--format", "csv").code == 0


def test_media_masks_boxes_and_notes_are_there(call, start):
    import json

    import numpy as np

    with start() as run:
        run.log_text("sample", "Größe", step=2)
        run.log_histogram("weights", [1.0, 2.0], bins=2)
        run.log_audio("beep", [0.0], 8000)
        run.log_text("book", "long " * 2_000)
        box = {"position": (0, 0, 1, 1), "domain": "pixel"}
        run.log_image("street", image=np.zeros((2, 2)), masks={"m": [[1, 2]]}, boxes=[box], classes={1: "car"})
        run.note("looks well")
    rows = [json.loads(line) for line in call("export", "latest").lines]
    by_name = {row["name"]: row for row in rows if row["type"] in {"media", "image"}}
    assert (by_name["sample"]["data"], by_name["sample"]["media"], by_name["sample"]["step"]) == ("Größe", "text", 2)
    assert json.loads(by_name["weights"]["data"])["counts"] == [1, 1]
    assert by_name["beep"]["data"].startswith("UklGR"), "RIFF in base64"
    assert "data" not in by_name["book"]
    assert len(by_name["book"]["sha256"]) == 64
    assert [mask["name"] for mask in by_name["street"]["masks"]] == ["m"]
    assert by_name["street"]["classes"] == {"1": "car"}
    assert [row["text"] for row in rows if row["type"] == "note"] == ["looks well"]


def test_media_are_listed_and_told_of_by_name(call, start):
    with start() as run:
        run.log_text("sample", "one", step=1)
        run.log_text("sample", "two", step=2)
    assert ["sample", "2", "-", "text"] in [line.split() for line in call("metrics", "latest").lines]
    told = [line.split() for line in call("metrics", "latest", "sample").lines]
    assert [(row[0], "text" in row, "txt" in row) for row in told[1:]] == [("1", True, True), ("2", True, True)]
    assert ["sample", "text"] in [line.split()[:2] for line in call("show", "latest").lines]
