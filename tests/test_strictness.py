"""The suite's own rules: what a test may not leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def strict(pytester: pytest.Pytester, repo: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with this suite's conftest and settings, and shared data that is there."""
    pytester.makeconftest((repo / "tests" / "conftest.py").read_text())
    pytester.makepyprojecttoml((repo / "pyproject.toml").read_text())
    monkeypatch.setenv("ANNODESK_SHARED", str(pytester.mkdir("shared")))
    return pytester


def outcomes(strict: pytest.Pytester, source: str, *args: str) -> dict[str, int]:
    """Run one test module in a process of its own."""
    module = strict.makepyfile(source)
    return strict.runpytest_subprocess(str(module), *args).parseoutcomes()


def test_an_error_in_the_log_fails_the_test(strict: pytest.Pytester) -> None:
    assert outcomes(strict, "import logging\ndef test_it(): logging.getLogger('annodesk').error('lost')") == {
        "passed": 1,
        "errors": 1,
    }


def test_an_error_in_the_log_that_was_announced_passes(strict: pytest.Pytester) -> None:
    source = """
        import logging
        import pytest
        @pytest.mark.log_errors("lost")
        def test_it(): logging.getLogger("annodesk").error("the model is lost")
    """
    assert outcomes(strict, source) == {"passed": 1}


def test_a_warning_fails_the_test(strict: pytest.Pytester) -> None:
    assert outcomes(strict, "import warnings\ndef test_it(): warnings.warn('old')") == {"failed": 1}


def test_a_thread_left_running_fails_the_test(strict: pytest.Pytester) -> None:
    source = """
        import threading
        import conftest
        conftest.THREAD_GRACE_S = 0.1
        stop = threading.Event()
        def test_it(): threading.Thread(target=stop.wait, name="annodesk-peaks", daemon=True).start()
        def test_next(): stop.set()
    """
    assert outcomes(strict, source) == {"passed": 2, "errors": 1}


@pytest.mark.qt
def test_a_window_left_open_fails_the_test_and_not_the_next(strict: pytest.Pytester) -> None:
    source = """
        from PySide6.QtWidgets import QWidget
        kept = []
        def test_it(qapp):
            kept.append(QWidget())
            kept[0].show()
        def test_next(qapp): pass
    """
    assert outcomes(strict, source) == {"passed": 2, "errors": 1}


@pytest.mark.qt
def test_a_qt_warning_fails_the_test(strict: pytest.Pytester) -> None:
    source = """
        from PySide6.QtCore import qWarning
        def test_it(qapp): qWarning("painter not active")
    """
    assert outcomes(strict, source) == {"failed": 1}


def test_a_skip_is_a_failure_where_the_shared_data_is_there(strict: pytest.Pytester) -> None:
    source = "import pytest\ndef test_it(shared): pytest.skip('no codec')\ndef test_other(): pytest.skip('no strace')"
    assert outcomes(strict, source) == {"failed": 1, "skipped": 1}


def test_the_shared_tests_skip_where_the_data_is_absent(
    strict: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNODESK_SHARED", str(strict.path / "nowhere"))
    assert outcomes(strict, "def test_it(shared): pass") == {"skipped": 1}


def test_slow_tests_run_only_when_asked(strict: pytest.Pytester) -> None:
    source = "import pytest\n@pytest.mark.slow\ndef test_it(): pass"
    assert outcomes(strict, source) == {"skipped": 1}
    assert outcomes(strict, source, "--slow") == {"passed": 1}


def test_the_persons_own_folders_are_not_touched(strict: pytest.Pytester) -> None:
    source = """
        import os
        def test_it(tmp_path_factory):
            base = str(tmp_path_factory.getbasetemp())
            assert all(os.environ[f"ANNODESK_{name}"].startswith(base) for name in ("DATA", "CACHE", "CONFIG"))
    """
    assert outcomes(strict, source) == {"passed": 1}
