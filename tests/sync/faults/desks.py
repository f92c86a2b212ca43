"""Workstations that are real processes, driven from a test: asked for one thing after another, killed, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.sync.computers import with_password
from tests.team import PASSWORD, PROJECT, Team

REPO = Path(__file__).resolve().parents[3]
ANSWER_S = 60.0
"""How long a test waits for an answer before it fails; no limit of the product is measured by this."""


class Told(Exception):
    """What a workstation told its person instead of doing it."""

    def __init__(self, sentence: str, hint: str, kind: str) -> None:
        super().__init__(f"{sentence} {hint}")
        self.sentence, self.hint, self.kind = sentence, hint, kind


class DeskProcess:
    """One process of ``tests.sync.faults.desk``, and everything it has said."""

    def __init__(self) -> None:
        self.path, self.device = Path(), ""
        self.lines: list[dict[str, Any]] = []
        self._heard = threading.Condition()
        self._read, self._is_over = 0, False
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.faults.desk"],
            cwd=REPO, env={**os.environ, "PGPASSWORD": PASSWORD},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._listen, name="desk-lines", daemon=True)
        self._thread.start()

    def open(self, path: Path, device: str, *, limit_s: float = 10, ahead_s: float = 0) -> None:
        """Begin to work on a file; Told where it cannot be opened."""
        self.path, self.device = path, device
        self.ask("open", str(path), device, limit_s, ahead_s)

    def ask(self, verb: str, *arguments: Any) -> Any:
        """What the process answers; Told where it says why not."""
        self.begin(verb, *arguments)
        return self.answer()

    def begin(self, verb: str, *arguments: Any) -> None:
        """Ask without waiting for the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([verb, *arguments]) + "\n")
        self.process.stdin.flush()

    def answer(self, seconds: float = ANSWER_S) -> Any:
        """The next answer."""
        found = self._next(lambda line: "said" in line or "error" in line, seconds)
        if "error" in found:
            raise Told(found["error"], found["hint"], found["kind"])
        return found["said"]

    def heard(self, what: str, count: int, seconds: float = ANSWER_S) -> None:
        """Wait until the process has said something of a kind so many times since it started."""
        with self._heard:
            assert self._heard.wait_for(
                lambda: sum(what in line for line in self.lines) >= count or self.process.poll() is not None, seconds
            ), f"{self.device} has only said {self.lines[-5:]}"
        assert self.process.poll() is None, f"{self.device} has ended by itself"

    def edits(self) -> list[str]:
        """Ids of the Edits that it has said to be on the disk."""
        return [line["edit"] for line in self.lines if "edit" in line]

    def pause(self) -> None:
        """Stop it as sleep does."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word, wherever it is."""
        self.process.kill()
        self._end()

    def close(self) -> None:
        """Let it end in peace."""
        if self.process.poll() is None:
            self.ask("close")
        self._end()

    def _end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        self._thread.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                said = json.loads(line)
            except ValueError:
                continue  # the last line of one that was killed
            with self._heard:
                self.lines.append(said)
                self._heard.notify_all()
        with self._heard:
            self._is_over = True
            self._heard.notify_all()

    def _next(self, wanted: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any]:
        def find() -> dict[str, Any] | None:
            while self._read < len(self.lines):
                line = self.lines[self._read]
                self._read += 1
                if wanted(line):
                    return line
            return None

        with self._heard:
            found = self._heard.wait_for(lambda: find() or ({"over": True} if self._is_over else None), seconds)
        assert found, f"{self.device} has not answered"
        assert "over" not in found, f"{self.device} has ended by itself"
        return found


class Desks:
    """The workstations of a test; whatever still runs at its end is killed."""

    def __init__(self, team: Team, folder: Path) -> None:
        self.team, self.folder = team, folder
        self._made: list[DeskProcess] = []
        self._spare: DeskProcess | None = None

    def warm_up(self) -> None:
        """Have a process ready that only needs a file: starting Python takes longer than what is tested."""
        if self._spare is None:
            self._spare = self._start()

    def start(self, name: str, device: str = "", *, folder: Path | None = None, **how: Any) -> DeskProcess:
        """A workstation, as it is after its computer was switched on."""
        made, self._spare = self._spare or self._start(), None
        device = device or f"{name}-desk"
        made.open((folder or self.folder) / f"{device}.annodesk", device, **how)
        return made

    def _start(self) -> DeskProcess:
        made = DeskProcess()
        self._made.append(made)
        return made

    def join(self, name: str, device: str = "", *, url: str = "", **how: Any) -> DeskProcess:
        """A new workstation that has joined and synced once."""
        made = self.start(name, device, **how)
        made.ask("join", with_password(url or self.team.server.url(self.team.login(name), self.team.database)), PROJECT)
        made.ask("sync")
        return made

    def end(self) -> None:
        for one in self._made:
            if one.process.poll() is None:
                one.go_on()
                one.kill()


@contextmanager
def desks_of(team: Team, folder: Path) -> Iterator[Desks]:
    """Workstations of a team, for one test."""
    made = Desks(team, folder)
    try:
        yield made
    finally:
        made.end()
