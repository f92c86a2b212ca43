"""Icons drawn from one symbol font at the device's pixel ratio.

The font is the one qtawesome carries; importing qtawesome itself costs 140 ms at start (it loads qtpy), the font and
its table 7 ms.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

_FONT, _TABLE = "materialdesignicons6-webfont-*.ttf", "materialdesignicons6-webfont-charmap-*.json"
UNKNOWN = "help-circle-outline"


@lru_cache(maxsize=1)
def _glyphs() -> tuple[str, dict[str, str]]:
    """The font's family and its glyph for each name; empty where the font is not there."""
    spec = find_spec("qtawesome")
    folder = Path(next(iter(spec.submodule_search_locations or ()), "")) / "fonts" if spec else Path()
    fonts, tables = sorted(folder.glob(_FONT)), sorted(folder.glob(_TABLE))
    if not fonts or not tables:
        return "", {}
    families = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(fonts[-1])))
    table = json.loads(tables[-1].read_text(encoding="utf-8"))
    return (families[0], {name: chr(int(code, 16)) for name, code in table.items()}) if families else ("", {})


class GlyphEngine(QIconEngine):
    """Paints one glyph of the symbol font."""

    def __init__(self, name: str, colour: str, disabled: str) -> None:
        super().__init__()
        self._name, self._colour, self._disabled = name, colour, disabled

    def clone(self) -> QIconEngine:
        return GlyphEngine(self._name, self._colour, self._disabled)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        family, table = _glyphs()
        glyph = table.get(self._name) or table.get(UNKNOWN, "")
        font = QFont(family)
        font.setPixelSize(max(1, rect.height()))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.setPen(QColor(self._disabled if mode == QIcon.Mode.Disabled else self._colour))
        painter.setFont(font)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, glyph)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap


def icon(name: str, colour: str, disabled: str) -> QIcon:
    """An icon by name, in a colour and in another when it is disabled."""
    return QIcon(GlyphEngine(name, colour, disabled))


def is_known(name: str) -> bool:
    """Whether the symbol font has an icon of that name."""
    return name in _glyphs()[1]
