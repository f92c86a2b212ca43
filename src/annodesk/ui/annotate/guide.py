"""Shows Markdown that others wrote: words alone, no more of them than can be laid out at once, and nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QImage,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFragment,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit

from annodesk.ui import theme
from annodesk.ui.plain import breakable, shown

LONGEST, MOST_LINES, LONGEST_LINE = 100_000, 2_000, 4_000
"""Characters, lines, characters of a line. So much takes Qt 50 ms; a list of 50,000 points alone would take 70 s."""
LONGEST_WORD = 200
_MARK = r"(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]))"
_TOO_DEEP = re.compile(rf"^({_MARK}{{8}}){_MARK}+")
"""A point of a point of a point ... of a list: a hundred of them on each line take 2 s."""


class GuideText(QTextEdit):
    """A text as tall as its words; pictures and links are named in words, and lead nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self._document: _Document | None = None
        self.setReadOnly(True)
        self.setProperty("role", "reading")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_markdown(self, markdown: str) -> None:
        """Show a text in the theme's font."""
        document = _Document(self)  # laid out once it is finished
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        document.setDefaultFont(theme.font())
        document.setMarkdown(breakable(markdown, LONGEST_WORD), QTextDocument.MarkdownFeature.MarkdownNoHTML)
        _say_in_words(document)
        _calm_headings(document)
        before, self._document = self._document, document
        self.setDocument(document)
        if before is not None:
            before.deleteLater()

    def fit(self, width: int) -> None:
        """Take that width and the height the words then need."""
        self.document().setTextWidth(max(80, width))
        self.setFixedHeight(int(self.document().size().height()) + theme.px(8))


class _Document(QTextDocument):
    """Gives an empty picture for whatever it is to load: where it gives none Qt looks for a file of that name."""

    def loadResource(self, kind: int, name: QUrl | str) -> QImage:
        return QImage(1, 1, QImage.Format.Format_ARGB32)


def shortened(markdown: str) -> str:
    """As much of a text as can be laid out while a person waits for nothing."""
    lines = [_TOO_DEEP.sub(r"\1", line) for line in markdown[:LONGEST].split("\n")[:MOST_LINES]]
    return "\n".join(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …" for line in lines)


def _say_in_words(document: QTextDocument) -> None:
    """A picture becomes its description; a link becomes its words with the address after them."""
    fragments = list(_fragments(document))
    cursor = QTextCursor(document)
    cursor.beginEditBlock()  # 12,000 links one by one take 9 s, in one go 70 ms
    following = ""
    for fragment in reversed(fragments):  # from the end, so that what is put in moves none of those still to come
        form, after = fragment.charFormat(), following
        following = form.anchorHref() if form.isAnchor() else ""
        if not form.isAnchor() and not form.isImageFormat():
            continue
        cursor.setPosition(fragment.position())
        cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
        words = _picture_words(form) if form.isImageFormat() else fragment.text()
        ends_here = following not in ("", after, words) and not following.startswith("#")
        cursor.insertText(f"{words} ({shown(following, 300)})" if ends_here else words, _plain(form))
    cursor.endEditBlock()


def _fragments(document: QTextDocument) -> Iterator[QTextFragment]:
    block = document.begin()
    while block.isValid():
        place = block.begin()
        while not place.atEnd():
            yield place.fragment()
            place += 1
        block = block.next()


def _picture_words(form: QTextCharFormat) -> str:
    described = str(form.property(QTextFormat.Property.ImageAltText) or "")
    return f"[picture: {shown(described or form.toImageFormat().name(), 200)}]"


def _plain(form: QTextCharFormat) -> QTextCharFormat:
    plain = QTextCharFormat()
    plain.setFontWeight(form.fontWeight())
    plain.setFontItalic(form.fontItalic())
    return plain


def _calm_headings(document: QTextDocument) -> None:
    """Headings in bold at the size of the text, parted from what stands above: the panel is narrow."""
    block = document.begin()
    while block.isValid():
        if block.blockFormat().headingLevel():
            cursor = QTextCursor(block)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            calm = QTextCharFormat()
            calm.setFontWeight(QFont.Weight.DemiBold)
            calm.setProperty(QTextFormat.Property.FontSizeAdjustment, 0)
            cursor.mergeCharFormat(calm)
            parted = QTextBlockFormat()
            parted.setTopMargin(theme.px(8) if block.blockNumber() else 0)
            parted.setBottomMargin(theme.px(2))
            QTextCursor(block).mergeBlockFormat(parted)
        block = block.next()
