"""The program's log: a file in the data folder that keeps what a person is not shown."""

from __future__ import annotations

import logging
import logging.handlers
from io import TextIOWrapper

from annodesk.paths import data_dir, for_owner_alone

MAX_BYTES = 2 << 20


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A log that only the person may read: it names their files and colleagues."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, opener=for_owner_alone)


def start(*, verbose: bool = False) -> None:
    """Write warnings and errors (everything where verbose) to the log file; never to the screen."""
    logger = logging.getLogger()
    if any(isinstance(h, _PrivateFile) for h in logger.handlers):
        return
    path = data_dir() / "annodesk.log"
    handler = _PrivateFile(path, maxBytes=MAX_BYTES, backupCount=2, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    # It tells of every file it looks into, which helps nobody.
    logging.getLogger("alembic").setLevel(logging.DEBUG if verbose else logging.WARNING)
