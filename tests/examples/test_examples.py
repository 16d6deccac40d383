"""The examples, each in a process of its own as a newcomer would run it, and what their runs hold afterwards."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from runlog import Workspace
from support import absent
from support.scripts import clean_environment, run_script, started_program

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo, run once: what it printed, and its one run."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "demo.py"), str(folder)],
        cwd=folder.parent,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def only_run(folder):
    (run,) = Workspace(folder).runs()
    return run


def test_the_demo_prints_the_best_alpha_and_the_commands_that_show_the_run(demo):
    folder, printed = demo
    lines = printed.splitlines()
    assert "best alpha 0.40" in lines
    assert [line for line in lines if f"runlog -w {folder} show latest" in line]


def test_the_demo_leaves_one_completed_run(demo):
    run = only_run(demo[0])
    assert (run.status, run.experiment.name) == ("Completed", "train-on-local")
    assert run.dropped == 0


def test_the_demos_run_has_twenty_alphas_and_errors_and_the_best_is_0_40(demo):
    metrics = only_run(demo[0]).get_metrics()
    assert metrics["alpha"] == [round(0.05 * i, 2) for i in range(20)]
    assert len(metrics["mse"]) == 20
    assert metrics["alpha"][metrics["mse"].index(min(metrics["mse"]))] == 0.4


def test_the_demos_run_has_the_twenty_models(demo, tmp_path):
    import joblib

    run = only_run(demo[0])
    names = run.get_file_names()
    assert names == [f"outputs/ridge_{0.05 * i:.2f}.pkl" for i in range(20)]
    run.download_file("outputs/ridge_0.40.pkl", output_file_path=tmp_path / "best.pkl")
    assert joblib.load(tmp_path / "best.pkl").alpha == 0.4


def test_the_demos_run_has_its_debug_records(demo):
    records = [record for record in only_run(demo[0]).records() if record.logger == "train"]
    debug = [record for record in records if record.level == "DEBUG"]
    assert debug[0].message == "training on 353 rows, testing on 89, 10 features"
    assert len(debug) == 21
    assert len(records) == 41


def test_the_demo_can_be_run_again_and_still_leaves_one_run(own_folder):
    for _ in range(2):
        run_script(own_folder, EXAMPLES / "demo.py", "again")
    assert only_run(own_folder / "again").status == "Completed"


@pytest.fixture(scope="module")
def logging_api(tmp_path_factory):
    """The example of every data type, run once: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("logging_api")
    return folder, run_script(folder, EXAMPLES / "logging_api.py").stdout


def test_every_data_type_of_the_example_reads_back_as_it_was_logged(logging_api):
    metrics = only_run(logging_api[0]).get_metrics()
    assert metrics["scale factor"] == [2]
    assert metrics["Magic Number"] == [84]
    assert metrics["Category"] == ["Red"]
    assert metrics["Fibonacci"] == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89]
    assert len(metrics["Sigmoid"]) == 20
    assert metrics["Sigmoid"][10] == 0.5
    assert metrics["Cosine Wave"]["angle"] == [i / 2 for i in range(-10, 10)]
    assert metrics["Cosine Wave"]["cos"][10] == 1.0
    assert metrics["Sine Wave"]["angle"] == [i / 2 for i in range(-10, 10)]
    assert metrics["Sine Wave"]["sine"][10] == 0.0


def test_the_examples_metrics_come_in_the_order_they_were_first_logged(logging_api):
    assert list(only_run(logging_api[0]).get_metrics()) == [
        "scale factor",
        "Magic Number",
        "Category",
        "Fibonacci",
        "Sigmoid",
        "Cosine Wave",
        "Sine Wave",
        "food",
        "Hyperbolic Tangent",
    ]


def test_the_examples_images_are_the_pictures_that_were_logged(logging_api, tmp_path):
    from PIL import Image

    folder, _ = logging_api
    run = only_run(folder)
    (food,) = run.get_metrics(name="food")["food"]
    assert food.read_bytes() == (folder / "breadpudding.jpg").read_bytes()
    (plot,) = run.get_metrics(name="Hyperbolic Tangent")["Hyperbolic Tangent"]
    with Image.open(plot.save(tmp_path / "plot")) as picture:
        assert picture.format == "PNG"


def test_the_examples_file_and_tags_are_kept(logging_api):
    folder, _ = logging_api
    run = only_run(folder)
    assert "logging-api/myfile.txt" in run.get_file_names()
    assert (folder / "downloads" / "myfile.txt").read_text(encoding="utf-8") == "This is an upload file\n"
    assert run.tags == {"My Favorite Run": None, "Competition Rank": "1"}


def test_the_example_prints_what_it_read_back(logging_api):
    printed = logging_api[1].splitlines()
    assert "scale factor: [2]" in printed
    assert "first cosine: -5.0 0.2837" in printed


@pytest.fixture(scope="module")
def dictconfig(tmp_path_factory):
    """The example of a configuration by YAML, run once: its folder and the finished process."""
    folder = tmp_path_factory.mktemp("dictconfig")
    return folder, run_script(folder, EXAMPLES / "dictconfig" / "app.py")


def test_a_configuration_by_yaml_brings_each_record_to_the_run_once_with_the_one_before_the_start(dictconfig):
    records = [record.message for record in only_run(dictconfig[0]).records(logger="app")]
    assert records == [
        "before the run: kept as the run's prologue",
        "step 0",
        "loss is down",
        "step 1",
        "loss is down",
        "step 2",
        "loss is down",
        "this went wrong, and the training goes on",
    ]


def test_a_configuration_by_yaml_keeps_metrics_given_with_a_plain_record(dictconfig):
    series = only_run(dictconfig[0]).series("loss")
    assert list(series.values) == [1.0, 0.5, 1 / 3]
    assert list(series.steps) == [0, 1, 2]


def test_a_configuration_by_yaml_writes_json_lines_with_the_runs_id(dictconfig):
    folder, _ = dictconfig
    lines = [json.loads(line) for line in (folder / "logs" / "app.jsonl").read_text(encoding="utf-8").splitlines()]
    in_run = [line for line in lines if line.get("message") == "step 1"]
    assert len(in_run) == 1
    assert in_run[0]["run_id"] == only_run(folder).id
    assert in_run[0]["rows"] == 32


def test_a_configuration_by_yaml_shows_info_but_not_debug_on_the_console(dictconfig):
    folder, done = dictconfig
    run_id = only_run(folder).id
    assert f"{run_id} INFO app: loss is down" in done.stderr
    assert " - INFO app: before the run: kept as the run's prologue" in done.stderr
    assert "step 1" not in done.stderr


SERVICE = EXAMPLES / "fastapi_service"
SERVED_BY = {
    "the script": ["{service}", "{port}"],
    "uvicorn's command": ["-m", "uvicorn", "service:app", "--app-dir", "{folder}", "--port", "{port}"],
    "uvicorn's command with the file": [
        *("-m", "uvicorn", "service:app", "--app-dir", "{folder}", "--port", "{port}"),
        *("--log-config", "{folder}/logging.yaml"),
    ],
    "uvicorn's command with a level": [
        *("-m", "uvicorn", "service:app", "--app-dir", "{folder}", "--port", "{port}", "--log-level", "debug"),
    ],
}


@pytest.mark.parametrize("command", SERVED_BY.values(), ids=SERVED_BY)
def test_a_service_keeps_its_own_records_uvicorns_and_the_metrics_of_each_request(own_folder, command):
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [one.format(service=SERVICE / "service.py", folder=SERVICE, port=port) for one in command]
    shown = []
    with started_program(own_folder, *arguments) as service:
        for line in iter(service.stderr.readline, ""):
            shown.append(line)
            if "Uvicorn running on" in line:
                break
        for x in (1, 2, 3):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/predict?x={x}", timeout=60) as answer:
                assert json.load(answer) == {"y": 2 * x + 1}
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/predict", timeout=60)
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/inverse?x=0", timeout=60)
        service.send_signal(signal.SIGINT)
        shown.append(service.communicate(timeout=60)[1])
    run = only_run(own_folder)
    assert run.status == "Completed"
    assert run.get_metrics()["y"] == [3, 5, 7]
    assert [record.extra["y"] for record in run.records(logger="service", level="DEBUG") if record.extra] == [3, 5, 7]
    logged = [json.loads(line) for line in Path("logs/service.jsonl").read_text(encoding="utf-8").splitlines()]
    expected = {"GET /predict?x=1": 1, "GET /predict HTTP": 1, "GET /inverse": 1, "Application startup complete": 1}
    for text, count in expected.items():
        assert sum(text in line["message"] for line in logged) == count, text
        assert "".join(shown).count(text) == count, text
    kept = [record.message for record in run.records()]
    assert sum("GET /predict" in message for message in kept) == 4
    assert sum("GET /inverse" in message for message in kept) == 1
    (failure,) = [record for record in run.records(level="ERROR") if record.exception]
    assert (failure.logger, failure.exception.type) == ("uvicorn.error", "ZeroDivisionError")
    (failure,) = [line for line in logged if line["level"] == "ERROR"]
    assert "ZeroDivisionError" in failure["exception"]
    assert "".join(shown).count("ZeroDivisionError: ") == 1


def test_a_hydra_application_logs_each_of_its_jobs_as_a_run(own_folder):
    pytest.importorskip("hydra")
    run_script(own_folder, EXAMPLES / "hydra_app" / "train.py", "--multirun", "lr=0.1,0.2", "steps=5")
    runs = list(Workspace.from_config().runs())[::-1]
    assert [run.status for run in runs] == ["Completed", "Completed"]
    assert [run.params for run in runs] == [{"lr": 0.1, "steps": 5}, {"lr": 0.2, "steps": 5}]
    for run in runs:
        assert len(run.get_metrics()["loss"]) == 5
        assert [record.message for record in run.records(logger="__main__", level="DEBUG")][:5] == [
            f"step {step}" for step in range(5)
        ]
    files = sorted(own_folder.rglob("train.jsonl"))
    assert len(files) == 2
    assert all("loss" in file.read_text(encoding="utf-8") for file in files)


def test_the_demo_needs_no_more_than_make_demo_installs(own_folder):
    absent_here = absent.environment(absent.all_but(["runlog-ml[demo]"]))
    run_script(own_folder, EXAMPLES / "demo.py", "small", env=absent_here)
    assert only_run(own_folder / "small").status == "Completed"


def test_make_demo_uses_the_environment_of_the_tests_where_there_is_one_and_else_a_small_one(repository, own_folder):
    def told(*variables):
        command = ["make", "--dry-run", "-C", str(repository), "demo", *variables]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    assert "--editable '.[demo]'" in told()
    assert "[dev]" not in told()
