"""The log keeps what a person is not shown, quietly, and for them alone."""

from __future__ import annotations

import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk import log, paths, settings
from annodesk.store.engine import open_local

ours_alone = pytest.mark.skipif(sys.platform == "win32", reason="permissions work differently there")


@pytest.fixture(autouse=True)
def own_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A log in a folder of this test's own."""
    root, quiet = logging.getLogger(), logging.getLogger("alembic")
    levels, handlers = (root.level, quiet.level), list(root.handlers)
    for handler in handlers:
        if isinstance(handler, logging.handlers.RotatingFileHandler):
            root.removeHandler(handler)
    for name in ("DATA", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"ANNODESK_{name}", str(tmp_path / name.lower()))
    log.start()
    yield tmp_path / "data" / "annodesk.log"
    for handler in [h for h in root.handlers if h not in handlers]:
        root.removeHandler(handler)
        handler.close()
    for handler in handlers:
        if handler not in root.handlers:
            root.addHandler(handler)
    root.setLevel(levels[0])
    quiet.setLevel(levels[1])


def test_making_a_file_is_no_news(own_log: Path, tmp_path: Path) -> None:
    open_local(tmp_path / "new.annodesk", create=True).close()
    logging.getLogger("annodesk.test").warning("something to keep")
    lines = own_log.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("WARNING annodesk.test: something to keep")


@ours_alone
def test_the_log_the_settings_and_their_folders_are_for_the_person_alone(own_log: Path, tmp_path: Path) -> None:
    logging.getLogger("annodesk.test").warning("who worked on what")
    settings.change(model="secret.gguf")
    paths.cache_dir()
    found = {
        p.name: oct(stat.S_IMODE(p.stat().st_mode)) for p in [*tmp_path.iterdir(), own_log, settings.settings_path()]
    }
    assert found == {
        "data": "0o700", "config": "0o700", "cache": "0o700", "annodesk.log": "0o600", "settings.toml": "0o600"
    }  # fmt: skip
