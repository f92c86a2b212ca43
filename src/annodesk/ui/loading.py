"""Libraries loaded by the system without holding the interpreter, so that the window goes on meanwhile.

Python holds its lock while the system's loader reads a library, binds its symbols and runs its initialisers. In a
background thread, which steps behind all others, that kept the window waiting for .15 to .22 s while both processors
were busy (OpenCV's, at the first small picture of a film). Loaded beforehand without the lock, the import finds the
library in place.
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ExtensionFileLoader, ModuleSpec, PathFinder
from types import ModuleType

WHOSE = frozenset({"av", "cv2", "scipy", "sklearn"})
"""Packages whose libraries ask nothing of Python while they are loaded: one that did would be without its lock."""


class LoadBeforehand:
    """Finds the extension modules of those packages as Python does, and has them loaded before they are imported."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """As a finder of ``sys.meta_path``; None leaves a module to the finders after this one."""
        if name.partition(".")[0] not in WHOSE:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and type(found.loader) is ExtensionFileLoader:
            found.loader = _Beforehand(found.loader.name, found.loader.path)
        return found


class _Beforehand(ExtensionFileLoader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        _load(self.path)
        return super().create_module(spec)


def load_beforehand() -> None:
    """From now on, in all threads."""
    if LoadBeforehand not in sys.meta_path:
        sys.meta_path.insert(0, LoadBeforehand)


def load_library(module: str) -> None:
    """Have an extension module's library loaded, and do not import it yet. For one that is silent then, see above."""
    found = importlib.util.find_spec(module)
    if found is not None and found.origin is not None:
        _load(found.origin)


def _load(path: str) -> None:
    """Have the system load a library; where it cannot, the import after this says why."""
    if sys.platform == "win32":
        try:
            ctypes.WinDLL(path)  # lets go of the interpreter by itself
        except OSError:
            return
    else:
        dlopen = ctypes.CDLL(None).dlopen
        dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        dlopen(path.encode(sys.getfilesystemencoding(), "surrogateescape"), sys.getdlopenflags())
