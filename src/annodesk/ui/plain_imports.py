"""Imports that cost what they cost without Qt."""

from __future__ import annotations

import builtins

import PySide6.QtCore  # noqa: F401  (it puts an import of its own in Python's place)


def import_plainly() -> None:
    """Take PySide6's own ``import`` out again: it reads the source of each module for a mention of PySide6.

    It does so for ``from __feature__ import``, which is used nowhere here, and takes .3 of 1.4 s of a start's imports.
    """
    beneath = getattr(builtins, "__orig_import__", None)
    if beneath is not None:
        builtins.__import__ = beneath
