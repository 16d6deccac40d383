"""A webhook: each alert is one POST of JSON."""

from __future__ import annotations

import hashlib
import hmac
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from runlog.errors import WrongValueError
from runlog.journal import real_time
from runlog.watching.alert import Alert
from runlog.watching.outbox import NotDelivered

SECRET = "RUNLOG_WEBHOOK_SECRET"  # noqa: S105 - the name of the variable that holds it
SIGNATURE = "X-Runlog-Signature-256"
DELIVERY = "X-Runlog-Delivery"
TIMEOUT = 10.0
"""Seconds for the connection, and for the answer."""
LONGEST_RETRY_AFTER = 3600.0
_AGAIN = frozenset({408, 425, 429})


class Webhook:
    """POSTs alerts to a URL. Redirects are not followed: the signed body goes where it was meant to go."""

    def __init__(self, url: str, secret: str = "", timeout: float = TIMEOUT) -> None:
        """Nothing is sent yet.

        Args:
            url: ``http`` or ``https``.
            secret: with one, each request is signed by it: its header ``X-Runlog-Signature-256`` is ``sha256=`` and the
                HMAC of the body in hexadecimal.
            timeout: seconds for the connection, and for the answer.

        Raises:
            WrongValueError: it is no such URL.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise WrongValueError(f"{url!r} is no URL: {error}") from error
        if parts.scheme not in {"http", "https"} or not host:
            raise WrongValueError(f"{url!r} is no URL of a webhook: give one that begins with http:// or https://")
        self.label = f"webhook {parts.scheme}://{host}{f':{port}' if port else ''}"  # the rest may be a secret
        self._url = url
        self._secret = secret
        self._timeout = timeout

    def deliver(self, alert: Alert) -> None:
        """Send one alert.

        Raises:
            NotDelivered: no answer came, or one that is not 2xx.
        """
        import requests

        body = alert.json()
        try:
            with requests.post(
                self._url,
                data=body,
                headers=self._headers(alert, body),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,  # what the body of the answer says does not matter
            ) as response:
                status, retry_after = response.status_code, response.headers.get("Retry-After", "")
        except requests.RequestException as error:
            raise NotDelivered(_told(error), retry_after=0.0) from error
        if 200 <= status < 300:
            return
        again = status >= 500 or status in _AGAIN
        raise NotDelivered(f"it answers {status}", seconds_of(retry_after) if again else None)

    def stop(self) -> None:
        """Nothing to break off: the timeout ends a request."""

    def _headers(self, alert: Alert, body: bytes) -> dict[str, str]:
        from runlog import __version__

        headers = {"Content-Type": "application/json", "User-Agent": f"runlog/{__version__}", DELIVERY: alert.id}
        if self._secret:
            headers[SIGNATURE] = sign(body, self._secret)
        return headers


def sign(body: bytes, secret: str) -> str:
    """The value of the signature's header for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def seconds_of(retry_after: str) -> float:
    """Seconds that a ``Retry-After`` header asks for, at most an hour; 0 where it says nothing that can be read."""
    if retry_after.strip().isdecimal():
        wanted = float(retry_after)
    else:
        try:
            wanted = parsedate_to_datetime(retry_after).timestamp() - real_time.wall()
        except (TypeError, ValueError):
            wanted = 0.0
    return min(max(0.0, wanted), LONGEST_RETRY_AFTER)


def _told(error: Any) -> str:
    """What went wrong, without the URL, whose path may be a secret."""
    import requests

    if isinstance(error, requests.Timeout):
        return "it does not answer in time"
    return "it can't be reached" if isinstance(error, requests.ConnectionError) else type(error).__name__
