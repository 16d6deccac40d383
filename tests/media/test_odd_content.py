"""Content that is not what its record says: reading it is an error of runlog's own, with what it was."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

import runlog
from runlog.errors import JournalError
from runlog.records import BlobPointer, EventKind, ImageLogged, MediaLogged, decode, encode

DEEP = b"[" * 5_000 + b"]" * 5_000
ODD = {
    "nothing": b"",
    "no JSON": b"{",
    "nested too deeply": DEEP,
    "a number": b"1",
    "a list of lists": b"[[[1]], [2]]",
    "counts that are no numbers": b'{"counts": ["a"], "edges": [0, 1]}',
    "fewer edges than counts": b'{"counts": [1, 2, 3], "edges": [0]}',
    "counts beyond 64 bits": b'{"counts": [18446744073709551616], "edges": [0, 1e999]}',
}
odd = pytest.mark.parametrize("content", ODD.values(), ids=ODD.keys())


@pytest.fixture
def run(workspace):
    with runlog.start("odd") as run:
        yield run


@odd
def test_a_histogram_that_is_none_is_an_error_of_runlogs_own(run, content):
    from runlog.media.histograms import Histogram

    run.log_histogram("weights", np.arange(100.0))
    (logged,) = [decode(MediaLogged, one.payload) for one in run._backend.journal(run.id).events({EventKind.MEDIA})]
    run._recorder().write_event(
        EventKind.MEDIA, encode(msgspec.structs.replace(logged, data=content, sha256="0" * 64)), 0
    )
    good, bad = run.get_metrics()["weights"]
    assert isinstance(good.read(), Histogram)
    with pytest.raises(JournalError, match="weights"):
        bad.read()


@odd
def test_boxes_that_are_none_are_an_error_of_runlogs_own(run, content):
    box = {"position": [1, 1, 4, 4], "domain": "pixel"}
    run.log_image("picture", image=np.zeros((8, 8), dtype=np.uint8), boxes=[box])
    (logged,) = [decode(ImageLogged, one.payload) for one in run._backend.journal(run.id).events({EventKind.IMAGE})]
    kept = run._backend.put_blob(content)
    boxes = BlobPointer(sha256=kept.sha256, size=kept.size)
    run._recorder().write_event(EventKind.IMAGE, encode(msgspec.structs.replace(logged, boxes=boxes)), 0)
    good, bad = run.get_metrics()["picture"]
    assert [one["domain"] for one in good.boxes] == ["pixel"]
    with pytest.raises(JournalError, match="picture"):
        assert bad.boxes


@pytest.mark.parametrize("content", [b"", b"{", DEEP])
def test_a_figure_that_is_none_is_an_error_of_runlogs_own(run, content):
    import plotly.graph_objects

    run.log_figure("chart", plotly.graph_objects.Figure(data=[plotly.graph_objects.Bar(y=[1, 2])]))
    (logged,) = [decode(MediaLogged, one.payload) for one in run._backend.journal(run.id).events({EventKind.MEDIA})]
    run._recorder().write_event(EventKind.MEDIA, encode(msgspec.structs.replace(logged, data=content)), 0)
    good, bad = run.get_metrics()["chart"]
    assert good.read()["data"]
    with pytest.raises(JournalError, match="chart"):
        bad.read()
