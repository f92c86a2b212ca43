"""Hands over to the window or to the command line; imports nothing heavy before it knows which."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from types import ModuleType

LONG, STEPS_BACK = ("prelabel",), 10
"""Commands that compute for long let whoever works at the computer go first, and how far."""
BLAS_PATIENCE = "OPENBLAS_THREAD_TIMEOUT", "4"
"""The threads of numpy's matrix products (OpenBLAS, which reads this once) sleep as soon as there is nothing for them
to do. By default they go on looking, 65 ms of a processor at each import of numpy, and after each product."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window without arguments or on one project file; else run a command. Returns the exit code."""
    os.environ.setdefault(*BLAS_PATIENCE)
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or (len(given) == 1 and given[0].endswith(".annodesk")):
        from annodesk.cli.display import has_display

        # Qt ends the process where it finds none, unless a platform without one is asked for.
        if not (has_display() or os.environ.get("QT_QPA_PLATFORM")):
            print("annodesk: There is no display to open the window on.", file=sys.stderr)
            print("Use the commands (annodesk --help), or start it on a desktop.", file=sys.stderr)
            return 1
        code: int = _window().run(given[0] if given else os.environ.get("ANNODESK_DB") or None)
        return code
    from annodesk.cli.main import run

    if arguments is None and given[0] in LONG:
        from annodesk.progress import step_back

        step_back(STEPS_BACK)
    return run(given, window=_window)


def _window() -> ModuleType:
    # What is imported stays: walking it again and again takes a fifth of that time. The window collects for itself.
    gc.disable()
    from annodesk.ui.plain_imports import import_plainly

    import_plainly()
    from annodesk.ui import app

    return app


if __name__ == "__main__":
    sys.exit(main())
