"""A captured stream stays the object that it is, whatever others do to its functions, and in whichever order."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import threading
from unittest import mock

import pytest

import runlog


def printed(run, logger="runlog.stdout"):
    return [record.message for record in run.records(logger=logger)]


@pytest.fixture
def own_stdout(workspace, monkeypatch):
    """`own_stdout()`: a stream in place of `sys.stdout`, over bytes that can be looked at.

    It is called in the test: pytest changes the streams between a fixture and its test.
    """

    def make():
        stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "__stdout__", stream)
        return stream

    return make


def shown(stream):
    return stream.buffer.getvalue().decode()


def start():
    return runlog.start("printed", capture={"stdout": True})


def test_a_function_that_was_put_over_write_is_called_and_the_line_recorded_once(own_stdout):
    stdout = own_stdout()
    with start() as run:
        old = sys.stdout.write
        sys.stdout.write = lambda text: old(text + "")
        print("hello")
        sys.stdout.write = old
        print("again")
    print("after")
    assert shown(stdout) == "hello\nagain\nafter\n"
    assert printed(run) == ["hello", "again"]


def test_a_function_that_is_still_there_at_the_end_stays_and_works(own_stdout):
    stdout = own_stdout()
    with start() as run:
        old, seen = sys.stdout.write, []
        sys.stdout.write = theirs = lambda text: (seen.append(text), old(text))[1]
        print("within")
    print("after")
    assert sys.stdout == stdout
    assert sys.stdout.write is theirs
    assert seen == ["within", "\n", "after", "\n"]
    assert printed(run) == ["within"]
    with start() as second:
        print("once")
    assert printed(second) == ["once"]
    assert shown(stdout) == "within\nafter\nonce\n"


def test_a_function_that_was_saved_within_the_run_and_put_back_after_it_passes_on(own_stdout):
    stdout = own_stdout()
    for _ in range(3):  # ever more of them would end in too deep a recursion
        with start():
            saved = stdout.write
        stdout.write = saved
        depth = 0
        while saved is not None:
            saved, depth = getattr(saved, "__wrapped__", None), depth + 1
        assert depth == 2
    print("after")
    with start() as run:
        print("once")
    assert printed(run) == ["once"]
    assert shown(stdout) == "after\nonce\n"
    assert "write" not in vars(stdout)


def test_a_function_from_before_the_run_stays_beneath(own_stdout):
    stdout = own_stdout()
    seen, own = [], stdout.write
    stdout.write = theirs = lambda text: (seen.append(text), own(text))[1]
    with start() as run:
        print("within")
    assert stdout.write is theirs
    assert seen == ["within", "\n"]
    assert printed(run) == ["within"]


@pytest.mark.parametrize("name", ["write", "flush", "isatty", "writelines"])
def test_mock_takes_and_gives_back(own_stdout, name):
    stdout = own_stdout()
    with start() as run:
        with mock.patch.object(sys.stdout, name) as patched:
            getattr(sys.stdout, name)("swallowed")
        patched.assert_called_once_with("swallowed")
        print("shown")
    assert vars(stdout) == vars(io.TextIOWrapper(io.BytesIO()))
    assert shown(stdout) == "shown\n"
    assert printed(run) == ["shown"]


def test_monkeypatch_takes_and_gives_back_after_the_run(own_stdout):
    stdout = own_stdout()
    patch = pytest.MonkeyPatch()
    with start() as run:
        old = sys.stdout.write
        patch.setattr(sys.stdout, "write", lambda text: old(text.upper()))
        print("loud")
    patch.undo()
    print("after")
    assert shown(stdout) == "LOUD\nafter\n"
    assert printed(run) == ["LOUD"]


def test_attributes_are_the_stream_s_own(own_stdout):
    stdout = own_stdout()
    stdout.theirs = 1
    with start():
        assert sys.stdout.theirs == 1
        sys.stdout.theirs = 2
        del sys.stdout.theirs
        assert not hasattr(stdout, "theirs")
        with pytest.raises(AttributeError):
            sys.stdout.encoding = "ascii"
        with pytest.raises(AttributeError):
            del sys.stdout.nothing


class Slots:
    """A stream that takes no attributes."""

    __slots__ = ("text",)
    encoding = "utf-8"

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text
        return len(text)

    def writelines(self, lines):
        self.text += "".join(lines)

    def flush(self):
        pass


def test_a_stream_that_takes_no_attributes_is_stood_in_for(workspace, monkeypatch):
    stream = Slots()
    monkeypatch.setattr(sys, "stdout", stream)
    with start() as run:
        assert isinstance(sys.stdout, Slots)
        print("hello")
        sys.stdout.writelines(["a", "b\n"])
        old = sys.stdout.write
        with mock.patch.object(sys.stdout, "write", lambda text: old(text + "")):
            print("patched")
        sys.stdout.text += "assigned\n"
        with pytest.raises(AttributeError):
            sys.stdout.other = 1
    assert sys.stdout is stream
    assert stream.text == "hello\nab\npatched\nassigned\n"
    assert printed(run) == ["hello", "ab", "patched"]


class Forwarding:
    """A stream that hands on to another one what it is asked for and given, as some wrappers do."""

    def __init__(self, stream):
        object.__setattr__(self, "_stream", stream)

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def __setattr__(self, name, value):
        setattr(self._stream, name, value)

    def write(self, text):
        return self._stream.write(text)


@pytest.mark.parametrize("make", [Forwarding, lambda stream: pytest.importorskip("tqdm.contrib").DummyTqdmFile(stream)])
def test_a_wrapper_that_hands_on_attributes_is_recorded_once(own_stdout, monkeypatch, make):
    stdout = own_stdout()
    monkeypatch.setattr(sys, "stdout", make(stdout))
    with start() as run:
        print("hello")
    sys.stdout.flush()
    assert shown(stdout) == "hello\n"
    assert printed(run) == ["hello"]
    assert "write" not in vars(stdout)


def test_bytes_are_recorded_by_whichever_way_they_come(own_stdout):
    stdout = own_stdout()
    with start() as run:
        sys.stdout.buffer.write(b"bytes\n")
        sys.stdout.buffer.writelines([b"by", b"lines\n"])
        wrapper = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", write_through=True)
        print("by a wrapper", file=wrapper)
        wrapper.detach()
        import codecs

        codecs.getwriter("utf-8")(sys.stdout.buffer).write("by a codec\n")
        print("text")
    assert shown(stdout) == "bytes\nbylines\nby a wrapper\nby a codec\ntext\n"
    assert printed(run) == ["bytes", "bylines", "by a wrapper", "by a codec", "text"]


def test_a_text_is_no_bytes_of_its_own_however_late_it_is_flushed(workspace, monkeypatch):
    stream = io.TextIOWrapper(io.BufferedWriter(io.BytesIO()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    with start() as run:
        print("one")
        print("two", flush=True)
        print("three")
        sys.stdout.reconfigure(line_buffering=True)
        print("four")
        sys.stdout.buffer.flush()
    assert printed(run) == ["one", "two", "three", "four"]


def test_a_stream_that_is_detached_and_wrapped_anew_is_recorded_on(own_stdout):
    own_stdout()
    with start() as run:
        sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding="utf-8", write_through=True)
        new = sys.stdout
        print("through the new one")
    assert sys.stdout is new
    print("after")
    assert shown(new) == "through the new one\nafter\n"
    assert printed(run) == ["through the new one"]
    assert "write" not in vars(new.buffer)


def test_whoever_held_the_stream_before_is_recorded(own_stdout):
    own_stdout()
    held = sys.stdout
    with start() as run:
        print("by the held one", file=held)
        print("by the first one", file=sys.__stdout__)
    assert printed(run) == ["by the held one", "by the first one"]


def test_a_redirection_that_began_before_the_run_may_end_within(own_stdout):
    stdout = own_stdout()
    with contextlib.redirect_stdout(io.StringIO()) as inner:
        run = start()
        print("redirected")
    print("not redirected")
    run.complete()
    assert inner.getvalue() == "redirected\n"
    assert shown(stdout) == "not redirected\n"
    assert printed(run) == ["redirected", "not redirected"]


class Tee:
    """A stream that writes to several."""

    def __init__(self, *streams):
        self.streams = streams

    def write(self, text):
        for stream in self.streams:
            stream.write(text)

    def flush(self):
        pass


def test_what_one_recorded_stream_hands_on_to_another_is_recorded_once(own_stdout, monkeypatch):
    stdout = own_stdout()
    monkeypatch.setattr(sys, "stdout", Tee(stdout, io.StringIO()))
    with start() as run:
        print("through both")
        print("to the first", file=sys.__stdout__)
    assert printed(run) == ["through both", "to the first"]


def test_a_stderr_that_is_stdout_is_recorded_once(own_stdout, monkeypatch):
    stdout = own_stdout()
    monkeypatch.setattr(sys, "stderr", stdout)
    monkeypatch.setattr(sys, "__stderr__", stdout)
    with runlog.start("printed", capture={"stdout": True, "stderr": True}) as run:
        print("once")
        print("once more", file=sys.stderr)
    assert [one.message for one in run.records() if one.logger != "runlog"] == ["once", "once more"]
    assert vars(stdout) == vars(io.TextIOWrapper(io.BytesIO()))


def test_a_closed_stream_says_so_and_the_run_goes_on(own_stdout):
    own_stdout()
    with start():
        sys.stdout.close()
        with pytest.raises(ValueError, match="closed"):
            print("x")


def test_it_is_what_it_was_to_pickle(run_script):
    run_script("""
        import cloudpickle, copy, pickle, sys, runlog
        def refused(function):
            try:
                function(sys.stdout)
            except TypeError as error:
                return True
        assert refused(pickle.dumps) and refused(copy.deepcopy)
        with runlog.start("x", capture={"stdout": True}):
            assert refused(pickle.dumps) and refused(copy.deepcopy)
            assert pickle.loads(cloudpickle.dumps(sys.stdout)) is sys.stdout
    """)


def test_a_signal_handler_that_prints_within_a_print_is_recorded(own_stdout):
    own_stdout()

    class Interrupted(io.StringIO):
        """A stream in whose write something else prints, as a signal handler may."""

        interrupt = True

        def write(self, text):
            if self.interrupt:
                self.interrupt = False
                print("from the handler")
            return super().write(text)

    sys.stdout = stream = Interrupted()
    with start() as run:
        print("from the program")
    assert stream.getvalue() == "from the handler\nfrom the program\n"
    assert sorted(printed(run)) == ["from the handler", "from the program"]


def test_threads_and_tasks_patch_and_print_at_once(own_stdout):
    own_stdout()

    async def tasks():
        async def one(number):
            for line in range(20):
                print(f"task {number} line {line}")
                await asyncio.sleep(0)

        await asyncio.gather(*map(one, range(5)))

    def patch():
        for _ in range(50):
            old = sys.stdout.write
            sys.stdout.write = lambda text, old=old: old(text)
            sys.stdout.write = old

    def lines():
        for line in range(100):
            print(f"thread line {line}")

    with start() as run:
        threads = [threading.Thread(target=work) for work in (patch, lines)]
        for thread in threads:
            thread.start()
        asyncio.run(tasks())
        for thread in threads:
            thread.join()
    expected = [*(f"task {n} line {m}" for n in range(5) for m in range(20)), *(f"thread line {n}" for n in range(100))]
    assert sorted(printed(run)) == sorted(expected)


def test_a_display_that_another_thread_redraws_is_told_once(own_stdout):
    own_stdout()
    rich_console = pytest.importorskip("rich.console")
    from rich.progress import Progress

    with start() as run:
        console = rich_console.Console(force_terminal=True, width=60)
        with Progress("{task.description} {task.completed}", console=console, auto_refresh=False) as progress:
            tasks = [progress.add_task(name, total=9) for name in ("one", "two")]
            for _ in range(9):
                for task in tasks:
                    progress.update(task, advance=1)
                thread = threading.Thread(target=progress.refresh)
                thread.start()
                thread.join()
            print("between")
        print("after")
    assert printed(run) == ["between", "one 9", "two 9", "after"]


PROGRAMS = {
    "colorama": """
        import colorama
        colorama.init(strip=False); print(colorama.Fore.RED + "said" + colorama.Style.RESET_ALL); colorama.deinit()
    """,
    "colorama before": """
        import colorama
        colorama.deinit(); print("said")
    """,
    "rich": """
        from rich.console import Console
        Console().print("[red]said")
    """,
    "click": """
        import click
        click.echo(click.style("said", fg="red"))
    """,
    "tqdm": """
        from tqdm import tqdm
        tqdm.write("said")
    """,
    "doctest": """
        import doctest
        doctest.run_docstring_examples(">>> print(1)\\n1\\n", {}); print("said")
    """,
    "a new file over the descriptor": """
        import os
        os.write(sys.stdout.fileno(), b""); print("said")
    """,
}
BEFORE = {"colorama before": "import colorama; colorama.init(strip=False)"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_library_s_way_of_printing_is_recorded_once(run_script, name):
    import textwrap

    program = textwrap.dedent(PROGRAMS[name])
    done = run_script(
        f"import sys, runlog\n{BEFORE.get(name, '')}\nown = dict(vars(sys.__stdout__))\n"
        f"with runlog.start('printed', capture={{'stdout': True}}):\n{textwrap.indent(program, '    ')}\n"
        "print('after')\nassert vars(sys.__stdout__) == own\n"
    )
    (run,) = runlog.Workspace.from_config().runs()
    assert [line for line in done.stdout.splitlines() if "said" in line] != []
    assert done.stdout.count("said") == 1
    assert printed(run) == ["said"]


def test_a_stream_with_write_alone_is_recorded(workspace, monkeypatch):
    class Bare:
        text = ""

        def write(self, text):
            self.text += text

    monkeypatch.setattr(sys, "stdout", stream := Bare())
    with start() as run:
        print("hello")
    assert stream.text == "hello\n"
    assert printed(run) == ["hello"]


def test_what_is_no_stream_fails_as_before_and_the_next_capture_works(own_stdout, monkeypatch):
    stdout = own_stdout()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", object())
        with start(), pytest.raises(AttributeError, match="'object' object has no attribute 'write'"):
            print("nowhere")
    with start() as run:
        print("hello")
    assert printed(run) == ["hello"]
    assert shown(stdout) == "hello\n"


def test_a_function_that_is_put_on_the_stream_for_each_cell_ends_nothing(own_stdout):
    """As IPython does: the cell that starts the run puts back what it found before."""
    stdout = own_stdout()
    seen: list[str] = []

    @contextlib.contextmanager
    def cell():
        stream = sys.stdout
        own = stream.write
        stream.write = lambda text: (seen.append(text), own(text))[1]
        try:
            yield
        finally:
            stream.write = own

    with cell():
        run = start()
        print("first")
    with cell():
        print("second")
    with cell():
        print("third")
        run.complete()
        print("after")
    with cell():
        print("after, too")
    assert shown(stdout) == "first\nsecond\nthird\nafter\nafter, too\n"
    assert "".join(seen) == shown(stdout)
    assert printed(run) == ["first", "second", "third"]
