"""What is redrawn, as it stood last: bars in one line, and displays of several."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import Progress
from rich.status import Status
from tqdm import tqdm

from runlog.capturing.display import LONGEST, MOST_ROWS
from runlog.capturing.lines import LineBuffer


def told(*pieces: str) -> list[tuple[str, bool]]:
    taken: list[tuple[str, bool]] = []
    buffer = LineBuffer(lambda line, redrawn: taken.append((line, redrawn)))
    for piece in pieces:
        buffer.feed(piece)
    buffer.flush()
    assert buffer.is_empty
    return taken


def texts(*pieces: str) -> list[str]:
    return [line for line, _ in told(*pieces)]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def written_by(draw) -> str:
    terminal = Terminal()
    draw(terminal)
    return terminal.getvalue()


# -- libraries -----------------------------------------------------------------------------------------------------


def rich_tasks(count: int, *, transient: bool = False):
    def draw(terminal):
        console = Console(file=terminal, force_terminal=True, width=60)
        console.print("before")
        with Progress(
            "{task.description} {task.completed}", console=console, auto_refresh=False, transient=transient
        ) as bars:
            tasks = [bars.add_task(f"task{number}", total=30) for number in range(count)]
            for step in range(30):
                for task in tasks:
                    bars.update(task, advance=1)
                    bars.refresh()
                if step % 10 == 5:
                    console.print(f"note {step}", highlight=False)
        console.print("after")

    return draw


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("transient", [False, True])
def test_rich_tasks_are_each_their_last_state_and_what_is_printed_between_stays(count, transient):
    notes = ["note 5", "note 15", "note 25"]
    bars = [f"task{number} 30" for number in range(count)]
    assert texts(written_by(rich_tasks(count, transient=transient))) == ["before", *notes, *bars, "after"]


def test_what_is_printed_above_a_rich_display_is_told_before_the_display_is_over():
    text = written_by(rich_tasks(2))
    taken: list[str] = []
    buffer = LineBuffer(lambda line, _redrawn: taken.append(line))
    buffer.feed(text[: text.rindex("note 25")])
    assert taken == ["before", "note 5", "note 15"]


def test_a_rich_status_is_one_line():
    def draw(terminal):
        with Status("working", console=Console(file=terminal, force_terminal=True)) as status:
            for _ in range(5):
                status._live.refresh()

    (line,) = texts(written_by(draw))
    assert line.endswith("working")


def test_tqdm_bars_at_positions_are_each_their_last_state():
    def draw(terminal):
        bars = [tqdm(total=9, file=terminal, mininterval=0, position=at, desc=f"bar{at}") for at in range(3)]
        for _ in range(9):
            for bar in bars:
                bar.update()
        for bar in bars:
            bar.close()

    assert [line.partition("|")[0] for line in texts(written_by(draw))] == ["bar0: 100%", "bar1: 100%", "bar2: 100%"]


def test_a_tqdm_bar_within_another_leaves_what_is_written_between():
    def draw(terminal):
        for epoch in tqdm(range(3), file=terminal, mininterval=0, desc="epochs"):
            for _ in tqdm(range(5), file=terminal, mininterval=0, desc="batches", leave=False, position=1):
                pass
            tqdm.write(f"epoch {epoch}", file=terminal)

    lines = texts(written_by(draw))
    assert lines[:3] == ["epoch 0", "epoch 1", "epoch 2"]
    assert [line.partition("|")[0] for line in lines[3:]] == ["epochs: 100%"]


def test_tqdm_bars_one_after_the_other_stand_between_what_was_printed():
    def draw(terminal):
        for epoch in range(3):
            for _ in tqdm(range(5), file=terminal, mininterval=0, desc=f"epoch {epoch}"):
                pass
            terminal.write(f"loss {epoch}\n")

    lines = [line.partition(":")[0] for line in texts(written_by(draw))]
    assert lines == ["epoch 0", "loss 0", "epoch 1", "loss 1", "epoch 2", "loss 2"]


def docker_pull(layers: int, updates: int) -> str:
    """A pull as docker shows it: each message goes up to its layer's row, and back."""
    rows: list[int] = []
    text = "latest: Pulling from library/python\n"
    states = [*(f"Downloading {step}" for step in range(updates)), "Pull complete"]
    for state in states:
        for layer in range(layers):
            if layer not in rows:
                rows.append(layer)
                text += "\n"
            up = len(rows) - rows.index(layer)
            text += f"\x1b[{up}A\x1b[2K\rlayer{layer}: {state}\r\x1b[{up}B"
    return text + "Digest: sha256:0\nStatus: Downloaded\n"


def test_layers_that_docker_pulls_are_each_their_last_state():
    layers = [f"layer{number}: Pull complete" for number in range(4)]
    expected = ["latest: Pulling from library/python", *layers, "Digest: sha256:0", "Status: Downloaded"]
    assert texts(docker_pull(4, 20)) == expected


# -- movements -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("[    ]\b\b\b\b\b##\n", ["[##  ]"], id="backspaces"),
        pytest.param("busy |\b/\b-\bdone\n", ["busy done"], id="a spinner"),
        pytest.param("10%\x1b[2K\x1b[1G20%\x1b[2K\x1b[1G30%\n", ["30%"], id="a line erased"),
        pytest.param("a long state\r\x1b[Kshort\n", ["short"], id="the rest erased"),
        pytest.param("abcdef\r\x1b[3Cx\n", ["abcxef"], id="to the right"),
        pytest.param("one\ntwo\n\x1b[2F1\n2\n", ["one", "two", "1", "2"], id="lines redrawn that had ended"),
        pytest.param("\x1b[?25lone\ntwo\n\x1b[2A1\n2\n\x1b[?25h", ["1", "2"], id="the same with the cursor hidden"),
        pytest.param("\x1b[s10%\x1b[u20%\x1b[u30%\n", ["30%"], id="saved and restored"),
        pytest.param("head\n\x1b7a 1\nb 1\x1b8a 2\nb 2\n", ["head", "a 1", "a 2", "b 2"], id="two lines restored"),
        pytest.param(
            "before\n\x1b[?1049h\x1b[2J\x1b[Hmenu\nitems\n\x1b[?1049lafter\n", ["before", "after"], id="elsewhere"
        ),
        pytest.param(
            "\x1b[H\x1b[2Jload 1\n\x1b[H\x1b[2Jload 2\n\x1b[H\x1b[2Jload 3\nend\n",
            ["load 1", "load 3", "end"],
            id="a screen cleared",
        ),
        pytest.param("a\n\x1b]1337;File=" + "A" * 9000 + "\x07b\n", ["a", "b"], id="a picture"),
        pytest.param("\x1b[9999999999A\x1b[99999999B\x1b[99999999Cx\n", [" " * 99999999][:0], id="far away"),
    ],
)
def test_a_movement(text, lines):
    if lines:
        assert texts(text) == lines
    else:
        (line,) = texts(text)
        assert line.strip() == "x"
        assert len(line) <= LONGEST + 1


def test_a_line_that_begins_with_a_return_is_told_with_the_next():
    taken: list[str] = []
    buffer = LineBuffer(lambda line, _redrawn: taken.append(line))
    buffer.feed("\rfirst\n")
    buffer.feed("\rsecond\n")
    buffer.feed("third\n")
    assert taken == ["first", "second", "third"]


def test_a_bar_is_told_at_its_line_end():
    taken: list[str] = []
    buffer = LineBuffer(lambda line, _redrawn: taken.append(line))
    buffer.feed("\r1%\r2%\n")
    assert taken == ["2%"]


def test_lines_behind_a_hidden_cursor_are_told_when_nothing_was_drawn_for_long():
    taken: list[str] = []
    buffer = LineBuffer(lambda line, _redrawn: taken.append(line))
    buffer.feed("\x1b[?25l")
    for number in range(60):
        buffer.feed(f"line {number}\n")
    assert taken == [f"line {number}" for number in range(60)]


def test_the_tag_of_a_line_is_that_of_its_last_piece():
    taken = []
    buffer = LineBuffer(lambda line, _redrawn: taken.append((line, buffer.tag)))
    buffer.feed("\x1b[?25la\nb", 1)
    buffer.feed("\r\x1b[1A", 2)
    buffer.feed("A", 3)
    buffer.feed("\n\n\x1b[?25h", 4)
    assert taken == [("A", 3), ("b", 1)]


# -- what holds for every text -----------------------------------------------------------------------------------------


def redrawn(way: str, bar: int, rows: list[str], height: int = 0) -> str:
    """What is written where a bar has changed, by the cursor at the end of the last row."""
    up = (height or len(rows)) - 1
    if way == "frames":
        return "\r\x1b[2K" + "\x1b[1A\x1b[2K" * up + "\n".join(rows)
    if way == "below":
        return (f"\x1b[{up}A" if up else "") + "\n" * bar + f"\r{rows[bar]}   " + "\n" * (up - bar)
    back = up - bar
    return (f"\x1b[{back}A" if back else "") + f"\r\x1b[K{rows[bar]}" + (f"\x1b[{back}B" if back else "")


@st.composite
def displays(draw) -> tuple[str, list[str]]:
    """A display of some bars in one of the usual ways of drawing, and what is to be told of it."""
    count = draw(st.integers(1, 6))
    way = draw(st.sampled_from(["frames", "rows", "below"]))
    states = {bar: f"bar{bar}: 0" for bar in range(count)}
    text, notes = "\x1b[?25l" + "\n".join(states.values()), []
    for step in range(1, draw(st.integers(2, 12))):
        for bar in draw(st.permutations(range(count))):
            states[bar] = f"bar{bar}: {step}"
            text += redrawn(way, bar, list(states.values()))
        if way != "rows" and draw(st.booleans()):
            notes.append(f"note {step}")
            text += redrawn("frames", 0, [notes[-1], *states.values()], height=count)
    return text + "\n\x1b[?25h", [*notes, *states.values()]


@given(displays(), st.data())
def test_each_bar_is_told_once_as_it_stood_last_and_each_note_above_it(display, data):
    text, expected = display
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=10)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert texts("before\n", *pieces, "after\n") == ["before", *expected, "after"]


@given(st.text(st.sampled_from("ab \r\n\b\x1b[]0123456789;?ABCDGHJKMhlmsu78\x07"), max_size=300))
def test_no_text_does_any_harm_and_little_of_it_is_kept(text):
    taken: list[str] = []
    buffer = LineBuffer(lambda line, _redrawn: taken.append(line))
    buffer.feed(text)
    assert len(buffer._display._rows) <= MOST_ROWS + 1
    buffer.flush()
    assert buffer.is_empty
    assert all(line.strip() for line in taken)


def test_a_display_that_is_redrawn_for_long_takes_no_more_room():
    buffer = LineBuffer(lambda *_: None)
    for number in range(3000):
        buffer.feed(f"\r{number} {'#' * 50}\n\r{number}{'#' * 50}\x1b[A")
    rows = buffer._display._rows
    assert len(rows) == 2
    assert sum(len(row.text) + len(row.drawn) for row in rows) < 500


def test_more_rows_than_a_terminal_has_are_not_kept():
    buffer = LineBuffer(lambda *_: None)
    for number in range(1000):
        buffer.feed(f"\x1b[?25l\r{number}\n")
    assert len(buffer._display._rows) <= MOST_ROWS + 1
    assert len(buffer._display.recent) <= MOST_ROWS
