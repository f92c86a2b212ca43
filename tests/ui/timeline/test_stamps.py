"""Frames and words set down as pictures look as if they had been drawn there."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication

from annodesk.ui import theme
from annodesk.ui.timeline import stamps
from annodesk.ui.timeline.stamps import CAP_PX, FRAME_PX, FrameKind

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
    image = ground(width + 4, ratio)
    painter = QPainter(image)
    stamps.set_frame(painter, 2, 1, width, HEIGHT, kind)
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
    image = ground(width + 40)
    painter = QPainter(image)
    painter.setFont(theme.font("small"))
    stamps.set_words(painter, 20, 4, words, INK)
    painter.end()
    inked = [x for x in range(image.width()) for y in range(HEIGHT) if image.pixelColor(x, y).lightness() > 60]
    assert min(inked) >= 18
    assert width // 2 < max(inked) <= 20 + width + 2


def test_a_larger_text_gets_pictures_of_its_own(qapp: QApplication) -> None:
    small = stamps.words_width("speech")
    theme.apply(qapp, "dark", text_scale=2.0)
    try:
        assert stamps.words_width("speech") > 1.6 * small
    finally:
        theme.apply(qapp, "dark", text_scale=1.0)
