"""A terminal with a shell in it: commands are typed as they are written, and questions answered."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

LIMIT_S = 120.0
_ANSWERED = re.compile(r"exit-code (\d+)\r?\n")


class Terminal:
    """Types lines into a shell; what asks for a password is answered by whose it is."""

    def __init__(self, folder: Path, environment: Mapping[str, str], passwords: Mapping[str, str]) -> None:
        self._passwords, self._read, self._told = passwords, "", 0
        self._pid, self._file = pty.fork()
        if self._pid == 0:  # the shell
            os.chdir(folder)
            os.execvpe("/bin/sh", ["sh"], {**environment, "PS1": "", "PS2": "", "COLUMNS": "200"})
        self.run("stty -echo")

    def run(self, command: str) -> str:
        """Type a command, and wait for its end; what it said. AssertionError where it failed."""
        self.begin(f"{command}; printf 'exit-code %s\\n' $?")  # on one line: a question for a password drops others
        start, deadline = self._told, time.monotonic() + LIMIT_S
        while (found := _ANSWERED.search(self._read, start)) is None:
            assert time.monotonic() < deadline, f"{command}: no end, but {self._read[start:][-800:]!r}"
            self._take(0.2)
            self._answer()
        said, self._told = self._read[start : found.start()].replace("\r\n", "\n"), found.end()
        assert found[1] == "0", f"{command}: {said}"
        return said

    def begin(self, command: str) -> None:
        """Type a command that goes on."""
        os.write(self._file, f"{command}\n".encode())

    def wait_for(self, words: str) -> None:
        """Until something stands in the terminal."""
        deadline = time.monotonic() + LIMIT_S
        while words not in self._read:
            assert time.monotonic() < deadline, f"{words!r} was never said, but {self._read[-800:]!r}"
            self._take(0.2)
            self._answer()

    def interrupt(self) -> None:
        """Press Ctrl+C."""
        os.write(self._file, b"\x03")

    def close(self) -> None:
        """Close the terminal; what runs in it ends."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGHUP)
        os.close(self._file)
        os.waitpid(self._pid, 0)

    def _take(self, seconds: float) -> None:
        if select.select([self._file], [], [], seconds)[0]:
            self._read += os.read(self._file, 65_536).decode(errors="replace")

    def _answer(self) -> None:
        """Answer what is asked at the end of all that was said: a login's own password."""
        last = self._read[self._told :].splitlines()[-1:] or [""]
        asked = last[0].strip()
        if asked.startswith(("Password", "Repeat for confirmation")) and asked.endswith(":"):
            names = [name for name in self._passwords if re.search(rf"\b{name}\b", self._read[self._told :])]
            assert names, asked
            self._read += "\n"  # answered
            os.write(self._file, f"{self._passwords[names[-1]]}\n".encode())


@contextmanager
def terminal(folder: Path, environment: Mapping[str, str], passwords: Mapping[str, str]) -> Iterator[Terminal]:
    """A terminal that is there inside the block."""
    made = Terminal(folder, environment, passwords)
    try:
        yield made
    finally:
        made.close()
