"""The verb doctor: whether everything annodesk needs is there."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from annodesk import __version__, paths, settings
from annodesk.cli.display import has_display
from annodesk.cli.output import json_option, show
from annodesk.errors import AnnodeskError

OLDEST_SQLITE = (3, 35)
FREE_BYTES = 1 << 30


@click.command("doctor")
@json_option
def doctor_command(as_json: bool) -> int:
    """Check this installation; says what is missing and what to do."""
    checks = [_run(name, check) for name, check in CHECKS.items()]
    ok = all(check["ok"] for check in checks if not check.get("optional"))
    lines = (f"{'ok  ' if c['ok'] else 'no  '} {c['name']}: {c['detail']}" for c in checks)
    show({"ok": ok, "checks": checks}, as_json, lambda: lines)
    return 0 if ok else 1


def _run(name: str, check: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "detail": check()}
    except (AnnodeskError, ImportError, OSError, sqlite3.Error) as error:
        found: dict[str, Any] = {"name": name, "ok": False, "detail": str(error)}
        return {**found, "optional": True} if name in OPTIONAL else found


def _annodesk() -> str:
    return f"{__version__} on Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def _sqlite() -> str:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise AnnodeskError(f"SQLite {sqlite3.sqlite_version} is too old.", "Use a newer Python.")
    with tempfile.TemporaryDirectory(dir=paths.data_dir()) as folder:
        db = sqlite3.connect(Path(folder) / "try.db")
        try:
            mode = db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        finally:
            db.close()
    if mode != "wal":
        raise AnnodeskError("The data folder cannot hold a write-ahead log.", "Keep project files on a local disk.")
    return f"{sqlite3.sqlite_version}, write-ahead log works"


def _folders() -> str:
    for folder in (paths.data_dir(), paths.cache_dir(), paths.config_dir()):
        if not os.access(folder, os.W_OK):
            raise AnnodeskError(f"{folder} cannot be written.", "Check its permissions.")
    settings.load()
    return f"data in {paths.data_dir()}"


def _room() -> str:
    free = shutil.disk_usage(paths.cache_dir()).free
    if free < FREE_BYTES:
        raise AnnodeskError(f"Only {free >> 20} MiB are free for the cache.", "Free some space.")
    return f"{free >> 30} GiB free for the cache"


def _resources() -> str:
    names = ("demo/project.toml", "prompts", "model", "help")
    for name in names:
        paths.resource(name)
    return "all shipped files are there"


def _sound() -> str:
    return _opens("sound", "clip-01.flac", "soundfile")


def _video() -> str:
    return _opens("video", "trailer.mp4", "av")


def _opens(kind: str, file: str, library: str) -> str:
    from annodesk.media import probe

    info = probe.probe(paths.resource(f"demo/{file}"))
    found = info.audio if kind == "sound" else info.video
    if not found:
        raise AnnodeskError(f"The shipped {file} shows no {kind}.", "Install annodesk again.")
    return f"{library} {version(library)} reads {found[0].codec}"


def _window() -> str:
    # Qt is asked in a process of its own: a missing system library must not end this one.
    import subprocess

    code = "from PySide6.QtWidgets import QApplication; import PySide6; QApplication([]); print(PySide6.__version__)"
    environment = dict(os.environ)
    if not has_display():
        environment["QT_QPA_PLATFORM"] = "offscreen"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise AnnodeskError(f"Qt does not start: {last}", "Run packaging/run.sh, which installs what is missing.")
    kind = "no display: offscreen only" if environment.get("QT_QPA_PLATFORM") == "offscreen" else "on this display"
    return f"Qt {done.stdout.strip()}, {kind}"


def _model() -> str:
    from annodesk.prelabel.check import check_model, embedded_model

    if importlib.util.find_spec("llama_cpp") is None:
        raise AnnodeskError("Pre-labels are off: the engine is not installed.", "Install annodesk with the extra llm.")
    shipped = embedded_model()
    facts = check_model(shipped.path, expected_sha256=shipped.sha256)
    return f"{facts.name}, {facts.size_bytes / 1e6:.1f} MB, checksum right"


CHECKS: dict[str, Callable[[], str]] = {
    "annodesk": _annodesk,
    "database": _sqlite,
    "folders": _folders,
    "room": _room,
    "shipped files": _resources,
    "sound": _sound,
    "video": _video,
    "window": _window,
    "pre-labels": _model,
}
OPTIONAL = frozenset({"pre-labels"})
"""Checks without which annodesk still works."""
