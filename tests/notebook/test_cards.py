"""What a notebook shows of a run, an experiment and a list of runs."""

from __future__ import annotations

import logging
from html.parser import HTMLParser

import pytest

import runlog
from runlog.notebook import cards

VOID = {"br", "polyline"}


class Page(HTMLParser):
    """Reads a piece of HTML strictly: every element is closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


def experiment(workspace):
    return runlog.Experiment(workspace, "cards")


def completed(workspace, **values):
    with experiment(workspace).start_logging(display_name="a run") as run:
        run.log_metrics(values)
    return run


def test_a_run_shows_its_name_status_last_values_and_how_to_see_more(workspace):
    with experiment(workspace).start_logging(display_name="ridge", tags={"team": "vision"}) as run:
        run.log_params({"alpha": 0.4})
        for step in range(50):
            run.log("loss", 1 / (step + 1), step=step)
    page = Page(run._repr_html_())
    for part in ("ridge", "Completed", run.id, "cards", "alpha", "0.4", "team", "vision", "loss", "0.02", "50"):
        assert part in page.words or part in page.text, part
    assert f"runlog show {run.id}" in page.words
    assert "svg" in page.tags


def test_a_live_run_of_another_process_is_shown_as_it_stands(workspace, start_script):
    process = start_script(
        "import runlog, sys\nrun = runlog.start('cards')\nrun.log('loss', 0.5)\nprint(run.id, flush=True)\nsys.stdin.read()"
    )
    run = workspace.get_run(process.stdout.readline().strip())
    page = Page(run._repr_html_())
    assert {"Running", "loss", "0.5"} <= set(page.words)
    process.kill()
    process.wait()
    assert "Crashed" in Page(run._repr_html_()).words


def test_why_a_run_failed_is_shown(workspace):
    run = experiment(workspace).start_logging()
    run.fail(ValueError("too high"))
    assert "ValueError: too high" in Page(run._repr_html_()).words


def test_an_empty_run_is_shown(workspace):
    assert "Completed" in Page(completed(workspace)._repr_html_()).words


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "</td><b>", '" onload="alert(1)', "&amp;"])
def test_no_text_of_a_run_becomes_markup(workspace, hostile):
    with experiment(workspace).start_logging(display_name=hostile, tags={hostile: hostile}) as run:
        run.log_params({hostile: hostile})
        run.log(hostile, hostile)
    run_page = Page(run._repr_html_())
    assert hostile in run_page.words
    for page in (run_page, Page(run.experiment._repr_html_()), Page(run.experiment.get_runs()._repr_html_())):
        assert "script" not in page.tags
        assert page.tags.count("b") <= 1  # the card's own title
        assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_nothing_is_loaded_from_anywhere(workspace):
    run = completed(workspace, loss=1.0)
    html = run._repr_html_() + run.experiment._repr_html_()
    assert not {"src", "href"} & {name for name, _ in Page(html).attributes}
    assert "style" not in Page(html).tags


def test_of_very_many_metrics_and_labels_some_are_shown_and_the_others_counted(workspace):
    with experiment(workspace).start_logging() as run:
        run.log_metrics({f"metric {number}": float(number) for number in range(40)})
        run.log_params({f"parameter {number}": number for number in range(40)})
    text = Page(run._repr_html_()).text
    assert f"and {40 - cards.METRICS} more metrics" in text
    assert f"and {40 - cards.LABELS} more parameters and tags" in text


def test_an_experiment_shows_its_newest_runs_and_how_many_there_are(workspace):
    runs = [completed(workspace, loss=float(number)) for number in range(12)]
    page = Page(experiment(workspace)._repr_html_())
    assert "12 Completed" in page.words
    assert runs[-1].id in page.words
    assert runs[0].id not in page.words
    assert "and 2 more runs" in page.words


def test_an_experiment_without_runs_is_shown(workspace):
    assert "no runs yet" in Page(experiment(workspace)._repr_html_()).words


def test_a_list_of_runs_is_a_table(workspace):
    completed(workspace, loss=0.25)
    assert "loss 0.25" in Page(workspace.runs()._repr_html_()).words
    assert "no runs" in Page(workspace.runs(experiment="other")._repr_html_()).words


def test_a_notebook_gets_the_html_beside_the_plain_text(workspace):
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    run = completed(workspace, loss=1.0)
    data, _ = formatter.format(run)
    assert run.id in data["text/html"]
    assert data["text/plain"] == repr(run)


def test_records_are_a_table_of_the_first_and_say_whether_there_are_more(workspace):
    logging.getLogger().setLevel(logging.DEBUG)
    log = logging.getLogger("cards.<train>")
    with experiment(workspace).start_logging() as run:
        for number in range(25):
            log.info("record <%d>\nand more lines", number)
        try:
            raise ValueError("no data")
        except ValueError:
            log.exception("failed")
    records = run.records(logger="cards.<train>")
    page = Page(records._repr_html_())
    assert "record <0>" in page.text
    assert "more lines" not in page.text
    assert "the first 20; to_pandas() has all" in page.text
    assert "failed (ValueError: no data)" in Page(run.records(level="ERROR")._repr_html_()).text
    assert "no records" in Page(run.records(logger="nobody")._repr_html_()).text
    assert repr(records) == f"Records(run='{run.id}')"


def test_an_explanation_is_to_be_read_where_a_cell_shows_it():
    explained = runlog.explain("cards", "DEBUG")
    assert repr(explained) == str(explained)
    assert "cards DEBUG -> run log" in repr(explained)
