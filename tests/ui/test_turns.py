"""Turns of long work: how many at once, who is next, and who lets go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from annodesk.errors import Cancelled
from annodesk.progress import CancelToken
from annodesk.ui import turns as turns_module
from annodesk.ui.turns import Turns, TurnToken

WAIT_S = 20.0


class Worker:
    """A thread that asks for its turn over and over, and counts how many compute meanwhile."""

    computing = 0
    most = 0
    lock = threading.Lock()

    def __init__(self, turns: Turns) -> None:
        self.asked = CancelToken()
        self.token = TurnToken(self.asked, turns)
        self.rounds = 0
        self.is_cancelled = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            while True:
                self.token.check()
                with Worker.lock:
                    Worker.computing += 1
                    Worker.most = max(Worker.most, Worker.computing)
                time.sleep(0.002)
                with Worker.lock:
                    Worker.computing -= 1
                self.rounds += 1
        except Cancelled:
            self.is_cancelled = True
        finally:
            self.token.end()

    def stop(self) -> None:
        self.token.cancel()
        self.thread.join(WAIT_S)


def until(*, holds: Callable[[], bool]) -> None:
    """Wait until ``holds()`` is true."""
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("at_once", [1, 2])
def test_all_get_on_and_never_more_compute_at_once_than_there_are_turns(at_once: int) -> None:
    Worker.computing = Worker.most = 0
    turns = Turns(at_once)
    workers = [Worker(turns) for _ in range(4)]
    until(holds=lambda: all(worker.rounds >= 3 for worker in workers))
    for worker in workers:
        worker.stop()
    assert Worker.most <= at_once
    assert all(worker.is_cancelled for worker in workers)


def test_one_alone_never_waits() -> None:
    token = TurnToken(CancelToken(), Turns(1))
    for _ in range(1000):
        token.check()
    assert not token.is_cancelled


def test_who_waits_for_a_turn_stops_when_asked_to() -> None:
    turns = Turns(1)
    first = TurnToken(CancelToken(), turns)
    first.check()
    second = Worker(turns)
    second.stop()
    assert second.is_cancelled
    assert second.rounds == 0


def test_a_turn_is_taken_from_one_that_waits_for_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "STUCK_S", 0.05)
    turns = Turns(1)
    stuck = TurnToken(CancelToken(), turns)
    stuck.check()
    other = Worker(turns)
    until(holds=lambda: other.rounds > 0)
    assert not stuck.is_unwanted
    other.stop()
    stuck.check()


def test_what_is_drawn_for_the_hand_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "ASIDE_S", WAIT_S)
    turns = Turns(1)
    with turns.drawing():
        worker = Worker(turns)
        until(holds=lambda: worker.token.since_s > 0)
        assert worker.rounds == 0
    until(holds=lambda: worker.rounds > 0)
    worker.stop()


def test_long_work_gets_on_where_drawing_never_ends() -> None:
    turns = Turns(1)
    with turns.drawing():
        worker = Worker(turns)
        until(holds=lambda: worker.rounds > 1)
        worker.stop()
    assert worker.rounds > 1


def test_who_steps_aside_stops_when_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "ASIDE_S", 10 * WAIT_S)
    turns = Turns(1)
    with turns.drawing():
        worker = Worker(turns)
        until(holds=lambda: worker.token.since_s > 0)
        worker.stop()
    assert worker.is_cancelled
