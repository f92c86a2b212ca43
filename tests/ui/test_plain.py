"""Text out of files in the window: shown letter by letter, nothing hidden in it, never too much of it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from annodesk.ui.frame import ElidedLabel
from annodesk.ui.parts import label
from annodesk.ui.plain import entry_text, laid_out, set_tip, set_title, shown, shown_lines, tip_text
from tests.ui.annotate.conftest import Desk
from tests.ui.made import PROJECT, make_file

pytestmark = pytest.mark.qt

PICTURE = "<img src='file:///etc/passwd'>"
HOMES = {
    "setToolTip": {"plain.py"},
    "setWindowTitle": {"plain.py"},
    "QStaticText": {"plain.py"},
    "setTextFormat": {
        "plain.py",
        "parts.py",
        "review/bars.py",
    },  # the bars' HTML is made and escaped in wording.py
    "QLabel": {"parts.py", "review/bars.py"},
    "QToolTip": {"text/view.py"},
    "setMarkdown": {"annotate/guide.py", "help.py"},  # help.py shows a text of our own
}
"""Where what shows text in a window of its own may stand; everywhere else the functions of `plain` and `parts` do."""
NOWHERE = {"setHtml", "insertHtml", "appendHtml", "fromHtml", "QTextBrowser", "QMessageBox", "ToolTipRole"}


def names_in(source: str) -> set[str]:
    """Every name and attribute a module uses."""
    tree = ast.walk(ast.parse(source))
    return {getattr(node, "attr", None) or getattr(node, "id", "") for node in tree}


@pytest.mark.parametrize("name", [*HOMES, *sorted(NOWHERE)])
def test_what_may_read_rich_text_is_used_in_one_place(repo: Path, name: str) -> None:
    ui = repo / "src" / "annodesk" / "ui"
    users = {p.relative_to(ui).as_posix() for p in ui.rglob("*.py") if name in names_in(p.read_text(encoding="utf-8"))}
    assert users <= HOMES.get(name, set()), f"{name} is used outside its home: call ui/plain.py or parts.label instead"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain words", "plain words"),
        ("two\nlines", r"two\nlines"),
        ("nul\0 bell\a", r"nul\x00 bell\x07"),
        ("annex\u202ecod.exe", r"annex\u202ecod.exe"),
        ("lone \ud800", r"lone \ud800"),
        ("שלום 😀 می\u200cخواهم é", "שלום 😀 می\u200cخواهم é"),
    ],
)
def test_what_is_hidden_in_a_name_is_shown(text: str, seen: str) -> None:
    assert shown(text) == seen
    assert shown(seen) == seen


def test_long_texts_are_cut_and_only_texts_of_several_lines_keep_them() -> None:
    assert len(shown("w" * 5_000_000)) == 1_000
    assert shown("w" * 5_000_000).endswith("…")
    assert len(shown_lines("w\r\n" * 5_000_000)) == 10_000
    assert shown_lines("one\r\ntwo\u202e") == "one\ntwo\\u202e"


@pytest.mark.parametrize("text", [PICTURE, "<b>bold</b>", "a &lt; b", "<!DOCTYPE x>", "<?xml x?> <p>", "Tom & <i>"])
def test_a_tool_tip_shows_what_looks_like_rich_text_letter_by_letter(qapp: QApplication, text: str) -> None:
    tip = tip_text(text)
    seen = QTextDocumentFragment.fromHtml(tip).toPlainText() if GuiQt.mightBeRichText(tip) else tip
    assert seen == text


def test_an_ampersand_in_a_name_is_no_key_of_a_menu_entry() -> None:
    assert entry_text("R&D\tfast") == r"R&&D\tfast"


def test_a_label_reads_no_rich_text_and_wraps_a_word_of_a_million_letters(qtbot: QtBot) -> None:
    made = label(f"{PICTURE}{'w' * 1_000_000}", wrap=True)
    qtbot.addWidget(made)
    assert made.textFormat() is Qt.TextFormat.PlainText
    assert made.text().startswith(PICTURE[:5])
    assert len(made.text()) < 11_000
    assert made.minimumSizeHint().width() < 600


def test_a_window_title_shows_a_name_in_one_line(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    set_title(window, "a\nb\u202e[*]\0")
    assert window.windowTitle() == r"a\nb\u202e[*][*]\x00"
    set_tip(window, "<b>x</b>")
    assert "&lt;b&gt;" in window.toolTip()


@pytest.fixture
def odd_desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    """A window on a project whose names look like rich text; so do its recordings', where files can be called so."""
    name = '{ name = "<b>R&D</b>", description = "<b>described</b>" }, { name = "speech"'
    toml = PROJECT.replace('{ name = "speech"', name).replace('"podcast-policy"', '"<i>pod</i> & \u202ecast"')
    stem = "episode-" if sys.platform == "win32" else "<img src=x>\n"
    made = make_file(tmp_path / "odd", toml=toml, stem=stem, annotator="<b>Ann</b> & Co")
    desk = Desk(qtbot, made, person="<b>Ann</b> & Co")
    yield desk
    desk.close()


def test_names_that_look_like_rich_text_stand_letter_by_letter_in_the_window(odd_desk: Desk) -> None:
    window = odd_desk.window
    window.notices.show(PICTURE, "<b>hint</b>")
    labels = window.findChildren(QLabel)
    assert {made.textFormat() for made in labels} == {Qt.TextFormat.PlainText}
    texts = [made.text() for made in labels]
    assert r"<i>pod</i> & \u202ecast" in texts
    assert PICTURE in texts
    assert "<b>hint</b>" in texts
    assert window.status.person.text() == "Working as <b>Ann</b> && Co"
    assert r"<i>pod</i> & \u202ecast" in window.windowTitle()
    row = odd_desk.workspace.view.side.labels.rows["<b>R&D</b>"]
    assert row.title == "<b>R&D</b>"
    assert row.shortcut().isEmpty(), "the ampersand is a letter"


def test_tool_tips_in_the_window_show_names_letter_by_letter(odd_desk: Desk) -> None:
    window = odd_desk.window
    tips = [widget.toolTip() for widget in window.findChildren(QWidget)]
    for view in window.findChildren(QListWidget):
        tips += [view.item(row).toolTip() for row in range(view.count())]
    documents = [QTextDocumentFragment.fromHtml(tip) for tip in tips if GuiQt.mightBeRichText(tip)]
    assert any(document.toPlainText() == "<b>described</b>" for document in documents)
    assert not any("<img" in document.toHtml() or "font-weight" in document.toHtml() for document in documents)


@pytest.mark.skipif(sys.platform == "win32", reason="no file is called so there")
def test_an_item_with_a_line_end_in_its_name_stays_on_one_line(odd_desk: Desk) -> None:
    window = odd_desk.window
    assert r"<img src=x>\n11" in window.windowTitle()
    assert r"<img src=x>\n11" in window.strip.item.whole()
    cards = odd_desk.workspace.findChildren(QListWidget)
    rows = [view.item(row) for view in cards for row in range(view.count())]
    assert rows
    assert all(row.data(Qt.ItemDataRole.AccessibleTextRole).startswith(r"<img src=x>\n11") for row in rows)
    assert not any("\n" in made.text() for made in window.findChildren(ElidedLabel))


def test_what_is_painted_again_and_again_is_laid_out_letter_by_letter() -> None:
    assert laid_out("<b>loud</b>").textFormat() is Qt.TextFormat.PlainText
