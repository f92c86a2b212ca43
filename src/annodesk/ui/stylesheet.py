"""The one style sheet, built from a theme's tokens; widgets choose their look by the property ``role``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annodesk.ui.theme import Theme


def build_stylesheet(theme: Theme, scale: float = 1.0) -> str:
    """The style sheet of a theme at a size of text (1.0 is 13 px body)."""

    def px(size: float) -> str:
        return f"{round(size * scale)}px"

    t = theme
    inside = f"{round(12 * scale) + 2 - 2 * round(3 * scale)}px"  # a box stays as large as it is where it is ticked
    return f"""
QWidget {{ font-size: {px(13)}; color: {t.text}; }}
QMainWindow, QDialog, [role="panel"] {{ background: {t.panel}; }}
[role="ground"] {{ background: {t.background}; }}
[role="raised"] {{ background: {t.raised}; }}
[role="card"] {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: 10px; }}
QFrame[role="chosen"] {{ background: {t.panel}; border: 1px solid {t.accent}; border-radius: 10px; }}
QFrame[role="taken"] {{ background: {t.raised}; border: 1px solid {t.faint}; border-radius: 10px; }}
QFrame[role="before"] {{ background: {t.panel}; border: 1px dashed {t.faint}; border-radius: 10px; }}
QFrame[role="line"] {{ background: {t.line}; border: none; }}
QFrame[role="strip"] {{ background: {t.panel}; border-bottom: 1px solid {t.line}; }}
QFrame[role="status"] {{ background: {t.panel}; border-top: 1px solid {t.line}; }}
QFrame[role="rail"] {{ background: {t.panel}; border-right: 1px solid {t.line}; }}
QLabel {{ background: transparent; border: none; }}
QLabel[role="title"] {{ font-size: {px(15)}; font-weight: 600; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="head"] {{ font-size: {px(11)}; color: {t.dim}; }}
QLabel[role="small"] {{ font-size: {px(12)}; color: {t.dim}; }}
QLabel[role="said"] {{ font-size: {px(12)}; color: {t.text}; font-weight: 600; }}
QLabel[role="dim"] {{ color: {t.dim}; }}
QLabel[role="faint"] {{ color: {t.faint}; }}
QLabel[role="bad"] {{ color: {t.bad}; }}
QLabel[role="ok"] {{ color: {t.ok_text}; }}
QLabel[role="warn"] {{ color: {t.warn_text}; }}
QLabel[role="key"] {{ font-size: {px(11)}; color: {t.dim}; background: {t.raised}; border: 1px solid {t.line};
    border-radius: 4px; padding: 0px {px(4)}; }}
QLabel:disabled, QLabel[role="dim"]:disabled, QLabel[role="key"]:disabled {{ color: {t.faint}; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: 4px; }}
QPushButton {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 6px; padding: {px(4)} {px(12)}; }}
QPushButton:hover {{ border-color: {t.faint}; }}
QPushButton:pressed {{ background: {t.line}; }}
QPushButton:disabled {{ color: {t.faint}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {t.accent}; }}
QPushButton[role="primary"] {{ background: {t.accent}; border-color: {t.accent}; color: {t.on_accent};
    font-weight: 600; }}
QPushButton[role="primary"]:disabled {{ background: {t.raised}; border-color: {t.line}; color: {t.faint}; }}
QPushButton[role="flat"] {{ background: transparent; border-color: transparent; color: {t.dim};
    padding: {px(2)} {px(6)}; }}
QPushButton[role="brand"] {{ background: transparent; border-color: transparent; font-weight: 700;
    padding: {px(2)} {px(6)}; }}
QPushButton[role="brand"]:hover {{ background: {t.raised}; }}
QPushButton[role="flat"]:hover {{ color: {t.text}; background: {t.raised}; }}
QPushButton[role="flat"]:checked {{ background: {t.raised}; border-color: {t.accent}; }}
QPushButton[role="flat"]:focus {{ border-color: {t.accent}; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 2px; }}
QToolButton:hover {{ background: {t.raised}; }}
QToolButton[role="rail"]:checked {{ background: {t.raised}; border-color: {t.line}; }}
QLineEdit, QTextEdit, QPlainTextEdit, QSpinBox, QDoubleSpinBox {{ background: {t.background};
    border: 1px solid {t.line}; border-radius: 6px; padding: {px(3)} {px(6)}; selection-background-color: {t.accent};
    selection-color: {t.on_accent}; }}
QLineEdit:focus, QTextEdit:focus, QPlainTextEdit:focus {{ border-color: {t.accent}; }}
QTextBrowser[role="reading"], QTextEdit[role="reading"] {{ background: transparent; border: none; padding: 0px; }}
QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {t.accent}; }}
QSpinBox::up-button, QSpinBox::down-button {{ width: 0px; border: none; }}
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{ width: 0px; border: none; }}
QCheckBox {{ spacing: {px(8)}; }}
QCheckBox::indicator {{ width: {px(12)}; height: {px(12)}; border: 1px solid {t.faint}; border-radius: 4px;
    background: {t.background}; }}
QCheckBox::indicator:checked {{ width: {inside}; height: {inside}; background: {t.accent};
    border: {px(3)} solid {t.background}; }}
QCheckBox:focus::indicator {{ border-color: {t.accent}; }}
QRadioButton {{ spacing: {px(8)}; }}
QRadioButton::indicator {{ width: {px(12)}; height: {px(12)}; border: 1px solid {t.faint}; border-radius: {px(7)};
    background: {t.background}; }}
QRadioButton::indicator:checked {{ width: {inside}; height: {inside}; background: {t.accent};
    border: {px(3)} solid {t.background}; }}
QRadioButton:focus::indicator {{ border-color: {t.accent}; }}
QComboBox:focus {{ border-color: {t.accent}; }}
QComboBox {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 6px; padding: {px(3)} {px(8)}; }}
QComboBox QAbstractItemView {{ background: {t.panel}; border: 1px solid {t.line};
    selection-background-color: {t.raised}; selection-color: {t.text}; }}
QComboBox[role="steady"]::drop-down {{ border: none; width: {px(20)}; }}
QTreeView::item {{ padding: {px(2)} 0px; }}
QListView, QTreeView, QTableView, QListWidget {{ background: transparent; border: none; outline: none;
    selection-background-color: {t.raised}; selection-color: {t.text}; }}
QTableView {{ gridline-color: transparent; }}
QTableView::item {{ padding: 0px {px(4)}; border: none; }}
QTableView::item:selected {{ background: {t.raised}; }}
QListView::item:selected {{ background: {t.raised}; color: {t.text}; }}
QHeaderView {{ background: transparent; }}
QHeaderView::section {{ background: transparent; color: {t.dim}; border: none; padding: {px(2)} {px(7)};
    font-weight: normal; }}
QMenu {{ background: {t.panel}; border: 1px solid {t.line}; padding: 4px; }}
QMenu::item {{ padding: {px(4)} {px(20)}; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.raised}; }}
QMenu::item:disabled {{ color: {t.faint}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px; }}
QSplitter::handle {{ background: {t.line}; }}
QSplitter::handle:hover {{ background: {t.accent}; }}
QScrollArea, QScrollArea > QWidget > QWidget[role="scrolled"] {{ background: transparent; border: none; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0px; }}
QScrollBar::handle {{ background: {t.line}; border-radius: 4px; margin: 1px; min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: {t.faint}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0px; height: 0px; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {t.raised}; border: none; border-radius: 2px; max-height: 4px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
"""
