"""Marking a text by mouse and by key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from annodesk.model.annotations import AnnotationSet, Span
from annodesk.model.schema import Label, LabelSchema, SpanType
from annodesk.ui.text.document import TextPanel
from tests.ui.text.conftest import SCHEMA, TEXT, span_of

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier


def middle_of(panel, words: str) -> QPoint:
    """A point of the viewport in the middle of the first of these words."""
    view = panel.view
    cursor = view.textCursor()
    cursor.setPosition(view.text.to_view(TEXT.index(words) + len(words) // 2))
    return view.cursorRect(cursor).center()


def test_selected_words_become_a_span_with_code_point_offsets_by_a_label_key(desk, qtbot):
    made = desk()
    made.select("Charles Babbage")
    qtbot.keyClick(made.panel.view, Key.Key_1)
    assert made.words() == [("person", "Charles Babbage")]
    assert made.annotations.spans()[0].start == TEXT.index("Charles")


def test_words_are_selected_by_key_alone_and_marked_after_an_emoji(desk, qtbot):
    made = desk()
    view = made.panel.view
    for _ in range(4):
        qtbot.keyClick(view, Key.Key_Right, Mod.ControlModifier)
    for _ in range(2):
        qtbot.keyClick(view, Key.Key_Right, Mod.ControlModifier | Mod.ShiftModifier)
    qtbot.keyClick(view, Key.Key_2)
    ((label, words),) = made.words()
    assert label == "organisation"
    assert words == words.strip()
    assert words in TEXT
    assert TEXT.index(words) > TEXT.index("😀")


def test_a_drag_of_the_mouse_and_a_click_on_the_chip_mark_words_right_to_left_too(desk, qtbot):
    made = desk()
    view = made.panel.view
    start = TEXT.index("עולם")
    cursor = view.textCursor()
    points = []
    for place in (start, start + 4):
        cursor.setPosition(view.text.to_view(place))
        points.append(view.cursorRect(cursor).center())
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=points[0])
    qtbot.mouseMove(view.viewport(), points[1])
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=points[1])
    chip = next(c for c in made.panel.chips if c.text().startswith("place"))
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert made.words() == [("place", "עולם")]
    assert points[1].x() < points[0].x(), "Hebrew is laid out from right to left"


def test_a_click_chooses_the_span_a_key_renames_it_and_delete_removes_it(desk, qtbot):
    made = desk(span_of("Charles Babbage"))
    qtbot.mouseClick(
        made.panel.view.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(made.panel, "Charles Babbage")
    )
    assert made.panel.view.focused_id == "one"
    qtbot.keyClick(made.panel.view, Key.Key_2)
    assert made.words() == [("organisation", "Charles Babbage")]
    qtbot.keyClick(made.panel.view, Key.Key_Delete)
    assert made.words() == []
    assert [d.verb for d in made.drafts] == ["label span", "delete"]


def test_clicking_again_goes_to_the_next_of_overlapping_spans(desk, qtbot):
    made = desk(
        span_of("London", id="inner", label="place"),
        span_of("Royal Society of London", id="outer", label="organisation"),
    )
    where = middle_of(made.panel, "London")
    seen = []
    for _ in range(3):
        qtbot.mouseClick(made.panel.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
        seen.append(made.panel.view.focused_id)
    assert seen == ["inner", "outer", "inner"]


def test_tab_goes_from_span_to_span_and_then_leaves_the_text(desk, qtbot):
    made = desk(span_of("Ada Lovelace", id="a"), span_of("Charles Babbage", id="b"))
    view = made.panel.view
    seen = []
    for _ in range(2):
        qtbot.keyClick(view, Key.Key_Tab)
        seen.append(view.focused_id)
    assert seen == ["a", "b"]
    qtbot.keyClick(view, Key.Key_Backtab, Mod.ShiftModifier)
    assert view.focused_id == "a"


def test_an_edge_of_the_chosen_span_moves_to_the_caret(desk, qtbot):
    made = desk(span_of("Royal Society"))
    view = made.panel.view
    view.focus_span(made.annotations.spans()[0])
    place = TEXT.index(" answered")
    view.select(place, place)
    qtbot.keyClick(view, Key.Key_BracketRight)
    assert made.words() == [("person", "Royal Society of London")]


def test_with_nothing_selected_a_label_key_marks_the_word_at_the_caret(desk, qtbot):
    made = desk()
    place = TEXT.index("Babbage") + 3
    made.panel.view.select(place, place)
    qtbot.keyClick(made.panel.view, Key.Key_1)
    assert made.words() == [("person", "Babbage")]


def test_a_held_key_labels_once(desk):
    made = desk()
    made.select("Charles")
    for repeats in (False, True, True):
        kind = QEvent.Type.KeyPress
        event = QKeyEvent(kind, Key.Key_3, Mod.NoModifier, "3", repeats)
        QApplication.sendEvent(made.panel.view, event)
    assert made.words() == [("claim", "Charles")]


def test_what_the_schema_forbids_is_said_and_changes_nothing(desk, qtbot):
    made = desk(span_of("Royal Society", type="section", label=""))
    made.select("Society of London")
    qtbot.keyClick(made.panel.view, Key.Key_4)
    assert made.refusals == ["Two stretches of section may not overlap. Change or delete the one that is there."]
    assert made.drafts == []


def test_a_label_key_in_the_text_comes_before_the_windows_shortcut(desk, qtbot):
    made = desk()
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(made.panel)
    fired = []
    QShortcut(QKeySequence("1"), window).activated.connect(lambda: fired.append("1"))
    QShortcut(QKeySequence("Space"), window).activated.connect(lambda: fired.append("Space"))
    window.show()
    window.activateWindow()
    made.panel.view.setFocus()
    qtbot.waitUntil(lambda: made.panel.view.hasFocus())
    made.select("Charles")
    qtbot.keyClick(made.panel.view, Key.Key_1)
    qtbot.keyClick(made.panel.view, Key.Key_Space)
    assert made.words() == [("person", "Charles")]
    assert fired == ["Space"], "keys the text does not use go on to the window"
    window.takeCentralWidget()


def test_a_read_only_text_takes_no_change_and_says_why(desk, qtbot):
    made = desk(span_of("Ada Lovelace"))
    made.panel.set_editable(False, "Submitted; recall it to change it.")
    made.select("Charles")
    qtbot.keyClick(made.panel.view, Key.Key_1)
    qtbot.keyClick(made.panel.view, Key.Key_Delete)
    assert made.drafts == []
    assert made.panel.told == "Submitted; recall it to change it."


def test_escape_lets_go_step_by_step_and_then_leaves(desk, qtbot):
    made = desk(span_of("Ada Lovelace"))
    view = made.panel.view
    view.focus_span(made.annotations.spans()[0])
    made.select("Charles")
    qtbot.keyClick(view, Key.Key_Escape)
    assert not view.textCursor().hasSelection()
    qtbot.keyClick(view, Key.Key_Escape)
    assert view.focused_id is None
    with qtbot.waitSignal(made.panel.left):
        qtbot.keyClick(view, Key.Key_Escape)


def test_overlapping_spans_are_underlined_one_below_the_other(desk):
    made = desk(span_of("London", id="a", label="place"), span_of("Royal Society of London", id="b"))
    one = desk(span_of("Royal Society of London", id="b"))
    deep = made.panel.view.blockBoundingRect(made.panel.view.document().firstBlock()).height()
    flat = one.panel.view.blockBoundingRect(one.panel.view.document().firstBlock()).height()
    assert deep > flat


def test_a_missing_text_says_so(desk):
    made = desk()
    made.panel.show_message("The text is being fetched.", "The rest can be worked on meanwhile.")
    assert not made.panel.view.isVisible()
    made.panel.set_document("", "text-2")
    assert made.panel.message == "The text is empty."


def test_the_menu_offers_every_label_with_its_key(desk):
    made = desk(span_of("Ada Lovelace"))
    made.panel.view.focus_span(made.annotations.spans()[0])
    menu = made.panel.make_menu()
    titles = [action.text() for action in menu.actions() if action.text()]
    assert titles == [
        "person\t1",
        "organisation\t2",
        "place\tP",
        "claim\t3",
        "section\t4",
        "Delete\tDel",
        "Copy\tCtrl+C",
    ]
    assert len(SCHEMA.span_types) == 3


@pytest.mark.parametrize("lines", [1, 4_000])
def test_a_text_of_a_million_characters_lays_out_only_what_is_seen(desk, qtbot, lines: int):
    made = desk()
    panel = made.panel
    text = (("lorem ipsum dolor sit amet 😀 " * (36_000 // lines)) + "\n") * lines
    panel.set_document(text, "long")
    spans = [Span(f"s{n}", "long", "entity", n * 200, n * 200 + 11, ("person",)) for n in range(5_000)]
    panel.set_spans(AnnotationSet("set", elements=spans))
    view = panel.view
    view.select(len(text) - 400, len(text) - 400)
    qtbot.waitUntil(lambda: view.verticalScrollBar().value() > 0)
    view.viewport().repaint()
    blocks = [view.document().findBlockByNumber(n) for n in range(view.document().blockCount())]
    laid_out = sum(1 for block in blocks if block.layout().lineCount())
    assert len(blocks) >= 200
    assert laid_out < len(blocks) // 2
    assert view.caret == len(text) - 400


@pytest.mark.parametrize(
    ("text", "why"),
    [("a word and another\n" * 280_000, "5.3 MB in 280,000 lines"), ("\n" * 40_000, "0.1 MB in 40,000 lines")],
)
def test_a_text_too_long_for_the_window_is_refused_in_a_sentence(desk, text: str, why: str):
    made = desk(span_of("London"))
    made.panel.set_document(text, "text-1")
    assert made.panel.message == f"This text has {why}; texts of up to 2 MB and 30,000 lines can be shown."
    made.panel.set_spans(AnnotationSet("set-1", elements=[Span("far", "text-1", "entity", 4_000_000, 4_000_001)]))
    made.panel.view.select(4_000_000, 4_000_001)
    assert made.panel.view.toPlainText() == ""
    assert not made.panel.view.spans.placed
    made.panel.set_document(TEXT, "text-1")
    assert made.panel.message == ""


def test_names_in_the_text_panel_are_letters_not_marks(desk, qtbot):
    made = desk(span_of("London", label="<b>R&D</b>"))
    made.panel.set_schema(LabelSchema(span_types=(SpanType("entity", (Label("<b>R&D</b>"), Label("x" * 200))),)))
    made.panel.set_document(TEXT, "text-1", "a\n<b>.txt")
    chips = [chip.text() for chip in made.panel.chips]
    assert chips[0].startswith("<b>R&&D</b>")
    assert len(chips[1]) < 60
    assert "&lt;b&gt;" in made.panel.chips[0].toolTip()
    titles = [made_label.text() for made_label in made.panel.findChildren(QLabel)]
    assert r"a\n<b>.txt" in titles


def test_a_blurred_text_shows_where_its_lines_are_and_no_letter(qtbot) -> None:
    first, second = TextPanel(), TextPanel()
    pictures = []
    for panel, words in ((first, "on no on no"), (second, "no on no on")):
        qtbot.addWidget(panel)
        panel.resize(400, 200)
        panel.set_document(words, "a1", "text")
        panel.set_blurred(True)
        panel.show()
        pictures.append(panel.view.viewport().grab().toImage())
    assert pictures[0] == pictures[1], "as many letters, and not which"
    first.set_blurred(False)
    assert first.view.viewport().grab().toImage() != pictures[0]
