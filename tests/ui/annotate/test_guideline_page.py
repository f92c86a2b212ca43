"""Changed guidelines, between two tasks of a real window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from annodesk.services import Services
from tests.ui.annotate.conftest import Desk
from tests.ui.made import Made, make_file


def change_guidelines(made: Made, words: str) -> None:
    """Somebody who has the file makes another version while nobody works in it."""
    folder = made.path.parent
    text = (folder / "guidelines.md").read_text(encoding="utf-8")
    (folder / "guidelines.md").write_text(f"{text}\n# 9 Jingles\n{words}\n", encoding="utf-8")
    with Services.open(made.path) as services:
        project = services.projects.find()
        if services.guideline_changes.unread(project.id, services.people.find("Ann").id) is None:
            services.projects.init(folder / "project.toml")


def test_a_change_is_shown_before_the_next_task_and_return_goes_on(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    made = make_file(tmp_path / "file")
    change_guidelines(made, "A jingle is an advert.")
    desk = open_desk(made=made)
    page = desk.workspace.guidelines
    assert page.is_shown
    assert desk.workspace.view.work is None, "nothing is opened before it is read"
    words = [one.text() for one in page.page.findChildren(QLabel)]
    assert "The guidelines have changed: version 1 → 2" in words
    assert "9 Jingles (new)" in words
    assert "+ A jingle is an advert." in words
    desk.workspace.step_task(1)
    desk.settle()
    assert desk.workspace.view.work is None, "another task waits for it just so"
    desk.press(Qt.Key.Key_Return)
    desk.settle()
    assert not page.is_shown
    assert desk.workspace.view.work is not None


def test_it_is_shown_once(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    made = make_file(tmp_path / "file")
    change_guidelines(made, "A jingle is an advert.")
    with Services.open(made.path) as services:
        project = services.projects.find()
        services.guideline_changes.acknowledge(project.id, services.people.find("Ann").id, 2)
    desk = open_desk(made=made)
    assert not desk.workspace.guidelines.is_shown
    assert desk.workspace.view.work is not None
