"""The set-up scripts: any folder, paths with spaces, second runs, two at once, interrupted ones, missing things.

They run for real on a small checkout whose lock files name only what builds annodesk.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(600)

PROGRAM = '"""A program that says how it was called."""\nimport sys\nprint("called with", sys.argv[1:])\n'
SETTINGS = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "annodesk"
version = "0.1.0"
[tool.hatch.build]
dev-mode-dirs = ["src"]
"""


class Checkout:
    """A small checkout in a path with spaces, and what its scripts say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        self.python = Path(sys.executable)
        self.cache = folder.parent / "cache"
        self.environment = {
            name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")
        } | {"XDG_CACHE_HOME": str(self.cache), "PATH": self._path_without_compiler()}

    def _path_without_compiler(self) -> str:
        """A PATH with this Python and what the scripts call, but no compiler, no apt and no sudo."""
        tools = self.folder.parent / "tools"
        tools.mkdir()
        wanted = (
            "cat cksum cp cut dirname env flock getconf grep head id kill ldconfig mkdir mktemp mv printf rm sed sh"
        )
        for name in (*wanted.split(), "sleep", "tail", "tr", "uname"):
            if found := shutil.which(name):
                (tools / name).symlink_to(found)
        (tools / "python3").symlink_to(sys.executable)
        return str(tools)

    def start(self, script: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a script from another folder."""
        return subprocess.Popen(
            ["/bin/sh", str(self.folder / "packaging" / script), *arguments],
            cwd="/",
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script to its end from another folder."""
        with self.start(script, *arguments, **environment) as process:
            out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def lay_out(repo: Path, folder: Path) -> Checkout:
    """Copy the scripts, with a program that only says how it was called and few packages to install."""
    (folder / "packaging").mkdir(parents=True)
    for name in ("run.sh", "prepare.sh", "llama_wheel.sh", "llama_no_common.cmake", "requirements-llm.lock"):
        shutil.copy(repo / "packaging" / name, folder / "packaging")
    (folder / "packaging" / "requirements.lock").write_text("packaging\n")
    shutil.copy(repo / "packaging" / "requirements-build.lock", folder / "packaging")
    (folder / "src" / "annodesk").mkdir(parents=True)
    (folder / "src" / "annodesk" / "__init__.py").touch()
    (folder / "src" / "annodesk" / "__main__.py").write_text(PROGRAM)
    (folder / "pyproject.toml").write_text(SETTINGS)
    return Checkout(folder)


@pytest.fixture
def checkout(repo: Path, tmp_path: Path) -> Checkout:
    """Nothing prepared yet."""
    return lay_out(repo, tmp_path / "my own tools" / "annodesk")


@pytest.fixture(params=["flock", "folder"])
def locking(request: pytest.FixtureRequest, checkout: Checkout) -> Checkout:
    """A checkout on a system with flock, and on one without."""
    if request.param == "folder":
        (Path(checkout.environment["PATH"]) / "flock").unlink(missing_ok=True)
    return checkout


@pytest.fixture(scope="module")
def prepared(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Prepared by a first run, to be read only."""
    checkout = lay_out(repo, tmp_path_factory.mktemp("path") / "with two spaces" / "annodesk")
    done = checkout.run("run.sh")
    assert done.returncode == 0, done.stderr
    return checkout


def test_every_script_is_plain_shell(repo: Path) -> None:
    scripts = [*(repo / "packaging").glob("*.sh"), repo / ".ci" / "run"]
    assert len(scripts) >= 6
    for script in scripts:
        done = subprocess.run(["/bin/sh", "-n", script], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_ci_runs_the_readmes_test_command_and_nothing_else(repo: Path) -> None:
    calls = [line for line in (repo / ".ci" / "run").read_text().splitlines() if line and line[0] != "#"]
    assert calls[-1] == "exec sh packaging/test.sh"
    assert "sh packaging/test.sh" in (repo / "README.md").read_text()
    assert "sh packaging/run.sh" in (repo / "README.md").read_text()


def test_a_first_run_prepares_and_passes_the_arguments_on(checkout: Checkout) -> None:
    done = checkout.run("run.sh", "--media", "my recordings", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "called with ['demo', '--media', 'my recordings', '--json']\n"
    assert "Installing Python packages" in done.stderr
    assert (checkout.venv / "annodesk-run.stamp").exists()


def test_a_second_run_says_nothing_and_adds_less_than_two_seconds(prepared: Checkout) -> None:
    began = time.monotonic()
    done = prepared.run("run.sh", "--help")
    took_s = time.monotonic() - began
    assert done.stdout == "called with ['demo', '--help']\n"
    assert "Installing" not in done.stderr
    assert took_s < 2


def test_without_a_compiler_prelabels_are_off_in_one_sentence_and_the_demo_runs(prepared: Checkout) -> None:
    done = prepared.run("run.sh")
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if "Pre-labels are off" in line] == done.stderr.splitlines()


def test_a_changed_lock_file_is_installed(prepared: Checkout) -> None:
    lock = prepared.folder / "packaging" / "requirements.lock"
    before = lock.read_text()
    lock.write_text(before + "# one more\n")
    assert "Installing Python packages" in prepared.run("run.sh").stderr
    assert "Installing" not in prepared.run("run.sh").stderr
    lock.write_text(before)
    assert prepared.run("run.sh").returncode == 0


def test_a_moved_checkout_is_set_up_again(prepared: Checkout) -> None:
    elsewhere = prepared.folder.parent / "moved"
    shutil.copytree(prepared.folder, elsewhere, symlinks=True)
    moved = subprocess.run(
        ["/bin/sh", elsewhere / "packaging" / "run.sh"],
        env=prepared.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert moved.returncode == 0, moved.stderr
    assert "Installing annodesk itself" in moved.stderr
    told = subprocess.run(
        [elsewhere / ".venv" / "bin" / "python", "-P", "-c", "import annodesk; print(annodesk.__file__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.startswith(str(elsewhere))


def test_two_runs_at_once_both_end_well(locking: Checkout) -> None:
    with locking.start("run.sh", "one") as first, locking.start("run.sh", "two") as second:
        outputs = [process.communicate(timeout=300) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), outputs
    assert "".join(err for _, err in outputs).count("Making the environment") == 1


def test_a_killed_set_up_leaves_nothing_that_a_later_one_trusts(locking: Checkout) -> None:
    with locking.start("run.sh") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "Installing Python packages" in line:
                break
        os.killpg(process.pid, signal.SIGKILL)
    assert not (locking.venv / "annodesk-run.stamp").exists()
    done = locking.run("run.sh")
    assert done.returncode == 0, done.stderr
    assert "making it anew" in done.stderr


def test_packages_that_cannot_be_installed_end_in_a_sentence(checkout: Checkout) -> None:
    (checkout.folder / "packaging" / "requirements.lock").write_text("annodesk-has-no-such-package==1\n")
    done = checkout.run("run.sh", PIP_NO_INDEX="1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("annodesk: The Python packages could not be installed")
    assert not (checkout.venv / "annodesk-run.stamp").exists()


def test_without_python_a_plain_sentence_says_so(checkout: Checkout) -> None:
    (Path(checkout.environment["PATH"]) / "python3").unlink()
    done = checkout.run("run.sh")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("annodesk: Python 3.11 or newer is missing.")
    assert len(done.stderr.splitlines()) == 1


def test_missing_system_packages_are_named_where_there_is_no_apt(checkout: Checkout) -> None:
    ldconfig = Path(checkout.environment["PATH"]) / "ldconfig"
    ldconfig.unlink(missing_ok=True)
    ldconfig.write_text("#!/bin/sh\necho '\tlibGL.so.1 (libc6,x86-64) => /lib/libGL.so.1'\n")
    ldconfig.chmod(0o755)
    done = checkout.run("run.sh")
    lines = [line for line in done.stderr.splitlines() if "lack" in line]
    assert done.returncode == 0, done.stderr
    assert "libegl1" in lines[0]
    assert "g++ make cmake" in lines[0]
    assert "libgl1" not in lines[0]


def test_without_rights_the_exact_line_to_run_is_printed(checkout: Checkout) -> None:
    tools = Path(checkout.environment["PATH"])
    (tools / "ldconfig").unlink(missing_ok=True)
    for name, text in (
        ("apt-get", "exit 1"),
        ("ldconfig", "echo '\tlibGL.so.1 (libc6) => /lib/x'"),
        ("id", "echo 1000"),
    ):
        (tools / name).unlink(missing_ok=True)
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    done = checkout.run("run.sh")
    assert done.returncode == 1
    assert "    sudo apt-get install -y --no-install-recommends libglib2.0-0 libegl1 " in done.stderr
    assert not checkout.venv.exists()
