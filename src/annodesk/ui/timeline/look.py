"""How the lanes of sound are drawn: what a person chose, remembered on this workstation. No widgets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from annodesk.media.windows import WINDOW, WINDOWS
from annodesk.ui.parts import settings

if TYPE_CHECKING:
    from annodesk.ui.timeline.frequency import FrequencyScale

KEPT = "timeline/sound"
"""Where this workstation keeps it."""
COLOURS = {"warm": "Warm", "viridis": "Viridis, safe for the colour-blind", "grey": "Grey"}
"""Colour maps of the spectrogram, and what a person calls them."""
SCALES: dict[FrequencyScale, str] = {"mel": "Mel", "linear": "Linear"}
RANGES_DB = (40, 50, 60, 75, 90, 105)
TOPS_DB = (0, -15, -30, -45)
BANDS_HZ = ((0, 0), (0, 4000), (0, 8000), (0, 12000), (0, 24000), (8000, 96000))
"""Bands that the menu offers; 0 at the top is as high as the recording goes."""


class SoundLook(Struct, frozen=True):
    """All choices; the amplitude's zoom is not among them, as it fits one recording only.

    Parameters
    ----------
    each_channel : waveforms one below the other instead of one of all channels
    in_db : the waveform's height by decibel instead of by amplitude
    scale : frequencies on the linear or the mel scale
    window : samples of one spectrum
    top_db, range_db : level of the brightest colour, and how far below it the ground lies
    low_hz, high_hz : frequencies in view; 0 at the top is as high as the recording goes
    colours : name of a colour map
    inverted : light and dark changed over
    boxes : a plain drag on the spectrogram selects a band, not time alone
    pitch, loudness : whether those curves are shown
    """

    each_channel: bool = False
    in_db: bool = False
    scale: FrequencyScale = "mel"
    window: int = WINDOW
    top_db: int = -15
    range_db: int = 75
    low_hz: float = 0.0
    high_hz: float = 0.0
    colours: str = "warm"
    inverted: bool = False
    boxes: bool = False
    pitch: bool = False
    loudness: bool = False

    @property
    def of_spectrum(self) -> tuple[object, ...]:
        """What the spectrogram's picture depends on."""
        numbers = (self.window, self.top_db, self.range_db, self.low_hz, self.high_hz)
        return (self.scale, *numbers, self.colours, self.inverted)

    def is_sound(self) -> bool:
        """Whether every choice is one of those there are."""
        return (
            self.scale in SCALES
            and self.window in WINDOWS
            and self.colours in COLOURS
            and -120 <= self.top_db <= 20
            and 10 <= self.range_db <= 150
            and 0 <= self.low_hz < (self.high_hz or 1e9)
        )


def recalled() -> SoundLook:
    """What was chosen last; the first look where that makes no sense."""
    try:
        kept: Any = json.loads(str(settings().value(KEPT) or "{}"))
        plain = SoundLook()
        known = {
            name: type(getattr(plain, name))(kept[name])
            for name in SoundLook.__struct_fields__
            if isinstance(kept, dict) and name in kept
        }
        found = SoundLook(**known)
    except (ValueError, TypeError):
        return SoundLook()
    return found if found.is_sound() else SoundLook()


def remember(look: SoundLook) -> None:
    """Keep it for timelines opened later."""
    settings().setValue(KEPT, json.dumps(asdict(look)))
