"""The sound: a tone is played, and where it is not heard another device is chosen; without one it is told."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout

from annodesk import paths
from annodesk.ui import theme
from annodesk.ui.first.page import Page
from annodesk.ui.keys.settings_window import SteadyBox
from annodesk.ui.parts import button, label
from annodesk.ui.plain import entry_text
from annodesk.ui.player.mixer import Mixer
from annodesk.ui.player.transport import Transport

if TYPE_CHECKING:
    from annodesk.ui.jobs import Jobs

LONGEST_NAME = 40
TONE_S = 1.2
HEARD = "Do you hear it? If not, choose another device here, or look at the computer's own volume."


class SoundPage(Page):
    """Space plays the tone; going on needs no sound."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__("Do you hear this?", "Put your headphones on. Space plays a tone, as often as you like.")
        self._jobs = jobs
        self._tone: Path | None = None
        self._wants = False
        self.transport = Transport(self)
        self.mixer = Mixer(self.transport, jobs)
        self.play = button("Play the tone", icon=theme.icon("volume-high"))
        self.play.clicked.connect(self.sound)
        self.play.installEventFilter(self)
        self.devices = SteadyBox()
        self.devices.setAccessibleName("Plays on")
        self.devices.setMinimumContentsLength(20)
        self.devices.activated.connect(self._on_device)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE * 2)
        row.addWidget(self.play)
        row.addWidget(label("on", "dim"))
        row.addWidget(self.devices, 1)
        self.body.addLayout(row)
        self.order(self.play, self.devices)
        self.transport.state_changed.connect(self._show)
        self.transport.outputs_changed.connect(self._fill)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Space plays, and Return goes on, as on every page."""
        is_press = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if is_press and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
            self.keyPressEvent(event)  # type: ignore[arg-type]
            return True
        return super().eventFilter(watched, event)

    def begin(self) -> None:
        self.transport.look_for_device()
        self._fill()
        self._show()

    def take_focus(self) -> None:
        self.play.setFocus(Qt.FocusReason.OtherFocusReason)

    def sound(self) -> None:
        """Play the tone from its beginning."""
        self._wants = True
        if self._tone is not None:
            self._play()
            return
        self._jobs.compute(_make, on_done=self._on_made, on_error=self._on_not_made, key=self, what="make a tone")

    def release(self) -> None:
        self._wants = False
        self.transport.close()
        self.transport.set_source(None)
        if self._tone is not None:
            self._tone.unlink(missing_ok=True)
            self._tone = None

    def _on_made(self, path: Path) -> None:
        if not self._wants:  # left before it was there
            path.unlink(missing_ok=True)
            return
        self._tone = path
        self.transport.set_source(path, duration_us=round(TONE_S * 1_000_000))
        self._play()

    def _on_not_made(self, error: Exception) -> None:
        self.say(f"The tone could not be made: {error}", "bad")

    def _play(self) -> None:
        self.transport.pause()
        self.transport.play(0)

    def _show(self) -> None:
        problem = self.transport.problem
        if problem:
            self.say(f"Nothing can be heard: {problem}. You can go on; it is heard as soon as there is one.", "warn")
        elif self._wants and self.transport.has_sound:
            self.say(HEARD)

    def _fill(self) -> None:
        """The devices there are now."""
        self.devices.clear()
        self.devices.addItem("the system's choice", "")
        for output in self.transport.outputs():
            self.devices.addItem(entry_text(output.name, LONGEST_NAME), output.id)
        self.devices.setCurrentIndex(max(0, self.devices.findData(self.mixer.device_id)))
        self.devices.setEnabled(self.devices.count() > 1)

    def _on_device(self, place: int) -> None:
        self.mixer.set_device(str(self.devices.itemData(place)), self.devices.itemText(place) if place else "")
        self.sound()


def _make() -> Path:
    """The tone as a file of the cache."""
    from annodesk.services.practice import make_tone

    handle, name = tempfile.mkstemp(prefix="tone-", suffix=".wav", dir=paths.cache_dir())
    os.close(handle)
    return make_tone(Path(name), TONE_S)
