"""The wheel holds everything, and works alone in an empty environment without the engine of the pre-labels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(1800)


def run(*command: object, cwd: Path, timeout_s: float = 1500) -> str:
    """Run a program that knows nothing of this checkout; what it wrote to stdout."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built with what is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, repo, cwd=folder)
    return next(folder.glob("annodesk-*.whl"))


@pytest.fixture(scope="module")
def empty_environment(repo: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel and the locked packages it needs, and nothing else."""
    folder = tmp_path_factory.mktemp("empty environment")
    run(sys.executable, "-m", "venv", folder, cwd=folder)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--only-binary", ":all:", "--constraint", repo / "packaging" / "requirements.lock", wheel, cwd=folder)
    return folder


def test_every_resource_travels_in_the_wheel(repo: Path, wheel: Path) -> None:
    wanted = {f"annodesk/{path.relative_to(repo)}" for path in (repo / "resources").rglob("*") if path.is_file()}
    assert wanted
    assert wanted - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_nothing_but_the_package_travels_in_the_wheel(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top.split("-")[0] for top in tops} == {"annodesk"}


@pytest.mark.qt
def test_the_demo_runs_from_the_wheel_alone_and_reports_no_prelabels(empty_environment: Path, tmp_path: Path) -> None:
    annodesk = empty_environment / "bin" / "annodesk"
    output = run(annodesk, "demo", "--headless", "--json", "--dir", tmp_path / "demo", cwd=tmp_path)
    told = json.loads(output)
    assert told["prelabels"] == 0
    assert told["settled"] > 0
    assert told["exported"] > 0
    assert all(Path(name).is_file() for name in told["files"] + told["screenshots"])
    assert told["screenshots"]


def test_the_command_says_in_one_sentence_that_prelabels_are_off(empty_environment: Path, tmp_path: Path) -> None:
    told = json.loads(run(empty_environment / "bin" / "annodesk", "doctor", "--json", cwd=tmp_path))
    checks = [check for check in told["checks"] if not check["ok"]]
    assert any("pre-label" in f"{check['name']} {check['detail']}".lower() for check in told["checks"]), checks
