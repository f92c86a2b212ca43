"""What every workspace can do with sound by keys: speed, scrubbing, the band that is heard, and the sound panel."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annodesk import settings
from annodesk.errors import AnnodeskError
from annodesk.ui.player.mixer import Mixer, band_words
from annodesk.ui.player.panel import SoundButton, SoundPanel

if TYPE_CHECKING:
    from annodesk.model.items import Asset
    from annodesk.services.sounds import ItemSound
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.player.transport import Transport
    from annodesk.ui.timeline.view import TimelineView

SCRUB_PX, LEAST_SCRUB_US = 4, 20_000


class Playing:
    """The handlers of `player/play_actions.py` over a workspace's transport and timeline, with mixer and panel."""

    def __init__(
        self,
        transport: Transport,
        jobs: Jobs,
        timeline: TimelineView,
        button: SoundButton,
        say: Callable[[str], object],
        tell_speed: Callable[[str], object],
        *,
        arrives: str = "",
    ) -> None:
        self.mixer = mixer = Mixer(transport, jobs)
        self.is_quiet = False
        """Whether nothing plays by itself, whatever the person wants elsewhere: what is open is sensitive."""
        if arrives:  # a workspace of its own kind, which plays what is gone to until that is turned off there
            mixer.arrival_key, mixer.arrives_at_first = f"{mixer.arrival_key}/{arrives}", True
        self._timeline, self._say, self._tell_speed = timeline, say, tell_speed
        self.panel = SoundPanel(mixer, button)
        button.follow(mixer)
        button.clicked.connect(self.panel.open)
        for held in (timeline.ruler, timeline.scrubber):
            held.scrubbed.connect(transport.scrub)
            held.scrub_ended.connect(transport.end_scrub)
        transport.hearing_changed.connect(self.tell)
        self._follow_settings()

    def open(
        self, asset: Asset | None, path: Path | None, sounds: Sequence[ItemSound] = (), *, problem: str = ""
    ) -> None:
        """The transport has another recording, and these are beside it; ``problem`` says why it is not there."""
        self._follow_settings()
        self.mixer.open(asset, path, sounds, problem=problem)

    def arrive(self, start_us: int, end_us: int | None = None) -> None:
        """Play what the person has just gone to, where they want that; to the end of all where none is given."""
        if self.mixer.plays_on_arrival and self.mixer.can_play and not self.is_quiet:
            self.mixer.transport.play(start_us, end_us)

    def turn_arrival(self) -> None:
        """Play on arrival from now on, or no longer."""
        self.mixer.turn_arrival()
        now = "What you go to is played at once." if self.mixer.plays_on_arrival else "Nothing plays by itself."
        self._say(now)

    def release(self) -> None:
        """Stop, and let go of file and device."""
        if self.panel.isVisible():
            self.panel.reject()
        self.mixer.transport.close()

    def tell(self) -> None:
        """Say how fast it plays, once this workspace is shown."""
        self._tell_speed(self.mixer.rate_words())

    def _follow_settings(self) -> None:
        with contextlib.suppress(AnnodeskError):  # told when the program starts; playing goes on with what it has
            chosen, transport = settings.load(), self.mixer.transport
            transport.around_us, transport.resume_back_us = chosen.play_around_ms * 1000, chosen.resume_back_ms * 1000

    def handlers(self, scope: str) -> dict[str, Callable[[], object]]:
        """By action id."""
        transport = self.mixer.transport
        return {
            f"{scope}.slower": transport.slower,
            f"{scope}.faster": transport.faster,
            f"{scope}.as_recorded": lambda: transport.set_rate(1.0),
            f"{scope}.scrub_back": lambda: self._scrub(-1),
            f"{scope}.scrub_on": lambda: self._scrub(1),
            f"{scope}.hear_band": self.turn_band,
            f"{scope}.mute": self.mixer.turn_mute,
            f"{scope}.arrival": self.turn_arrival,
            f"{scope}.next_recording": lambda: self._say(self.mixer.next_recording()),
            f"{scope}.sound": self.panel.open,
        }

    def turn_band(self) -> None:
        """Let only the selected frequencies be heard, or all of them again."""
        transport, wanted = self.mixer.transport, self.selected_band()
        if transport.hearing.band_hz is not None and wanted in (None, transport.hearing.band_hz):
            transport.set_band(None)
            self._say("All frequencies are heard.")
        elif wanted is None:
            self._say("No frequencies are selected: drag over them on the spectrogram (F12 shows it).")
        else:
            transport.set_band(wanted)
            self._say(f"Heard is {band_words(wanted)}.")

    def selected_band(self) -> tuple[float, float] | None:
        """What is selected on the spectrogram, else what the selected segment is bounded to."""
        band: tuple[float, float] | None = self._timeline.state.band
        if band is None:
            chosen = self._timeline.selected_segments()
            low, high = (chosen[0].low_hz, chosen[0].high_hz) if chosen else (None, None)
            band = (low, high) if low is not None and high is not None else None
        return None if band is None else (float(band[0]), float(band[1]))

    def _scrub(self, way: int) -> None:
        transport, state = self.mixer.transport, self._timeline.state
        transport.pause()
        step_us = max(LEAST_SCRUB_US, state.scale.length_us(SCRUB_PX))
        at = max(state.bounds.start_us, min(state.bounds.end_us, self._timeline.playhead_us + way * step_us))
        transport.scrub(at)
        self._timeline.ensure_visible(at)
