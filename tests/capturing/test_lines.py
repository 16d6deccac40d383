"""Lines put together from pieces, and bars folded to their last state."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runlog.capturing.lines import LONGEST, LineBuffer


def lines_of(*pieces: str) -> list[tuple[str, bool]]:
    taken: list[tuple[str, bool]] = []
    buffer = LineBuffer(lambda line, redrawn: taken.append((line, redrawn)))
    for piece in pieces:
        buffer.feed(piece)
    buffer.flush()
    assert buffer.is_empty
    return taken


def test_pieces_make_a_line_and_a_piece_makes_lines():
    assert lines_of("a", "b", "\n", "c\nd\n") == [("ab", False), ("c", False), ("d", False)]


def test_what_has_no_line_end_is_a_line_at_the_end():
    assert lines_of("half") == [("half", False)]


def test_empty_lines_are_none():
    assert lines_of("\n\n  \na\n\n") == [("a", False)]


def test_a_line_end_of_windows_is_no_redrawing():
    assert lines_of("a\r\nb\r", "\n") == [("a", False), ("b", False)]


def test_a_bar_is_its_last_state_wherever_it_puts_its_carriage_returns():
    assert lines_of("\r10%", "\r20%", "\r30%", "\n") == [("30%", True)]
    assert lines_of("10%\r", "20%\r", "30%\r") == [("30%", True)]


def test_a_bar_that_wiped_itself_is_its_last_state():
    assert lines_of("\r50%", "\r100%", "\r    \r") == [("100%", True)]


def test_colours_and_movements_are_left_out():
    assert lines_of("\x1b[31mred\x1b[0m\x1b[K\n\x1b]0;title\x07text\n") == [("red", False), ("text", False)]


def test_two_bars_that_move_between_their_lines_are_one_line():
    inner = [piece for n in range(50) for piece in ("\n", f"\rinner {n}%", "\x1b[A", f"\router {n}%")]
    assert lines_of(*inner, "\n", "\r100%\n", "done\n") == [("outer 49%", True), ("100%", True), ("done", False)]


def test_a_line_that_does_not_end_is_cut():
    assert [len(line) for line, _ in lines_of("x" * LONGEST, "yy", "z\n")] == [LONGEST + 2, 1]


TEXT = st.text(st.sampled_from("ab \t"), min_size=1, max_size=5)


@given(st.lists(st.lists(TEXT, max_size=3), max_size=5))
def test_lines_do_not_depend_on_how_they_were_cut(lines: list[list[str]]):
    whole = "".join("".join(pieces) + "\n" for pieces in lines)
    assert lines_of(*[one for pieces in lines for one in [*pieces, "\n"]]) == lines_of(whole) == lines_of(*whole)


PIECES = [
    *("\r", "\n", "\r\n", "\b", "\a", "a", "bc", " ", "wide text", "\t"),
    *("\x1b[A", "\x1b[2A", "\x1b[B", "\x1b[3B", "\x1b[C", "\x1b[2D", "\x1b[5G", "\x1b[E", "\x1b[2F"),
    *("\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[H", "\x1b[3;4H", "\x1b[2d"),
    *("\x1b[s", "\x1b[u", "\x1b7", "\x1b8", "\x1bM", "\x1bD", "\x1b[31m", "\x1b[0;1m", "\x1b]0;title\x07", "\x1b(B"),
    *("\x1b[?25l", "\x1b[?25h", "\x1b[?1049h", "\x1b[?1049l", "\x1b[", "\x1b", "\x1b]", "[999999999999A"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_folding_as_it_comes_is_folding_at_the_end(pieces: list[str]):
    whole = "".join(pieces)
    assert lines_of(*pieces) == lines_of(whole) == lines_of(*whole)
