"""Pieces of HTML that every front end shows alike.

Front ends differ in what they let through: some drop ``<style>`` and ``<script>``, and each has light and dark themes.
So styles stand in attributes, colours are taken over from the page or work on both, and nothing is loaded or run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from runlog.reading.curves import Point
from runlog.statuses import CANCELED, COMPLETED, CRASHED, FAILED, NOT_RESPONDING, RUNNING

CURVE_WIDTH, CURVE_HEIGHT = 120, 22
"""Of a curve, in CSS pixels."""
_COLOURS = {
    RUNNING: "#2f7ed8",
    COMPLETED: "#2e9d4f",
    FAILED: "#d64545",
    CRASHED: "#d64545",
    CANCELED: "#8a8a8a",
    NOT_RESPONDING: "#c98a1b",
}
_CARD = (
    "font-family:inherit;border:1px solid rgba(128,128,128,.4);border-radius:6px;padding:8px 12px;"
    "display:inline-block;max-width:100%;overflow-x:auto"
)
_TABLE = "color:inherit;border-collapse:collapse;margin:6px 0 2px 0;font-size:90%"
_CELL = "padding:1px 12px 1px 0;text-align:{align};white-space:nowrap;border:none;background:none"
_FAINT = "opacity:.65;font-size:85%"


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: object) -> Markup:
    """A value as HTML; :class:`Markup` stays as it is."""
    return value if isinstance(value, Markup) else Markup(escape(str(value)))


def card(*parts: str) -> str:
    """Parts beneath each other in a frame."""
    return f'<div style="{_CARD}">{"".join(f"<div>{text(part)}</div>" for part in parts if part)}</div>'


def title(name: str, status: str, *rest: str) -> Markup:
    """A name with a status and what else belongs beside it."""
    more = "".join(f' <span style="{_FAINT}">{text(one)}</span>' for one in rest if one)
    return Markup(f"<b>{escape(name)}</b> {badge(status) if status else ''}{more}")


def badge(status: str) -> Markup:
    """A status, coloured."""
    colour = _COLOURS.get(status, "#8a8a8a")
    return Markup(f'<span style="color:{colour};font-weight:600">{escape(status)}</span>')


def faint(value: object) -> Markup:
    """Something of less weight."""
    return Markup(f'<span style="{_FAINT}">{text(value)}</span>')


def code(value: str) -> Markup:
    """Something to type."""
    return Markup(f"<code>{escape(value)}</code>")


def table(header: Sequence[str], rows: Iterable[Sequence[object]], right: Iterable[int] = ()) -> Markup:
    """A table; empty where there are no rows.

    Args:
        header: a title for each column.
        rows: cells, one a column.
        right: numbers of the columns whose cells stand at the right.
    """
    ends = set(right)
    styles = [_CELL.format(align="right" if at in ends else "left") for at in range(len(header))]
    body = [
        "<tr>"
        + "".join(f'<td style="{style}">{text(cell)}</td>' for style, cell in zip(styles, row, strict=True))
        + "</tr>"
        for row in rows
    ]
    if not body:
        return Markup()
    head = "".join(f'<th style="{style};{_FAINT}">{text(one)}</th>' for style, one in zip(styles, header, strict=True))
    return Markup(f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>')


def curve(points: Sequence[Point]) -> Markup:
    """The course of a metric as a small picture; empty for less than two points."""
    if len(points) < 2:
        return Markup()
    xs, ys = [x for x, _ in points], [y for _, y in points]
    places = zip(_scaled(xs, CURVE_WIDTH - 2), _scaled(ys, CURVE_HEIGHT - 4), strict=True)
    line = " ".join(f"{1 + x:.1f},{CURVE_HEIGHT - 2 - y:.1f}" for x, y in places)
    return Markup(
        f'<svg width="{CURVE_WIDTH}" height="{CURVE_HEIGHT}" role="img" aria-label="course">'
        f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-width="1.2"/></svg>'
    )


def _scaled(numbers: Sequence[float], length: float) -> list[float]:
    """Numbers as places between 0 and ``length``; in the middle where they are all alike."""
    low, high = min(numbers), max(numbers)
    span = high / 2 - low / 2  # the whole difference may be beyond what a float holds
    return [length * ((one / 2 - low / 2) / span) if span else length / 2 for one in numbers]
