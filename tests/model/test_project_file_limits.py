"""A project file of a stranger neither hangs annodesk, nor fills its memory, nor leads out of its folder."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from annodesk.errors import ProjectError
from annodesk.model.project_file import MAX_BYTES, parse_project, read_project

TIER = '[[tier]]\nname = "content"\nlabels = ["speech"]\n'
HEAD = 'name = "p"\n'
SOON_S = 20.0


def project_file(folder: Path, text: str) -> Path:
    path = folder / "project.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{TIER}[workflow]\nlease_hours = inf\n", "workflow.lease_hours"),
        (f"{TIER}[workflow]\nlease_hours = 1e300\n", "workflow.lease_hours"),
        (f"{TIER}[workflow]\npack_days = nan\n", "workflow.pack_days"),
        (f"{TIER}[workflow]\ntask_seconds = {'9' * 400}\n", "workflow.task_seconds"),
        ('[[question]]\nname = "q"\nkind = "rating"\nscale = [1, 100000]\n', "at most 1,000 in all"),
        (f'[[question]]\nname = "q"\nkind = "rating"\nscale = [1, {"9" * 400}]\n', "scale"),
        ("".join(f'[[tier]]\nname = "t{n}"\n' for n in range(1001)), "at most 1000 items"),
    ],
)
def test_a_number_beyond_all_use_is_refused_by_its_key(text: str, said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        parse_project(HEAD + text)


def test_many_labels_and_tiers_are_read_soon() -> None:
    labels = ", ".join(f'"label {n}"' for n in range(20_000))
    tiers = "".join(f'[[tier]]\nname = "t{n}"\n' for n in range(1000))
    began = time.process_time()
    project = parse_project(f'{HEAD}[[tier]]\nname = "a"\nlabels = [{labels}]\n')
    assert len(project.schema.tier("a").labels) == 20_000
    assert len(parse_project(HEAD + tiers).schema.tiers) == 1000
    assert time.process_time() - began < SOON_S


def test_a_project_that_is_too_large_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.toml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ProjectError, match="larger than 4 MiB"):
        read_project(path)
    with pytest.raises(ProjectError, match="larger than 4 MiB"):
        parse_project("#" * (MAX_BYTES + 1))


def test_guidelines_that_are_too_large_are_refused_without_being_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "huge.md").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ProjectError, match=r"'huge\.md' cannot be read: it is larger than 4 MiB"):
        read_project(project_file(tmp_path, f'{HEAD}guidelines = "huge.md"\n{TIER}'))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    with pytest.raises(ProjectError, match="not an ordinary file"):
        read_project(project_file(tmp_path, f'{HEAD}guidelines = "pipe.md"\n{TIER}'))
    with pytest.raises(ProjectError, match="not an ordinary file"):
        read_project(tmp_path / "pipe.md")


@pytest.mark.parametrize("name", ["../secret.md", "link.md", "/etc/hostname"])
def test_guidelines_outside_the_project_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.md").write_text("secret", encoding="utf-8")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(ProjectError, match="leaves the project's folder"):
        read_project(project_file(folder, f'{HEAD}guidelines = "{name}"\n{TIER}'))


def test_a_name_no_file_can_have_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"line 2: guidelines: .* cannot be read"):
        read_project(project_file(tmp_path, f'{HEAD}guidelines = "a\\u0000b"\n{TIER}'))
