"""Python's own import once Qt is there; in a process of its own, for Qt is imported once."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import builtins
from annodesk.ui.plain_imports import import_plainly
replaced = builtins.__import__.__name__
import_plainly()
import PySide6.QtWidgets
from PySide6.QtWidgets import QPushButton
import annodesk.ui.window
print(replaced, builtins.__import__.__name__)
"""


def test_qt_does_not_read_the_source_of_each_module_that_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["__feature_import__", "__lazy_import__"]
