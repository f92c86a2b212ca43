"""The house's rules: which layer may import which, and where each outside library lives."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

# Where each outside library is imported; replacing it means editing that one place.
HOMES = {
    "PySide6": "annodesk.ui",
    "alembic": "annodesk.store",
    "app_model": "annodesk.ui",
    "av": "annodesk.media",
    "click": "annodesk.cli",
    "cv2": "annodesk.media",
    "dask": "annodesk.batch",
    "distributed": "annodesk.batch",
    "filelock": "annodesk.store",
    "fsspec": "annodesk.media",
    "gguf": "annodesk.prelabel",
    "huggingface_hub": "annodesk.prelabel",
    "keyring": "annodesk.credentials",
    "librosa": "annodesk.media",
    "llama_cpp": "annodesk.prelabel",
    "platformdirs": "annodesk.paths",
    "praatio": "annodesk.formats",
    "psycopg": "annodesk.store",
    "pyarrow": "annodesk.formats",
    "pympi": "annodesk.formats",
    "pyqtgraph": "annodesk.ui",
    "pysubs2": "annodesk.formats",
    "qtawesome": "annodesk.ui",
    "rich": "annodesk.cli",
    "soundfile": "annodesk.media",
    "soxr": "annodesk.media",
    "sqlalchemy": "annodesk.store",
    "tomlkit": "annodesk.model",
    "uuid6": "annodesk.model",
}
AT_HOME_EVERYWHERE = {"numba", "numpy", "pydantic", "scipy", "sklearn"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("annodesk", include_external_packages=True, cache_dir=None)


@pytest.fixture(scope="module")
def libraries(graph: grimp.ImportGraph) -> list[str]:
    """Every outside library that annodesk imports by itself."""
    outside = {name for name in graph.modules if graph.is_module_squashed(name)}
    return sorted(outside - set(sys.stdlib_module_names))


def test_a_layer_imports_only_from_layers_below_it(repo: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=repo, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_outside_library_is_imported_in_its_one_home(graph: grimp.ImportGraph, libraries: list[str]) -> None:
    strays = {
        f"{importer} imports {library}"
        for library in set(libraries) & HOMES.keys()
        for importer in graph.find_modules_that_directly_import(library)
        if not f"{importer}.".startswith(f"{HOMES[library]}.")
    }
    assert strays == set()


def test_every_outside_library_has_a_home(libraries: list[str]) -> None:
    assert set(libraries) - HOMES.keys() - AT_HOME_EVERYWHERE == set()


def test_what_the_tests_need_is_named_in_the_project_file(repo: Path) -> None:
    project = tomllib.loads((repo / "pyproject.toml").read_text())["project"]
    locked = "".join(path.read_text() for path in (repo / "packaging").glob("requirements*.lock"))
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["test"],
        *project["optional-dependencies"]["llm"],
    ]
    names = [name.split(">")[0].lower() for name in wanted]
    assert [name for name in names if f"\n{name}==" not in locked] == []
