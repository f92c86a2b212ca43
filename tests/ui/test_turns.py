"""Turns of long work: how many at once, who is next, who lets go, and that a paint goes first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from annodesk.errors import Cancelled
from annodesk.progress import CancelToken
from annodesk.ui import turns as turns_module
from annodesk.ui.turns import AsideToken, Painting, Turns, TurnToken

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


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Painting:
    """A window of the test's own."""
    painting = Painting()
    monkeypatch.setattr(turns_module, "painting", painting)
    return painting


@pytest.mark.parametrize("of_turns", [False, True])
def test_who_computes_waits_while_the_window_paints(
    window: Painting, monkeypatch: pytest.MonkeyPatch, *, of_turns: bool
) -> None:
    monkeypatch.setattr(turns_module, "PAINT_S", WAIT_S)
    monkeypatch.setattr(turns_module, "MOST_ASIDE_S", WAIT_S)
    token = TurnToken(CancelToken(), Turns(1)) if of_turns else AsideToken(CancelToken())
    went_on, asked = threading.Event(), threading.Event()

    def compute() -> None:
        asked.set()
        token.check()
        went_on.set()

    with window.going_on():
        threading.Thread(target=compute, daemon=True).start()
        assert asked.wait(WAIT_S)
        assert not went_on.wait(0.05)
    assert went_on.wait(WAIT_S)


def test_who_computes_gets_on_where_painting_never_ends(window: Painting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "PAINT_S", WAIT_S)
    token = AsideToken(CancelToken())
    with window.going_on():
        for _ in range(3):
            token.check()


def test_a_paint_that_fails_keeps_nobody_waiting(window: Painting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "PAINT_S", WAIT_S)
    monkeypatch.setattr(turns_module, "MOST_ASIDE_S", WAIT_S)
    token = AsideToken(CancelToken())
    with pytest.raises(ValueError, match="torn"), window.going_on():
        raise ValueError("torn")
    began = time.monotonic()
    token.check()
    assert time.monotonic() - began < WAIT_S / 2


def test_who_stops_while_something_is_painted_is_told_so(window: Painting) -> None:
    asked = CancelToken()
    token = AsideToken(asked)
    token.cancel()
    assert asked.is_cancelled
    with window.going_on(), pytest.raises(Cancelled):
        token.check()
