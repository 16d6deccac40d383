"""What went wrong with a request, in words: who did not answer, whether a proxy stood in between, and what helps."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

BUNDLE = "TLS CA certificate bundle"
"""What requests says where a file of certificates is not there; it raises no error of its own for it."""


def told(error: Exception, address: str) -> str:
    """What is wrong with a server, to be said behind its address; without what requests says of its own objects.

    Args:
        error: of requests, or of what it is made with.
        address: of the server.
    """
    import requests

    proxy = proxy_for(address)
    if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
        return f"can't be reached: the proxy {proxy} needs another package: pip install 'requests[socks]'"
    if isinstance(error, requests.exceptions.ProxyError | requests.exceptions.InvalidProxyURL):
        return f"can't be reached through the proxy {proxy} ({innermost(error)}): {_REMEDY}"
    if isinstance(error, requests.exceptions.SSLError):
        return _of_tls(error, address)
    if BUNDLE in str(error):
        return f"can't be trusted: {error}; correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE"
    through = f" through the proxy {proxy}" if proxy else ""
    if isinstance(error, requests.ConnectTimeout):
        return f"can't be reached{through} in time"
    if isinstance(error, requests.Timeout):
        return f"does not answer{through} in time"
    if isinstance(error, requests.ConnectionError):
        return f"can't be reached{through} ({innermost(error)})"
    return f"breaks off its answer{through} ({type(error).__name__})"


_REMEDY = "correct HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, or name the server's host in NO_PROXY"


def proxy_for(address: str) -> str:
    """The proxy that requests to a server go through, without its password; empty where they go straight."""
    from requests.utils import get_environ_proxies, select_proxy

    try:
        proxy = select_proxy(address, get_environ_proxies(address))
        if not proxy:
            return ""
        parts = urlsplit(proxy)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else proxy.rpartition("@")[2]
    except (ValueError, OSError):
        return ""


def _of_tls(error: Exception, address: str) -> str:
    found = innermost_error(error)
    if isinstance(found, ssl.SSLCertVerificationError):
        return (
            f"can't be trusted ({found.verify_message or found.reason}): let REQUESTS_CA_BUNDLE name a file with the "
            "certificate of who signed the server's"
        )
    if getattr(found, "reason", None) in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"}:
        plain = f"http://{urlsplit(address).netloc}"
        return f"does not speak TLS: is it {plain}? ({found})"
    return f"can't be trusted: {innermost(error)}"


def innermost(error: BaseException) -> str:
    """The system's own words at the bottom of a chain of exceptions."""
    found = innermost_error(error)
    return getattr(found, "strerror", None) or (str(found) if type(found) is OSError else "") or type(found).__name__


def innermost_error(error: BaseException) -> BaseException:
    """The exception at the bottom of a chain."""
    found: BaseException = error
    while True:
        inner = found.__cause__ or found.__context__ or getattr(found, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((one for one in found.args if isinstance(one, BaseException)), None)
        if inner is None:
            return found
        found = inner
