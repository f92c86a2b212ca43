"""A real web server on this computer that can keep to ranges or not, cut, stall, lie, redirect and change its file."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from msgspec import Struct, field

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""A certificate for this computer and its key, made for these tests alone and trusted by nobody."""


class Site(Struct):
    """What the server gives, and what it was asked."""

    url: str = ""
    body: bytes = b""
    version: str | None = '"1"'
    ranges: bool = True
    lying_ranges: bool = False
    cut_at: list[int] = field(default_factory=list)
    stall_at: int | None = None
    extra_length: int = 0
    no_length: bool = False
    endless: bool = False
    redirect: str = ""
    codes: list[int] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    going_on: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        """Give the file, or what the site is set to do in its place."""
        site, wish = self.site, self.headers.get("Range")
        site.asked.append(wish)
        if site.codes:
            self.send_error(site.codes.pop(0))
            return
        if site.redirect and self.path != "/there.wav":
            self.send_response(302)
            self.send_header("Location", site.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = int(wish.removeprefix("bytes=").rstrip("-")) if wish and site.ranges else 0
        if start and self.headers.get("If-Range") not in (None, site.version):
            start = 0
        if start and start >= len(site.body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(site.body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        part = site.body[start:]
        self.send_response(206 if start else 200)
        if start:
            first = 0 if site.lying_ranges else start
            self.send_header("Content-Range", f"bytes {first}-{len(site.body) - 1}/{len(site.body)}")
        if not site.no_length:
            self.send_header("Content-Length", str(len(part) + site.extra_length))
        if site.version is not None:
            self.send_header("ETag", site.version)
        self.end_headers()
        self._send(part)

    def _send(self, part: bytes) -> None:
        site = self.site
        with contextlib.suppress(OSError):
            if site.cut_at:
                self.wfile.write(part[: site.cut_at.pop(0)])
                self.close_connection = True
            elif site.stall_at is not None:
                self.wfile.write(part[: site.stall_at])
                self.wfile.flush()
                site.going_on.wait(20)
            else:
                self.wfile.write(part)
                while site.endless:
                    self.wfile.write(part)


@contextlib.contextmanager
def serving(site: Site, *, encrypted: bool = False) -> Iterator[Site]:
    """Serve a site until the block ends; encrypted, with a certificate that proves nothing to anybody else."""
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if encrypted:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    site.url = f"http{'s' if encrypted else ''}://127.0.0.1:{server.server_port}/sounds/one.wav"
    try:
        yield site
    finally:
        site.going_on.set()
        site.endless = False
        server.shutdown()
        server.server_close()
        thread.join()
