"""Writes the lock files from what is installed: every package that annodesk's requirements lead to, pinned.

Run it in an environment where the wanted versions work: ``.venv/bin/python packaging/lock.py``.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parent
# what builds annodesk, and llama-cpp-python
BUILD_TOOLS = ["hatchling", "scikit-build-core"]


def closure(wanted: list[str]) -> dict[str, str]:
    """Name and installed version of everything that the requirements lead to, on this platform."""
    pins: dict[str, str] = {}
    visited: set[tuple[str, str]] = set()
    todo = [(Requirement(text), "") for text in wanted]
    while todo:
        requirement, extra = todo.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        pins[name] = version(name)
        for inner in {"", *requirement.extras}:
            if (name, inner) not in visited:
                visited.add((name, inner))
                todo += [(Requirement(text), inner) for text in requires(name) or []]
    return pins


def main() -> None:
    """Write requirements.lock and, without what stands there already, those for the extras and the build."""
    with open(HERE.parent / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    extras = project["optional-dependencies"]
    base = closure(project["dependencies"])
    locks = {
        "requirements.lock": base,
        "requirements-build.lock": _without(base, closure(BUILD_TOOLS)),
        "requirements-llm.lock": _without(base, closure(extras["llm"])),
        "requirements-test.lock": _without(base, closure(extras["test"])),
    }
    for name, pins in locks.items():
        lines = [f"{package}=={pin}\n" for package, pin in sorted(pins.items())]
        (HERE / name).write_text("# Written by packaging/lock.py; do not edit.\n" + "".join(lines))


def _without(base: dict[str, str], pins: dict[str, str]) -> dict[str, str]:
    return {package: pin for package, pin in pins.items() if package not in base}


if __name__ == "__main__":
    main()
