"""The first steps by keys alone: every one done or skipped, nothing left behind, and found again by their name."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk import paths
from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.services.folders import Looked
from annodesk.ui import theme
from annodesk.ui.first.practice import PracticePage
from annodesk.ui.first.workspace import FirstSteps, has_taken
from annodesk.ui.jobs import Jobs
from annodesk.ui.keys import bindings
from annodesk.ui.keys.choice import Choice
from annodesk.ui.parts import settings
from annodesk.ui.window import MainWindow
from tests.ui.made import Made, make_file

pytestmark = pytest.mark.qt

Key, Mod = Qt.Key, Qt.KeyboardModifier
CTRL, SHIFT, NONE = Mod.ControlModifier, Mod.ShiftModifier, Mod.NoModifier


class Newcomer:
    """Somebody with a keyboard and no mouse."""

    def __init__(self, qtbot: QtBot, made: Made) -> None:
        self.qtbot, self.made = qtbot, made
        self.window = MainWindow(Jobs(), made.path, person="Ann")
        qtbot.addWidget(self.window)
        self.window.resize(1280, 720)
        self.window.show()
        self.window.activateWindow()
        self.wait()

    @property
    def steps(self) -> FirstSteps:
        steps = self.window.workspace
        assert isinstance(steps, FirstSteps)
        return steps

    @property
    def clip(self) -> PracticePage:
        page = self.steps.page
        assert isinstance(page, PracticePage)
        return page

    def wait(self) -> None:
        window = self.window
        self.qtbot.waitUntil(lambda: window.is_idle() and window.workspace is not None, timeout=20_000)
        self.qtbot.waitUntil(lambda: window.workspace.is_idle() and not window.workspace.keys.is_deaf, timeout=20_000)

    def press(self, *keys: Key, mod: Mod = NONE) -> None:
        for key in keys:
            self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, mod)
            self.wait()

    def type(self, text: str) -> None:
        self.qtbot.keyClicks(QApplication.focusWidget(), text)

    def do(self, words: str) -> None:
        self.press(Key.Key_K, mod=CTRL)
        self.type(words)
        self.press(Key.Key_Return)

    def skip(self) -> None:
        self.press(Key.Key_F, mod=CTRL | SHIFT)

    def go_to(self, seconds: float) -> None:
        self.press(Key.Key_G, mod=CTRL)
        self.type(f"{seconds} s")
        self.press(Key.Key_Return)

    def hand_in(self) -> None:
        clip = self.clip
        self.press(Key.Key_Return, mod=CTRL)
        dialog = clip.workspace.listening.dialog if clip.workspace is not None else None
        if dialog is not None and dialog.isVisible():
            self.press(Key.Key_Return, mod=CTRL)
        self.qtbot.waitUntil(lambda: clip.is_judged, timeout=20_000)

    def verdict(self) -> str:
        return f"{self.clip.after.title.text()} {self.clip.after.words.text()}"


@pytest.fixture
def newcomer(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Newcomer]:
    theme.apply(qapp, "dark", text_scale=1.0)
    made = make_file(tmp_path / "file", items=1, overlap=2, with_text=False, with_model=False, show="never")
    come = Newcomer(qtbot, made)
    yield come
    come.window.close()
    bindings.current().save(Choice())
    settings().remove("first-steps")


def left_behind() -> list[str]:
    return [path.name for path in paths.cache_dir().iterdir() if path.name.startswith(("practice-", "tone-"))]


def test_the_whole_way_by_keys_ends_with_the_first_task_open(newcomer: Newcomer) -> None:
    began = time.monotonic()
    newcomer.do("first steps")
    steps = newcomer.steps
    assert newcomer.window.strip.item.whole() == "First steps · 1 of 6"

    newcomer.press(Key.Key_Space)
    assert "Play or pause" in steps.keys_page.said.text()
    newcomer.press(Key.Key_Tab, Key.Key_Down)
    assert bindings.current().choice.preset == "elan"
    newcomer.press(Key.Key_Up)
    newcomer.press(Key.Key_Return)

    assert steps.page is steps.sound_page
    newcomer.press(Key.Key_Space)
    newcomer.qtbot.waitUntil(lambda: bool(steps.sound_page.said.text()), timeout=20_000)
    newcomer.press(Key.Key_Space, Key.Key_Return)

    # One sound: drawn at the playhead, its edges put where it begins and ends.
    assert newcomer.clip.number == 0
    assert newcomer.clip.coach.done() == [False] * 4
    newcomer.press(Key.Key_Space)
    newcomer.press(Key.Key_Space)
    newcomer.go_to(2)
    newcomer.press(Key.Key_N, Key.Key_1)
    newcomer.go_to(5)
    newcomer.press(Key.Key_BracketRight)
    assert newcomer.clip.coach.done() == [True, True, True, False]
    newcomer.hand_in()
    assert newcomer.verdict() == "All right. The furthest edge is 0 s off."
    newcomer.press(Key.Key_Return)

    # One after the other: a label is wrong, said so, and done once more.
    for labels, verdict in (
        (Key.Key_2, "Nearly. From 7.5 to 12 s you said noise; it is tone."),
        (Key.Key_1, "All right. The furthest edge is 0 s off."),
    ):
        assert newcomer.clip.number == 1
        for at, key in ((4, Key.Key_1), (7.5, Key.Key_2), (12, labels)):
            newcomer.go_to(at)
            newcomer.press(Key.Key_E, key)
        assert newcomer.clip.coach.done() == [True, True, True, False]
        newcomer.hand_in()
        assert newcomer.verdict() == verdict
        if labels == Key.Key_2:
            newcomer.press(Key.Key_Backtab, Key.Key_Space)
    newcomer.press(Key.Key_Return)

    # The model's word for it: taken, corrected, and the question answered.
    assert newcomer.clip.number == 2
    newcomer.press(Key.Key_Y, Key.Key_Y, Key.Key_Y)
    newcomer.go_to(6)
    view = newcomer.clip.workspace.view
    middle = [s.id for s in view.annotations.segments("sounds") if s.start_us == 4_500_000]
    while view.timeline.selection[1] != frozenset(middle):
        newcomer.press(Key.Key_Tab)
    newcomer.press(Key.Key_1, Key.Key_W)
    assert newcomer.clip.coach.done() == [True, True, True, False]
    newcomer.hand_in()
    assert newcomer.verdict() == "All right. The furthest edge is 0 s off."
    newcomer.press(Key.Key_Return)

    assert steps.page is steps.end_page
    newcomer.press(Key.Key_Return)
    assert newcomer.window.workspace.title() == "episode-118"
    assert time.monotonic() - began < 300
    assert has_taken(newcomer.window.context.person_id)
    newcomer.wait()
    assert left_behind() == []
    with Services.open(newcomer.made.path, read_only=True) as services:
        assert len(services.projects.list()) == 1
        assert [item.key for item in services.items.every(newcomer.made.project_id)] == ["episode-118"]


def test_each_step_is_skipped_by_one_key(newcomer: Newcomer) -> None:
    newcomer.do("first steps")
    seen = []
    while isinstance(newcomer.window.workspace, FirstSteps):
        seen.append(type(newcomer.steps.page).__name__)
        newcomer.skip()
    assert seen == ["KeysPage", "SoundPage", "PracticePage", "PracticePage", "PracticePage", "EndPage"]
    newcomer.wait()
    assert left_behind() == []


def test_escape_leaves_out_a_page_and_the_rest_is_skipped_by_name(newcomer: Newcomer) -> None:
    newcomer.do("first steps")
    newcomer.press(Key.Key_Escape, Key.Key_Escape)
    assert newcomer.clip.number == 0
    newcomer.do("skip the rest")
    assert newcomer.window.workspace.title() == "episode-118"
    newcomer.do("first steps")
    assert newcomer.steps.page is newcomer.steps.keys_page, "they can be begun again"


def test_another_workspace_ends_a_clip_and_coming_back_begins_anew(newcomer: Newcomer) -> None:
    newcomer.do("first steps")
    newcomer.skip()
    newcomer.skip()
    assert newcomer.clip.workspace is not None
    newcomer.press(Key.Key_F6)
    newcomer.wait()
    assert left_behind() == []
    newcomer.do("first steps")
    assert newcomer.steps.page is newcomer.steps.keys_page


def test_a_clip_that_is_skipped_in_its_own_way_goes_on(newcomer: Newcomer) -> None:
    newcomer.do("first steps")
    newcomer.skip()
    newcomer.skip()
    newcomer.press(Key.Key_K, mod=CTRL | SHIFT)
    newcomer.press(Key.Key_Return, mod=CTRL)
    dialog = newcomer.clip.workspace.out.reason_dialog
    if dialog.isVisible():
        dialog.given.emit("other", "")
        dialog.accept()
    newcomer.qtbot.waitUntil(lambda: newcomer.clip.number == 1, timeout=20_000)
    newcomer.wait()


def test_recordings_that_are_missed_make_a_step_of_their_own(newcomer: Newcomer) -> None:
    recording = next((newcomer.made.path.parent / "media").iterdir())
    recording.rename(newcomer.made.path.parent / "elsewhere.wav")
    newcomer.do("first steps")
    assert newcomer.steps.head.text() == "FIRST STEPS · 1 OF 7"
    newcomer.skip()
    newcomer.skip()
    page = newcomer.steps.folder_page
    assert newcomer.steps.page is page
    page.show_looked(Looked(3, 1, "media/a.wav"))
    assert "1 of 3 files are found" in page.said.text()
    page.show_looked(Looked(3, 3))
    assert QApplication.focusWidget() is page.go_on


def test_who_only_judges_does_not_practise_drawing(newcomer: Newcomer) -> None:
    newcomer.window.who.choose(newcomer.made.analyst_id)
    newcomer.wait()
    newcomer.do("first steps")
    assert newcomer.steps.head.text() == "FIRST STEPS · 1 OF 3"
    for _ in range(3):
        newcomer.skip()
    assert newcomer.window.rail.buttons["review"].isChecked()
    assert Role.ANALYST in {role for m in newcomer.window.who.people() for role in m.roles}


def test_closing_the_window_in_the_middle_of_a_clip_leaves_nothing(newcomer: Newcomer) -> None:
    left = paths.cache_dir() / "practice-of-a-window-that-was-killed"
    left.mkdir()
    os.utime(left, (0, 0))
    newcomer.do("first steps")
    newcomer.press(Key.Key_Escape, Key.Key_Space, Key.Key_Escape)
    assert newcomer.clip.workspace is not None
    assert left_behind() == [newcomer.clip.folder_name()]
    newcomer.window.close()
    assert left_behind() == []


def test_a_clip_that_cannot_be_made_is_told_and_the_way_goes_on(
    newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_how: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    newcomer.do("first steps")
    newcomer.press(Key.Key_Escape, Key.Key_Escape)
    newcomer.qtbot.waitUntil(lambda: newcomer.steps.page is newcomer.steps.end_page, timeout=20_000)
    assert "No space left" in newcomer.window.notices.seen[-1].sentence
