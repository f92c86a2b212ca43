"""The project page by keys alone: what stands is seen, a change is a draft until it is set, and can be set back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from annodesk.ui import shell_actions, theme
from annodesk.ui.actions import find_conflicts
from annodesk.ui.setup import actions
from annodesk.ui.setup.sections import SECTIONS
from tests.services.made import House
from tests.ui.setup.conftest import Page

pytestmark = pytest.mark.qt

Key, Mod = Qt.Key, Qt.KeyboardModifier
CTRL = Mod.ControlModifier
Open = Callable[..., Page]


def test_no_two_actions_of_the_page_want_one_key() -> None:
    assert [one.sentence for one in find_conflicts([*actions.ACTIONS, *shell_actions.ACTIONS])] == []


def test_the_page_begins_with_what_waits_and_the_list_has_the_keys(made: House, opened: Open) -> None:
    page = opened(made)
    workspace = page.workspace
    assert QApplication.focusWidget() is workspace.sections
    assert workspace.start.title.text() == "2 of 4 items wait for the model"
    assert workspace.start.runs.isVisible()
    assert workspace.sections.states["start"].words == "2 of 4 wait"


def test_every_section_has_a_key_and_says_something_of_itself(made: House, opened: Open) -> None:
    page = opened(made)
    for number, section in enumerate(SECTIONS, start=1):
        page.press(Qt.Key(Qt.Key.Key_0.value + number))
        assert page.workspace.sections.current == section.id
        assert page.workspace.page.isVisible()
        assert page.workspace.sections.states[section.id].words


def test_the_arrows_go_through_the_sections_and_return_goes_in(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_Down, Key.Key_Down, Key.Key_Down)
    assert page.workspace.sections.current == "show"
    page.press(Key.Key_Return)
    assert page.workspace.show_page.modes.hasFocus()
    page.press(Key.Key_Escape)
    assert page.workspace.sections.hasFocus()


def test_a_show_mode_is_a_draft_until_it_is_set(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_4, Key.Key_Return, Key.Key_Down, Key.Key_Down)
    workspace = page.workspace
    assert workspace.show_page.modes.current == "after-commit"
    assert workspace.pending.text() == "1 change is not set yet: suggestions: after they have answered."
    assert page.project().version == 1
    page.press(Key.Key_Return, mod=CTRL)
    assert page.project().version == 2
    assert page.project().project.prelabel.show == "after-commit"
    assert not workspace.sets.isVisible()


def test_what_was_set_is_set_back_by_one_key(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_4, Key.Key_Return, Key.Key_Down)
    page.press(Key.Key_Return, mod=CTRL)
    page.press(Key.Key_Z, mod=CTRL)
    assert page.project().version == 3
    assert page.project().project.prelabel.show == "above-threshold"
    assert page.workspace.show_page.modes.current == "above-threshold"


def test_a_draft_is_let_go_of_by_one_key_and_nothing_was_made(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_4, Key.Key_Return, Key.Key_Down)
    page.press(Key.Key_Backspace, mod=CTRL)
    assert page.workspace.show_page.modes.current == "above-threshold"
    assert page.workspace.foot.isHidden()
    assert page.project().version == 1


def test_the_threshold_says_what_it_would_have_shown(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_4, Key.Key_T)
    strip = page.workspace.show_page.above
    assert strip.hasFocus()
    page.press(*[Key.Key_PageDown] * 4)
    assert strip.value == pytest.approx(0.50)
    assert "not set yet" in page.workspace.pending.text()


def test_several_changes_make_one_version(made: House, opened: Open) -> None:
    page = opened(made)
    workspace = page.workspace
    page.press(Key.Key_4, Key.Key_T, Key.Key_Left)
    workspace.show_page.unaided.setFocus()
    page.press(Key.Key_PageUp)
    assert workspace.pending.text().startswith("2 changes are not set yet:")
    page.press(Key.Key_Return, mod=CTRL)
    policy = page.project().project.prelabel
    assert (page.project().version, policy.show_above, policy.unaided_share) == (2, 0.89, 0.10)


def test_that_a_hearing_pass_hands_in_can_be_forbidden(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_4)
    heard = page.workspace.show_page.heard
    assert heard.current == "by itself"
    heard.setFocus()
    page.press(Key.Key_Down)
    assert page.workspace.pending.text() == "1 change is not set yet: only people hand in."
    page.press(Key.Key_Return, mod=CTRL)
    assert page.project().project.prelabel.hand_in_heard is False
    page.press(Key.Key_Z, mod=CTRL)
    assert page.project().project.prelabel.hand_in_heard is True


def test_the_wheel_moves_no_threshold(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_4)
    strip = page.workspace.show_page.above
    before = strip.value
    middle = strip.rect().center()
    event = QWheelEvent(QPointF(middle), QPointF(strip.mapToGlobal(middle)), QPoint(0, 120), QPoint(0, 120),
                        Qt.MouseButton.NoButton, Mod.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(strip, event)
    assert strip.value == before


def test_who_may_not_set_anything_sees_it_and_is_told_why(made: House, opened: Open) -> None:
    page = opened(made, "Ada")
    workspace = page.workspace
    assert "project's manager" in workspace.why_not.text()
    page.press(Key.Key_4, Key.Key_Return, Key.Key_Down)
    assert workspace.show_page.modes.current == "above-threshold"
    assert workspace.pending.isHidden()


def test_nothing_of_a_draft_is_left_for_somebody_else(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_4, Key.Key_Return, Key.Key_Down)
    page.window.who.choose(page.house.id_of("Cleo"))
    page.wait()
    assert page.workspace.pending.isHidden()
    assert page.workspace.show_page.modes.current == "above-threshold"


def test_the_model_labels_what_waits_beside_the_window(made: House, opened: Open) -> None:
    page = opened(made)
    workspace = page.workspace
    if not workspace.start.can_run:
        pytest.skip("the language-model engine is not installed")
    page.press(Key.Key_R)
    assert not workspace.start.running.is_running
    assert workspace.start.title.text() == "The model has labelled all 4 items"
    assert workspace.start.sentence.text().startswith("Labelled 2 items in ")
    assert workspace.sections.states["start"].tone == "ok"


def test_a_run_that_is_stopped_says_so_and_keeps_what_it_has(made: House, opened: Open) -> None:
    page = opened(made)
    workspace = page.workspace
    if not workspace.start.can_run:
        pytest.skip("the language-model engine is not installed")
    page.qtbot.keyClick(workspace.sections, Key.Key_R)
    assert workspace.start.running.is_running
    assert workspace.start.stops.isVisible()
    page.qtbot.keyClick(workspace.sections, Key.Key_S)
    page.wait()
    assert workspace.start.sentence.text().startswith("Stopped.")


def test_a_window_that_is_closed_stops_the_run(made: House, opened: Open) -> None:
    page = opened(made)
    if not page.workspace.start.can_run:
        pytest.skip("the language-model engine is not installed")
    page.qtbot.keyClick(page.workspace.sections, Key.Key_R)
    page.window.close()
    assert page.window.jobs.is_closed


def test_a_model_that_is_not_there_is_said_and_nothing_can_be_run(made: House, opened: Open) -> None:
    from annodesk.services import Services

    with Services.open(made.folder / "work.annodesk") as services:
        services.projects.set_policy(made.project_id, made.people["Max"].id, {"prelabel.model": "gone.gguf"})
    page = opened(made)
    assert "gone.gguf" in page.workspace.start.problems.text()
    assert not page.workspace.start.runs.isEnabled()
    assert page.workspace.sections.states["start"].tone == "warn"


def assert_fits(page: Page, section_id: str) -> None:
    """The section is laid out within the width there is, with its scroll bar."""
    shown = page.workspace.pages[section_id]
    page.qtbot.waitUntil(lambda: shown.widget().width() <= shown.viewport().width() + 1, timeout=10_000)


@pytest.mark.parametrize("size", [(1280, 720), (960, 600)])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_nothing_is_squeezed_away_at_large_text_or_in_a_small_window(
    made: House, opened: Open, size: tuple[int, int], scale: float, qapp: QApplication
) -> None:
    page = opened(made, size=size)
    theme.apply(qapp, "light", text_scale=scale)
    for section in SECTIONS:
        page.workspace.sections.choose(section.id)
        page.wait()
        assert_fits(page, section.id)


def test_whoever_works_elsewhere_meanwhile_hears_how_the_run_ended(made: House, opened: Open) -> None:
    page = opened(made)
    start = page.workspace.start
    if not start.can_run:
        pytest.skip("the language-model engine is not installed")
    page.qtbot.keyClick(page.workspace.sections, Key.Key_R)
    page.window.keys.trigger("window.annotate")
    page.wait()
    assert any(one.sentence.startswith("Labelled 2 items in ") for one in page.window.notices.seen)
