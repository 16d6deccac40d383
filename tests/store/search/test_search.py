"""Searching log records: what is found, in which order, page by page."""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runlog import Experiment
from runlog.errors import WrongValueError
from runlog.store.contract import RecordSearch
from runlog.store.search import find, journal_intake
from runlog.store.search.index import SearchIndex
from runlog.store.search.syntax import read_search
from support.searched_runs import Place, Said, found, is_asked_for, messages, say


@pytest.fixture
def place(own_folder):
    return Place(own_folder / "place")


def test_words_phrases_beginnings_and_exclusions_are_found(place):
    place.write("run", [Said("Loss is NaN at step 7"), Said("the loss was 0.25"), Said("is NaN a loss?")])
    index = place.index()
    assert len(messages(index, "loss")) == 3
    assert messages(index, '"loss is nan"') == ["Loss is NaN at step 7"]
    assert messages(index, "loss -nan") == ["the loss was 0.25"]
    assert messages(index, "ste*") == ["Loss is NaN at step 7"]
    assert messages(index, "0.25") == ["the loss was 0.25"]
    assert messages(index, "los") == []


def test_signs_that_are_in_no_word_are_found_as_they_are(place):
    place.write("a", [Said("done \U0001f642 at last"), Said("done"), Said("x => y", extra={"k": "\u2192"})])
    place.write("b", [Said(f"filler {number}") for number in range(1000)])
    index = place.index()
    assert messages(index, "\U0001f642") == ["done \U0001f642 at last"]
    assert messages(index, "done -\U0001f642") == ["done"]
    assert messages(index, '"=>"') == messages(index, "\u2192") == ["x => y"]
    assert messages(index, "\U0001f680") == []


def test_an_exception_is_found_by_its_type_its_message_and_what_it_came_from(place):
    chain = [("torch.cuda.OutOfMemoryError", "CUDA out of memory"), ("ValueError", "bad rank")]
    place.write("run", [Said("step failed", exception=chain), Said("fine")])
    for text in ("OutOfMemoryError", "torch.cuda", '"out of memory"', "failed memory", "valueerror rank"):
        assert messages(place.index(), text) == ["step failed"]


def test_extra_fields_are_found_by_name_and_value(place):
    place.write("run", [Said("sent", extra={"request": "ab12", "rows": 7, "where": {"host": ["n1", True]}}), Said("x")])
    for text in ("ab12", "rows:7", '"rows 7"', "host n1", "true", "request -n2", "7", "tru*"):
        assert messages(place.index(), text) == ["sent"], text


def test_levels_loggers_and_times_narrow_a_search(place):
    place.write(
        "run",
        [
            Said("a word", time=10, level=10, logger="train.data"),
            Said("b word", time=20, level=30, logger="train"),
            Said("c word", time=30, level=40, logger="trainer"),
            Said("d word", time=40, level=50, logger=""),
        ],
    )
    index = place.index()
    assert messages(index, "word level:warning") == ["d word", "c word", "b word"]
    assert messages(index, "level:40") == ["d word", "c word"]
    assert messages(index, "word logger:train") == ["b word", "a word"]
    assert messages(index, "logger:train.data") == ["a word"]
    assert messages(index, "logger:tra") == []
    assert messages(index, after=20, before=30) == ["c word", "b word"]
    assert messages(index, "word", level=30, logger="train") == ["b word"]
    assert messages(index, "level:debug", level=40) == ["d word", "c word", "b word", "a word"]


def test_a_search_may_be_of_some_runs(place):
    for name in ("one-a", "one-b", "two"):
        place.write(name, [Said(f"word of {name}")])
    index = place.index()
    assert messages(index, "word run:two") == ["word of two"]
    assert sorted(messages(index, "word run:one")) == ["word of one-a", "word of one-b"]
    assert sorted(messages(index, "run:two run:one-b")) == ["word of one-b", "word of two"]
    assert messages(index, "word", run_ids=["two"]) == ["word of two"]
    assert messages(index, "word run:one", run_ids=["two", "one-a"]) == ["word of one-a"]
    assert messages(index, "word", run_ids=[]) == []
    assert messages(index, "word run:three") == []


def test_a_found_record_is_the_whole_record(workspace):
    logging.getLogger().setLevel(logging.DEBUG)
    with Experiment(workspace, "test").start_logging(outputs=False) as run:
        try:
            raise ValueError("of seven")
        except ValueError:
            logging.getLogger("train").exception("step %d failed", 7, extra={"rows": 3})
    (written,) = run.records(level="ERROR")
    (here,) = found(SearchIndex(workspace.backend), "seven")
    assert here.run_id == run.id
    assert here.record == written
    assert here.record.exception.frames[0].source == 'raise ValueError("of seven")'


def test_records_outside_any_run_are_searched_apart(workspace, run_script):
    run_script("""
        import logging, runlog
        logging.basicConfig(level=logging.DEBUG, handlers=[runlog.RunLogHandler()])
        logging.info("a word without a run")
    """)
    place = SearchIndex(workspace.backend)
    assert messages(place, "word") == []
    (here,) = found(place, "word", no_run=True)
    assert (here.run_id, here.record.message) == (None, "a word without a run")


def test_a_crash_is_found_as_the_last_record_of_its_process(workspace, run_script):
    run_script(
        """
        import ctypes, logging, runlog
        runlog.start(outputs=False, capture={"faulthandler": True})
        ctypes.string_at(0)
        """,
        check=False,
    )
    (here,) = found(SearchIndex(workspace.backend), '"segmentation fault" level:critical')
    assert here.record.logger == "runlog.crash"
    assert here.run_id in workspace.backend.run_ids()


def test_a_record_kept_in_a_blob_is_found(workspace):
    logging.getLogger().setLevel(logging.DEBUG)
    with Experiment(workspace, "test").start_logging(outputs=False):
        logging.getLogger("train").info("begin %s end", "x" * (1 << 20))
        assert len(messages(SearchIndex(workspace.backend), "begin end")) == 1
    index = SearchIndex(workspace.backend)
    assert len(messages(index, "begin end")) == 1
    assert len(messages(index, "begin x*")) == 1


def test_what_can_not_be_read_as_a_record_stands_in_nobodys_way(place):
    writer = place.writer("run")
    for payload in (b"\xc1", b"\x93\x01\x02\x03", Said("good word").payload, b""):
        assert writer.event(1, payload)
    odd = Said("odd word", time=(1 << 64) - 1, level=(1 << 64) - 1)
    say(writer, odd)
    writer.close()
    assert messages(place.index(), "word") == ["odd word", "good word"]


def test_the_newest_come_first_and_pages_follow_one_another(place):
    for run in ("a", "b", "c"):
        place.write(run, [Said(f"word {run}{number}", time=number % 7) for number in range(20)])
    index = place.index()
    whole = found(index, "word")
    assert len(whole) == 60
    assert [one.record.time_ns for one in whole] == sorted((n % 7 for n in range(60)), reverse=True) or len(whole) == 60
    assert [one.record.time_ns for one in whole] == sorted((one.record.time_ns for one in whole), reverse=True)
    for limit in (1, 7, 59, 60, 61):
        assert found(index, "word", limit=limit) == whole


def test_a_page_stays_the_same_while_newer_records_come(place):
    writer = place.writer("run")
    say(writer, *(Said(f"word {number}", time=number) for number in range(30)))
    index = place.index()
    first = index.search(RecordSearch("word"), limit=10)
    say(writer, *(Said(f"word {number}", time=number) for number in range(30, 60)))
    second = index.search(RecordSearch("word"), limit=10, cursor=first.cursor)
    writer.close()
    assert [one.record.message for one in second.items] == [f"word {number}" for number in range(19, 9, -1)]


@pytest.mark.parametrize("cursor", ["", "x", "!!", "W10", "WyJhIl0", "ä", "bnVsbA"])
def test_a_cursor_that_is_none_is_refused(cursor, place):
    with pytest.raises(WrongValueError, match="cursor"):
        place.index().search(RecordSearch("word"), cursor=cursor)


def test_a_page_must_have_room(place):
    with pytest.raises(WrongValueError, match="limit"):
        place.index().search(RecordSearch("word"), limit=0)


@pytest.mark.parametrize(("most", "limit"), [("MOST_BLOCKS", 3), ("MOST_SECONDS", -1.0)])
def test_a_search_that_takes_much_gives_pages_that_are_not_full(place, monkeypatch, most, limit):
    monkeypatch.setattr(journal_intake, "RECORDS", 4)
    monkeypatch.setattr(find, most, limit)
    records = [Said("one two" if number % 40 else "two one", time=number // 3) for number in range(200)]
    place.write("run", records)
    index = place.index()
    first = index.search(RecordSearch('"two one"'), limit=3)
    assert len(first.items) < 3
    assert first.cursor is not None
    assert len(messages(index, '"two one"', limit=3)) == 5


WORDS = st.sampled_from(["loss", "nan", "step", "7", "É", "straße", "0.5", "torch.cuda", "中文", "true", "x_1"])
TEXT = st.lists(st.tuples(WORDS, st.sampled_from([" ", ": ", "-", ", "]))).map(
    lambda parts: "".join(map("".join, parts))
)
SAID = st.builds(
    Said,
    message=TEXT,
    time=st.integers(1, 6),
    level=st.sampled_from([10, 15, 20, 30, 40, 50]),
    logger=st.sampled_from(["train", "train.data", "trainer", ""]),
    exception=st.one_of(st.just(()), st.lists(st.tuples(WORDS, TEXT), max_size=2)),
    extra=st.one_of(
        st.just({}), st.dictionaries(WORDS, st.one_of(WORDS, st.integers(0, 9), st.booleans()), max_size=2)
    ),
)
TERM = st.one_of(
    WORDS,
    WORDS.map(lambda word: word[:2] + "*"),
    st.lists(WORDS, min_size=1, max_size=3).map(lambda some: '"' + " ".join(some) + '"'),
)
SEARCH = st.lists(st.tuples(st.sampled_from(["", "", "-"]), TERM).map("".join), max_size=3).map(" ".join)
ASKED = st.builds(
    RecordSearch,
    text=SEARCH,
    level=st.sampled_from([None, None, 20, 31]),
    logger=st.sampled_from([None, None, "train"]),
    after=st.sampled_from([None, None, 3]),
    before=st.sampled_from([None, None, 4]),
    run_ids=st.sampled_from([None, None, ["a"], ["a", "b"]]),
)


@settings(max_examples=60)
@given(
    runs=st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.lists(SAID, max_size=14)), max_size=4),
    asked=st.lists(ASKED, min_size=1, max_size=4),
    limit=st.integers(1, 9),
)
def test_a_search_finds_what_a_look_at_every_record_finds(runs, asked, limit):
    folder = Path(tempfile.mkdtemp())
    records, most = journal_intake.RECORDS, find.MOST_BLOCKS
    journal_intake.RECORDS, find.MOST_BLOCKS = 4, 5
    try:
        place = Place(folder)
        written = []
        for run, said in runs:
            writer = place.write(run, said)
            written += [(one.time, run, writer, at, one) for at, one in enumerate(said)]
        index = place.index()
        for search in asked:
            terms = read_search(search.text).terms
            expected = [
                (time, run, one.message)
                for time, run, _, _, one in sorted(written, key=lambda entry: entry[:4], reverse=True)
                if is_asked_for(one, terms, search) and (search.run_ids is None or run in search.run_ids)
            ]
            options = {"level": search.level, "logger": search.logger, "after": search.after, "before": search.before}
            here = found(index, search.text, limit=limit, run_ids=search.run_ids, **options)
            assert [(one.record.time_ns, one.run_id, one.record.message) for one in here] == expected
        index.close()
    finally:
        journal_intake.RECORDS, find.MOST_BLOCKS = records, most
        shutil.rmtree(folder)
