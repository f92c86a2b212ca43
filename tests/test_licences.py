"""Nothing that annodesk needs to run is under the GPL, with one exception that is named."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Permissive, weak copyleft (LGPL, MPL), and what their metadata calls them.
FREE_ENOUGH = re.compile(
    r"\b(MIT|MIT-0|BSD|0BSD|ISC|Zlib|PSF|Apache|LGPL|MPL|Mozilla Public|CC0|Python Software Foundation|Unlicense)\b"
)
GPL = re.compile(r"(?<![AL])\bA?GPL|(?<!Lesser )General Public License", re.IGNORECASE)
# Packages whose metadata says nothing; their licence files were read.
READ_BY_HAND = {"pympi-ling": "MIT"}
# Libraries that are under the GPL wherever they lie, by the start of their file names.
GPL_LIBRARIES = re.compile(
    r"^lib(x264|x265|xvidcore|postproc|fdk-aac|rubberband|vidstab|readline|gsl)\b", re.IGNORECASE
)
# docs/decisions/0003: PyAV's wheel carries an FFmpeg linked with these two.
EXCEPTION = {"av": {"libx264", "libx265"}}
# The modules of PySide6 that are under the LGPL; its wheels also hold some, such as Qt Charts, that are GPL only.
QT_MODULES = {
    "QtCore", "QtGui", "QtMultimedia", "QtMultimediaWidgets", "QtNetwork", "QtOpenGL", "QtOpenGLWidgets",
    "QtPrintSupport", "QtSvg", "QtSvgWidgets", "QtTest", "QtWidgets",
}  # fmt: skip


def closure(extras: set[str]) -> dict[str, Distribution]:
    """Every distribution that annodesk's requirements lead to, with these of its extras."""
    found: dict[str, Distribution] = {}
    visited: set[tuple[str, str]] = set()
    todo = [("annodesk", extra) for extra in {"", *extras}]
    while todo:
        name, extra = todo.pop()
        if (name, extra) in visited:
            continue
        visited.add((name, extra))
        found[name] = distribution(name)
        for text in found[name].requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                todo += [(canonicalize_name(requirement.name), inner) for inner in {"", *requirement.extras}]
    del found["annodesk"]
    return found


@pytest.fixture(scope="module")
def packages() -> dict[str, Distribution]:
    """What a person's installation holds: the engine of the pre-labels too, where it is installed."""
    try:
        distribution("llama-cpp-python")
    except PackageNotFoundError:
        return closure(set())
    return closure({"llm"})


def licence(package: Distribution) -> str:
    """What the package's metadata says its licence is."""
    metadata = package.metadata
    classifiers = [text for text in metadata.get_all("Classifier", []) if text.startswith("License ::")]
    if expression := metadata.get("License-Expression"):
        return expression
    stated = metadata.get("License") or ""
    if classifiers:
        return "; ".join(classifiers)
    return stated.strip().split("\n")[0] or READ_BY_HAND.get(canonicalize_name(package.name), "")


def choices(text: str) -> Iterator[str]:
    """The licences one may choose between, as the words of an ``A OR B`` expression."""
    yield from re.split(r"\s+OR\s+", text)


def libraries(package: Distribution) -> set[str]:
    """File names of the native libraries that lie in the package."""
    names = (PurePosixPath(str(path)).name for path in package.files or [])
    return {name for name in names if ".so" in name or name.endswith((".dll", ".dylib"))}


def test_no_package_needed_to_run_is_under_the_gpl(packages: dict[str, Distribution]) -> None:
    bound = {name: licence(package) for name, package in packages.items()}
    assert {name: text for name, text in bound.items() if all(GPL.search(choice) for choice in choices(text))} == {}


def test_every_package_needed_to_run_has_a_known_licence(packages: dict[str, Distribution]) -> None:
    assert {name for name, package in packages.items() if not FREE_ENOUGH.search(licence(package))} == set()


def test_only_pyav_carries_libraries_under_the_gpl(packages: dict[str, Distribution]) -> None:
    carried = {
        name: {match.group(0) for library in libraries(package) if (match := GPL_LIBRARIES.match(library))}
        for name, package in packages.items()
    }
    surprises = {name: found - EXCEPTION.get(name, set()) for name, found in carried.items()}
    assert {name: found for name, found in surprises.items() if found} == {}


def test_the_bundled_libraries_are_really_looked_at(packages: dict[str, Distribution]) -> None:
    assert any(name.startswith("libavcodec") for name in libraries(packages["av"]))
    assert any(name.startswith("libsndfile") for name in libraries(packages["soundfile"]))


def test_only_pyav_carries_an_ffmpeg_built_with_gpl_parts(packages: dict[str, Distribution]) -> None:
    built_with = {
        name
        for name, package in packages.items()
        for path in package.files or []
        if PurePosixPath(str(path)).name.startswith("libavutil")
        if re.search(rb"--enable-(gpl|libx26[45])", Path(str(path.locate())).read_bytes())
    }
    assert built_with == set(EXCEPTION)


def test_only_the_lgpl_modules_of_qt_are_used(repo: Path) -> None:
    used = set()
    for source in (repo / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "PySide6":
                used |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6."):
                used.add(str(node.module).split(".")[1])
            elif isinstance(node, ast.Import):
                used |= {name.name.split(".")[1] for name in node.names if name.name.startswith("PySide6.")}
    assert "QtWidgets" in used
    assert used - QT_MODULES == set()


def test_the_projects_own_licence_is_in_its_metadata() -> None:
    assert licence(distribution("annodesk")) == "Apache-2.0"
    assert [str(path) for path in distribution("annodesk").files or [] if path.name == "LICENSE"]
