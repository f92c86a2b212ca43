"""The window around the workspaces: no file, a bad file, palette, keys, notices, people, saving, closing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from annodesk.__main__ import main
from annodesk.errors import MediaError
from annodesk.services import Services
from annodesk.ui import app, last_time, parts, theme
from annodesk.ui.actions import Action
from annodesk.ui.app import take_pictures
from annodesk.ui.help import HelpWindow
from annodesk.ui.jobs import Jobs
from annodesk.ui.opening import choose_person
from annodesk.ui.palette import rank
from annodesk.ui.status import saved_text
from annodesk.ui.toasts import Toast
from annodesk.ui.window import MainWindow
from tests.ui.made import make_file

pytestmark = pytest.mark.qt
CTRL = Qt.KeyboardModifier.ControlModifier
Opener = Callable[[Path | None], MainWindow]


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication) -> Iterator[Opener]:
    theme.apply(qapp, "dark", text_scale=1.0)
    opened: list[MainWindow] = []

    def open_it(path: Path | None) -> MainWindow:
        window = MainWindow(Jobs(), path)
        qtbot.addWidget(window)
        opened.append(window)
        window.resize(1280, 720)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.is_idle, timeout=20_000)
        return window

    yield open_it
    for window in opened:
        window.close()


def test_a_file_opens_again_with_whoever_worked_in_it_last(open_window: Opener, tmp_path: Path) -> None:
    older, newer = make_file(tmp_path / "a"), make_file(tmp_path / "b")
    first = open_window(older.path)
    first.who.choose(older.ben_id)
    open_window(newer.path)
    assert last_time.newest_file() == newer.path
    newer.path.rename(newer.path.with_suffix(".away"))
    assert last_time.newest_file() == older.path
    first.close()
    again = open_window(older.path)
    assert again.context is not None
    assert again.context.person_name == "Ben"


def test_a_note_of_last_time_that_makes_no_sense_is_no_note(open_window: Opener, tmp_path: Path) -> None:
    parts.settings().setValue("window/last", '[["a", 3], 7')
    assert last_time.newest_file() is None
    made = make_file(tmp_path)
    open_window(made.path)
    assert last_time.newest_file() == made.path


@pytest.mark.parametrize(
    ("arguments", "database", "opened"),
    [((), "", None), ((), "team.annodesk", "team.annodesk"), (("mine.annodesk",), "team.annodesk", "mine.annodesk")],
)
def test_the_program_alone_or_with_a_project_file_opens_the_window(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], database: str, opened: str | None
) -> None:
    monkeypatch.setenv("ANNODESK_DB", database)
    asked: list[str | None] = []
    monkeypatch.setattr(app, "run", lambda path: asked.append(path) or 7)
    assert main(arguments) == 7
    assert asked == [opened]


def test_the_first_five_minutes_can_be_read_beside_the_work(open_window: Opener, qtbot: QtBot) -> None:
    window = open_window(None)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    press(qtbot, window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    (shown,) = window.findChildren(HelpWindow)
    assert "Drag on your tier to draw a segment" in shown.text.toPlainText()
    assert shown.isVisible()
    assert not shown.isModal()
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.isVisible()
    window.keys.trigger("window.help")
    assert window.findChildren(HelpWindow) == [shown]
    assert shown.isVisible()
    shown.close()


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = CTRL) -> None:
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)


def test_where_the_recording_seen_first_cannot_be_read_the_file_is_opened_all_the_same(
    open_window: Opener, tmp_path: Path
) -> None:
    made = make_file(tmp_path)
    for path in tmp_path.rglob("*.wav"):
        path.write_bytes(b"no sound")
    window = open_window(made.path)
    assert window.shown == "annotate"
    assert window.notices.reports == []


def test_without_a_file_the_window_says_how_to_open_one(open_window: Opener) -> None:
    window = open_window(None)
    assert window.empty.title.text() == "No project file is open"
    assert window.empty.button.text() == "Open a project file …"
    assert window.status.sentence() == "Nothing to save yet"


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"\x00" * 50])
def test_a_file_that_is_none_of_ours_is_told_in_one_sentence(
    open_window: Opener, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.annodesk"
    path.write_bytes(content)
    window = open_window(path)
    assert "broken.annodesk" in window.empty.title.text()
    assert window.empty.isVisible()
    assert window.empty.button.text() == "Open another file …"
    assert window.notices.reports == []


def test_a_file_without_a_project_says_how_to_make_one(open_window: Opener, tmp_path: Path) -> None:
    path = tmp_path / "empty.annodesk"
    Services.open(path, create=True).close()
    window = open_window(path)
    assert window.empty.title.text() == "empty.annodesk holds no project yet."
    assert "annodesk init" in window.empty.sentence.text()


def test_the_frame_says_project_item_person_and_model(open_window: Opener, tmp_path: Path) -> None:
    window = open_window(make_file(tmp_path / "file").path)
    assert window.strip.project.text() == "podcast-policy"
    assert window.strip.item.whole().startswith("episode-11")
    assert window.strip.note.text() == "0 of 2 required answers"
    assert window.status.person.text() == "Working as Ann"
    assert window.status.model.toolTip()
    assert window.status.sentence().startswith("All saved ")
    assert (window.strip.height(), window.rail.width(), window.status.height()) == (36, 52, 26)


def test_the_palette_finds_an_action_by_a_few_letters_and_does_it(
    qtbot: QtBot, open_window: Opener, tmp_path: Path
) -> None:
    window = open_window(make_file(tmp_path / "file").path)
    press(qtbot, window, Qt.Key.Key_K)
    palette = window.over.palette
    assert palette.isVisible()
    assert palette.field.hasFocus()
    qtbot.keyClicks(palette.field, "dark light")
    before = theme.current().name
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert theme.current().name != before
    assert not palette.isVisible()
    assert window.workspace is not None
    assert window.workspace.view.timeline.hasFocus()


def test_escape_closes_the_palette_and_keys_work_again(qtbot: QtBot, open_window: Opener, tmp_path: Path) -> None:
    window = open_window(make_file(tmp_path / "file").path)
    press(qtbot, window, Qt.Key.Key_K)
    qtbot.keyClicks(window.over.palette.field, "n")
    assert len(window.workspace.view.annotations) == 0  # type: ignore[union-attr]
    qtbot.keyClick(window.over.palette.field, Qt.Key.Key_Escape)
    assert not window.over.palette.isVisible()
    press(qtbot, window, Qt.Key.Key_N, Qt.KeyboardModifier.NoModifier)
    assert len(window.workspace.view.annotations) == 1  # type: ignore[union-attr]


def test_the_overlay_shows_the_live_keys_and_any_key_closes_it(
    qtbot: QtBot, open_window: Opener, tmp_path: Path
) -> None:
    window = open_window(make_file(tmp_path / "file").path)
    press(qtbot, window, Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier)
    overlay = window.over.keys
    assert overlay.isVisible()
    titles = overlay.shown_titles()
    assert {"Play or pause", "speech", "policy: violence", "Command palette", "Take the suggestion"} <= set(titles)
    qtbot.keyClick(overlay, Qt.Key.Key_N)
    assert not overlay.isVisible()
    assert len(window.workspace.view.annotations) == 0  # type: ignore[union-attr]


def test_every_action_of_the_menu_comes_from_the_key_maps(open_window: Opener, tmp_path: Path) -> None:
    window = open_window(make_file(tmp_path / "file").path)
    menu = window._menu()
    entries = [a.text().split("\t")[0] for sub in menu.actions() if sub.menu() for a in sub.menu().actions()]  # type: ignore[attr-defined]
    bound = [a.title for keys in window.key_maps() for a in keys.actions() if not a.is_hidden]
    assert sorted(entries) == sorted(bound)
    menu.deleteLater()


def test_an_error_of_the_surroundings_becomes_a_notice(open_window: Opener) -> None:
    window = open_window(None)
    window.notices.error(MediaError("The recording cannot be read.", "Put it back."))
    assert window.over.toasts.texts() == ["The recording cannot be read."]
    assert window.notices.reports == []


@pytest.mark.log_errors("bug while trying to draw")
def test_a_bug_opens_the_report_with_its_traceback(open_window: Opener) -> None:
    window = open_window(None)
    window.notices.error(ZeroDivisionError("seven"), "draw")
    assert window.over.report is not None
    assert window.over.report.isVisible()
    assert "ZeroDivisionError: seven" in window.over.report.text.toPlainText()
    window.over.report.close()


def test_at_most_three_notices_stand_at_once_and_none_twice(open_window: Opener) -> None:
    window = open_window(None)
    for sentence in ("one", "two", "two", "three", "four"):
        window.notices.show(sentence, tone="bad")
    assert window.over.toasts.texts() == ["two", "three", "four"]


def test_a_notice_hides_no_button_of_the_page(qtbot: QtBot, open_window: Opener) -> None:
    window = open_window(None)
    window.resize(1280, 720)
    below = QPushButton("Go on", window)
    below.setGeometry(400, 600, 500, 60)
    below.show()
    window.notices.show("The table is saved.", tone="bad")
    (toast,) = window.findChildren(Toast)
    assert not toast.geometry().intersects(below.geometry())
    assert window.rect().contains(toast.geometry())
    below.hide()
    window.over.toasts.place()
    assert toast.geometry().center().x() in range(638, 642), "in the middle where nothing is"
    below.show()
    qtbot.waitUntil(lambda: not toast.geometry().intersects(below.geometry()))


def test_the_person_is_chosen_by_name_else_by_role(tmp_path: Path) -> None:
    made = make_file(tmp_path / "file")
    with Services.open(made.path, read_only=True) as services:
        people = services.people.list(made.project_id)
    assert choose_person(people, "Ben") == made.ben_id
    assert choose_person(people, None) == made.ann_id
    assert choose_person(people, None, "analyst") == made.analyst_id
    assert choose_person((), None) == ""


def test_changing_the_person_from_the_status_line_reads_their_tasks(
    qtbot: QtBot, open_window: Opener, tmp_path: Path
) -> None:
    made = make_file(tmp_path / "file")
    window = open_window(made.path)
    menu = window.status.people_menu()
    names = [action.text() for action in menu.actions()]
    assert names == ["Ann  (annotator)", "Ben  (annotator)", "Cleo  (analyst)", "", "Add a person …"]
    menu.actions()[1].trigger()
    qtbot.waitUntil(window.is_idle)
    assert window.context is not None
    assert window.context.person_id == made.ben_id
    assert window.status.person.text() == "Working as Ben"
    menu.deleteLater()


def test_saving_is_never_said_before_it_is_known() -> None:
    assert saved_text(None, 0) == "Nothing to save yet"
    assert saved_text(1_000_000, 1) == "Saving 1 change …"
    assert saved_text(1_000_000, 3) == "Saving 3 changes …"
    assert saved_text(1_000_000, 0).startswith("All saved ")


def test_closing_the_window_lets_go_of_the_file_and_of_every_thread(
    qtbot: QtBot, open_window: Opener, tmp_path: Path
) -> None:
    made = make_file(tmp_path / "file")
    window = open_window(made.path)
    press(qtbot, window, Qt.Key.Key_N, Qt.KeyboardModifier.NoModifier)
    set_id = window.workspace.view.annotations.id  # type: ignore[union-attr]
    window.close()
    assert not [t.name for t in threading.enumerate() if t.name.startswith("annodesk-")]
    with Services.open(made.path) as services:
        assert len(services.annotate.reload(set_id)[0]) == 1


def test_text_of_twice_the_size_keeps_the_buttons_whole(qtbot: QtBot, open_window: Opener, tmp_path: Path) -> None:
    window = open_window(make_file(tmp_path / "file").path)
    window.resize(1440, 900)
    theme.apply(QApplication.instance(), "dark", text_scale=2.0)  # type: ignore[arg-type]
    workspace = window.workspace
    assert workspace is not None
    side = workspace.view.side
    feet = (side.submit, side.flag, side.skip)
    qtbot.waitUntil(lambda: side.submit.height() >= side.submit.sizeHint().height())
    qtbot.waitUntil(lambda: all(made.width() >= made.sizeHint().width() for made in feet))
    assert all(side.rect().contains(made.geometry()) for made in feet)


def test_the_palette_ranks_words_at_the_start_of_a_title_first() -> None:
    submit, skip = Action("a", "Submit"), Action("b", "Skip this task … submit")
    assert rank("sub", submit) is not None
    assert (rank("sub", submit) or 0) < (rank("sub", skip) or 0)
    assert rank("xyz", submit) is None
    assert rank("", submit) == 0


def test_pictures_of_each_workspace_are_taken(tmp_path: Path) -> None:
    made = make_file(tmp_path / "file")
    pictures = take_pictures(made.path, tmp_path / "out", size=(1280, 720))
    assert [picture.name for picture in pictures] == ["annotate-dark.png", "review-dark.png"]
    assert all(picture.stat().st_size > 10_000 for picture in pictures)


def test_starting_imports_nothing_heavy() -> None:
    program = (
        "import sys, annodesk.ui.app as app\n"
        "from annodesk.ui.jobs import Jobs\n"
        "from annodesk.ui.window import MainWindow\n"
        "qt = app.make_app()\n"
        "window = MainWindow(Jobs(), None)\n"
        "window.show()\n"
        "heavy = 'sqlalchemy librosa cv2 av numba scipy pandas llama_cpp tomlkit soundfile qtawesome'.split()\n"
        "print([name for name in heavy if name in sys.modules])\n"
        "window.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_files_of_last_time_are_opened_by_name(qtbot: QtBot, open_window: Opener, tmp_path: Path) -> None:
    older, newer = make_file(tmp_path / "older"), make_file(tmp_path / "newer")
    open_window(older.path).close()
    window = open_window(newer.path)
    titles = {action.title: action.id for action in window.keys.actions() if action.group == "Files of last time"}
    name = f"Open {older.path.name} in older"
    assert name in titles
    assert f"Open {newer.path.name} in newer" not in titles
    window.keys.trigger(titles[name])
    qtbot.waitUntil(window.is_idle, timeout=20_000)
    assert window.context is not None
    assert window.context.project_id == older.project_id


def test_the_arrow_keys_start_from_whoever_works_here(open_window: Opener, tmp_path: Path) -> None:
    window = open_window(make_file(tmp_path / "file").path)
    menu = window.status.people_menu()
    assert menu.activeAction() is not None
    assert menu.activeAction().isChecked()
    menu.deleteLater()
