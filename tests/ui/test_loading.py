"""Libraries loaded without the interpreter; in processes of their own, for a library is loaded once."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from annodesk.ui import loading

_IMPORTS = """
import sys
from annodesk.ui.loading import LoadBeforehand, load_beforehand
load_beforehand()
load_beforehand()
import av, cv2, numpy, scipy.signal, sklearn.linear_model
print(sys.meta_path.count(LoadBeforehand), type(sys.modules["scipy.signal._sosfilt"].__spec__.loader).__name__,
      type(numpy._core._multiarray_umath.__spec__.loader).__name__)
print(cv2.cvtColor(numpy.zeros((2, 2, 3), numpy.uint8), cv2.COLOR_BGR2GRAY).shape, av.Codec("mjpeg", "r").name)
"""
# The system waits in opening a pipe as a library until somebody opens its other end, which this interpreter does.
_RUNS_ON = """
import os, sys, threading
from annodesk.ui.loading import _load
loading = threading.Thread(target=_load, args=(sys.argv[1],))
loading.start()
with open(sys.argv[1], "wb"):
    pass
loading.join()
print("ran on")
"""


def _said(code: str, *args: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


def test_modules_whose_libraries_are_loaded_beforehand_work_as_before() -> None:
    loaders, used = _said(_IMPORTS)
    assert loaders == "1 _Beforehand ExtensionFileLoader"
    assert used == "(2, 2) mjpeg"


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe there has no path of its own")
def test_the_interpreter_goes_on_while_a_library_is_loaded(tmp_path: Path) -> None:
    pipe = tmp_path / "library.so"
    os.mkfifo(pipe)
    assert _said(_RUNS_ON, str(pipe)) == ["ran on"]


@pytest.mark.parametrize("name", ["broken.so", "missing.so"])
def test_a_library_that_cannot_be_loaded_is_left_to_its_import(tmp_path: Path, name: str) -> None:
    (tmp_path / "broken.so").write_bytes(b"no library")
    loader = loading._Beforehand("library", str(tmp_path / name))
    spec = importlib.util.spec_from_loader("library", loader)
    assert spec is not None
    with pytest.raises(ImportError, match=name):
        importlib.util.module_from_spec(spec)


def test_a_library_that_is_not_there_is_left_to_its_import() -> None:
    loading.load_library("annodesk.no_such_module")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        importlib.import_module("annodesk.no_such_module")
