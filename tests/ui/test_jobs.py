"""The three lanes: order, threads, dropped answers, and what closing leaves."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from annodesk.errors import MediaError
from annodesk.progress import CancelToken, Progress
from annodesk.ui.jobs import Jobs

pytestmark = pytest.mark.qt


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def test_store_jobs_run_in_order_on_one_thread_and_answer_on_the_ui_thread(qtbot: QtBot, jobs: Jobs) -> None:
    ran: list[tuple[int, str]] = []
    home: list[str] = []
    for number in range(20):
        jobs.store(
            lambda number=number: ran.append((number, threading.current_thread().name)),
            on_done=lambda _: home.append(threading.current_thread().name),
        )
    qtbot.waitUntil(lambda: jobs.is_idle)
    assert ran == [(number, "annodesk-store") for number in range(20)]
    assert set(home) == {threading.main_thread().name}


def test_a_newer_request_with_the_same_key_drops_the_answer_of_the_older(qtbot: QtBot, jobs: Jobs) -> None:
    may_end = threading.Event()
    answers: list[str] = []

    def slow(cancel: CancelToken) -> str:
        may_end.wait(5)
        return "old"

    jobs.compute(slow, key="view", on_done=answers.append)
    jobs.compute(lambda: "new", key="view", on_done=answers.append)
    may_end.set()
    qtbot.waitUntil(lambda: jobs.is_idle)
    assert answers == ["new"]


def test_progress_and_cancellation_reach_the_function_that_asks_for_them(qtbot: QtBot, jobs: Jobs) -> None:
    seen: list[tuple[float, str]] = []

    def work(progress: Progress, cancel: CancelToken) -> int:
        progress(1.0, "done")
        cancel.check()
        return 7

    answers: list[int] = []
    jobs.compute(work, on_done=answers.append, on_progress=lambda share, words: seen.append((share, words)))
    qtbot.waitUntil(lambda: jobs.is_idle)
    assert (answers, seen) == ([7], [(1.0, "done")])


def test_a_cancelled_request_says_nothing_more(qtbot: QtBot, jobs: Jobs) -> None:
    begun, said = threading.Event(), []

    def work(cancel: CancelToken) -> None:
        begun.set()
        while True:
            cancel.check()

    request = jobs.compute(work, on_done=said.append, on_error=said.append)
    assert begun.wait(5)
    request.cancel()
    qtbot.waitUntil(lambda: jobs.is_idle)
    assert said == []


def test_an_error_without_a_handler_is_told_once(qtbot: QtBot, jobs: Jobs) -> None:
    def fail() -> None:
        raise MediaError("No such file.")

    with qtbot.waitSignal(jobs.failed) as told:
        jobs.store(fail, what="open the file")
    assert isinstance(told.args[0], MediaError)
    assert told.args[1] == "open the file"


def test_an_answer_for_a_view_that_has_gone_is_dropped(qtbot: QtBot, jobs: Jobs) -> None:
    may_end = threading.Event()

    class View(QObject):
        def take(self, value: object) -> None:
            raise AssertionError("the view has gone")

    view = View()
    jobs.store(may_end.wait, 5, on_done=view.take)
    view.deleteLater()
    qtbot.wait(1)
    qtbot.waitUntil(lambda: _is_gone(view))
    may_end.set()
    qtbot.waitUntil(lambda: jobs.is_idle)


def _is_gone(view: QObject) -> bool:
    from shiboken6 import isValid

    return not isValid(view)


def test_long_work_keeps_nobody_waiting_for_what_is_computed(qtbot: QtBot, jobs: Jobs) -> None:
    may_end, answers = threading.Event(), []
    for _ in range(12):
        jobs.background(may_end.wait, 20)
    jobs.compute(lambda: "drawn", on_done=answers.append)
    qtbot.waitUntil(lambda: answers == ["drawn"])
    assert not jobs.is_idle
    may_end.set()
    qtbot.waitUntil(lambda: jobs.is_idle)


def test_long_work_that_waits_for_its_turn_can_be_cancelled(qtbot: QtBot) -> None:
    jobs, begun, ran = Jobs(), threading.Event(), []

    def holds(cancel: CancelToken) -> None:
        begun.set()
        while True:
            cancel.check()

    def also(cancel: CancelToken) -> None:
        cancel.check()
        ran.append(cancel)

    processors = os.cpu_count() or 1
    held = [jobs.background(holds) for _ in range(max(1, processors - 1))]
    assert begun.wait(5)
    waits = jobs.background(also, key="waits")
    waits.cancel()
    for one in held:
        one.cancel()
    qtbot.waitUntil(lambda: jobs.is_idle)
    jobs.close()
    assert ran == []


def test_closing_finishes_the_store_lane_and_leaves_no_thread(qtbot: QtBot) -> None:
    jobs = Jobs()
    done: list[int] = []
    for number in range(50):
        jobs.store(done.append, number)
    jobs.compute(lambda: 1)
    jobs.close()
    assert done == list(range(50))
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("annodesk-")]


def test_inline_lanes_answer_at_once() -> None:
    jobs = Jobs.inline()
    answers: list[int] = []
    jobs.store(lambda: 3, on_done=answers.append)
    jobs.compute(lambda: 4, on_done=answers.append)
    assert (answers, jobs.is_idle) == ([3, 4], True)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not let a thread step back by itself")
def test_what_computes_lets_the_window_go_first(qtbot: QtBot, jobs: Jobs) -> None:
    told: list[int] = []
    jobs.compute(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), on_done=told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert told[0] > os.getpriority(os.PRIO_PROCESS, 0)
