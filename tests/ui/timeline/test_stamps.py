"""Frames and words set down as pictures look as if they had been drawn there."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication

from annodesk.ui import theme
from annodesk.ui.timeline import stamps
from annodesk.ui.timeline.stamps import CAP_PX, FRAME_PX, FrameKind, Sheet

pytestmark = pytest.mark.qt

KIND = FrameKind("#ff8800", 1.0, False, "#223344", 4.0)
HEIGHT, INK = 40, QColor("#ffffff").rgba()


@pytest.fixture(autouse=True)
def shown(qapp: QApplication) -> None:
    theme.apply(qapp, "dark", text_scale=1.0)


def ground(width: int, ratio: float = 1.0) -> QImage:
    image = QImage(round(width * ratio), round((HEIGHT + 2) * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.black)
    return image


def set_down(width: int, ratio: float = 1.0, kind: FrameKind = KIND) -> QImage:
    sheet = Sheet(QRect(0, 0, width + 4, HEIGHT + 2), ratio)
    sheet.lay_frames([(2, 2 + width)], 1, HEIGHT, [kind])
    return painted(sheet)


def painted(sheet: Sheet) -> QImage:
    image = ground(sheet.box.width(), sheet.ratio)
    painter = QPainter(image)
    sheet.set_down(painter)
    painter.end()
    return image


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("width", [2 * CAP_PX + 1, 100, FRAME_PX - 1, FRAME_PX, FRAME_PX + 1, 3 * FRAME_PX + 7])
def test_a_frame_of_any_width_is_the_one_a_painter_draws(width: int, ratio: float) -> None:
    drawn = ground(width + 4, ratio)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(KIND.pen), KIND.width_px))
    painter.setBrush(QBrush(QColor(KIND.fill)))
    painter.drawRoundedRect(QRectF(2.5, 1.5, width - 1, HEIGHT - 1), KIND.radius_px, KIND.radius_px)
    painter.end()
    assert set_down(width, ratio) == drawn


@pytest.mark.parametrize("width", [1, 2, 5, 2 * CAP_PX])
def test_a_narrow_frame_keeps_to_its_width(width: int) -> None:
    image = set_down(width)
    middle = [image.pixelColor(x, HEIGHT // 2).name() for x in range(image.width())]
    assert middle[:2] == middle[-2:] == ["#000000"] * 2
    assert "#000000" not in middle[2:-2]
    assert middle[-3] == KIND.pen


def test_a_dashed_frame_has_gaps_and_another_kind_another_colour() -> None:
    image = set_down(300, kind=KIND._replace(is_dashed=True))
    top = {image.pixelColor(x, 1).name() for x in range(10, 290)}
    assert len(top) > 1
    assert set_down(300, kind=KIND._replace(fill="#445566")).pixelColor(100, 20).name() == "#445566"


@pytest.mark.parametrize("words", ["speech", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "so long " * 400])
def test_words_take_the_room_they_say_and_are_where_they_are_put(words: str) -> None:
    width = stamps.words_width(words)
    sheet = Sheet(QRect(0, 0, width + 40, HEIGHT + 2), 1.0)
    sheet.lay_words(20, 1, HEIGHT, words, INK, "#000000")
    image = painted(sheet)
    inked = [x for x in range(image.width()) for y in range(HEIGHT) if image.pixelColor(x, y).lightness() > 60]
    assert min(inked) >= 18
    assert width // 2 < max(inked) <= 20 + width + 2


def test_words_higher_than_their_room_are_cut_to_it() -> None:
    sheet = Sheet(QRect(0, 0, 80, HEIGHT + 2), 1.0)
    sheet.lay_words(20, 10, 5, "speech", INK, "#112233")
    image = painted(sheet)
    inked = [y for y in range(HEIGHT) if image.pixelColor(30, y) != QColor("#000000")]
    assert (min(inked), max(inked)) == (10, 14)


def test_what_lies_beyond_the_sheet_is_cut_off() -> None:
    whole = Sheet(QRect(0, 0, 120, HEIGHT + 2), 1.0)
    part = Sheet(QRect(30, 5, 40, 20), 1.0)
    for sheet in (whole, part):
        sheet.lay_frames([(10, 55), (60, 160)], 1, HEIGHT, [KIND, KIND._replace(fill="#445566")])
        sheet.lay_words(16, 2, HEIGHT - 2, "speech and more", INK, KIND.fill)
        sheet.lay_bar(-9, 3, 6, 4, INK)
        sheet.lay_bar(64, 3, 9, 4, INK)
        sheet.lay_words(40, -60, 30, "above all", INK, KIND.fill)
    assert (whole.pixels[5:25, 30:70] == part.pixels).all()


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_row_of_columns_is_as_wide_and_as_high_as_it_is_said(ratio: float) -> None:
    sheet = Sheet(QRect(4, 0, 16, 10), ratio)
    sheet.lay_columns(np.arange(1, 13, dtype=np.uint32), 8, 2, 6)
    rows, columns = np.nonzero(sheet.pixels)
    assert (rows.min(), rows.max() + 1) == (round(2 * ratio), round(8 * ratio))
    assert (columns.min(), columns.max() + 1) == (4 * ratio, 16 * ratio)
    assert sheet.pixels[round(3 * ratio), columns.max()] == 12


def test_a_larger_text_gets_pictures_of_its_own(qapp: QApplication) -> None:
    small = stamps.words_width("speech")
    theme.apply(qapp, "dark", text_scale=2.0)
    try:
        assert stamps.words_width("speech") > 1.6 * small
    finally:
        theme.apply(qapp, "dark", text_scale=1.0)
