"""A line that can go wrong: a TCP proxy before a server that drops, falls silent, or cuts a reply after its commit."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterator


class Line:
    """Carries bytes between clients on 127.0.0.1 and one server, and does harm where told to."""

    def __init__(self, server: str | tuple[str, int]) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._is_silent = self._is_closed = self._is_over = False
        self._deaf_to: bytes | None = None
        self._left: int | None = None
        self._end: Callable[[], None] = self.drop
        self.cuts = 0
        self._thread = threading.Thread(target=self._serve, name="line", daemon=True)
        self._thread.start()

    def drop(self) -> None:
        """Close every connection there is; new ones are let in."""
        with self._lock:
            for pair in self._pairs:
                for end in pair:
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)

    def close(self, is_closed: bool = True) -> None:
        """Let nobody in, and put out who is there; or let people in again."""
        self._is_closed = is_closed
        if is_closed:
            self.drop()

    def fall_silent(self, is_silent: bool = True) -> None:
        """Take everything and pass on nothing, without a word; or speak again."""
        self._is_silent = is_silent

    def cut_reply_to(self, words: bytes) -> None:
        """Pass on the next thing sent that holds these words, and cut the line when the server has answered."""
        self._deaf_to = words

    def cut_after(self, count: int) -> None:
        """Pass on so many more bytes of what clients send, and cut the line there, in the middle of whatever it is."""
        self._left, self._end = count, self.drop

    def fall_silent_after(self, count: int) -> None:
        """Pass on so many more bytes of what clients send, then nothing more either way, with all lines left open."""
        self._left, self._end = count, self.fall_silent

    def stop(self) -> None:
        """End it."""
        self._is_over = True
        self._listener.close()
        self.drop()
        self._thread.join(5)

    def _serve(self) -> None:
        workers: list[threading.Thread] = []
        while not self._is_over:
            try:
                client, _ = self._listener.accept()
            except OSError:
                break
            if self._is_closed:
                client.close()
                continue
            worker = threading.Thread(target=self._carry, args=(client,), name="line-pair", daemon=True)
            workers.append(worker)
            worker.start()
        for worker in workers:
            worker.join(5)

    def _carry(self, client: socket.socket) -> None:
        family = socket.AF_UNIX if isinstance(self._server, str) else socket.AF_INET
        with client, socket.socket(family) as server, selectors.DefaultSelector() as ready:
            try:
                server.connect(self._server)
            except OSError:
                return
            with self._lock:
                self._pairs.append((client, server))
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            is_deaf = False
            while not self._is_over:
                for key, _ in ready.select(0.1):
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    try:
                        data = source.recv(1 << 16)
                    except OSError:
                        return
                    if not data:
                        return
                    if source is client and self._deaf_to is not None and self._deaf_to in data:
                        self._deaf_to, is_deaf = None, True
                    elif source is server and is_deaf:
                        self.cuts += 1
                        return
                    if self._is_silent:
                        continue
                    is_last = source is client and self._left is not None and len(data) > self._left
                    if source is client and self._left is not None:
                        data, self._left = data[: self._left], max(0, self._left - len(data))
                    try:
                        key.data.sendall(data)
                    except OSError:
                        return
                    if is_last:
                        self._left = None
                        self.cuts += 1
                        self._end()


@contextlib.contextmanager
def line(server: str | tuple[str, int]) -> Iterator[Line]:
    """A line to a server that lasts for a block."""
    made = Line(server)
    try:
        yield made
    finally:
        made.stop()
