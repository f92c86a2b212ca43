"""The strip above the timeline: play, play the segment, loop, where the playhead is and what is selected."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from annodesk.model.timecode import TimeNotation
from annodesk.model.times import format_us
from annodesk.ui import theme
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import label, restyle
from annodesk.ui.plain import set_tip
from annodesk.ui.player.panel import SoundButton

SNAP_TIP = "Edges snap to neighbours, playhead, cuts and frames; Alt while dragging turns it about"

HEARING_TIP = "Hearing pass: each task plays as it opens; heard to its end and sure, it is handed in"

WIDEST_LENGTH = "sel 00:00.000"
"""Its room is kept, so that no button comes or goes with what is selected."""


class TransportBar(QFrame):
    """Shows the transport's state and asks for it to change; keys do the same."""

    play_pressed = Signal()
    segment_pressed = Signal()
    loop_pressed = Signal()
    arrival_pressed = Signal()
    tap_pressed = Signal()
    hearing_pressed = Signal()
    snap_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.play = KeyButton("Play", "annotate.play")
        self.segment = KeyButton("segment", "annotate.play_segment", role="flat")
        self.loop = KeyButton("loop", "annotate.loop", role="flat")
        self.arrival = KeyButton("on arrival", "annotate.arrival", role="flat")
        set_tip(self.arrival, "Play what you go to at once: a task, a segment, a row, a find (Shift+R)")
        self.tap = KeyButton("tap pass", "Shift+T", role="flat")
        set_tip(self.tap, "Label by tapping keys while it plays (Shift+T)")
        self.hearing = KeyButton("hearing", "annotate.hearing_pass", role="flat")
        self.hearing.set_words("hearing", HEARING_TIP)
        self.snap = KeyButton("snap", "annotate.snap", role="flat")
        for made in (self.loop, self.arrival, self.tap, self.hearing, self.snap):
            made.setCheckable(True)
        self.sound = ElidedLabel("small")
        self.sound_button = SoundButton()
        self.time = label("00:00:00.000")
        self.time.setFont(theme.mono_font("body"))
        self.time.setAccessibleName("Playhead")
        self.selected = label("", "dim")
        self.selected.setAccessibleName("Selected length")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(10), 2, theme.px(12), 2)
        row.setSpacing(theme.SPACE * 2)
        for widget in (self.play, self.segment, self.loop, self.arrival, self.tap, self.hearing, self.snap):
            row.addWidget(widget)
        row.addWidget(self.sound_button)
        row.addWidget(self.sound, 1)
        row.addWidget(self.selected)
        row.addWidget(self.time)
        self.play.clicked.connect(self.play_pressed)
        self.segment.clicked.connect(self.segment_pressed)
        self.loop.clicked.connect(self.loop_pressed)
        self.arrival.clicked.connect(self.arrival_pressed)
        self.tap.clicked.connect(self.tap_pressed)
        self.hearing.clicked.connect(self.hearing_pressed)
        self.snap.clicked.connect(self.snap_pressed)
        theme.notifier().theme_changed.connect(self._draw)
        self._is_playing = self._is_quiet = False
        self._notation, self._time_us = TimeNotation(), 0
        self._draw()

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        """Where there is little room the caps go first: the keys stand in the tool tips too."""
        parts = (self.play, self.segment, self.loop, self.arrival, self.tap, self.hearing, self.snap)
        room = self.width() - self.time.sizeHint().width() - self.sound_button.sizeHint().width() - theme.px(40)
        for part in parts:  # then the last buttons
            room -= part.fontMetrics().horizontalAdvance(part.text()) + theme.px(28)
            part.setVisible(part is self.play or room >= 0)
        length = self.selected.fontMetrics().horizontalAdvance(WIDEST_LENGTH) + theme.px(8)
        self.selected.setMinimumWidth(length)
        self.selected.setVisible(room >= length)
        said = self.sound.fontMetrics().horizontalAdvance(self.sound.whole()) if self._is_quiet else 0
        room -= length + min(said, theme.px(160))  # the rest of the sentence is in its tool tip
        for part in parts:  # those of the first ones stay longest, and a short one where a long one has no room
            wanted = part.cap_width() + theme.px(6)
            part.show_cap(room >= wanted)
            room -= wanted if room >= wanted else 0
        row = self.layout()
        if row is not None:  # a request made while the row is being laid out may be lost
            row.invalidate()
            row.activate()
        least = self.play.sizeHint().width() + self.time.sizeHint().width() + theme.px(90)
        self.sound_button.set_short(self.width() < least + theme.px(50))
        self.sound.setVisible(self.width() >= least)

    def show_playing(self, is_playing: bool, is_looping: bool) -> None:
        """Draw the state of the transport."""
        self._is_playing = is_playing
        self.play.setIcon(theme.icon("pause" if is_playing else "play", theme.current().text))
        self.play.set_words("Pause" if is_playing else "Play")
        self.loop.setChecked(is_looping)

    def show_sound(self, words: str, *, is_quiet: bool) -> None:
        """Say what a person must know of how it is heard; more loudly where nothing is."""
        self._is_quiet = is_quiet
        restyle(self.sound, "warn" if is_quiet else "small")
        self.sound.set_whole(words)
        self._fit()

    def show_snap(self, is_on: bool, *, pushes: bool) -> None:
        """Whether edges snap, and whether they push."""
        self.snap.setChecked(is_on)
        self.snap.set_words("snap · push" if pushes else "snap", SNAP_TIP)

    def show_arrival(self, is_on: bool) -> None:
        """Whether what a key goes to is played."""
        self.arrival.setChecked(is_on)

    def _draw(self) -> None:
        self.setFixedHeight(theme.px(34))
        self.setMinimumWidth(1)  # what is shown gives way before the panels beside it do
        self.time.setFont(theme.mono_font("body"))
        self.show_playing(self._is_playing, self.loop.isChecked())

    def show_time(self, time_us: int) -> None:
        """Where the playhead is."""
        self._time_us = time_us
        self.time.setText(self._notation.write(time_us))

    def show_notation(self, notation: TimeNotation) -> None:
        """Write times so from now on."""
        self._notation = notation
        self.show_time(self._time_us)

    def show_selected(self, length_us: int | None) -> None:
        """How long what is selected is."""
        self.selected.setText("" if length_us is None else f"sel {format_us(length_us).removeprefix('00:')}")

    def set_has_media(self, has_media: bool) -> None:
        """Without a recording nothing can be played."""
        for widget in (self.play, self.segment, self.loop, self.arrival, self.tap, self.hearing, self.sound_button):
            widget.setEnabled(has_media)
