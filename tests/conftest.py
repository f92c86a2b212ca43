"""The strict suite: private folders, no display, and a failure for every log error, thread or window left behind."""

from __future__ import annotations

import gc
import logging
import os
import random
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ANNODESK_SHARED") or REPO.parent / "shared")
SHARED_REASON = "ANNODESK_SHARED is not there"
THREAD_GRACE_S = 5.0
FULL_COLLECTION_EVERY = 20

# Before Qt is imported anywhere: the suite needs no display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


SLOW_TIMEOUT_S = 7_200
"""Ten times as many rounds as in the full tier do not end within its limit."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the slow tier: fuzz, soak and fault injection")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")
    for item in items:
        if not item.get_closest_marker("slow"):
            continue
        if not config.getoption("--slow"):
            item.add_marker(pytest.mark.skip(reason="slow tier; run with --slow"))
        elif not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT_S))


def pytest_collection_finish(session: pytest.Session) -> None:
    """From here on garbage is collected between tests alone, in the thread that Qt's objects live in."""
    gc.disable()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Collect what the test left; where much was left, all that is not held any more."""
    young, _, old = gc.get_count()
    if young > gc.get_threshold()[0]:
        gc.collect(2 if old > FULL_COLLECTION_EVERY else 1)


def pytest_sessionfinish() -> None:
    """Leave Qt's clipboard empty: the offscreen one outlives Python, and so would the data it was given."""
    gui = sys.modules.get("PySide6.QtGui")
    if gui is not None and gui.QGuiApplication.instance() is not None:
        gui.QGuiApplication.clipboard().clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A test that uses the shared data may only skip where that data is absent."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and SHARED.is_dir():
        uses_shared = "shared" in getattr(item, "fixturenames", ())
        if uses_shared and not item.get_closest_marker("slow"):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} skipped although {SHARED} is there: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with test data made by others; tests that use it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(SHARED_REASON)
    return SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL of this run alone, not durable; tests that use it skip where no server exists."""
    from tests.postgres import running_server

    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def repo() -> Path:
    """The top folder of the repository."""
    return REPO


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers with one seed per test; $ANNODESK_TEST_SEED changes them all."""
    seed = f"{os.environ.get('ANNODESK_TEST_SEED', '0')}:{request.node.nodeid}"
    return random.Random(seed)


@pytest.fixture(scope="session", autouse=True)
def private_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Data, cache and configuration of this run alone; nothing of the person's own is read or written."""
    root = tmp_path_factory.mktemp("annodesk")
    given = {name: os.environ.get(name) for name in ("ANNODESK_DATA", "ANNODESK_CACHE", "ANNODESK_CONFIG")}
    for name in given:
        folder = root / name.removeprefix("ANNODESK_").lower()
        folder.mkdir()
        os.environ[name] = str(folder)
    others = {name: os.environ.pop(name, None) for name in ("ANNODESK_DB", "PYTHON_KEYRING_BACKEND")}
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    yield root
    for name, value in (given | others).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session", autouse=True)
def blank_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new project file starts as a copy of the one that the migrations made first in this run."""
    from annodesk.store import engine

    make, blank = engine._bring_up_to_date, tmp_path_factory.mktemp("blank") / "blank.annodesk"

    def bring_up_to_date(path: Path, *, create: bool) -> None:
        if create and not path.exists():
            if not blank.exists():
                make(blank, create=True)
            shutil.copyfile(blank, path)
        make(path, create=create)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_bring_up_to_date", bring_up_to_date)
        yield


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Habits and places that an earlier test left on this workstation are forgotten."""
    parts = sys.modules.get("annodesk.ui.parts")
    if parts is not None:
        parts.settings().clear()


class _ErrorRecords(logging.Handler):
    """Keeps what was logged at ERROR and above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record)


@pytest.fixture(autouse=True)
def no_log_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    """An ERROR in the log fails the test, unless it is marked ``log_errors("words of the message")``."""
    expected = [words for mark in request.node.iter_markers("log_errors") for words in mark.args]
    handler = _ErrorRecords()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
    messages = [f"{record.name}: {record.getMessage()}" for record in handler.seen]
    surprises = [message for message in messages if not any(words in message for words in expected)]
    assert not surprises, f"logged at ERROR: {surprises}"


def _left_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    """Threads started since that are alive and would keep the program or its data from closing."""
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before and thread.is_alive() and (not thread.daemon or thread.name.startswith("annodesk-"))
    ]


def _visible_windows() -> list[Any]:
    """The top-level windows now shown; none where no test has imported Qt's widgets."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return []
    return [window for window in widgets.QApplication.topLevelWidgets() if window.isVisible()]


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """A thread or a visible window that outlives its test fails it."""
    threads_before = set(threading.enumerate())
    windows_before = {id(window) for window in _visible_windows()}
    yield
    deadline = time.monotonic() + THREAD_GRACE_S
    for thread in _left_threads(threads_before):
        thread.join(max(0.0, deadline - time.monotonic()))
    left_threads = [thread.name for thread in _left_threads(threads_before)]
    left_windows = []
    for window in _visible_windows():
        if id(window) not in windows_before:
            left_windows.append(f"{type(window).__name__} {window.objectName()!r} {window.windowTitle()!r}")
            window.hide()
            window.deleteLater()
    assert not left_threads, f"threads left running: {left_threads}"
    assert not left_windows, f"windows left open: {left_windows}"


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No password leaves this process, and none is left in it."""
    import keyring
    from keyring.backends.null import Keyring as NoKeyring

    from annodesk import credentials

    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    monkeypatch.setattr(credentials, "_in_memory", {})
    yield
    keyring.set_keyring(before)
