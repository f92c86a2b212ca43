"""Model files for the engine's tests: the shipped one, and one made by others."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.prelabel.check import embedded_model
from annodesk.prelabel.engine import Engine
from tests.model_files import write_recurrent_model


@pytest.fixture
def installed() -> None:
    """Skips where the optional engine is not installed; packaging/test.sh always installs it."""
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("the extra llm is not installed")


@pytest.fixture
def small_model(tmp_path: Path) -> Path:
    """A copy of the shipped model under a path of its own, so that what happens to it is remembered for no other."""
    path = tmp_path / "small model.gguf"
    shutil.copyfile(embedded_model().path, path)
    return path


@pytest.fixture
def story_model(shared: Path) -> Path:
    """A model made by others whose vocabulary joins words across the cut between prompt and label."""
    return shared / "data" / "models" / "stories260K.gguf"


@pytest.fixture
def engine(installed: None, small_model: Path) -> Iterator[Engine]:
    with Engine(small_model) as engine:
        yield engine


@pytest.fixture(scope="session")
def recurrent_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose state cannot be shared between labels; its weights mean nothing."""
    return write_recurrent_model(tmp_path_factory.mktemp("models") / "recurrent.gguf")
