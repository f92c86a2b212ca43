"""What may answer at the address of a shared database and is none: other servers, silence, and a PostgreSQL too old."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_NO_TLS = (80877103, 80877104)
OLD = 140011
_ANSWERS = {
    b"server_version_num": str(OLD).encode(),
    b"version()": b"PostgreSQL 14.11 on a computer of long ago",
    b"current_schema": b"public",
    b"standard_conforming_strings": b"on",
    b"transaction isolation level": b"read committed",
}


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port at which each caller is served on a thread of their own."""
    threads: list[threading.Thread] = []
    callers: list[socket.socket] = []

    def meet(caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError, struct.error):
            serve(caller)

    def accept() -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            callers.append(caller)
            threads.append(threading.Thread(target=meet, args=(caller,), name="stranger", daemon=True))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        first = threading.Thread(target=accept, name="strangers", daemon=True)
        first.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            first.join()
            for caller in callers:
                with contextlib.suppress(OSError):
                    caller.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def web_server(caller: socket.socket) -> None:
    """Answers whatever it is asked as web servers do."""
    caller.recv(1000)
    caller.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def secure_shell(caller: socket.socket) -> None:
    """Speaks first, with the banner of a secure shell, and waits for a line that begins likewise."""
    caller.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    said = b""
    while b"\n" not in said and len(said) < 256:
        said += _exactly(caller, 1)
    caller.sendall(b"Invalid SSH identification string.\r\n")


def silence(caller: socket.socket) -> None:
    """Takes everything and says nothing."""
    while caller.recv(1000):
        pass


def rudeness(caller: socket.socket) -> None:
    """Hangs up."""
    caller.recv(1000)


def old_server(caller: socket.socket) -> None:
    """Speaks PostgreSQL's protocol, as one of version 14 does to somebody who begins to look around."""
    while True:
        (length,) = struct.unpack("!i", _exactly(caller, 4))
        (code,) = struct.unpack("!i", _exactly(caller, length - 4)[:4])
        if code not in _NO_TLS:
            break
        caller.sendall(b"N")
    said = [_message(b"R", struct.pack("!i", 0))]
    for name, value in {
        "server_version": "14.11",
        "client_encoding": "UTF8",
        "standard_conforming_strings": "on",
    }.items():
        said.append(_message(b"S", f"{name}\0{value}\0".encode()))
    caller.sendall(b"".join(said) + _message(b"K", struct.pack("!ii", 1, 1)) + _message(b"Z", b"I"))
    query, state = b"", b"I"
    while True:
        kind = _exactly(caller, 1)
        (length,) = struct.unpack("!i", _exactly(caller, 4))
        body = _exactly(caller, length - 4)
        if kind == b"X":
            return
        if kind in b"QP":
            query = body
            state = b"T" if b"BEGIN" in query.upper() else b"I" if _ends(query) else state
        value = next((answer for words, answer in _ANSWERS.items() if words in query), None)
        columns = b"" if value is None else _message(b"T", _ROW)
        rows = b"" if value is None else _message(b"D", struct.pack("!hi", 1, len(value)) + value)
        answers = {
            b"Q": columns + rows + _message(b"C", b"SELECT 1\0") + _message(b"Z", state),
            b"P": _message(b"1"),
            b"B": _message(b"2"),
            b"D": columns or _message(b"n"),
            b"E": rows + _message(b"C", b"SELECT 1\0"),
            b"S": _message(b"Z", state),
        }
        caller.sendall(answers.get(kind, b""))


_ROW = struct.pack("!h", 1) + b"found\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0)


def _ends(query: bytes) -> bool:
    return b"ROLLBACK" in query.upper() or b"COMMIT" in query.upper()


def _message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _exactly(caller: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = caller.recv(count - len(found))
        if not more:
            raise OSError("hung up")
        found += more
    return found


STRANGERS: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "a web server": (web_server, "is not a PostgreSQL"),
    "a secure shell": (secure_shell, "is not a PostgreSQL"),
    "somebody silent": (silence, "did not answer in time"),
    "somebody rude": (rudeness, "The connection broke off"),
    "an old server": (old_server, "This server is PostgreSQL 14; annodesk needs 15 or newer"),
}
"""Whom one may meet, and what is to be said of each."""
