"""Proxies and TLS between a machine and its server: what is in the way is named, with what helps."""

from __future__ import annotations

import contextlib
import http.server
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from support.faulty_proxy import Faulty
from support.machines import Machine

PROGRAM = """
import runlog
with runlog.start("study", run_id="behind", outputs=False) as run:
    run.log("loss", 1)
print("ended")
"""
UNPROXIED = {"HTTP_PROXY": "", "HTTPS_PROXY": "", "ALL_PROXY": "", "NO_PROXY": "", "http_proxy": "", "no_proxy": ""}


@pytest.fixture
def closed_port():
    with socket.socket() as taken:  # bound, and not listening
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def machine(server, own_folder):
    return Machine(own_folder / "machine", **UNPROXIED)


def check_refused(done, *told):
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for one in told:
        assert one in done.stderr


def test_a_proxy_that_refuses_is_named_without_its_password(machine, closed_port):
    proxy = {"http_proxy": f"http://me:secret@127.0.0.1:{closed_port}"}
    done = machine.call("runs", **proxy)
    check_refused(done, f"through the proxy http://127.0.0.1:{closed_port} (Connection refused)", "NO_PROXY")
    assert "secret" not in done.stderr
    ended = machine.run(PROGRAM, **proxy)
    assert (ended.stdout, f"proxy http://127.0.0.1:{closed_port}" in ended.stderr) == ("ended\n", True)


def test_a_proxy_that_answers_in_the_servers_place_is_named(server, machine, tmp_path):
    proxy = Faulty(server.url, tmp_path)
    proxy.behave("html")
    try:
        check_refused(machine.call("runs", http_proxy=proxy.url), f"502 with text/html: the proxy {proxy.url}")
    finally:
        proxy.end()


def test_a_socks_proxy_without_its_package_is_said_with_the_command(machine, closed_port):
    with contextlib.suppress(ImportError):
        import socks

        pytest.skip(f"{socks.__name__} is installed")
    done = machine.call("runs", http_proxy=f"socks5://127.0.0.1:{closed_port}")
    check_refused(done, f"the proxy socks5://127.0.0.1:{closed_port} needs", "pip install 'requests[socks]'")


def test_a_server_that_speaks_plain_http_is_said_with_its_address(server, machine):
    done = machine.call("runs", RUNLOG_URI=server.url.replace("http://", "https://"))
    check_refused(done, f"does not speak TLS: is it {server.url}?")


def test_a_certificate_that_nobody_knows_is_said_with_the_variable_that_helps(machine, own_folder):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate")
    with of_own_certificate(own_folder) as url:
        check_refused(
            machine.call("runs", RUNLOG_URI=url), "can't be trusted (self-signed certificate)", "REQUESTS_CA_BUNDLE"
        )


def test_a_file_of_certificates_that_is_not_there_is_said(machine, own_folder):
    missing = str(own_folder / "missing.pem")
    done = machine.call("runs", RUNLOG_URI="https://127.0.0.1:1", REQUESTS_CA_BUNDLE=missing)
    check_refused(done, missing, "correct REQUESTS_CA_BUNDLE")
    ended = machine.run(PROGRAM, RUNLOG_URI="https://127.0.0.1:1", REQUESTS_CA_BUNDLE=missing)
    assert (ended.stdout, "Traceback" in ended.stderr) == ("ended\n", False)


def test_credentials_that_can_not_be_read_are_said_once_and_training_goes_on(server, own_folder):
    machine = Machine(own_folder / "machine", RUNLOG_TOKEN="")
    path = machine.folder / ".config/runlog/credentials.json"
    path.parent.mkdir(parents=True)
    path.write_text("no json")
    ended = machine.run(PROGRAM)
    assert ended.stdout == "ended\n"
    assert "Traceback" not in ended.stderr
    assert str(path) in ended.stderr
    check_refused(machine.call("runs"), str(path))
    assert machine.call("doctor").returncode == 3


@contextlib.contextmanager
def of_own_certificate(folder):
    """A server that has signed its own certificate."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost")
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with QuietServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class QuietServer(http.server.HTTPServer):
    def handle_error(self, request, client_address):
        """Clients that do not trust it are what is tested."""
