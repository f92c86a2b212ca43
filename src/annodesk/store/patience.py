"""Connections to the shared database on which no call waits longer than its limit, whatever became of the line."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from typing import Any

import psycopg

SHORTEST_CONNECT_S = 2
"""The client library's own least."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection whose calls end after ``limit_s``, or when told to; it is closed then."""

    limit_s: float
    is_stopped: Callable[[], bool]

    def wait(self, gen: Any, *args: Any, **how: Any) -> Any:
        """Wait for an answer; after the limit the connection is closed, for nobody knows what it would say."""
        try:
            return super().wait(_until(gen, time.monotonic() + self.limit_s, self.is_stopped), *args, **how)
        except _TooLate:
            self.pgconn.finish()
            raise

    @classmethod
    def _connect_gen(cls, conninfo: str = "", **how: Any) -> Any:
        """The library's own steps towards a connection, which end when told to."""
        return _until(super()._connect_gen(conninfo, **how), math.inf, cls.is_stopped)


def connect(
    words: dict[str, Any], *, limit_s: float, is_stopped: Callable[[], bool] = lambda: False, **how: Any
) -> PatientConnection:
    """A connection by these words of libpq, made within the limit as well."""
    kind = type("PatientConnection", (PatientConnection,), {"limit_s": limit_s, "is_stopped": staticmethod(is_stopped)})
    given = int(float(words.get("connect_timeout") or limit_s))
    words = {**words, "connect_timeout": max(SHORTEST_CONNECT_S, min(given, int(limit_s)))}
    made: PatientConnection = kind.connect(**words, **how)  # type: ignore[attr-defined]
    return made


class _TooLate(psycopg.OperationalError):
    """The limit has passed, or somebody waits for the end."""


def _until(gen: Any, deadline: float, is_stopped: Callable[[], bool]) -> Generator[Any, Any, Any]:
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and (time.monotonic() > deadline or is_stopped()):
                raise _TooLate("timeout expired")
            wanted = gen.send(ready)
    except StopIteration as done:
        return done.value
