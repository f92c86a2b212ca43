"""A file on a web server, read from any byte on: ranges, versions, redirects, cut and stalled connections.

The standard library's client, because each of these must be seen: what answers a range, where a redirect leads, and
the socket itself, so that a reader who is stopped stops at once.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import urllib.error
import urllib.request
from email.message import Message
from typing import IO, Any
from urllib.parse import urlsplit

from annodesk.errors import MediaError

BLOCK_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_UNSATISFIED = re.compile(r"bytes \*/(\d+)")
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class CutError(Exception):
    """The connection ended or failed before the file did; trying again may help."""


class PartError(CutError):
    """The server gives another part than the one wished for, so that what there is must be fetched anew."""


class HttpSource:
    """One answer of a web server.

    ``start`` is the byte the answer begins at, 0 where the server did not keep to the wished one; ``total`` the length
    of the whole file, None where it is not said; ``version`` a text that changes with the file.
    """

    def __init__(self, url: str, start: int, version: str, timeout_s: float) -> None:
        self._sockets: list[socket.socket] = []
        self._is_whole = False
        self.start, self.version = 0, ""
        self.total: int | None = None
        headers = {"Accept-Encoding": "identity", "User-Agent": "annodesk"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if version:
                headers["If-Range"] = version
        request = urllib.request.Request(url, headers=headers)
        try:
            self._answer = _opener(self._sockets).open(request, timeout=timeout_s)
        except urllib.error.HTTPError as error:
            with error:
                self._answer = error
                whole = _UNSATISFIED.fullmatch(error.headers.get("Content-Range", "").strip())
                if error.code == 416 and whole is not None and int(whole[1]) == start:
                    self.start, self.total, self.version = start, start, version
                    self._is_whole = True
                    return
                self._refuse(error.code, url, start)
        except urllib.error.URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise MediaError(
                    f"{shown_url(url)} does not prove who it is ({error.reason.verify_message}).",
                    "Ask who keeps the server for its certificate authority, and let this computer trust it.",
                ) from error
            raise CutError(_reason(error.reason)) from error
        except (http.client.HTTPException, OSError) as error:
            raise CutError(_reason(error)) from error
        self.version = _version(self._answer.headers)
        self.start, self.total = self._extent(start)

    def read(self) -> bytes:
        """The next bytes; none at the end. CutError where the connection ended before the file did."""
        if self._is_whole:
            return b""
        try:
            return self._answer.read1(BLOCK_BYTES)  # type: ignore[no-any-return]
        except (http.client.HTTPException, OSError, ValueError, AttributeError) as error:
            raise CutError(_reason(error)) from error

    def close(self) -> None:
        """Let go of the connection, also while another thread waits for it."""
        for one in self._sockets:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                one.close()
        with contextlib.suppress(OSError, ValueError, AttributeError):
            self._answer.close()

    def _extent(self, wished: int) -> tuple[int, int | None]:
        headers = self._answer.headers
        if getattr(self._answer, "status", 200) == 206:
            found = _RANGE.fullmatch(headers.get("Content-Range", "").strip())
            if found is None or int(found[1]) != wished:
                self.close()
                raise PartError("it answered with another part of the file")
            return wished, None if found[3] == "*" else int(found[3])
        length = headers.get("Content-Length", "")
        return 0, int(length) if length.isascii() and length.isdigit() else None

    def _refuse(self, code: int, url: str, start: int) -> None:
        self.close()
        if code == 416 and start:
            raise PartError("it has changed")
        if code in _BUSY:
            raise CutError(f"it answers {code}")
        shown = shown_url(url)
        if code in (401, 403, 407):
            raise MediaError(f"{shown} may not be read from here ({code}).", "Ask who keeps the server for access.")
        if code in (404, 410):
            raise MediaError(f"{shown} is not there ({code}).", "Ask who set up the project where it is now.")
        raise MediaError(f"{shown} cannot be fetched: the server answers {code}.", "Ask who keeps the server.")


def shown_url(url: str) -> str:
    """An address as it may be shown and logged: without passwords and signatures."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"[:200]


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to the same scheme, or to the encrypted one."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        scheme = urlsplit(newurl).scheme.lower()
        if scheme not in {"https", urlsplit(req.full_url).scheme.lower()}:
            fp.close()
            raise MediaError(
                f"{shown_url(req.full_url)} leads to another kind of address ({scheme[:20]}), which is not followed.",
                "Ask who keeps the server.",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(sockets: list[socket.socket]) -> urllib.request.OpenerDirector:
    """Knows web addresses alone; the sockets it opens are noted."""

    class Plain(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            sockets.append(self.sock)

    class Encrypted(http.client.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            sockets.append(self.sock)

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

    class EncryptedHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Encrypted, req)

    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        PlainHandler(),
        EncryptedHandler(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    return opener


def _version(headers: Message) -> str:
    """What tells this file from another one at the same address; nothing where the server does not say."""
    tag = headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
