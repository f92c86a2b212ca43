"""What the desk must not show before a place is ruled: looked for in everything that can be read, heard or hovered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QTableWidget, QWidget

from annodesk.model.work import Escalation, Reason
from annodesk.ui.review.side import reason_text
from tests.ui.review.conftest import Desk

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier
S = 1_000_000


def told(widget: QWidget) -> str:
    """Everything that a person, a screen reader or the mouse can learn from a widget and what is in it."""
    found: list[str] = []
    for one in [widget, *widget.findChildren(QObject)]:
        for name in ("text", "toPlainText", "placeholderText", "toolTip", "accessibleName", "accessibleDescription"):
            read = getattr(one, name, None)
            if callable(read):
                try:
                    found.append(str(read()))
                except TypeError:
                    continue
        if isinstance(one, QTableWidget):
            cells = [one.item(row, column) for row in range(one.rowCount()) for column in range(one.columnCount())]
            found += [f"{cell.text()} {cell.toolTip()}" for cell in cells if cell is not None]
        if isinstance(one, QWidget):
            interface = QAccessible.queryAccessibleInterface(one)
            if interface is not None:
                found += [interface.text(kind) for kind in (QAccessible.Text.Name, QAccessible.Text.Description)]
    return "\n".join(found)


def test_nothing_of_the_models_answer_is_told_before_a_ruling(room) -> None:
    here = room()
    space = here.open()
    for _ in range(4):
        words = told(space)
        assert "93 %" not in words
        assert "0.93" not in words
        # The model alone says noise from 32 to 44, and answers medical; both stand only where they are offered.
        assert "00:44.0" not in words
        state = space.desk.view.state
        assert [lane.title for lane in state.lanes][-1] == "model"
        assert state.annotations("model:content").segments() == []
        assert not any("medical" in row.cells for row in space.desk.questions.rows)
        here.press(Key.Key_J)


def test_the_model_is_shown_at_the_place_that_is_ruled_and_at_no_other(room) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_A)
    assert "93 %" in told(space.desk.cards)
    here.press(Key.Key_J)
    assert "93 %" not in told(space.desk.cards)
    assert [s.start_us for s in space.desk.view.state.annotations("model:content").segments()] == [19 * S, 20 * S]
    here.press(Key.Key_Z, mod=Mod.ControlModifier)
    assert space.places.at == 0
    assert "93 %" not in told(space), "what is taken back is hidden again"


def test_how_sure_the_model_is_is_no_reason_that_is_told_beforehand() -> None:
    for reason in (Reason.MODEL_AGAINST_HUMANS, Reason.LOW_CONFIDENCE):
        escalation = Escalation("e", "i", reason, "content", 0.99, 0.9)
        assert "0.9" not in reason_text(escalation, with_model=False)
        assert "0.99" in reason_text(escalation)
    agreement = Escalation("e", "i", Reason.LOW_AGREEMENT, "content", 0.4, 0.7)
    assert "0.40" in reason_text(agreement, with_model=False)


def test_a_reason_tells_what_people_said_of_it_and_no_name() -> None:
    flagged = Escalation("e", "i", Reason.FLAGGED, evidence={"person": "ann", "reason": "cannot hear", "note": "noise"})
    assert reason_text(flagged) == "Flagged: cannot hear: noise"
    passed = Escalation("e", "i", Reason.SKIPPED, value=2.0, evidence={"reason": "no sound", "notes": ["<b>silent"]})
    assert reason_text(passed) == "Skipped by 2 people: no sound: <b>silent"
    nothing = Escalation("e", "i", Reason.LOW_AGREEMENT, "genre", evidence={"why": "no common answer"})
    assert reason_text(nothing) == "Low agreement on genre: no common answer"
    missed = Escalation("e", "i", Reason.REFERENCE_MISS, "genre", 0.0, 0.7, {"person": "ann", "part": "genre"})
    assert reason_text(missed) == "Reference miss on genre (0.00, below 0.70)"


def test_an_outcome_does_not_tell_the_other_places(room) -> None:
    here = room()
    space = here.open()
    here.press(Key.Key_S)
    seen = space.desk.view.state.annotations("model:content").segments()
    assert all(19 * S <= s.start_us < 22 * S for s in seen)


def test_neither_names_nor_sets_of_the_sides_are_told(room, desk: Desk) -> None:
    here = room()
    space = here.open()
    words = told(space)
    for lane in space.work.lanes:
        assert lane.annotations.id not in words
    assert "Anna" not in words
    assert "Boris" not in words
