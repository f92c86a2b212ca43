"""The program's log: a file in the data folder that keeps what a person is not shown."""

from __future__ import annotations

import logging
import logging.handlers

from annodesk.paths import data_dir

MAX_BYTES = 2 << 20


def start(*, verbose: bool = False) -> None:
    """Write warnings and errors (everything where verbose) to the log file; never to the screen."""
    logger = logging.getLogger()
    if any(isinstance(h, logging.handlers.RotatingFileHandler) for h in logger.handlers):
        return
    path = data_dir() / "annodesk.log"
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=MAX_BYTES, backupCount=2, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
