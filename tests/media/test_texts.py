"""`run.log_text` and `run.log_html`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runlog import Run
from runlog.errors import MetricKindError, WrongTypeError, WrongValueError
from runlog.limits import INLINE_BYTES
from runlog.media.texts import load_html, load_text


def blobs(workspace):
    return [path for path in Path(workspace.location, "blobs").rglob("*") if path.is_file()]


@given(st.text())
def test_a_text_comes_back_as_it_was(text):
    assert load_text(text)().data.decode() == text


def test_texts_of_one_name_stand_in_the_order_of_their_steps(run):
    for step in range(3):
        run.log_text("sample", f"epoch {step}", step=step)
    found = run.get_metrics()["sample"]
    assert [(ref.step, ref.read(), ref.format, ref.media) for ref in found] == [
        (step, f"epoch {step}", "txt", "text") for step in range(3)
    ]
    assert run.step == 2


def test_a_long_text_is_content_of_its_own_and_a_short_one_stands_in_the_journal(run, workspace):
    short, long = "a" * INLINE_BYTES, "a" * (INLINE_BYTES + 1)
    run.log_text("sample", short)
    assert blobs(workspace) == []
    run.log_text("sample", long)
    run.log_text("sample", long)
    assert len(blobs(workspace)) == 1
    assert [ref.read() for ref in run.get_metrics()["sample"]] == [short, long, long]


def test_a_text_of_any_length_is_kept_whole(run):
    text = "line\n" * 1_000_000
    run.log_text("book", text)
    (ref,) = run.get_metrics()["book"]
    assert ref.read() == text
    assert ref.info == {"characters": 5_000_000}


def test_what_has_no_utf8_becomes_its_escape(run):
    run.log_text("name", "caf\udce9")
    assert run.get_metrics()["name"][0].read() == r"caf\udce9"


def test_a_description_is_kept_with_the_text_and_with_its_name(run):
    run.log_text("sample", "x", description="greedy")
    assert run.get_metrics()["sample"][0].description == "greedy"
    assert (run.state().series["sample"].kind, run.state().series["sample"].description) == ("text", "greedy")


def test_markup_is_kept_as_it_is(run):
    run.log_html("report", "<h1>Größe</h1>")
    (ref,) = run.get_metrics()["report"]
    assert (ref.read(), ref.read_page(), ref.format) == ("<h1>Größe</h1>", "<h1>Größe</h1>", "html")


@pytest.mark.parametrize("given_as", [str, Path])
def test_a_page_may_be_a_file(run, own_folder, given_as):
    Path("report.html").write_bytes(b"<p>\xff</p>")
    run.log_html("report", given_as("report.html"))
    assert run.get_metrics()["report"][0].read_bytes() == b"<p>\xff</p>"


def test_an_object_that_shows_itself_in_notebooks_is_a_page(run):
    import pandas as pd

    run.log_html("table", pd.DataFrame({"a": [1]}))
    assert "<table" in run.get_metrics()["table"][0].read()


@pytest.mark.parametrize("text", [None, 3, b"bytes", ["a"]])
def test_what_is_no_text_is_a_wrong_type_at_once(run, text):
    with pytest.raises(WrongTypeError, match="run.log_text takes a text"):
        run.log_text("sample", text)
    assert run.get_metrics() == {}


@pytest.mark.parametrize("html", [None, 3, b"<p>"])
def test_what_is_no_page_is_a_wrong_type_at_once(html):
    with pytest.raises(WrongTypeError, match="markup or a path"):
        load_html(html)


def test_a_page_that_is_neither_markup_nor_a_file_is_a_wrong_value(own_folder):
    with pytest.raises(WrongValueError, match=r"no markup.*no file"):
        load_html("missing.html")


def test_an_object_that_fails_to_show_itself_is_a_wrong_value():
    class Broken:
        def _repr_html_(self):
            raise RuntimeError("no data")

    with pytest.raises(WrongValueError, match="no data"):
        load_html(Broken())()


def test_a_name_keeps_its_kind(run):
    run.log_text("sample", "x")
    for log in (lambda: run.log("sample", 1.0), lambda: run.log_html("sample", "<p>")):
        with pytest.raises(MetricKindError, match=r"logged as a text before \(run.log_text\)"):
            log()


def test_a_guest_of_the_run_reads_the_same_and_keeps_the_kinds(run):
    run.log_text("sample", "x", step=1)
    guest = Run(run.experiment, run.id)
    assert guest.get_metrics() == run.get_metrics()
    with pytest.raises(MetricKindError):
        guest.log_row("sample", a=1)


def test_texts_of_a_killed_process_are_there(run_script, workspace):
    run_script(
        """
        import os
        from runlog import Experiment, Workspace
        run = Experiment(Workspace("."), "killed").start_logging(run_id="killed", outputs=False)
        run.log_text("sample", "short")
        run.log_text("sample", "long" * 10_000)
        os._exit(9)
        """,
        check=False,
    )
    found = workspace.get_run("killed").get_metrics()["sample"]
    assert [ref.read() for ref in found] == ["short", "long" * 10_000]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=20)
@given(st.text(alphabet="ab", max_size=3).map(lambda text: text * 2_000))
def test_content_of_each_length_is_read_back(run, text):
    run.log_text("any", text)
    assert run.get_metrics()["any"][-1].read() == text
