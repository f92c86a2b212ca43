"""The house's rules: which layer may import which, and where each outside library lives."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Where each outside library is imported; replacing it means editing that one place. (Project file and settings
# are both TOML that keeps a person's comments.)
HOMES: dict[str, str | tuple[str, ...]] = {
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
    "shiboken6": "annodesk.ui",
    "soundfile": "annodesk.media",
    "soxr": "annodesk.media",
    "sqlalchemy": "annodesk.store",
    "tomlkit": ("annodesk.model", "annodesk.settings", "annodesk.toml"),
    "uuid6": "annodesk.model",
}
AT_HOME_EVERYWHERE = {"msgspec", "numba", "numpy", "scipy", "sklearn"}


def _is_at_home(importer: str, home: str | tuple[str, ...]) -> bool:
    homes = (home,) if isinstance(home, str) else home
    return any(f"{importer}.".startswith(f"{home}.") for home in homes)


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


def test_modules_do_not_import_each_other_in_a_circle(repo: Path) -> None:
    """What is imported for types alone, or when it is needed, does not count; so any module can be the first."""
    files = {_name_of(path.relative_to(repo / "src")): path for path in (repo / "src" / "annodesk").rglob("*.py")}
    imports = {name: _imported_at_once(path, files.keys()) - {name} for name, path in files.items()}
    assert len(tuple(TopologicalSorter(imports).static_order())) == len(files)


def _name_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imported_at_once(path: Path, known: Collection[str]) -> set[str]:
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{name.name}" for name in node.names} & set(known)
            found |= inside if len(inside) == len(node.names) else inside | {str(node.module)}
    return found & set(known)


def test_each_outside_library_is_imported_in_its_one_home(graph: grimp.ImportGraph, libraries: list[str]) -> None:
    strays = {
        f"{importer} imports {library}"
        for library in set(libraries) & HOMES.keys()
        for importer in graph.find_modules_that_directly_import(library)
        if not _is_at_home(importer, HOMES[library])
    }
    assert strays == set()


def test_every_outside_library_has_a_home(libraries: list[str]) -> None:
    assert set(libraries) - HOMES.keys() - AT_HOME_EVERYWHERE == set()


def test_everything_imported_is_in_a_lock_file(repo: Path) -> None:
    imported = set()
    for source in [*(repo / "src").rglob("*.py"), *(repo / "tests").rglob("*.py")]:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module).split(".")[0])
    outside = imported - set(sys.stdlib_module_names) - {"annodesk", "conftest", "tests"}
    carriers = packages_distributions()
    locked = "".join(path.read_text() for path in (repo / "packaging").glob("requirements*.lock"))
    unlocked = {
        name
        for name in outside
        if not any(f"\n{canonicalize_name(carrier)}==" in locked for carrier in carriers.get(name, [name]))
    }
    assert unlocked == set()


def test_the_lock_files_are_those_of_the_project_file(repo: Path) -> None:
    project = tomllib.loads((repo / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    locked = "".join(path.read_text() for path in (repo / "packaging").glob("requirements*.lock"))
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", locked, re.MULTILINE))
    wanted = [Requirement(text) for text in (*project["dependencies"], *extras["llm"], *extras["test"])]
    loose = [str(want) for want in wanted if pins.get(canonicalize_name(want.name), "0") not in want.specifier]
    assert loose == []
