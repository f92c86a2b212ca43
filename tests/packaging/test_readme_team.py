"""The README's ten-minute team set-up, tried word for word at a terminal, and a window that joins."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.store.private_server import PrivateServer
from tests.packaging.terminal import terminal
from tests.postgres import binaries_or_skip, ended_with_us, private_folder
from tests.ui.team.windows import windows

pytestmark = [
    pytest.mark.qt,
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no terminal to sit at"),
]
SECTION = "## A team in ten minutes"
PASSWORDS = {"max": "max alone knows", "coordinator": "coordinator alone knows"}


def blocks(repo: Path) -> list[list[str]]:
    """The section's commands, block by block, without what is remarked beside them."""
    text = (repo / "README.md").read_text(encoding="utf-8")
    section = text.partition(SECTION)[2].partition("\n## ")[0]
    found = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [[line.partition("  #")[0].rstrip() for line in block.splitlines() if line.strip()] for block in found]


@pytest.fixture
def desk(repo: Path) -> Iterator[Path]:
    """A folder with what the README says is needed, a home, and the command ``annodesk``."""
    binaries_or_skip()
    with private_folder() as folder, ended_with_us(folder):
        for name in ("data", "config", "cache", "bin", "work", "work/recordings"):
            (folder / name).mkdir(mode=0o755)
        demo = repo / "resources" / "demo"
        for name in ("project.toml", "guidelines.md"):
            shutil.copy(demo / name, folder / "work" / name)
        for number in (1, 2):
            shutil.copy(demo / f"clip-0{number}.flac", folder / "work" / "recordings")
        command = folder / "bin" / "annodesk"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m annodesk "$@"\n')
        command.chmod(0o755)
        yield folder
        PrivateServer(folder / "data" / "server").stop(at_once=True)


def environment(folder: Path) -> dict[str, str]:
    own = {f"ANNODESK_{name.upper()}": str(folder / name) for name in ("data", "config", "cache")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANNODESK_")}
    return {**kept, **own, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "QT_QPA_PLATFORM": "offscreen"}


def test_the_team_of_the_readme_comes_together(repo: Path, desk: Path) -> None:
    started, brought, invited, works, seen, ended = blocks(repo)
    port = int(re.search(r"--port (\d+)", " ".join(started))[1])  # type: ignore[index]
    with socket.socket() as free:
        if free.connect_ex(("127.0.0.1", port)) == 0:
            pytest.skip(f"something else listens at port {port} of this computer")
    began = time.monotonic()
    with (
        terminal(desk / "work", environment(desk), PASSWORDS) as at_desk,
        terminal(desk / "work", environment(desk), PASSWORDS) as of_worker,
    ):
        for command in (*started, *brought, *invited):
            at_desk.run(command)
        files = sorted(path.name for path in (desk / "work").glob("*.annodesk-invitation"))
        assert files == ["ada.annodesk-invitation", "ana.annodesk-invitation", "ben.annodesk-invitation"]
        (worker,) = works
        of_worker.begin(worker)
        of_worker.wait_for("The worker runs")
        with windows(desk / "people", "ada", env=environment(desk)) as (ada,):
            came = ada.join(str(desk / "work" / "ada.annodesk-invitation"), "ada alone knows")
            assert (came["who"], came["project"]) == ("Ada", "small-rooms")
            assert ada.wait_task() in ("clip-01", "clip-02")
            assert ada.hears(), "the recordings are found on the computer that published them"
            assert ada.quit() == []
        said = [at_desk.run(command) for command in seen]
        assert "small-rooms: 0 of 2 items settled" in said[1]
        assert "2 annotators, 1 analyst, 1 manager" in said[1]
        assert "as they should be" in said[2]
        of_worker.interrupt()
        for command in ended:
            at_desk.run(command)
    assert time.monotonic() - began < 600


def test_the_commands_of_the_section_are_commands(repo: Path) -> None:
    """Where no server is there to try them, at least each is known with all its options."""
    for command in (line for block in blocks(repo) for line in block):
        words = [word for word in command.split() if not word.startswith(("--", "postgresql:"))]
        verb = words[1:3] if words[1] == "server" else words[1:2]
        done = subprocess.run(
            [sys.executable, "-m", "annodesk", *verb, "--help"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, command
        for option in re.findall(r"--[a-z-]+", command):
            assert option in done.stdout, command
