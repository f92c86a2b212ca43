"""What can be done with the lanes of sound, by keys and by menu, alike in every workspace that shows a timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from annodesk.media.windows import WINDOWS
from annodesk.ui.actions import Action
from annodesk.ui.timeline.frequency import hz_text
from annodesk.ui.timeline.look import BANDS_HZ, COLOURS, RANGES_DB, SCALES, TOPS_DB, SoundLook

if TYPE_CHECKING:
    from annodesk.ui.timeline.body import TimelineBody

_GROUP = "Sound"


def sound_actions(prefix: str) -> tuple[Action, ...]:
    """The actions for one workspace, whose name begins their ids."""
    return (
        Action(f"{prefix}.spectrogram", "Show or hide the spectrogram", ("F12",), group=_GROUP, in_text=True),
        Action(f"{prefix}.look", "How the sound is drawn …", ("Ctrl+F10",), when="timeline", group=_GROUP,
               help="Channels, decibels, frequency scale, window, range, colours and curves; also by a right click."),
        Action(f"{prefix}.pitch", "Show or hide the pitch", ("Ctrl+F12",), when="timeline", group=_GROUP),
        Action(f"{prefix}.loudness", "Show or hide the loudness", ("Ctrl+Shift+F12",), when="timeline", group=_GROUP),
        Action(f"{prefix}.channels", "Each channel for itself, or mixed", ("Ctrl+F11",), when="timeline", group=_GROUP),
        Action(f"{prefix}.decibels", "Waveform in decibels, or by amplitude", ("Ctrl+F7",), when="timeline",
               group=_GROUP),
        Action(f"{prefix}.louder", "Draw the waveform higher", ("Ctrl+Shift+PgUp",), when="timeline", group=_GROUP,
               repeats=True, help="Also the wheel over the waveform's left edge, or with Alt."),
        Action(f"{prefix}.quieter", "Draw the waveform lower", ("Ctrl+Shift+PgDown",), when="timeline", group=_GROUP,
               repeats=True),
        Action(f"{prefix}.fit_wave", "Fit the waveform to what is in view", ("Ctrl+Shift+Home",), when="timeline",
               group=_GROUP, help="Again: to the whole recording."),
        Action(f"{prefix}.scale", "Frequencies linear, or mel", when="timeline", group=_GROUP),
        Action(f"{prefix}.colours", "Next colours of the spectrogram", when="timeline", group=_GROUP),
        Action(f"{prefix}.invert", "Turn the colours of the spectrogram about", when="timeline", group=_GROUP),
        Action(f"{prefix}.fit_band", "Show the selected frequencies alone, or all", when="timeline", group=_GROUP),
        Action(f"{prefix}.band", "Bound in frequency …", ("Shift+B",), when="timeline", group=_GROUP,
               help="The selected segments, or the selected time; by mouse drag on the spectrogram with Ctrl."),
        Action(f"{prefix}.boxes", "Drag boxes on the spectrogram, or time alone", when="timeline", group=_GROUP,
               help="With Ctrl a drag always makes a box: a time and a band of frequencies."),
    )  # fmt: skip


def sound_handlers(prefix: str, timeline: TimelineBody) -> dict[str, Callable[[], object]]:
    """What these actions do to a timeline."""
    state = timeline.state

    def turn(name: str, *values: Any) -> None:
        look = state.look
        now = getattr(look, name)
        after = (not now,) if not values else (values[(values.index(now) + 1) % len(values)],)
        state.set_look(replace(look, **{name: after[0]}))

    found: dict[str, Callable[[], object]] = {
        "spectrogram": timeline.toggle_spectrogram,
        "look": timeline.open_look,
        "pitch": lambda: turn("pitch"),
        "loudness": lambda: turn("loudness"),
        "channels": lambda: turn("each_channel"),
        "decibels": lambda: turn("in_db"),
        "louder": lambda: timeline.waveform.louder(2),
        "quieter": lambda: timeline.waveform.louder(-2),
        "fit_wave": timeline.fit_wave,
        "scale": lambda: turn("scale", *SCALES),
        "colours": lambda: turn("colours", *COLOURS),
        "invert": lambda: turn("inverted"),
        "fit_band": timeline.bands.fit,
        "band": timeline.bands.ask,
        "boxes": lambda: turn("boxes"),
    }
    return {f"{prefix}.{name}": do for name, do in found.items()}


def look_menu(timeline: TimelineBody) -> QMenu:
    """The menu of how the sound is drawn; each choice shows at once."""
    state, menu = timeline.state, QMenu(timeline)
    look = state.look

    def toggle(words: str, name: str) -> QAction:
        entry = menu.addAction(words)
        entry.setCheckable(True)
        entry.setChecked(getattr(look, name))
        entry.triggered.connect(lambda on: state.set_look(replace(state.look, **{name: on})))
        return entry

    def choices(words: str, offers: list[tuple[str, dict[str, Any]]]) -> None:
        part = menu.addMenu(words)
        group = QActionGroup(part)
        for title, values in offers:
            entry = part.addAction(title)
            entry.setCheckable(True)
            entry.setChecked(all(getattr(look, name) == value for name, value in values.items()))
            group.addAction(entry)
            entry.triggered.connect(lambda _on, values=values: state.set_look(replace(state.look, **values)))

    toggle("&Each channel for itself", "each_channel")
    toggle("Waveform in &decibels", "in_db")
    menu.addAction("&Fit the waveform's height").triggered.connect(timeline.fit_wave)
    menu.addSeparator()
    shown = menu.addAction("&Spectrogram")
    shown.setCheckable(True)
    shown.setChecked(timeline.shows_spectrogram)
    shown.triggered.connect(timeline.toggle_spectrogram)
    choices("Frequency s&cale", [(title, {"scale": name}) for name, title in SCALES.items()])
    choices("Frequencies in &view", [(_band_title(low, high), {"low_hz": low, "high_hz": high})
                                     for low, high in BANDS_HZ])  # fmt: skip
    choices("&Window", [(f"{n} samples", {"window": n}) for n in WINDOWS])
    choices("&Range", [(f"{n} dB", {"range_db": n}) for n in RANGES_DB])
    choices("&Brightest at", [(f"{n} dB".replace("-", "\N{MINUS SIGN}"), {"top_db": n}) for n in TOPS_DB])
    choices("Co&lours", [(title, {"colours": name}) for name, title in COLOURS.items()])
    toggle("&Inverted", "inverted")
    toggle("Drags make bo&xes", "boxes")
    menu.addSeparator()
    toggle("&Pitch", "pitch")
    toggle("Lo&udness", "loudness")
    menu.addSeparator()
    usual = menu.addAction("As it &was at first")
    usual.setEnabled(look != SoundLook())
    usual.triggered.connect(lambda: state.set_look(SoundLook()))
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _band_title(low: float, high: float) -> str:
    return "All" if not high else f"{hz_text(low)} to {hz_text(high)}Hz".replace("kHz", " kHz")
