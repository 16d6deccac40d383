"""`runlog metrics`."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runlog.cli.charts import BARS, chart, spark_line
from runlog.reading.curves import drawable, thinned
from support.schema_documents import RESIDUALS

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def test_all_metrics_stand_in_a_table_with_their_course(call, start):
    with start() as run:
        for step in range(8):
            run.log("loss", float(step))
            run.log("note", "text")
    rows = {line.split()[0]: line.split()[1:] for line in call("metrics", "latest").lines}
    assert rows["loss"] == ["8", "7", BARS]
    assert rows["note"] == ["8", "text"]


def test_a_name_gives_a_chart_of_the_metric(call, start):
    with start() as run:
        for step in range(100):
            run.log("loss", 1 / (step + 1), step=step)
    first, *chart_lines = call("metrics", "latest", "loss").lines
    assert first == "loss: 100 values, last 0.01, min 0.01, max 1"
    assert len(chart_lines) > 5


def test_without_plotext_the_chart_is_one_line(call, start, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "plotext", None)
    with start() as run:
        for value in (1.0, 2.0, 3.0):
            run.log("loss", value)
    assert call("metrics", "latest", "loss").lines[1:] == ["▁▅█"]


def test_a_metric_without_numbers_says_so(call, start):
    with start() as run:
        run.log("note", "warming up")
    assert call("metrics", "-1", "note").out == "note: 1 value, last warming up, none of them a finite number\n"


def test_an_unknown_name_is_a_fault_that_tells_where_the_names_are(call, start):
    start().complete()
    ended = call("metrics", "-1", "los")
    assert ended.code == 1
    assert "'los'" in ended.err


def test_a_name_is_found_with_blanks_at_its_ends(call, start):
    with start() as run:
        run.log("loss", 0.5)
    assert call("metrics", "-1", " loss ").lines[0] == "loss: 1 value, last 0.5, min 0.5, max 0.5"


@pytest.mark.parametrize("name", ["-5", "--json", "a/b c", "größe", "%s {x} $y", "[red]", 'a,b"c'])
def test_a_metric_may_have_any_name(name, call, start):
    with start() as run:
        run.log(name, 0.5)
    assert call("metrics", "latest", "--", name).lines[0].startswith(f"{name}: 1 value, last 0.5")
    assert any(line.startswith(f"{name} ") for line in call("metrics", "latest").lines)
    text = "'--json" if name == "--json" else name  # else a spreadsheet would take it for a formula
    assert [row["name"] for row in csv.DictReader(io.StringIO(call("metrics", "-1", "--csv").out))] == [text]


@pytest.fixture
def columns(start):
    with start() as run:
        for step in range(50):
            run.log_row("wave", angle=step / 10, height=step, step=step)
        run.log_table("sines", {"angle": [0, 90], "sine": [0.0, 1.0]})
        run.log_image("noise", image=np.zeros((4, 6), np.uint8), step=3)
    return run


def test_the_table_has_rows_tables_and_images_too(call, columns):
    rows = {line.split()[0]: line.split()[1:] for line in call("metrics", "-1").lines}
    assert rows["wave"] == ["50", "-", "columns", "angle,", "height,", "step"]
    assert rows["sines"] == ["2", "-", "columns", "angle,", "sine"]
    assert rows["noise"] == ["1", "-", "image", "6", "x", "4"]


def test_a_name_of_rows_shows_them_as_a_table(call, columns):
    heading, first, *rest = call("metrics", "-1", "wave").lines
    assert heading.split() == ["angle", "height", "step"]
    assert first.split() == ["0", "0", "0"]
    assert rest[-1] == "... 50 rows: --csv and --json have all"
    assert len(call("metrics", "-1", "wave", "--csv").lines) == 51
    assert json.loads(call("metrics", "-1", "sines", "--json").lines[1])["row"] == {"angle": 90, "sine": 1.0}


def test_a_name_of_images_lists_them(call, columns):
    _, image = call("metrics", "-1", "noise").lines
    assert image.split()[0] == "3"
    assert "6 x 4" in image
    assert json.loads(call("metrics", "-1", "noise", "--json").out)["kind"] == "image 6 x 4"


def test_the_index_counts_each_processes_values(call, workspace, run_script):
    script = """
        import sys, runlog
        run = runlog.start("job")
        run.log("loss", float(sys.argv[1]))
        run.log("loss", float(sys.argv[1]))
    """
    for value in ("1", "2"):
        run_script(script, value, env={"RUNLOG_RUN_ID": "job-1", "RANK": value})
    rows = list(csv.DictReader(io.StringIO(call("metrics", "-1", "--csv").out)))
    assert sorted((row["value"], row["index"]) for row in rows) == [
        ("1.0", "0"),
        ("1.0", "1"),
        ("2.0", "0"),
        ("2.0", "1"),
    ]
    assert len({row["writer"] for row in rows}) == 2


def test_of_a_resumed_run_the_newest_attempt_is_drawn(call, start):
    for attempt, steps in enumerate([range(10), range(5, 8)]):
        with start(run_id="again", resume="allow") as run:
            for step in steps:
                run.log("loss", float(100 * attempt + step), step=step)
    first, *_ = call("metrics", "again", "loss").lines
    assert first == "loss: 13 values, last 107, min 0, max 107"
    (row,) = [line.split() for line in call("metrics", "again").lines if line.startswith("loss")]
    assert row[3] == "▁▁▁▁▁███▁▁"


def test_json_has_a_line_for_each_value(call, start):
    with start() as run:
        run.log("loss", 0.5, step=7)
        run.log("loss", float("nan"))
    first, second = map(json.loads, call("metrics", "-1", "--json").lines)
    assert (first["name"], first["index"], first["step"], first["value"]) == ("loss", 0, 7, 0.5)
    assert first["time"].endswith("Z")
    assert (second["index"], second["step"], second["value"]) == (1, None, "NaN")


def test_csv_has_a_row_for_each_value_of_the_named_metric(call, start):
    with start() as run:
        run.log("loss, of training", 0.1 + 0.2, step=1)
        run.log("other", 1)
    (row,) = csv.DictReader(io.StringIO(call("metrics", "-1", "loss, of training", "--csv").out))
    assert (row["name"], row["step"], float(row["value"])) == ("loss, of training", "1", 0.1 + 0.2)


def test_what_is_no_finite_number_is_not_drawn():
    values = [math.nan, math.inf, None, "text", 10**400, True]
    assert drawable(values, [None] * 6) == [(5.0, 1.0)]


@given(st.lists(FLOATS, min_size=1, max_size=300), st.integers(1, 80))
@example([0.0, 5e-324], 60)
@example([-1.7e308, 1.7e308], 60)
def test_a_line_is_never_wider_than_asked_and_shows_the_highest_value(values, width):
    line = spark_line([(float(at), value) for at, value in enumerate(values)], width)
    assert 1 <= len(line) <= width
    assert set(line) <= set(BARS)
    assert min(values) == max(values) or BARS[-1] in line


@given(st.lists(FLOATS, min_size=1, max_size=300), st.integers(1, 80))
def test_thinning_keeps_the_extremes_and_the_order(values, stretches):
    points = [(float(at), value) for at, value in enumerate(values)]
    kept = thinned(points, stretches)
    assert {min(values), max(values)} <= {y for _, y in kept}
    assert kept == sorted(kept)
    assert len(kept) <= 2 * stretches


@pytest.mark.parametrize("width", [30, 80, 120])
def test_a_chart_fits_the_terminal_and_holds_no_colours(width):
    drawn = chart([(float(at), math.sin(at / 50)) for at in range(1000)], width)
    assert max(map(len, drawn.splitlines())) <= width
    assert "\x1b" not in drawn


EXTREMES = st.sampled_from(
    [1e308, -1e308, 1.7e308, 5e-324, -0.0, 1e300, 2.0**53, 2.0**63, -(2.0**63), 1.0, 1.0 + 2**-52]
)


@given(st.lists(st.tuples(EXTREMES | FLOATS, EXTREMES | FLOATS), min_size=1, max_size=6))
def test_any_finite_numbers_are_drawn_or_told_in_a_line_and_nothing_is_complained_of(points):
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        drawn = chart(sorted(points), 60) or spark_line(points)
    assert drawn
    assert told.getvalue() == ""


@pytest.mark.parametrize("steps", [[2**63 - 1], [2**63 - 2, 2**63 - 1], [-(2**63), 2**63 - 1], [2**53, 2**53 + 1]])
def test_a_metric_at_the_largest_steps_is_drawn(call, start, steps):
    with start() as run:
        for value, step in enumerate(steps):
            run.log("bigstep", value, step=step)
    ended = call("metrics", "latest", "bigstep")
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.lines) > 5


def test_a_name_that_is_not_there_is_told_with_the_one_that_was_meant(call, start):
    with start() as run:
        run.log("val/loss", 1)
        run.log_row("wave", a=1)
    assert "has no metric 'val/los': did you mean 'val/loss'?" in call("metrics", "latest", "val/los").err
    assert "has no metric 'x': it has 'val/loss', 'wave'" in call("metrics", "latest", "x").err
    start("empty").complete()
    assert "the run has no metrics" in call("metrics", "empty").err


# -- contents as files -------------------------------------------------------------------------------------------------


@pytest.fixture
def contents(start):
    """A run with contents of every kind."""
    with start() as run:
        for step in (3, 7):
            run.log_image("val/samples", image=np.full((2, 2), step, np.uint8), step=step)
        run.log_image("masked", image=np.zeros((2, 2)), masks={"a/b": np.ones((2, 2), int)}, boxes=[BOX])
        run.log_text("said", "hello \N{SNOWMAN}")
        run.log_histogram("weights", [1.0, 2.0])
        run.log_audio("sound", np.zeros(8), 8000)
        run.log_residuals("left", RESIDUALS)
        run.log("loss", 1.0)
        run.log_table("table", {"a": [1]})
    return run


BOX = {"position": (0, 0, 1, 1), "domain": "pixel"}
PNG = b"\x89PNG"


def test_the_contents_of_a_name_are_written_with_their_steps(call, contents):
    ended = call("metrics", "latest", "val/samples", "--download", "out")
    names = ["val/samples-0000-step3.png", "val/samples-0001-step7.png"]
    assert ended.lines == [str(Path("out", name)) for name in names]
    assert all(Path("out", name).read_bytes().startswith(PNG) for name in names)


def test_without_a_name_everything_that_is_no_number_is_written(call, contents):
    call("metrics", "latest", "-d", "out")
    written = {path.relative_to("out").as_posix() for path in Path("out").rglob("*") if path.is_file()}
    assert written == {
        *("val/samples-0000-step3.png", "val/samples-0001-step7.png"),
        *("masked-0000.png", "masked-0000-mask-a_b.png", "masked-0000-boxes.json"),
        *("said-0000.txt", "weights-0000.json", "sound-0000.wav", "left-0000.json"),
    }
    assert Path("out/said-0000.txt").read_text("utf-8") == "hello \N{SNOWMAN}"
    assert json.loads(Path("out/left-0000.json").read_bytes())["schema_type"] == "residuals"
    assert json.loads(Path("out/masked-0000-boxes.json").read_bytes())[0]["domain"] == "pixel"


def test_a_plotly_figure_is_written_as_json_and_as_a_page(call, start):
    go = pytest.importorskip("plotly.graph_objects")
    with start() as run:
        run.log_figure("figure", go.Figure(go.Scatter(y=[1, 2])))
    call("metrics", "latest", "figure", "-d", "out")
    assert sorted(path.name for path in Path("out").iterdir()) == ["figure-0000.html", "figure-0000.json"]
    assert "<html" in Path("out/figure-0000.html").read_text("utf-8")


def test_numbers_have_no_files_and_this_is_said(call, contents):
    for name in ("loss", "table"):
        refused = call("metrics", "latest", name, "-d", "out")
        assert (refused.code, "has numbers and no files: use --csv or --json" in refused.err) == (2, True)
    assert call("metrics", "latest", "nothing", "-d", "out").code == 1
    assert not Path("out").exists()


@pytest.mark.parametrize(
    "name",
    ["../../escape", "/etc/passwd", "..", ".hidden", "a\\b:c*?", "x" * 255, "a/../../b", "\N{SNOWMAN}", "con. ", "///"],
)
def test_no_name_leads_out_of_the_folder(call, start, name, own_folder):
    with start() as run:
        run.log_text(name, "one")
        run.log_text(name + "?", "two")
    ended = call("metrics", "latest", "-d", "in/out")
    assert len(ended.lines) == 2
    written = [path for path in own_folder.rglob("*.txt") if ".runlog" not in path.parts]
    assert len(written) == 2
    assert all((own_folder / "in" / "out") in path.parents for path in written)
    assert not any(path.name.startswith(".") for path in written)


def test_a_run_without_contents_says_so(call, start):
    start().complete()
    ended = call("metrics", "latest", "-d", "out")
    assert (ended.code, ended.out) == (0, "")
    assert "the run has no pictures" in ended.err
