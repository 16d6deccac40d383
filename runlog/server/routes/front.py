"""What a browser shows at the server's address: what this is, and how it is asked."""

from __future__ import annotations

import base64
import hashlib
import shlex
from html import escape

from fastapi import Request, Response

from runlog.server.endpoints import Endpoints, raw_answer
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
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; frame-ancestors 'none'; sandbox"


@endpoint("GET", "/", None, responses={200: raw_answer("A page for people.", "text/html")})
def front(request: Request) -> Response:
    """Say to a person what this is. It tells nothing of the workspace, as no token is asked for."""
    return Response(page(request), media_type="text/html", headers={"Content-Security-Policy": _POLICY})


def page(request: Request) -> str:
    """The page, with the address that the browser came by."""
    address = str(request.base_url).rstrip("/")
    own = service_of(request).open_to_all
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
        "A workspace, served to this machine" if own else "A server that keeps runs",
        _commands("Look at runs, in a terminal", looking)
        + ("" if own else _commands("Send runs here, from any machine", sending)),
        "No token is needed from this machine." if own else "Every request carries a token.",
    )


def _document(heading: str, commands: str, token: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>runlog</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style>'
        f"<h1>runlog</h1><p>{heading}. Experiments are logged by programs, and read by the command "
        "<code>runlog</code>, by Python, and by the API. There are no pages of runs here yet.</p>"
        f"{commands}<h2>The API</h2>"
        f'<p><a href="/api/v1/openapi.json"><code>/api/v1/openapi.json</code></a> describes it. {token}</p>'
        '<p class="faint"><a href="/healthz"><code>/healthz</code></a> and <a href="/readyz"><code>/readyz</code></a> '
        "say whether the server works, to anybody.</p></html>\n"
    )


def _commands(heading: str, commands: list[tuple[str, str]]) -> str:
    lines = "".join(f"<dt>{escape(command)}</dt><dd>{escape(told)}</dd>" for command, told in commands)
    return f"<h2>{heading}</h2><dl>{lines}</dl>"
