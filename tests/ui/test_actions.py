"""The key map: scopes, text fields, conditions, held keys and conflicts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from annodesk.ui import shell_actions
from annodesk.ui.actions import Action, KeyMap, canonical_key, find_conflicts
from annodesk.ui.annotate import actions as annotate
from annodesk.ui.review import actions as review

pytestmark = pytest.mark.qt

PLAY = Action("play", "Play", ("Space",))
TAKE = Action("take", "Take", ("Y",), when="suggestion")
PALETTE = Action("palette", "Palette", ("Ctrl+K",), in_text=True)
STEP = Action("step", "Step", ("D",), repeats=True)


class Scope(QWidget):
    """Two workspaces in a stack, a text field beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.field, self.stack = QLineEdit(), QStackedWidget()
        self.one, self.two = QWidget(), QWidget()
        for page in (self.one, self.two):
            page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.stack)
        self.did: list[str] = []
        self.keys = KeyMap(self.one, "One")
        self.keys.bind(
            [PLAY, TAKE, PALETTE, STEP], {name: self.did_it(name) for name in ("play", "take", "palette", "step")}
        )

    def did_it(self, name: str) -> object:
        return lambda: self.did.append(name)


@pytest.fixture
def scope(qtbot: QtBot) -> Iterator[Scope]:
    made = Scope()
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.one.setFocus()
    yield made
    made.hide()


def test_a_key_does_its_action(qtbot: QtBot, scope: Scope) -> None:
    qtbot.keyClick(scope.one, Qt.Key.Key_Space)
    assert scope.did == ["play"]


def test_a_key_waits_for_its_condition(qtbot: QtBot, scope: Scope) -> None:
    qtbot.keyClick(scope.one, Qt.Key.Key_Y)
    scope.keys.set_condition("suggestion", True)
    qtbot.keyClick(scope.one, Qt.Key.Key_Y)
    assert scope.did == ["take"]


def test_keys_are_text_while_a_text_field_has_the_focus(qtbot: QtBot, scope: Scope) -> None:
    scope.field.setFocus()
    qtbot.keyClick(scope.field, Qt.Key.Key_Space)
    qtbot.keyClick(scope.field, Qt.Key.Key_D)
    assert scope.field.text() == " d"
    qtbot.keyClick(scope.field, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert scope.did == ["palette"]


def test_a_text_that_can_only_be_read_takes_no_keys(qtbot: QtBot, scope: Scope) -> None:
    text = QTextEdit("guidelines")
    text.setReadOnly(True)
    scope.layout().addWidget(text)
    text.setFocus()
    qtbot.keyClick(text, Qt.Key.Key_Space)
    assert scope.did == ["play"]


def test_keys_of_a_workspace_that_is_not_shown_are_dead(qtbot: QtBot, scope: Scope) -> None:
    scope.stack.setCurrentWidget(scope.two)
    scope.two.setFocus()
    qtbot.keyClick(scope.two, Qt.Key.Key_Space)
    assert scope.did == []


def test_keys_that_change_answers_do_not_repeat_and_steps_do(scope: Scope) -> None:
    repeats = {s.key().toString(): s.autoRepeat() for s in scope.one.findChildren(QShortcut)}
    assert repeats == {"Space": False, "Y": False, "Ctrl+K": False, "D": True}


def test_a_projects_own_key_wins_and_the_command_has_it_back_afterwards(qtbot: QtBot, scope: Scope) -> None:
    label = Action("label.d", "advert", ("D",))
    conflicts = scope.keys.bind([label], {"label.d": scope.did_it("label")}, wins=True)
    assert [c.sentence for c in conflicts] == ["The key D is taken by advert; Step has lost it."]
    qtbot.keyClick(scope.one, Qt.Key.Key_D)
    assert scope.keys.keys_of("step") == []
    scope.keys.unbind("label.")
    qtbot.keyClick(scope.one, Qt.Key.Key_D)
    assert scope.did == ["label", "step"]


def test_two_actions_on_one_key_are_found(scope: Scope) -> None:
    one, other, inside = (Action(i, i, ("space",)) for i in ("annotate.play", "annotate.other", "tap.listen"))
    assert [(c.winner, c.loser) for c in find_conflicts([one, inside, other])] == [("annotate.play", "annotate.other")]


def test_an_action_without_a_handler_is_refused(scope: Scope) -> None:
    with pytest.raises(ValueError, match="no handler for lost"):
        scope.keys.bind([Action("lost", "Lost")], {})


def test_suspended_keys_do_nothing(qtbot: QtBot, scope: Scope) -> None:
    scope.keys.suspend(True)
    qtbot.keyClick(scope.one, Qt.Key.Key_Space)
    scope.keys.suspend(False)
    qtbot.keyClick(scope.one, Qt.Key.Key_Space)
    assert scope.did == ["play"]


SHIFTED = dict(zip("`1234567890-=[];',./", '~!@#$%^&*()_+{}:"<>?', strict=True))


@pytest.mark.parametrize("actions", [annotate.ACTIONS, review.ACTIONS], ids=["annotate", "review"])
def test_no_key_goes_by_two_names_on_one_keyboard(actions: tuple[Action, ...]) -> None:
    """Ctrl+Shift+= and Ctrl++ are one key on many keyboards: where both were bound Qt would do neither."""
    keys = {canonical_key(key) for action in (*actions, *shell_actions.ACTIONS) for key in action.keys}
    twice = {
        (key, other)
        for key in keys
        if "Shift+" in key and key[-1] in SHIFTED
        for other in (key.replace("Shift+", "")[:-1] + SHIFTED[key[-1]], key[:-1] + SHIFTED[key[-1]])
        if other in keys
    }
    assert not twice


@pytest.mark.parametrize("actions", [annotate.ACTIONS, review.ACTIONS], ids=["annotate", "review"])
def test_no_two_actions_of_one_workspace_want_one_key(actions: tuple[Action, ...]) -> None:
    assert [one.sentence for one in find_conflicts([*actions, *shell_actions.ACTIONS])] == []
