"""Which server gets the token of the environment: the one that a person or a program names, never one that a file names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from runlog.errors import ConfigurationError
from runlog.server_address import server_address
from support.listening import listening
from support.scripts import clean_environment, run_script

IN_A_CHILD = """
import multiprocessing, pickle, sys
import runlog

def count(run):
    print(run.get_metrics())

if __name__ == "__main__":
    workspace = runlog.Workspace(sys.argv[1])
    with runlog.Experiment(workspace, "parent").start_logging(run_id="shared-run") as run:
        run.log("x", 1)
    child = multiprocessing.get_context("spawn").Process(target=count, args=(run,))
    child.start()
    child.join()
    sys.exit(child.exitcode)
"""


@pytest.fixture
def call(server, own_folder):
    """`call("runs", RUNLOG_URI=...)`: the command in the current folder, with a token in the environment."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        env = clean_environment({"RUNLOG_TOKEN": server.tokens["admin"], "HOME": str(own_folder / "home"), **variables})
        return subprocess.run(
            [sys.executable, "-m", "runlog", *arguments],
            env=env,
            cwd=own_folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture
def named_by_file(server, own_folder):
    (own_folder / "runlog.json").write_text(json.dumps({"workspace": server.url}))


def test_a_server_that_a_file_names_does_not_get_the_token(server, call, named_by_file):
    ended = call("runs")
    assert ended.returncode == 1
    assert f"RUNLOG_URI={server.url}" in ended.stderr
    assert "401" in ended.stderr


def test_it_gets_the_token_that_was_kept_for_it(server, call, named_by_file, own_folder):
    login = subprocess.run(
        [sys.executable, "-m", "runlog", "login", server.url],
        input=server.tokens["reader"],
        env=clean_environment({"HOME": str(own_folder / "home")}),
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert "a reader" in login.stdout
    assert call("runs").returncode == 0


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_server_that_the_command_line_or_the_variable_names_gets_it(server, call, how):
    ended = call("-w", server.url, "runs") if how == "option" else call("runs", RUNLOG_URI=server.url)
    assert ended.returncode == 0, ended.stderr


def test_where_the_variable_names_a_server_the_token_is_for_that_one_only(server, call):
    assert call("-w", server.url, "runs", RUNLOG_URI="http://127.0.0.1:9").returncode == 1


def test_a_server_that_a_program_names_gets_it_in_its_child_processes_too(server, own_folder):
    env = {"RUNLOG_TOKEN": server.tokens["writer"], "HOME": str(own_folder / "home")}
    ended = run_script(own_folder, IN_A_CHILD, server.url, env=env)
    assert ended.stdout == "{'x': [1]}\n"


@pytest.mark.usefixtures("named_by_file")
def test_sync_gives_it_to_the_server_that_it_is_called_with(server, call, own_folder):
    env = {"HOME": str(own_folder / "home")}
    run_script(own_folder, "import runlog\nwith runlog.start('x') as run: run.log('x', 1)", env=env)
    assert call("sync").returncode == 1
    assert call("sync", server.url).returncode == 0


def test_a_config_json_may_be_any_tools_and_names_no_server(server, call, own_folder):
    Path(own_folder / "config.json").write_text(json.dumps({"workspace": server.url, "name": "trap"}))
    ended = call("runs")
    assert f"there is no workspace in {own_folder / '.runlog'}" in ended.stderr


# -- ways around ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["another port", "another name"])
def test_where_a_server_sends_somebody_on_to_the_token_does_not_follow(server, call, status, to):
    with listening() as trap:
        target = trap.url if to == "another port" else f"http://localhost:{trap.port}"
        with listening(status, Location=f"{target}/api/v1/runs") as first:
            ended = call("-w", first.url, "runs")
            assert first.has_heard(server.tokens["admin"])
    assert ended.returncode == 1
    assert trap.came == []


@pytest.mark.parametrize(
    "other",
    ["http://localhost:{port}", "http://127.0.0.1:{port}/team", "http://127.0.0.2:{port}", "http://[::1]:{port}"],
)
def test_the_token_of_one_address_is_not_that_of_its_neighbours(server, call, own_folder, other):
    with listening() as trap:
        (own_folder / "runlog.json").write_text(json.dumps({"workspace": other.format(port=trap.port)}))
        for uri in ("", server.url, trap.url):
            call("runs", **({"RUNLOG_URI": uri} if uri == server.url else {}))
        assert not trap.has_heard(server.tokens["admin"])


@pytest.mark.parametrize("name", ["runlog.json", "config.json", ".azureml/config.json", "aml_config/config.json"])
@pytest.mark.parametrize("where", ["here", "above"])
@pytest.mark.parametrize("key", ["workspace", "uri"])
def test_no_file_that_is_found_brings_the_token_to_a_server(server, own_folder, name, where, key):
    project = own_folder / "a" / "b"
    project.mkdir(parents=True)
    with listening() as trap:
        path = (project if where == "here" else own_folder) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({key: trap.url, "name": "trap"}))
        env = {"RUNLOG_TOKEN": server.tokens["admin"], "HOME": str(own_folder / "home")}
        subprocess.run(
            [sys.executable, "-m", "runlog", "runs"],
            cwd=project,
            env=clean_environment(env),
            capture_output=True,
            check=False,
        )
        assert not trap.has_heard(server.tokens["admin"])
        assert name == "runlog.json" or trap.came == []


@pytest.mark.parametrize(
    ("spelling", "meant"),
    [
        ("HTTP://Runlog.Example.ORG:80/", "http://runlog.example.org"),
        ("https://RUNLOG.example.org:443", "https://runlog.example.org"),
        ("http://runlog.example.org:8420//", "http://runlog.example.org:8420"),
        ("http://[::1]:8420/", "http://[::1]:8420"),
    ],
)
def test_two_spellings_of_one_address_are_one_server(spelling, meant, monkeypatch):
    from runlog.remote.credentials import token_in_environment

    monkeypatch.setenv("RUNLOG_TOKEN", "rl_x")
    monkeypatch.setenv("RUNLOG_URI", spelling)
    assert server_address(spelling) == meant
    assert token_in_environment(meant) == "rl_x"
    assert (
        token_in_environment(
            meant.replace("http:", "https:") if meant.startswith("http:") else meant.replace("https:", "http:")
        )
        == ""
    )
    assert token_in_environment(f"{meant}.evil.example") == ""


@pytest.mark.parametrize(
    "address",
    [
        "http://ada@runlog.example.org",
        "http://ada:pw@runlog.example.org",
        "http://runlog.example.org@evil.example",
        "http://runlog.example.org:80@evil.example/",
        "http://runlog.example.org#@evil.example",
        "http://runlog.example.org?@evil.example",
        "http://runlog.example.org:99999",
        "http://",
    ],
)
def test_an_address_that_may_be_read_in_two_ways_is_none(address):
    with pytest.raises(ConfigurationError):
        server_address(address)


def test_a_netrc_file_takes_no_tokens_place(server, call, own_folder):
    (own_folder / "home").mkdir(exist_ok=True)
    (own_folder / "home" / ".netrc").write_text("machine 127.0.0.1 login ada password pw\n")
    with listening() as heard:
        call("-w", heard.url, "runs")
        (_, headers), *_ = heard.came
    assert headers["Authorization"] == f"Bearer {server.tokens['admin']}"
