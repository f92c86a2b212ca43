"""How annodesk looks: colours, sizes, fonts and icons for a dark and a light system, and the one style sheet."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from annodesk.ui import icons
from annodesk.ui.stylesheet import build_stylesheet

SPACE = 4
RADIUS_MARK, RADIUS_BUTTON, RADIUS_CARD = 4, 6, 10
TITLE_HEIGHT, RAIL_WIDTH, STATUS_HEIGHT = 36, 52, 26
SIDE_LEFT_WIDTH, SIDE_RIGHT_WIDTH = 240, 284

_SIZES = {"title": 15, "body": 13, "small": 12, "head": 11}


class Theme(Struct, frozen=True):
    """The colours of one scheme, as ``#rrggbb``.

    ``on_accent`` is text upon the accent; ``ok`` and ``warn`` are for marks, ``ok_text`` and ``warn_text`` for words.
    """

    name: str
    is_dark: bool
    background: str
    panel: str
    raised: str
    line: str
    text: str
    dim: str
    faint: str
    accent: str
    ok: str
    warn: str
    bad: str
    on_accent: str
    ok_text: str
    warn_text: str
    wave: str


DARK = Theme(
    name="dark",
    is_dark=True,
    background="#16181d",
    panel="#1c1f26",
    raised="#242832",
    line="#2e333f",
    text="#e6e8ee",
    dim="#9aa3b5",
    faint="#6b7489",
    accent="#5aa9ff",
    ok="#4fbf8b",
    warn="#e5a83b",
    bad="#e4657a",
    on_accent="#0d1420",
    ok_text="#4fbf8b",
    warn_text="#e5a83b",
    wave="#4d97e6",
)
LIGHT = Theme(
    name="light",
    is_dark=False,
    background="#f4f5f8",
    panel="#ffffff",
    raised="#eef0f5",
    line="#d9dde6",
    text="#1b2030",
    dim="#5a6478",
    faint="#8a93a6",
    accent="#1f6fd1",
    ok="#1f8f5f",
    warn="#b0780f",
    bad="#c43a53",
    on_accent="#ffffff",
    ok_text="#197347",
    warn_text="#855a07",
    wave="#3a7fd6",
)


class LabelInk(Struct, frozen=True):
    """The colours a label is drawn with: solid for its mark, fill and edge for a person's segment, text upon the fill,
    faint for the dimmer fill of a machine's."""

    solid: QColor
    fill: QColor
    edge: QColor
    faint: QColor
    text: QColor


class Notifier(QObject):
    """Tells views that keep pixmaps or colours of their own that the theme is another now."""

    theme_changed = Signal()


class _State:
    def __init__(self) -> None:
        self.theme = DARK
        self.choice = "system"
        self.text_scale = 1.0
        self.notifier: Notifier | None = None
        self.follows: QGuiApplication | None = None


_state = _State()


def notifier() -> Notifier:
    """The object whose ``theme_changed`` is emitted after the theme or the size of text changed."""
    if _state.notifier is None:
        _state.notifier = Notifier()
    return _state.notifier


def current() -> Theme:
    """The theme that is shown."""
    return _state.theme


def apply(app: QApplication, choice: str = "system", *, text_scale: float | None = None) -> Theme:
    """Show the ``dark``, the ``light`` or the system's scheme, at a size of text (1.0 is 13 px body)."""
    if choice not in ("dark", "light", "system"):
        raise ValueError(f"{choice!r} is not a theme; choose dark, light or system")
    _state.choice = choice
    if text_scale is not None:
        _state.text_scale = text_scale
    if _state.follows is not app:
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(_follow)
        _state.follows = app
    _show(app)
    return _state.theme


def _follow() -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication) and _state.choice == "system":
        _show(app)


def _show(app: QApplication) -> None:
    dark = _state.choice == "dark" or (
        _state.choice == "system" and app.styleHints().colorScheme() is Qt.ColorScheme.Dark
    )
    _state.theme = theme = DARK if dark else LIGHT
    _scale.cache_clear()
    px.cache_clear()
    font = QFont(app.font())
    font.setPixelSize(text_px("body"))
    app.setFont(font)
    app.setPalette(_palette(theme))
    sheet = build_stylesheet(theme, scale())
    if app.styleSheet() != sheet:  # the same one again would polish every widget anew
        app.setStyleSheet(sheet)
    _label_ink.cache_clear()
    notifier().theme_changed.emit()


def scale() -> float:
    """How much larger than 13 px body text is shown: the person's choice times the system's."""
    return _scale(_state.text_scale)


@lru_cache(maxsize=1)
def _scale(text_scale: float) -> float:
    # Asked hundreds of times a paint; asking the screen each time took half of the timeline's painting.
    screen = QGuiApplication.primaryScreen()
    system = screen.logicalDotsPerInch() / 96 if screen else 1.0
    return min(3.0, max(0.75, text_scale * system))


@lru_cache(maxsize=256)
def px(size: float) -> int:
    """A size in pixels at the present size of text."""
    return round(size * scale())


def text_px(kind: str = "body") -> int:
    """Height of ``title``, ``body``, ``small`` or ``head`` text, in pixels."""
    return px(_SIZES[kind])


def font(kind: str = "body", *, bold: bool = False) -> QFont:
    """The interface's font at a size; heads are in spaced capitals."""
    made = QFont(QGuiApplication.font())
    made.setPixelSize(text_px(kind))
    made.setBold(bold)
    if kind == "head":
        made.setCapitalization(QFont.Capitalization.AllUppercase)
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.6)
    return made


def mono_font(kind: str = "small") -> QFont:
    """The font of times and keys: digits of one width."""
    return QFont(_mono_font(text_px(kind)))  # one that others may change; what was looked up for it is shared


@lru_cache(maxsize=32)
def _mono_font(text_px: int) -> QFont:
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPixelSize(text_px)
    return made


def icon(name: str, colour: str | None = None) -> QIcon:
    """An icon of the set by its name (such as ``waveform``), dim when disabled, sharp at any pixel ratio."""
    return icons.icon(name, colour or _state.theme.dim, _state.theme.faint)


def label_colour(colour: str) -> LabelInk:
    """How a label of that colour (``#rrggbb``) is drawn in the present theme."""
    return _label_ink(colour, _state.theme.name)


@lru_cache(maxsize=256)
def _label_ink(colour: str, _theme: str) -> LabelInk:
    theme = _state.theme
    ground, solid = QColor(theme.background), QColor(colour)
    strong, weak = (0.46, 0.16) if theme.is_dark else (0.42, 0.16)
    return LabelInk(
        solid=solid,
        fill=mix(ground, solid, strong),
        edge=mix(ground, solid, 0.85),
        faint=mix(ground, solid, weak),
        text=QColor(theme.text),
    )


def mix(ground: QColor | str, colour: QColor | str, share: float) -> QColor:
    """The ground with a share (0 to 1) of a colour in it."""
    a, b = QColor(ground), QColor(colour)
    return QColor(*(round(x + (y - x) * share) for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True)))


def contrast(one: QColor | str, other: QColor | str) -> float:
    """Contrast of two colours as the Web's accessibility guidelines count it, 1 to 21."""

    def luminance(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(QColor(one)), luminance(QColor(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for roles, colour in (
        ((role.Window, role.Button), theme.panel),
        ((role.Base,), theme.background),
        ((role.AlternateBase, role.ToolTipBase, role.Light, role.Midlight), theme.raised),
        ((role.Mid, role.Dark, role.Shadow), theme.line),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText), theme.text),
        ((role.PlaceholderText,), theme.faint),
        ((role.Highlight, role.Link, role.Accent), theme.accent),
        ((role.HighlightedText,), theme.on_accent),
    ):
        for one in roles:
            palette.setColor(one, QColor(colour))
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor(theme.faint))
    return palette
