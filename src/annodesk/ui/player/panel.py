"""The sound panel: device, speed, loudness, band, and a strip for each of an item's recordings and their channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from annodesk.ui import theme
from annodesk.ui.parts import button, key_cap, label
from annodesk.ui.plain import entry_text, set_tip, shown
from annodesk.ui.player.mixer import (
    LEAST_GAIN_DB,
    LONGEST_NAME,
    MOST_GAIN_DB,
    Mixer,
    Recording,
    band_words,
    channel_name,
)
from annodesk.ui.player.video_offsets import offset_field, step_of

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.media.listen import Strip

WIDTH = 380
COLUMNS = 5
STEP_US = 10_000
_LONGEST_DEVICE = 40


class SoundButton(QPushButton):
    """Shows the speed and whether anything is heard; opens the panel."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "flat")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAutoDefault(False)
        self._mixer: Mixer | None = None
        self._is_short = False
        theme.notifier().theme_changed.connect(self._draw)

    def follow(self, mixer: Mixer) -> None:
        """Show the state of this one."""
        self._mixer = mixer
        mixer.changed.connect(self._draw)
        self._draw()

    def set_short(self, is_short: bool) -> None:
        """Show no speed, where there is little room."""
        if is_short != self._is_short:
            self._is_short = is_short
            self._draw()

    def _draw(self) -> None:
        mixer = self._mixer
        if mixer is None:
            return
        self.setIconSize(QSize(theme.px(16), theme.px(16)))
        tokens = theme.current()
        name = "volume-off" if mixer.is_quiet else "volume-high"
        self.setIcon(theme.icon(name, tokens.warn_text if mixer.is_quiet else tokens.dim))
        self.setText("" if self._is_short else mixer.rate_words())
        said = mixer.words()
        self.setAccessibleName(f"Sound, {mixer.rate_words()}" + (f", {said}" if said else ""))
        tip = "Sound: speed (- and =), device, channels, loudness (Ctrl+Shift+S)"
        set_tip(self, f"{said}\n{tip}" if said else tip)


class SoundPanel(QDialog):
    """Opens beside its button; every change is heard at once, Escape or a click elsewhere closes it.

    step_asked(str)    the last move of a recording is to be taken back ("undo"), or made again ("redo")
    """

    step_asked = Signal(str)

    def __init__(self, mixer: Mixer, anchor: QWidget) -> None:
        super().__init__(anchor, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self._mixer, self._anchor = mixer, anchor
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAccessibleName("Sound")
        self._is_showing = False
        self.rows: list[StripRow] = []
        self.heads: list[Heading] = []
        self._placed_for: list[bool] = []
        self._told = ""
        self._filled_for: tuple[Recording, ...] = ()
        self._build()
        mixer.changed.connect(self._show_if_open)

    def open(self) -> None:
        """Show the panel with what is the case now."""
        self._mixer.transport.look_for_device()
        self._told = ""
        self._fill_strips()
        self._show()
        self._place()
        self.show()
        self.activateWindow()
        self.devices.setFocus(Qt.FocusReason.PopupFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        """Who goes back to work has done with it."""
        super().changeEvent(event)
        has_left = event.type() is QEvent.Type.ActivationChange and self.isVisible() and not self.isActiveWindow()
        if has_left and QApplication.activePopupWidget() is None:
            self.reject()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses nothing by itself; the speed has its keys here too."""
        transport = self._mixer.transport
        if step := step_of(event):
            self.step_asked.emit(step)
        elif event.key() == Qt.Key.Key_Minus:
            transport.slower()
        elif event.key() in (Qt.Key.Key_Equal, Qt.Key.Key_Plus):
            transport.faster()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def say(self, sentence: str) -> None:
        """Tell what was just done, until something else is or the panel is opened anew."""
        self._told = sentence
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is changed by keys and by dragging is not changed by scrolling past it."""
        return event.type() is QEvent.Type.Wheel

    # Building

    def _build(self) -> None:
        self.devices = QComboBox()
        self.devices.setAccessibleName("Plays on")
        self.devices.setMinimumContentsLength(20)
        self.devices.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.devices.activated.connect(self._on_device)
        self.devices.installEventFilter(self)
        self.said = label("", "small", wrap=True)
        self.slower, self.normal, self.faster = button("−"), button(""), button("+")
        for one, name, tip in (
            (self.slower, "Slower", "Slower (-)"),
            (self.normal, "As fast as recorded", "As fast as recorded (`)"),
            (self.faster, "Faster", "Faster (=)"),
        ):
            one.setAccessibleName(name)
            set_tip(one, tip)
        transport = self._mixer.transport
        self.slower.clicked.connect(transport.slower)
        self.normal.clicked.connect(lambda: transport.set_rate(1.0))
        self.faster.clicked.connect(transport.faster)
        self.levels = QCheckBox("Bring recordings to one loudness")
        self.levels.toggled.connect(self._on_levels)
        self.measured = label("", "small")
        self.band = label("", "", wrap=True)
        self.all_of_it = button("All frequencies")
        self.all_of_it.clicked.connect(lambda: transport.set_band(None))
        self._strips = QWidget()
        self._grid = QGridLayout(self._strips)
        self._grid.setContentsMargins(0, 0, theme.px(4), 0)
        self._grid.setColumnStretch(1, 1)
        self._parts = QWidget()
        self._parts.setProperty("role", "panel")
        self._area = QScrollArea()
        self._area.setWidget(self._parts)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        card = QFrame()
        card.setProperty("role", "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(2, 6, 2, 6)
        inside.addWidget(self._area)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(card)
        column = QVBoxLayout(self._parts)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(theme.SPACE)
        head = QHBoxLayout()
        head.addWidget(label("Sound", "title"))
        head.addStretch()
        head.addWidget(key_cap("Esc"))
        column.addLayout(head)
        _head(column, "Plays on")
        column.addWidget(self.devices)
        column.addWidget(self.said)
        _head(column, "Speed")
        column.addLayout(_row(self.slower, self.normal, self.faster))
        _head(column, "Loudness")
        column.addLayout(_row(self.levels, self.measured))
        _head(column, "Frequencies")
        column.addLayout(_row(self.band, self.all_of_it))
        _head(column, "Mix")
        column.addWidget(self._strips)

    def _fill_strips(self) -> None:
        recordings = self._mixer.recordings
        if self._filled_for == recordings:
            return
        self._filled_for = recordings
        for row in (*self.rows, *self.heads):
            row.leave(self._grid)
        self.rows, self.heads = [], []
        for number, recording in enumerate(recordings):
            if len(recordings) > 1:
                self.heads.append(Heading(self._mixer, number, self))
                self.heads[-1].enter(self._grid)
            if recording.problem or (number == 0 and not self._mixer.has_own_sound):
                continue
            channels = range(recording.channels) if recording.channels > 1 else ()
            for channel in (None, *channels):
                row = StripRow(self._mixer, number, channel, self)
                row.enter(self._grid, self._grid.rowCount())
                self.rows.append(row)

    def _place(self) -> None:
        """Under the button and inside of the window; what finds no room there is reached by scrolling."""
        window = self._anchor.window()
        self._placed_for = self._rows_shown()
        inside = QRect(window.mapToGlobal(QPoint(0, 0)), window.size()).adjusted(8, 8, -8, -8)
        for part in self.findChildren(QWidget):
            part.ensurePolished()
        for one in (self._grid, self._parts.layout()):
            one.invalidate()
            one.activate()
        wanted = self._parts.sizeHint()
        width = min(inside.width(), max(theme.px(WIDTH), wanted.width() + theme.px(24)))
        below = self._anchor.mapToGlobal(QPoint(0, self._anchor.height() + 4))
        height = min(inside.height(), max(wanted.height(), self._parts.heightForWidth(width - 8)) + 20)
        self.setFixedSize(width, height)
        x = max(inside.left(), min(below.x(), inside.right() - width))
        self.move(x, max(inside.top(), min(below.y(), inside.bottom() - height)))

    # Showing

    def _show_if_open(self) -> None:
        if self.isVisible():
            self._show()
            if self._rows_shown() != self._placed_for:
                self._place()

    def _rows_shown(self) -> list[bool]:
        return [not row.name.isHidden() for row in self.rows]

    def _show(self) -> None:
        mixer, transport = self._mixer, self._mixer.transport
        self._is_showing = True
        outputs = transport.outputs()
        default = next((output.name for output in outputs if output.is_default), "")
        entries = [("", f"System default ({default})" if default else "System default")]
        entries += [(output.id, output.name) for output in outputs]
        if mixer.device_id and mixer.device_id not in [output.id for output in outputs]:
            entries.append((mixer.device_id, f"{mixer.device_name or 'The device chosen'}, not there now"))
        if entries != [(self.devices.itemData(i), self.devices.itemText(i)) for i in range(self.devices.count())]:
            self.devices.clear()
            for device_id, name in entries:
                self.devices.addItem(entry_text(name, _LONGEST_DEVICE), device_id)
        self.devices.setCurrentIndex(max(0, self.devices.findData(mixer.device_id)))
        self.said.setText(self._told or (mixer.words() if transport.problem else ""))
        self.said.setVisible(bool(self.said.text()))
        self.normal.setText(mixer.rate_words())
        self.levels.setChecked(mixer.levels)
        self.measured.setText(mixer.measured)
        band = transport.hearing.band_hz
        self.band.setText("all" if band is None else band_words(band))
        self.all_of_it.setVisible(band is not None)
        for head in self.heads:
            head.show_offset()
        for row in self.rows:
            row.show_strip()
        self._is_showing = False

    def _on_device(self, place: int) -> None:
        device_id = self.devices.itemData(place)
        name = next((output.name for output in self._mixer.transport.outputs() if output.id == device_id), "")
        self._mixer.set_device(device_id, name or self._mixer.device_name)

    def _on_levels(self, on: bool) -> None:
        if not self._is_showing:
            self._mixer.set_levels(on)


class Heading:
    """The name of one of several recordings, when it begins, and why it cannot be heard where that is so."""

    def __init__(self, mixer: Mixer, number: int, panel: SoundPanel) -> None:
        recording, offset_us = mixer.recordings[number], mixer.offset_us(number)
        self._mixer, self._number = mixer, number
        self.name = label(shown(recording.name, LONGEST_NAME))
        set_tip(self.name, recording.name)
        self.begins: QDoubleSpinBox | None = None
        if offset_us is not None and not recording.problem:
            self.begins = offset_field(shown(recording.name, LONGEST_NAME), offset_us, STEP_US)
            self.begins.setPrefix("at ")
            set_tip(
                self.begins,
                "When it begins against the first, for everybody who works on the item; Ctrl+Z takes it back",
            )
            self.begins.installEventFilter(panel)
            self.begins.valueChanged.connect(lambda value_s: mixer.begin_at(number, round(value_s * 1_000_000)))
        self.problem = label(recording.problem, "small", wrap=True)
        self.problem.setVisible(bool(recording.problem))

    def enter(self, grid: QGridLayout) -> None:
        """Take two rows of the grid."""
        row, named = grid.rowCount(), COLUMNS if self.begins is None else COLUMNS - 2
        grid.addWidget(self.name, row, 0, 1, named)
        if self.begins is not None:
            grid.addWidget(self.begins, row, named, 1, 2)
        grid.addWidget(self.problem, row + 1, 0, 1, COLUMNS)

    def leave(self, grid: QGridLayout) -> None:
        """Give the rows back."""
        for part in (self.name, self.begins, self.problem):
            if part is not None:
                _take_out(part, grid)

    def show_offset(self) -> None:
        """Show when it begins now."""
        offset_us = self._mixer.offset_us(self._number)
        if self.begins is not None and offset_us is not None:
            self.begins.blockSignals(True)
            self.begins.setValue(offset_us / 1_000_000)
            self.begins.blockSignals(False)


class StripRow:
    """Name, gain, mute and solo of one channel, or of the whole of a recording."""

    def __init__(self, mixer: Mixer, number: int, channel: int | None, panel: SoundPanel) -> None:
        self.number, self.channel, self._mixer = number, channel, mixer
        recording, is_one_of_several = mixer.recordings[number], len(mixer.recordings) > 1
        name = channel_name(channel, recording.channels) if channel is not None else "recording"
        of = f"{name} of {shown(recording.name, LONGEST_NAME)}" if is_one_of_several else name
        self.name = label("all of it" if channel is None and is_one_of_several else name)
        self.gain = QSlider(Qt.Orientation.Horizontal)
        self.gain.setRange(LEAST_GAIN_DB, MOST_GAIN_DB)
        self.gain.setPageStep(3)
        self.gain.setAccessibleName(f"Gain of {of}")
        self.gain.installEventFilter(panel)
        self.gain_said = label("", "small")
        self.mute, self.solo = QPushButton("mute"), QPushButton("alone")
        for one, what in ((self.mute, "Mute"), (self.solo, "Hear alone")):
            one.setProperty("role", "flat")
            one.setCheckable(True)
            one.setAutoDefault(False)
            one.setAccessibleName(f"{what}: {of}")
        self._can_be_alone = channel is not None or is_one_of_several
        self.solo.setVisible(self._can_be_alone)
        self.gain.valueChanged.connect(lambda value: self._change(gain_db=float(value)))
        self.mute.toggled.connect(lambda on: self._change(is_muted=on))
        self.solo.toggled.connect(lambda on: self._change(is_solo=on))
        self._is_showing = False

    def _parts(self) -> tuple[QWidget, ...]:
        return self.name, self.gain, self.gain_said, self.mute, self.solo

    def enter(self, grid: QGridLayout, row: int) -> None:
        """Take a row of the grid."""
        for column, part in enumerate(self._parts()):
            if part is not self.solo or self._can_be_alone:
                grid.addWidget(part, row, column)

    def leave(self, grid: QGridLayout) -> None:
        """Give the row back."""
        for part in self._parts():
            _take_out(part, grid)

    def show_strip(self) -> None:
        """Show how it is mixed now; the channels of a further recording only while that one is heard."""
        strip = self._mixer.transport.strip(self.channel, self.number)
        is_shown = self.channel is None or self.number == 0 or self.number in self._mixer.heard()
        for part in self._parts():
            part.setVisible(is_shown and (part is not self.solo or self._can_be_alone))
        self._is_showing = True
        self.gain.setValue(round(strip.gain_db))
        self.gain_said.setText(f"{strip.gain_db:+.0f} dB")
        self.gain_said.setMinimumWidth(self.gain_said.fontMetrics().horizontalAdvance("+00 dB"))
        self.mute.setChecked(strip.is_muted)
        self.solo.setChecked(strip.is_solo)
        self._is_showing = False

    def _change(self, **values: object) -> None:
        if not self._is_showing:
            before: Strip = self._mixer.transport.strip(self.channel, self.number)
            changed = replace(before, **values)  # type: ignore[arg-type]
            self._mixer.set_strip(changed, self.channel, self.number)


def _take_out(part: QWidget, grid: QGridLayout) -> None:
    grid.removeWidget(part)
    part.hide()
    part.deleteLater()


def _head(column: QVBoxLayout, text: str) -> None:
    column.addSpacing(theme.SPACE)
    column.addWidget(label(text, "head"))


def _row(*parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(theme.SPACE * 2)
    for part in parts:
        row.addWidget(part)
    row.addStretch()
    return row
