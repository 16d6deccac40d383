"""Requests to a server: one connection kept alive, deadlines, and every fault as an exception of ours."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import quote, urlsplit

from runlog.control_characters import in_one_line
from runlog.errors import ConfigurationError, RunLogError, ServerRefusedError, ServerUnreachableError
from runlog.journal import fork
from runlog.remote.answers import ODD, json_of
from runlog.remote.backoff import seconds_of
from runlog.remote.credentials import Token, unused_token
from runlog.remote.faults import BUNDLE, proxy_for, told
from runlog.remote.own_traffic import own_traffic

if TYPE_CHECKING:
    import requests
    from requests import Response

    from runlog.remote.bounded import Target

T = TypeVar("T")
API = "/api/v1"
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
"""Seconds without a single byte."""
WHOLE_TIMEOUT = 60.0
"""Seconds for a request as a whole, and more for each byte of content at ``LEAST_RATE``."""
START_PATIENCE = 2.0
"""Seconds that a program waits for the server at the most, where its training would wait meanwhile."""
LEAST_RATE = 16_384.0
"""Bytes a second: a slower connection counts as none."""
LARGEST_ANSWER = 256 << 20
"""Bytes of an answer that is read into memory."""
PIECE = 1 << 16


class SizedReader(Protocol):
    """Content that is read piece by piece, of a length that is known."""

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""

    def __len__(self) -> int:
        """How many bytes there are."""


@dataclass
class Limits:
    """How long a request may take, in seconds."""

    connect: float = CONNECT_TIMEOUT
    read: float = READ_TIMEOUT
    whole: float = WHOLE_TIMEOUT

    @classmethod
    def within(cls, seconds: float) -> Limits:
        """Limits for a caller who can't wait longer."""
        return cls(min(seconds, CONNECT_TIMEOUT), min(seconds, READ_TIMEOUT), seconds)


@dataclass
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    where: str = ""

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ServerUnreachableError: it is none, as where a portal or a proxy answers in the server's place.
        """
        try:
            return json_of(self.body)
        except ODD as error:
            raise ServerUnreachableError(
                f"{self.where} answers with something else than JSON ({self.headers.get('Content-Type', 'no type')}, "
                f"{len(self.body)} bytes): is a proxy in front of it, or is it no runlog server?"
            ) from error


@dataclass
class Body:
    """What a request brings along."""

    data: bytes | SizedReader = b""
    size: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: bytes, **headers: str) -> Body:
        """A body of bytes."""
        return cls(data, len(data), {name.replace("_", "-"): value for name, value in headers.items()})

    @classmethod
    def of_json(cls, content: object) -> Body:
        """A body of JSON."""
        return cls.of(json.dumps(content).encode(), Content_Type="application/json")


NO_BODY = Body()


class Transport:
    """Speaks to one server. Each thread has a connection of its own, and so has a forked child."""

    def __init__(self, address: str) -> None:
        """Nothing is sent, nor imported, before the first request.

        Args:
            address: of the server, in its one spelling.
        """
        self.address = address
        self.token = Token(address)
        self._local = threading.local()
        fork.watch(self)

    def __repr__(self) -> str:
        return f"Transport({self.address!r})"

    def forget(self) -> None:
        """In a forked child: the connections are the parent's."""
        self._local = threading.local()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Body = NO_BODY,
        limits: Limits | None = None,
        target: Target | None = None,
        below: str = API,
    ) -> Answer:
        """Ask the server.

        Args:
            method: of HTTP.
            path: below ``below``; see :func:`path_of`.
            params: of the query.
            body: what to send.
            limits: how long it may take.
            target: takes the answer's content piece by piece, instead of the answer.
            below: which part of the server's addresses it is in.

        Raises:
            ServerUnreachableError: no answer came, or one that is not a runlog server's.
            ServerRefusedError: the server says no.
        """
        import requests
        from urllib3.exceptions import HTTPError

        limits = limits or Limits()
        token = self._token()
        try:
            with own_traffic():
                return self._ask(method, below + path, params or {}, body, limits, target, token)
        except ServerRefusedError as error:
            fresh = self._token()
            if error.status != 401 or fresh == token or not isinstance(body.data, bytes):
                raise
            with own_traffic():  # the token was changed since it was read
                return self._ask(method, below + path, params or {}, body, limits, target, fresh)
        except (requests.RequestException, HTTPError) as error:
            raise ServerUnreachableError(f"{self.address} {told(error, self.address)}") from error
        except OSError as error:
            if BUNDLE not in str(error):  # of a local file that is sent or written
                raise
            raise ServerUnreachableError(f"{self.address} {told(error, self.address)}") from error

    def _token(self) -> str:
        try:
            return self.token.current()
        except ConfigurationError as error:  # a thread that sends is to go on, and to say it as any refusal
            raise ServerRefusedError(
                f"{self.address} needs a token, and {error}", status=401, code="no_token"
            ) from error

    def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: Body,
        limits: Limits,
        target: Target | None,
        token: str,
    ) -> Answer:
        from runlog.remote.connections import line_within

        session = self._session()
        whole = limits.whole + body.size / LEAST_RATE
        with line_within(whole) as line:
            try:
                with session.request(
                    method,
                    f"{self.address}{path}",
                    params=params,
                    data=body.data if body.size else None,
                    headers={**body.headers, "Accept-Encoding": "identity" if target is not None else _ACCEPTED},
                    auth=_Bearer(token),
                    proxies=_no_proxy(self.address) if self.token.is_own else None,
                    timeout=(limits.connect, limits.read),
                    allow_redirects=False,  # the token goes where it was meant to go
                    stream=True,
                ) as response:
                    return self._answer(response, method, target, whole)
            except Exception as error:
                if line.was_cut:
                    raise ServerUnreachableError(f"{self.address} does not answer within {whole:.0f} s") from error
                raise

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            import requests

            from runlog import __version__
            from runlog.remote.connections import CuttableAdapter

            session = self._local.session = requests.Session()
            for scheme in ("http://", "https://"):
                session.mount(scheme, CuttableAdapter(pool_connections=2, pool_maxsize=2))
            session.headers["User-Agent"] = f"runlog/{__version__}"
        return session

    def close(self) -> None:
        """Close this thread's connection."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is not None:
            session.close()
            self._local = threading.local()

    def _answer(self, response: Response, method: str, target: Target | None, whole: float) -> Answer:
        status = response.status_code
        is_content = target is not None and 200 <= status < 300
        parts, size = [], 0
        for part in response.iter_content(PIECE):
            size += len(part)
            if target is not None and is_content:
                target.write(part)
            elif size > LARGEST_ANSWER:
                raise ServerUnreachableError(f"{self.address} answers with more than {LARGEST_ANSWER} bytes")
            else:
                parts.append(part)
        declared = response.headers.get("Content-Length", "")
        is_plain = method != "HEAD" and "Content-Encoding" not in response.headers
        if is_plain and declared.isdecimal() and size < int(declared):
            raise ServerUnreachableError(f"{self.address} breaks off after {size} of {declared} bytes")
        answer = Answer(status, response.headers, b"".join(parts), self.address)
        if not 200 <= status < 300 and status != 304:
            raise self._refusal(answer)
        return answer

    def _who_answers(self) -> str:
        proxy = proxy_for(self.address)
        return f"the proxy {proxy}, or no runlog server" if proxy else "a proxy in front of it, or no runlog server"

    def _refusal(self, answer: Answer) -> ServerRefusedError | ServerUnreachableError:
        status, headers = answer.status, answer.headers
        wait = seconds_of(headers.get("Retry-After", ""), headers.get("Date", ""))
        content = _error_in(answer.body)
        if not content and (status >= 500 or status < 400):
            kind = headers.get("Content-Type", "no content type").split(";")[0]
            return ServerUnreachableError(
                f"{self.address} answers {status} with {kind}: {self._who_answers()}",
                retry_after=wait,
            )
        said = in_one_line(str(content.get("message") or SAID.get(status, "")))
        if not content and (proxy := proxy_for(self.address)):
            said = f"{said}{', ' if said else ''}by the proxy {proxy}, or what stands behind it"
        remedy = unused_token(self.address) if status == 401 else ""
        remedy = remedy or (REMEDIES.get(status, "") if content or status == 401 else "")
        return ServerRefusedError(
            f"{self.address} answers {status}{f': {said}' if said else ''}{f'; {remedy}' if remedy else ''}",
            status=status,
            code=str(content.get("error", "")),
            detail=content.get("detail"),
            retry_after=wait,
        )


REMEDIES = {
    401: "give a valid token by `runlog login` or RUNLOG_TOKEN",
    403: "the token's role does not allow it: ask for one with the role that is needed",
}
SAID = {401: "the token is missing or unknown", 404: "nothing is there", 407: "the proxy wants to know who asks"}
"""What a refusal is taken to mean that brings no word of ours."""
_ACCEPTED = "gzip"


def _no_proxy(address: str) -> dict[str, str]:
    """What keeps requests from asking a proxy for a server on this machine.

    By its very host: for anything wider the library would change the program's environment for a moment.
    """
    return {"no_proxy": urlsplit(address).hostname or ""}


class _Bearer:
    """Sets the token. As an ``auth`` it also keeps requests from taking one out of ``.netrc``."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, prepared: Any) -> Any:
        if self._token:
            prepared.headers["Authorization"] = f"Bearer {self._token}"
        return prepared


def within(seconds: float, question: Callable[[], T], address: str) -> T:
    """What a question comes to, if it does so in time: to look a name up may take longer than any timeout of a request.

    Args:
        seconds: to wait.
        question: is asked in a thread of its own, which is left alone where it takes longer.
        address: of the server, for the message.

    Raises:
        ServerUnreachableError: the time is over.
    """
    answers: queue.SimpleQueue[T | BaseException] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(question())
        except BaseException as error:  # handed over to whoever asked
            answers.put(error)

    threading.Thread(target=ask, name="runlog-question", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds + 0.2)
    except queue.Empty:
        raise ServerUnreachableError(f"{address} does not answer within {seconds:.0f} s") from None
    if isinstance(answer, ODD) and not isinstance(answer, RunLogError):
        raise ServerUnreachableError(f"{address} answers with something that can't be read ({answer!r})") from answer
    if isinstance(answer, BaseException):
        raise answer
    return answer


def path_of(*parts: str) -> str:
    """A path from its parts, each of which is quoted as a whole."""
    return "".join("/" + quote(part, safe="") for part in parts)


def _error_in(body: bytes) -> dict[str, Any]:
    try:
        content = json_of(body)
    except ODD:
        return {}
    return content if isinstance(content, dict) and isinstance(content.get("error"), str) else {}
