"""What a browser shows at the server's address: what this is, and how it is asked."""

from __future__ import annotations

import base64
import hashlib
import shlex
from html import escape

from fastapi import Request, Response

from runlog.server.endpoints import Endpoints, raw_answer
from runlog.server.own_page import POLICY, RUNS, STYLE
from runlog.server.service import service_of

endpoint = Endpoints("front")

_STYLE = """
:root { color-scheme: light dark; --faint: #667; --line: #8884; --box: #8881; --key: #0a6ebd; }
@media (prefers-color-scheme: dark) { :root { --faint: #99a; --key: #6cb8f0; } }
body { margin: 0 auto; padding: 3rem 1.25rem 4rem; max-width: 46rem; font: 1rem/1.55 system-ui, sans-serif; }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; letter-spacing: -.01em; }
h2 { margin: 2.25rem 0 .5rem; font-size: 1.05rem; }
p { margin: .4rem 0; } .faint { color: var(--faint); }
dl { display: grid; grid-template-columns: minmax(0, 1fr); gap: .1rem; margin: 0; }
dt { margin-top: .6rem; overflow-x: auto; padding: .45rem .7rem; border: 1px solid var(--line); border-radius: .4rem;
  background: var(--box); white-space: pre; font: .9rem/1.5 ui-monospace, monospace; }
dd { margin: 0; color: var(--faint); font-size: .92rem; }
a { color: var(--key); } code { font: .92em ui-monospace, monospace; }
"""
_STYLE += STYLE
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@endpoint("GET", "/", None, responses={200: raw_answer("A page for people.", "text/html")})
def front(request: Request) -> Response:
    """Say to a person what this is. It tells nothing of the workspace, as no token is asked for."""
    further = POLICY if service_of(request).own_token else "sandbox"
    return Response(page(request), media_type="text/html", headers={"Content-Security-Policy": f"{_POLICY}; {further}"})


def page(request: Request) -> str:
    """The page, with the address that the browser came by."""
    own = bool(service_of(request).own_token)
    address = _own_address(request) if own else str(request.base_url).rstrip("/")
    place = f" -w {shlex.quote(address)}"
    looking = [
        (f"runlog{place} runs", "all runs, newest first; a query after it takes some of them"),
        (f"runlog{place} show latest", "what the newest run is, and how it stands"),
        (f"runlog{place} logs latest --follow", "its log records, as they come"),
        (f"runlog{place} metrics latest", "its metrics; with a name, one of them as a chart"),
    ]
    sending = [
        ("pip install runlog-ml", "once"),
        (f"runlog login {shlex.quote(address)}", "once; the token is made by runlog token create on the server"),
        (f"RUNLOG_URI={shlex.quote(address)} python train.py", "what this program logs is kept here"),
    ]
    return _document(
        "A workspace, served to whoever started this" if own else "A server that keeps runs",
        (RUNS if own else "")
        + _commands("Look at runs, in a terminal", looking)
        + ("" if own else _commands("Send runs here, from any machine", sending)),
        "Every request carries the token; commands and programs of yours find it by themselves."
        if own
        else "Every request carries a token.",
    )


def _own_address(request: Request) -> str:
    """The address by which programs find the token: not another name of this machine by which a browser may come."""
    host, port = request.scope["server"]
    reached = request.base_url
    if reached.port != port:  # from another machine, by a tunnel
        return str(reached).rstrip("/")
    return f"http://{host}:{port}"


def _document(heading: str, commands: str, token: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>runlog</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style>'
        f"<h1>runlog</h1><p>{heading}. Experiments are logged by programs, and read by the command "
        "<code>runlog</code>, by Python, and by the API. There are no pages of single runs here yet.</p>"
        f"{commands}<h2>The API</h2>"
        f'<p><a href="/api/v1/openapi.json"><code>/api/v1/openapi.json</code></a> describes it. {token}</p>'
        '<p class="faint"><a href="/healthz"><code>/healthz</code></a> and <a href="/readyz"><code>/readyz</code></a> '
        "say whether the server works, to anybody.</p></html>\n"
    )


def _commands(heading: str, commands: list[tuple[str, str]]) -> str:
    lines = "".join(f"<dt>{escape(command)}</dt><dd>{escape(told)}</dd>" for command, told in commands)
    return f"<h2>{heading}</h2><dl>{lines}</dl>"
