"""`run.log_figure`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runlog.errors import WrongTypeError, WrongValueError
from runlog.media.figures import load_figure


@pytest.fixture
def figure(pyplot):
    figure, axes = pyplot.subplots(figsize=(3, 2), dpi=100)
    axes.plot([1, 2, 3])
    return figure


@pytest.fixture
def plotly_figure():
    import plotly.graph_objects as go

    return go.Figure(go.Scatter(y=[1, 3, 2]))


def test_a_matplotlib_figure_is_a_png_and_stays_open(run, figure, pyplot):
    run.log_figure("curve", figure, step=3)
    (ref,) = run.get_metrics()["curve"]
    assert (ref.format, dict(ref.info), ref.step, dict(ref.forms)) == ("png", {"width": 300, "height": 200}, 3, {})
    assert ref.read().startswith(b"\x89PNG")
    assert pyplot.get_fignums() == [figure.number]


def test_a_drawing_without_pixels_is_kept_where_it_is_asked_for(run, figure):
    run.log_figure("curve", figure, svg=True)
    (ref,) = run.get_metrics()["curve"]
    assert ref.format == "png"
    assert b"<svg" in ref.forms["svg"].read_bytes()


def test_the_same_figure_is_kept_once(run, figure, workspace):
    for _ in range(3):
        run.log_figure("curve", figure, svg=True)
    assert len([path for path in Path(workspace.location, "blobs").rglob("*") if path.is_file()]) == 2


@pytest.mark.parametrize("part", ["axes", "pyplot"])
def test_axes_and_pyplot_stand_for_their_figure(figure, pyplot, part):
    given = figure.axes[0] if part == "axes" else pyplot
    assert load_figure(given)().data == load_figure(figure)().data


def test_a_plotly_figure_is_what_it_is_made_of(run, plotly_figure):
    run.log_figure("scatter", plotly_figure)
    (ref,) = run.get_metrics()["scatter"]
    assert ref.format == "json"
    assert ref.read() == json.loads(plotly_figure.to_json())


def test_a_plotly_figure_has_a_page_that_needs_no_network(run, plotly_figure):
    from plotly.offline import get_plotlyjs

    run.log_figure("scatter", plotly_figure)
    (ref,) = run.get_metrics()["scatter"]
    page = ref.read_page()
    assert get_plotlyjs() in page
    without_script = page.replace(get_plotlyjs(), "")
    assert "src=" not in without_script
    assert "Plotly.newPlot" in without_script


def test_the_script_of_many_plotly_figures_is_kept_once(run, plotly_figure, workspace):
    for step in range(4):
        run.log_figure("scatter", plotly_figure.update_traces(y=[step]), step=step)
    sizes = [path.stat().st_size for path in Path(workspace.location, "blobs").rglob("*") if path.is_file()]
    assert len([size for size in sizes if size > 1_000_000]) == 1


@pytest.mark.parametrize("figure", ["figure.png", 3, None, [1, 2]])
def test_what_is_no_figure_is_a_wrong_type(figure):
    with pytest.raises(WrongTypeError, match="run.log_figure"):
        load_figure(figure)


def test_pyplot_without_a_figure_is_a_wrong_value(pyplot):
    with pytest.raises(WrongValueError, match="run.log_figure: pyplot has no open figure"):
        load_figure(pyplot)


def test_a_figure_that_cannot_be_drawn_is_a_wrong_value_and_nothing_is_kept(run, figure):
    figure.axes[0].set_title(r"$\nonsense{$")
    with pytest.raises(WrongValueError, match="can't be drawn"):
        run.log_figure("curve", figure)
    assert run.get_metrics() == {}


def test_a_png_is_no_page(run, figure):
    run.log_figure("curve", figure)
    with pytest.raises(WrongValueError, match="not as a page"):
        run.get_metrics()["curve"][0].read_page()


def test_a_figure_is_saved_under_its_format(run, figure, own_folder):
    run.log_figure("curve", figure, svg=True)
    (ref,) = run.get_metrics()["curve"]
    assert ref.save(own_folder).name == f"{ref.sha256[:12]}.png"
    assert ref.forms["svg"].save("curve.svg").read_bytes() == ref.forms["svg"].read_bytes()
