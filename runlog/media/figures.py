"""``run.log_figure``: matplotlib's figures as pictures, plotly's as what they are made of."""

from __future__ import annotations

from typing import Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.image_formats import recognise
from runlog.introspection import describe, loaded
from runlog.media.content import Make, MediaContent
from runlog.media.drawing import draw, figure_of

CALL = "run.log_figure"
_SVG_SALT = "runlog"
"""Ids in an SVG are hashes salted with this instead of a random text: the same figure gives the same file."""


def load_figure(figure: Any, *, svg: bool = False) -> Make:
    """Look at a figure.

    A matplotlib figure becomes a PNG. An SVG beside it is made on request only: it takes a second drawing, and grows
    with every point that is drawn. A plotly figure becomes its JSON, and a page that shows it, which needs plotly's
    script and no network.

    Args:
        figure: a matplotlib ``Figure``, ``Axes`` or ``pyplot``, anything with ``savefig``, or a plotly figure.
        svg: of a matplotlib figure, keep an SVG too.

    Raises:
        WrongTypeError: it is none of these.
        WrongValueError: ``pyplot`` has no open figure. The returned function: the figure can't be drawn.
    """
    if not isinstance(svg, bool):
        raise WrongTypeError(f"{CALL}: svg is {describe(svg)}; use True or False")
    plotly = loaded("plotly.basedatatypes")
    if plotly is not None and isinstance(figure, plotly.BaseFigure):
        return lambda: _plotly(figure)
    found = figure_of(CALL, "figure", figure, "a plotly figure, or run.log_image for pictures and arrays")
    return lambda: _drawn(found, svg=svg)


def _drawn(figure: Any, *, svg: bool) -> MediaContent:
    data = draw(CALL, figure)
    found = recognise(data)
    if found is None:
        raise WrongValueError(f"{CALL}: savefig of {describe(figure)} wrote no picture, but {data[:12]!r}")
    info = {"width": found.width, "height": found.height}
    return MediaContent(found.format, data, info, {"svg": _svg(figure)} if svg else {})


def _svg(figure: Any) -> bytes:
    matplotlib = loaded("matplotlib")
    if matplotlib is None:
        return draw(CALL, figure, "svg")
    with matplotlib.rc_context({"svg.hashsalt": _SVG_SALT}):
        return draw(CALL, figure, "svg", metadata={"Date": None})


def _plotly(figure: Any) -> MediaContent:
    try:
        described = figure.to_json()
        page = figure.to_html(include_plotlyjs=False, include_mathjax=False, full_html=True, div_id="figure")
    except Exception as error:
        raise WrongValueError(
            f"{CALL}: {describe(figure)} can't be written ({type(error).__name__}: {error}); "
            "see whether figure.to_json() works"
        ) from error
    others = {"html": page.encode(), "js": _plotly_script().encode()}
    return MediaContent("json", described.encode(), {"made_with": "plotly"}, others)


def _plotly_script() -> str:
    """Plotly's own copy of plotly.js, which the installed package brings."""
    from plotly import offline

    untyped: Any = offline
    return str(untyped.get_plotlyjs())


def page_with_script(page: str, script: str) -> str:
    """A page that shows a plotly figure by itself, without network: its script stands in it."""
    head, mark, rest = page.partition("</head>")
    return f"{head}<script>{script}</script>{mark}{rest}" if mark else f"<script>{script}</script>{page}"
