"""The Editor: a gesture is seen at once, counted until it is on the disk, and refused in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from annodesk.model import edits
from annodesk.model.annotations import Segment
from annodesk.services import Services
from annodesk.ui.jobs import Jobs
from annodesk.ui.undo import Editor
from tests.ui.made import Made, make_file

pytestmark = pytest.mark.qt
S = 1_000_000


class Work:
    """An Editor on a real file."""

    def __init__(self, made: Made) -> None:
        self.made, self.jobs = made, Jobs()
        self.services = Services.open(made.path)
        tasks = self.services.tasks
        task_id = tasks.cards(made.project_id, made.ann_id)[0].task_id
        self.task = tasks.open(made.project_id, made.ann_id, task_id)
        self.editor = Editor(self.task.session, self.services, self.jobs)
        self.refusals: list[str] = []
        self.editor.refused.connect(self.refusals.append)

    def draw(self, name: str, start_s: int, end_s: int, label: str = "speech") -> bool:
        return self.editor.stage(edits.add(Segment(name, "content", start_s * S, end_s * S, (label,))))

    def on_disk(self) -> list[str]:
        return [s.id for s in self.services.annotate.reload(self.task.set_id)[0].segments()]


@pytest.fixture
def work(qtbot: QtBot, tmp_path: Path) -> Iterator[Work]:
    made = Work(make_file(tmp_path / "file", with_model=False, items=1))
    yield made
    made.jobs.close()
    made.services.close()


def test_a_gesture_is_seen_at_once_and_saved_a_moment_later(qtbot: QtBot, work: Work) -> None:
    seen: list[int] = []
    work.editor.annotations_changed.connect(lambda annotations: seen.append(len(annotations)))
    with qtbot.waitSignal(work.editor.saved) as saved:
        assert work.draw("a", 0, 2)
        assert seen == [1]
        assert work.editor.waiting == 1
    assert saved.args[0] == work.editor.saved_at_us
    assert work.editor.waiting == 0
    assert work.on_disk() == ["a"]


def test_what_the_schema_forbids_is_refused_in_a_sentence_and_changes_nothing(qtbot: QtBot, work: Work) -> None:
    work.draw("a", 0, 2)
    assert not work.draw("b", 1, 3)
    assert not work.draw("c", 5, 6, "singing")
    assert work.refusals == ["Two segments overlap on content at 00:00:01.000.", "content has no label 'singing'."]
    qtbot.waitUntil(lambda: work.jobs.is_idle)
    assert work.on_disk() == ["a"]


def test_a_draft_that_changes_nothing_is_no_edit(work: Work) -> None:
    assert not work.editor.stage(None)
    assert not work.editor.stage(edits.Draft("nothing", ()))
    assert work.editor.waiting == 0


def test_undo_and_redo_are_stored_as_edits_of_their_own(qtbot: QtBot, work: Work) -> None:
    work.draw("a", 0, 2)
    work.draw("b", 4, 6)
    assert work.editor.undo() == "Undo: add segment."
    assert work.editor.undo() == "Undo: add segment."
    assert work.editor.undo() == "Nothing to undo."
    assert work.editor.redo() == "Redo: add segment."
    qtbot.waitUntil(lambda: work.jobs.is_idle)
    assert work.on_disk() == ["a"]
    assert len(work.services.annotate.reload(work.task.set_id)[1]) == 5


def test_an_edit_that_cannot_be_stored_brings_back_what_is_on_the_disk(qtbot: QtBot, work: Work) -> None:
    work.draw("a", 0, 2)
    qtbot.waitUntil(lambda: work.jobs.is_idle)
    work.jobs.store(work.services.tasks.skip, work.task.set_id, "lost")
    work.draw("b", 4, 6)
    work.draw("c", 7, 8)
    assert len(work.editor.annotations) == 3
    qtbot.waitUntil(lambda: work.jobs.is_idle)
    assert [s.id for s in work.editor.annotations.segments()] == ["a"]
    assert len(work.refusals) == 1
    assert work.refusals[0].endswith("Shown is what is on disk.")
    assert work.editor.waiting == 0


def test_handing_in_right_behind_an_edit_that_fails_hands_in_nothing(qtbot: QtBot, work: Work) -> None:
    work.draw("a", 0, 2)
    work.editor.stage(edits.set_answer(work.editor.annotations, "policy", ("violence",)))
    qtbot.waitUntil(lambda: work.jobs.is_idle)
    elsewhere = work.services.tasks.open(work.made.project_id, work.made.ann_id, work.task.task.id).session
    first = elsewhere.stage(edits.add(Segment("e", "content", 10 * S, 12 * S, ("music",))))
    work.jobs.store(work.services.annotate.record, first)
    work.draw("b", 4, 6)
    errors: list[Exception] = []
    work.jobs.store(work.services.tasks.submit, work.editor.annotations, on_error=errors.append)
    qtbot.waitUntil(lambda: work.jobs.is_idle)
    assert [str(error) for error in errors] == [
        "What is shown is not what is saved. Look at it once more, then do it again."
    ]
    assert [s.id for s in work.editor.annotations.segments()] == ["a", "e"]
    work.services.tasks.submit(work.editor.annotations)


def test_a_locked_set_says_why_it_cannot_be_changed(work: Work) -> None:
    work.editor.lock("You have submitted this.")
    assert not work.draw("a", 0, 2)
    assert work.refusals == ["You have submitted this."]
    assert not work.editor.can_undo
