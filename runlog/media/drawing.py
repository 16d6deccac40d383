"""Matplotlib's figures, as files."""

from __future__ import annotations

import io
from types import ModuleType
from typing import Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.introspection import describe


def figure_of(call: str, argument: str, plot: Any, otherwise: str) -> Any:
    """What has the ``savefig`` of a plot: a figure, ``pyplot`` itself, the figure of axes, or anything alike.

    Args:
        call: the method, for the message of an error.
        argument: what it calls the plot.
        plot: what it was given.
        otherwise: what to do with something else.

    Raises:
        WrongTypeError: it has none.
        WrongValueError: ``pyplot`` has no open figure.
    """
    if isinstance(plot, ModuleType):
        return _of_module(call, argument, plot)
    if hasattr(type(plot), "savefig"):
        return plot
    figure = plot.get_figure() if hasattr(type(plot), "get_figure") else None
    # An Axes in a subfigure answers with that; only the whole figure can be saved.
    while figure is not None and not hasattr(type(figure), "savefig"):
        figure = getattr(figure, "figure", None)
    if figure is None:
        raise WrongTypeError(
            f"{call}: {argument} is {describe(plot)}, which has no savefig; use a matplotlib figure or pyplot, "
            f"{otherwise}"
        )
    return figure


def _of_module(call: str, argument: str, module: Any) -> Any:
    if not hasattr(module, "savefig"):
        raise WrongTypeError(f"{call}: {argument} is the module {module.__name__}; use matplotlib.pyplot or a figure")
    if hasattr(module, "get_fignums") and not module.get_fignums():
        raise WrongValueError(f"{call}: pyplot has no open figure; draw one before, or pass the figure")
    return module


def draw(call: str, figure: Any, format_: str = "png", **options: Any) -> bytes:
    """Draw a figure into a file of a format. It stays open.

    Raises:
        WrongValueError: it can't be drawn.
    """
    buffer = io.BytesIO()
    try:
        figure.savefig(buffer, format=format_, **options)
    except Exception as error:
        raise WrongValueError(
            f"{call}: {describe(figure)} can't be drawn ({type(error).__name__}: {error}); "
            f"see whether plot.savefig('test.{format_}') works"
        ) from error
    return buffer.getvalue()
