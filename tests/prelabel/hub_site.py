"""A hub on this computer, as the real one speaks: models with their files, LFS checksums, redirects, ranges, refusals.

It can also cut, stall, lie, send too much, forget ranges and change a file, as servers and networks do.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import Struct, field

COMMIT = "c0ffee" + "0" * 34


class Hub(Struct):
    """What the hub has, what it does, and what it was asked: method, path, range and whether a token came along."""

    url: str = ""
    repo: str = "tiny/labeller-GGUF"
    files: dict[str, bytes] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=lambda: {"license": "apache-2.0"})
    tags: list[str] = field(default_factory=list)
    gated: str | bool = False
    in_git: set[str] = field(default_factory=set)
    """Small files that lie in git itself, without an LFS checksum."""
    told: dict[str, Any] = field(default_factory=dict)
    """Keys of the answer about the model that are something else."""
    raw: bytes | None = None
    """The whole answer about the model instead."""
    endless: bool = False
    codes: list[tuple[int, str]] = field(default_factory=list)
    sent: bytes | None = None
    """What is sent in place of a file."""
    cut_at: list[int] = field(default_factory=list)
    slow_s: float = 0.0
    stall_at: int | None = None
    ranges: bool = True
    redirects: bool = True
    asked: list[tuple[str, str, str | None, bool]] = field(default_factory=list)
    going_on: threading.Event = field(default_factory=threading.Event)

    def about(self) -> dict[str, Any]:
        """What the hub says of its model, with sizes and checksums."""
        siblings: list[dict[str, Any]] = [{"rfilename": "README.md", "size": 12, "blobId": "a" * 40}]
        for name, body in self.files.items():
            blob = hashlib.sha1(f"blob {len(body)}\0".encode() + body, usedforsecurity=False).hexdigest()
            one: dict[str, Any] = {"rfilename": name, "size": len(body), "blobId": blob}
            if name not in self.in_git:
                one["lfs"] = {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "pointerSize": 134}
            siblings.append(one)
        return {
            "_id": "1", "id": self.repo, "modelId": self.repo, "sha": COMMIT, "private": False, "gated": self.gated,
            "cardData": self.card, "tags": ["gguf", *self.tags], "siblings": siblings, **self.told,
        }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        hub, path = self.hub, unquote(urlsplit(self.path).path)
        token = self.headers.get("Authorization")
        hub.asked.append((self.command, path, self.headers.get("Range"), token is not None))
        if hub.codes:
            code, word = hub.codes.pop(0)
            self._head(code, {"X-Error-Code": word} if word else {}, 0)
        elif path in (f"/api/models/{hub.repo}", f"/api/models/{hub.repo}/revision/{COMMIT}"):
            self._about()
        elif path.startswith(f"/{hub.repo}/resolve/{COMMIT}/"):
            self._resolve(path.partition(f"/resolve/{COMMIT}/")[2], with_body=with_body)
        elif path.startswith("/store/"):
            self._file(hub.files.get(path.removeprefix("/store/")), with_body=with_body)
        else:
            word = "RevisionNotFound" if f"/{hub.repo}/" in path else "RepoNotFound"
            self._head(404 if word == "RevisionNotFound" else 401, {"X-Error-Code": word}, 0)

    def _about(self) -> None:
        body = json.dumps(self.hub.about()).encode() if self.hub.raw is None else self.hub.raw
        if self.hub.endless:
            self._head(200, {"Content-Type": "application/json", "Connection": "close"}, None)
            with contextlib.suppress(OSError):
                while not self.hub.going_on.is_set():
                    self.wfile.write(b" " * (1 << 20))
            self.close_connection = True
            return
        self._head(200, {"Content-Type": "application/json"}, len(body))
        self.wfile.write(body)

    def _resolve(self, name: str, *, with_body: bool) -> None:
        body = self.hub.files.get(name)
        if body is None:
            self._head(404, {"X-Error-Code": "EntryNotFound"}, 0)
        elif self.hub.redirects and name not in self.hub.in_git:
            linked = {
                "X-Repo-Commit": COMMIT,
                "X-Linked-Etag": f'"{hashlib.sha256(body).hexdigest()}"',
                "X-Linked-Size": str(len(body)),
                "Location": f"{self.hub.url.replace('127.0.0.1', 'localhost')}/store/{name}?signed=1",
            }
            self._head(302, linked, 0)
        else:
            self._file(body, with_body=with_body)

    def _file(self, body: bytes | None, *, with_body: bool) -> None:
        hub, wish = self.hub, self.headers.get("Range")
        if body is None:
            self._head(404, {}, 0)
            return
        body = body if hub.sent is None else hub.sent
        start = int(wish.removeprefix("bytes=").partition("-")[0]) if wish and hub.ranges else 0
        if start and start >= len(body):
            self._head(416, {"Content-Range": f"bytes */{len(body)}"}, 0)
            return
        part, etag = body[start:], {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "Accept-Ranges": "bytes"}
        ranged = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
        self._head(206 if start else 200, etag | ranged, len(part))
        if with_body:
            with contextlib.suppress(OSError):
                self._send(part)

    def _send(self, part: bytes) -> None:
        hub = self.hub
        if hub.cut_at:
            self.wfile.write(part[: hub.cut_at.pop(0)])
            self.close_connection = True
        elif hub.stall_at is not None:
            self.wfile.write(part[: hub.stall_at])
            self.wfile.flush()
            hub.going_on.wait(20)
            self.close_connection = True
        elif hub.slow_s:
            for first in range(0, len(part), 1 << 16):
                self.wfile.write(part[first : first + (1 << 16)])
                time.sleep(hub.slow_s)
        else:
            self.wfile.write(part)

    def _head(self, code: int, headers: dict[str, str], length: int | None) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()


@contextlib.contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve a hub until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        hub.going_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
