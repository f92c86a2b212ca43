"""Themes: contrast, following the system, icons and the size of text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QCheckBox, QStyle, QStyleOptionButton
from pytestqt.qtbot import QtBot

from annodesk.model.schema import LABEL_COLOURS
from annodesk.ui import icons, theme
from annodesk.ui.annotate.actions import ACTIONS
from annodesk.ui.frame import Rail
from annodesk.ui.parts import line
from annodesk.ui.theme import DARK, LIGHT, Theme
from annodesk.ui.window import WORKSPACES

pytestmark = pytest.mark.qt


@pytest.fixture(autouse=True)
def as_before(qapp: QApplication) -> Iterator[None]:
    yield
    theme.apply(qapp, "dark", text_scale=1.0)


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
def test_words_have_a_contrast_of_at_least_four_and_a_half(tokens: Theme) -> None:
    for ground in (tokens.background, tokens.panel, tokens.raised):
        for word in (tokens.text, tokens.dim, tokens.ok_text, tokens.warn_text, tokens.bad):
            assert theme.contrast(word, ground) >= 4.5, (word, ground)
    assert theme.contrast(tokens.on_accent, tokens.accent) >= 4.5


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_labels_name_can_be_read_upon_its_segment(qapp: QApplication, name: str) -> None:
    theme.apply(qapp, name)
    for colour in LABEL_COLOURS:
        ink = theme.label_colour(colour)
        assert theme.contrast(ink.text, ink.fill) >= 4.5, colour


def test_views_hear_of_another_theme(qapp: QApplication, qtbot: object) -> None:
    theme.apply(qapp, "dark")
    heard: list[str] = []
    theme.notifier().theme_changed.connect(lambda: heard.append(theme.current().name))
    theme.apply(qapp, "light")
    assert heard == ["light"]
    assert qapp.palette().window().color().name() == LIGHT.panel


def test_a_hair_line_has_the_colour_of_the_theme_that_is_shown(qapp: QApplication, qtbot: QtBot) -> None:
    made = line()
    qtbot.addWidget(made)
    made.resize(20, 1)
    for tokens in (DARK, LIGHT):
        theme.apply(qapp, tokens.name)
        assert made.grab().toImage().pixelColor(10, 0).name() == tokens.line


def test_larger_text_makes_everything_larger(qapp: QApplication) -> None:
    theme.apply(qapp, "dark", text_scale=2.0)
    assert (theme.text_px("body"), theme.px(30)) == (26, 60)
    assert qapp.font().pixelSize() == 26


def test_an_unknown_theme_is_refused(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="choose dark, light or system"):
        theme.apply(qapp, "sepia")


def test_every_icon_of_the_rail_is_in_the_set(qapp: QApplication) -> None:
    assert all(icons.is_known(icon) for _, icon, _, _ in WORKSPACES)
    rail = Rail(WORKSPACES)
    assert not rail.buttons["annotate"].icon().pixmap(20, 20).toImage().isNull()
    rail.deleteLater()


def test_an_icon_is_drawn_at_the_devices_pixel_ratio(qapp: QApplication) -> None:
    pixmap = theme.icon("waveform").pixmap(theme.icon("waveform").actualSize(pixmap_size()), 2.0)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (40, 2.0)


def pixmap_size() -> object:
    from PySide6.QtCore import QSize

    return QSize(20, 20)


def test_every_action_has_a_title_and_a_group() -> None:
    assert all(action.title and action.group for action in ACTIONS)


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_a_box_stays_as_large_as_it_is_where_it_is_ticked(qapp: QApplication, qtbot: QtBot, scale: float) -> None:
    theme.apply(qapp, "dark", text_scale=scale)
    made = QCheckBox("done")
    qtbot.addWidget(made)
    before = made.sizeHint()
    made.setChecked(True)
    option = QStyleOptionButton()
    made.initStyleOption(option)
    ticked = made.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, made)
    made.setChecked(False)
    made.initStyleOption(option := QStyleOptionButton())
    plain = made.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, made)
    assert ticked.size() == plain.size()
    assert made.sizeHint() == before
