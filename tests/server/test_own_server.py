"""`runlog ui` belongs to who started it: others on the machine reach its port, and get nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

import runlog
from runlog import Workspace
from runlog.remote.own_servers import token_of_own
from support.listening import listening
from support.scripts import clean_environment, run_script
from support.server_process import started_server


class Own:
    """A `runlog ui` in a process of its own."""

    def __init__(self, process, home):
        self.process = process
        self.home = home
        self.line = process.stdout.readline()
        self.printed = self.line.split()[0]
        self.url, _, self.token = self.printed.partition("/#token=")

    def call(self, method, path, token=None, **options):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        return requests.request(method, self.url + path, headers=headers, timeout=30, **options)

    def command(self, *arguments, home=None, **variables):
        return subprocess.run(
            [sys.executable, "-m", "runlog", *arguments],
            env=clean_environment({"HOME": str(home or self.home), **variables}),
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@contextmanager
def started(folder, home, port="0", **variables):
    with subprocess.Popen(
        [sys.executable, "-m", "runlog", "ui", "-p", str(port), "-w", str(folder)],
        env=clean_environment({"HOME": str(home), **variables}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Own(process, home)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a workspace that has a run, and a home."""
    folder = tmp_path_factory.mktemp("own-server")
    (folder / "home").mkdir()
    with runlog.Experiment(Workspace.create("own", location=folder / "own"), "mine").start_logging() as started:
        started.log("loss", 1.0)
    return folder


@pytest.fixture
def run(place):
    return Workspace(place / "own").get_run("latest")


@pytest.fixture(scope="module")
def own(place):
    """One that many tests share: they leave the run in it, and its key."""
    with started(place / "own", place / "home") as one:
        yield one


@pytest.fixture
def home(own_folder):
    (own_folder / "home").mkdir()
    return own_folder / "home"


READING = [
    "/api/v1/runs",
    "/api/v1/run-ids",
    "/api/v1/server",
    "/api/v1/openapi.json",
    "/metrics",
    "/api/v1/records?q=a",
]


def keys(own):
    return [one for one in own.home.rglob("*.key") if one.is_file()]


def test_who_does_not_know_its_token_neither_reads_nor_writes(own, run):
    for token in (None, "rl_" + "A" * 43, own.token[:-1], own.token + "A", own.token.upper(), ""):
        for path in READING:
            assert own.call("GET", path, token).status_code == 401, path
        assert own.call("DELETE", f"/api/v1/runs/{run.id}", token).status_code == 401
        assert own.call("PUT", "/api/v1/runs/theirs", token).status_code == 401
    refused = own.call("GET", "/api/v1/runs").json()
    assert "the address that `runlog ui` printed" in refused["message"]
    assert Workspace(run.experiment.workspace.location).get_run(run.id).id == run.id


def test_who_knows_it_may_do_everything(own):
    assert re.fullmatch(r"rl_[A-Za-z0-9_-]{43}", own.token)
    for path in READING:
        assert own.call("GET", path, own.token).status_code == 200, path
    assert own.call("PUT", "/api/v1/runs/another", own.token).status_code == 201
    assert own.call("DELETE", "/api/v1/runs/another", own.token).status_code == 204


def test_a_token_of_the_workspaces_server_is_none_of_it(own, place):
    made = own.command("token", "create", "ada", "--role", "admin", "-w", str(place / "own"))
    assert own.call("GET", "/api/v1/runs", made.stdout.strip()).status_code == 401


def test_each_start_has_a_token_of_its_own(own, place, home):
    with started(place / "own", home) as other:
        assert other.token != own.token
        assert other.call("GET", "/api/v1/runs", own.token).status_code == 401


def test_it_listens_at_this_machine_only_under_its_own_names(place, home):
    with started(place / "own", home, RUNLOG_SERVER_HOST="0.0.0.0") as own:
        assert own.url.startswith("http://127.0.0.1:")
        for host in ("evil.example", "192.168.1.5"):
            assert own.call("GET", "/api/v1/server", own.token, headers={"Host": host}).status_code == 421
        evil = {"Origin": "http://evil.example"}
        assert own.call("PUT", "/api/v1/runs/x", own.token, headers=evil).status_code == 403
        listeners = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        port = f"{int(own.url.rpartition(':')[2]):04X}"
        assert {one[1] for one in listeners if one[1].endswith(f":{port}") and one[3] == "0A"} == {f"0100007F:{port}"}
        own.process.terminate()
        assert own.process.wait(timeout=60) == 0
        assert keys(own) == []


# -- programs of the same user -----------------------------------------------------------------------------------------


def test_commands_and_programs_of_the_same_user_need_no_token(own, run, own_folder):
    assert run.id in own.command("-w", own.url, "runs", "--json").stdout
    done = run_script(
        own_folder,
        "import runlog, sys\nprint(runlog.Workspace(sys.argv[1]).get_run('latest').get_metrics())",
        own.url,
        env={"HOME": str(own.home)},
    )
    assert done.stdout == "{'loss': [1.0]}\n"


def test_those_of_somebody_else_get_nothing(own, own_folder):
    (own_folder / "stranger").mkdir()
    refused = own.command("-w", own.url, "runs", home=own_folder / "stranger")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "401" in refused.stderr
    assert "the address that `runlog ui` printed" in refused.stderr


def test_a_token_that_is_meant_for_other_servers_does_not_reach_it(own):
    assert own.command("-w", own.url, "runs", RUNLOG_TOKEN="rl_" + "B" * 43).returncode == 0


def test_only_their_owner_may_look_into_what_programs_read(own):
    (key,) = keys(own)
    assert own.token in key.read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform == "win32", reason="files can't be locked there")
def test_after_a_kill_the_key_is_sent_to_nobody_who_listens_there(place, home, own_folder):
    with started(place / "own", home) as own:
        own.process.kill()
        own.process.wait(timeout=60)
    assert len(keys(own)) == 1
    port = own.url.rpartition(":")[2]
    with started_server(own_folder / "later", "-p", port) as later:
        assert later.url == own.url
        assert own.command("-w", own.url, "runs").returncode == 1
        assert own.command("-w", own.url, "runs", RUNLOG_TOKEN=later.tokens["reader"]).returncode == 0
    with started(place / "own", home, port) as again:
        assert again.command("-w", again.url, "runs").returncode == 0
        assert len(keys(again)) == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_key_that_is_not_ones_own_is_not_read(own, own_folder, monkeypatch):
    monkeypatch.setenv("HOME", str(own.home))
    (key,) = keys(own)
    os.chown(key, 54321, 54321)
    assert token_of_own(own.url) == ""
    os.chown(key, 0, 0)
    key.chmod(0o640)
    assert token_of_own(own.url) == ""
    key.chmod(0o600)
    assert token_of_own(own.url) == own.token
    key.rename(own_folder / "moved")
    try:
        for put_there, take_away in (
            (lambda: key.symlink_to(own_folder / "moved"), key.unlink),
            (lambda: os.mkfifo(key), key.unlink),
            (key.mkdir, key.rmdir),
        ):
            put_there()
            assert token_of_own(own.url) == ""
            take_away()
    finally:
        (own_folder / "moved").rename(key)


@pytest.mark.parametrize("spelling", ["http://localhost:{}", "http://[::1]:{}", "http://127.0.0.2:{}"])
def test_a_name_by_which_somebody_else_may_listen_is_sent_no_key(own, spelling):
    refused = own.command("-w", spelling.format(own.url.rpartition(":")[2]), "runs")
    assert refused.returncode == 1


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"])
def test_no_proxy_hears_of_it(own, run, variable):
    with listening() as proxy:
        done = own.command("-w", own.url, "runs", **{variable: proxy.url, "no_proxy": "", "NO_PROXY": ""})
    assert proxy.came == []
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_a_user_without_a_home_sees_its_runs_as_well(own_folder, place):
    env = {"HOME": "", "TMPDIR": str(own_folder / "tmp")}
    (own_folder / "tmp").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "runlog", "ui", "-p", "0", "-w", str(place / "own")],
        env=clean_environment(env),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            own = Own(process, own_folder / "tmp")
            assert own.command("-w", own.url, "runs", **env).returncode == 0
        finally:
            process.kill()


# -- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_tells_nothing_and_its_commands_name_the_address_without_the_token(own, run):
    page = own.call("GET", "/")
    assert page.status_code == 200
    assert f"runlog -w {own.url} runs" in page.text
    assert "runlog login" not in page.text
    for secret in (own.token, run.id, "mine", str(run.experiment.workspace.location)):
        assert secret not in page.text


def test_nothing_runs_in_the_page_but_its_own_script(own):
    page = own.call("GET", "/")
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = page.headers["Content-Security-Policy"]
    assert f"script-src 'sha256-{digest}'" in policy
    for word in (
        "default-src 'none'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ):
        assert word in policy
    assert "unsafe" not in policy
    assert "innerHTML" not in script


BROWSER = """
const shown = [], stored = {}, replaced = [];
const element = (name) => ({name, children: [], append(...more) { this.children.push(...more) },
  replaceChildren(...more) { this.children = more }, set textContent(text) { this.children = [text] }});
const text = (one) => typeof one === "string" ? one : one.children.map(text).join(" ");
const place = element("place");
globalThis.document = {getElementById: () => place, createElement: element};
globalThis.location = new URL(process.argv[2]);
globalThis.history = {replaceState: (a, b, address) => replaced.push(address)};
globalThis.sessionStorage = {getItem: (key) => stored[key] ?? null, setItem: (key, value) => { stored[key] = value }};
const real = fetch;
globalThis.fetch = (path, options) => real(new URL(path, location), options);
const source = require("fs").readFileSync(0, "utf-8");
Promise.resolve(eval(source)).then(() => setTimeout(() =>
  console.log(JSON.stringify({text: text(place), stored, replaced})), 1500));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no program here runs scripts of pages")
def test_a_click_on_the_printed_address_shows_the_runs_and_takes_the_token_out_of_the_address(own, run, own_folder):
    (script,) = re.findall(r"<script>(.*?)</script>", own.call("GET", "/").text, re.DOTALL)
    (own_folder / "browser.js").write_text(BROWSER)

    def opened(address):
        done = subprocess.run(
            ["node", own_folder / "browser.js", address],
            input=script,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return json.loads(done.stdout)

    seen = opened(own.printed)
    assert run.id in seen["text"]
    assert "Completed" in seen["text"]
    assert seen["replaced"] == ["/"]
    assert own.token in json.dumps(seen["stored"])
    refused = opened(own.url + "/#token=rl_wrong")
    assert run.id not in refused["text"]
    assert "runlog ui" in refused["text"]
    assert run.id not in opened(own.url + "/")["text"]
