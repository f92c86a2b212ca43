"""The first five minutes, to be read beside the work."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence, QShortcut, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QDialog, QFrame, QTextEdit, QVBoxLayout, QWidget

from annodesk.paths import resource
from annodesk.ui import theme
from annodesk.ui.plain import set_title

SIZE = (560, 520)


class HelpWindow(QDialog):
    """Shows ``help/start.md``; work goes on behind it. Escape or Shift+F1 closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Five minutes with annodesk")
        self.setModal(False)
        self.text = QTextEdit()
        self.text.setReadOnly(True)
        self.text.setProperty("role", "reading")
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setAccessibleName("Five minutes with annodesk")
        self.text.setMarkdown(resource("help/start.md").read_text(encoding="utf-8"))
        self._space_paragraphs()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 16, 16)
        column.addWidget(self.text)
        QShortcut(QKeySequence("Shift+F1"), self, self.close)
        self.resize(*(theme.px(side) for side in SIZE))

    def _space_paragraphs(self) -> None:
        spaced = QTextBlockFormat()
        spaced.setBottomMargin(theme.px(10))
        spaced.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor = QTextCursor(self.text.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(spaced)
