"""Starts people at windows of their own, each in a process with its own folders, and tells them what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[3]


class WindowProcess:
    """Somebody's window in a process of its own; what is asked of it is one of the methods of `person.Person`."""

    def __init__(self, name: str, folder: Path, env: dict[str, str] | None = None) -> None:
        self.name, self.folder = name, folder
        folder.mkdir(parents=True)
        self.said = folder / "stderr.txt"
        with self.said.open("w") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.ui.team.person"],
                cwd=REPO,
                env=env or own_folders(folder),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        self._is_ready = False

    def __getattr__(self, order: str) -> Any:
        return lambda *values: self.ask(order, *values)

    def ask(self, order: str, *values: object) -> Any:
        """Have something done, and wait for it."""
        self.tell(order, *values)
        return self.answer()

    def tell(self, order: str, *values: object) -> None:
        """Have something begun."""
        assert self._process.stdin is not None
        if not self._is_ready:
            self._read()
            self._is_ready = True
        self._process.stdin.write(json.dumps({"do": order, "with": values}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """What came of it; AssertionError with what the window said where it could not be done."""
        answer = self._read()
        assert "error" not in answer, f"{self.name}: {answer['error']}\n{self.said.read_text()}"
        return answer["answer"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"{self.name}'s window is gone:\n{self.said.read_text()}"
        return dict(json.loads(line))

    def end(self) -> None:
        """End the process, whatever it does."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def own_folders(folder: Path) -> dict[str, str]:
    """The environment of somebody whose data, settings and cache lie in a folder of their own."""
    places = {f"ANNODESK_{name}": str(folder / name.lower()) for name in ("DATA", "CONFIG", "CACHE")}
    for place in places.values():
        Path(place).mkdir(parents=True, exist_ok=True)
    return {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen"}


@contextmanager
def windows(folder: Path, *names: str, env: dict[str, str] | None = None) -> Iterator[list[WindowProcess]]:
    """Windows that are open inside the block; of one account with ``env``, else each with folders of its own."""
    opened: list[WindowProcess] = []
    try:
        for name in names:
            opened.append(WindowProcess(name, folder / name, env))
        yield opened
    finally:
        for window in opened:
            window.end()


def at_once(*jobs: tuple[WindowProcess, str, tuple[object, ...]]) -> list[Any]:
    """Have several people do something at one time; what came of it, in order."""
    for window, order, values in jobs:
        window.tell(order, *values)
    return [window.answer() for window, _, _ in jobs]


@contextmanager
def running_worker(url: str, password: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A team's worker in a process of its own; its password comes from libpq's passfile."""
    folder.mkdir()
    passfile = folder / "pgpass"
    passfile.write_text(f"*:*:*:*:{password}\n")
    passfile.chmod(0o600)
    env = own_folders(folder) | {"PGPASSFILE": str(passfile), "PYTHONUNBUFFERED": "1"}
    words = [sys.executable, "-m", "annodesk", "worker", "--db", url]
    worker = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said: list[str] = []
    assert worker.stdout is not None
    reader = threading.Thread(target=lambda: said.extend(worker.stdout or ()), name="worker-words")
    reader.start()
    try:
        yield worker
        assert worker.poll() is None, "".join(said)
    finally:
        worker.terminate()
        worker.wait(30)
        reader.join(10)
        worker.stdout.close()
        print("the worker said:", *said, sep="\n")  # shown where a test fails
