"""The program's log: a file in the data folder that keeps what a person is not shown."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
from collections.abc import Collection
from io import TextIOWrapper
from pathlib import Path

from annodesk.paths import data_dir, for_owner_alone

MAX_BYTES = 2 << 20
BACKUPS = 2
SHORTEST_TOLD = 4
"""Shorter texts stand in lines that have nothing to do with them."""


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A log that only the person may read: it names their files and colleagues."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, opener=for_owner_alone)

    def forget(self, texts: Collection[str]) -> None:
        """Take out every line, also of older logs, in which one of these texts stands."""
        with self.lock or contextlib.nullcontext():
            if self.stream is not None:
                self.stream.close()
                self.stream = None
            _without(Path(self.baseFilename), texts)


def forget(texts: Collection[str]) -> None:
    """Take every line out of the program's log in which one of these texts stands; short ones tell nothing."""
    known = [text for text in texts if len(text) >= SHORTEST_TOLD]
    if not known:
        return
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _PrivateFile):
            handler.forget(known)
            return
    _without(data_dir() / "annodesk.log", known)


def _without(log: Path, texts: Collection[str]) -> None:
    for path in (log, *(log.with_name(f"{log.name}.{n}") for n in range(1, BACKUPS + 1))):
        if not path.is_file():
            continue
        said = path.read_text(encoding="utf-8", errors="replace")
        found = [text for text in texts if text in said]
        if found:
            lines = said.splitlines(keepends=True)
            path.write_text("".join(one for one in lines if not any(text in one for text in found)), encoding="utf-8")


def start(*, verbose: bool = False) -> None:
    """Write warnings and errors (everything where verbose) to the log file; never to the screen."""
    logger = logging.getLogger()
    if any(isinstance(h, _PrivateFile) for h in logger.handlers):
        return
    path = data_dir() / "annodesk.log"
    handler = _PrivateFile(path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    # It tells of every file it looks into, which helps nobody.
    logging.getLogger("alembic").setLevel(logging.DEBUG if verbose else logging.WARNING)
