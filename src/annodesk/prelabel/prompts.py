"""What the model reads: versioned prompt files, and numbers about a sound put into words."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from annodesk.errors import ModelError
from annodesk.paths import resource

SEGMENT_PROMPT = "segment-1"
TEXT_PROMPT = "text-1"

_CUT = "\n%%\n"

# Numbers are put on coarse grids: what a person would say, and few enough for a small model to know each by heart.
_SHARES = (0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 100)
_STEPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0)


@dataclass(frozen=True)
class Prompt:
    """A prompt file: its beginning is shared by all items, its end is written once per item.

    ``version`` is the file's name and the first digits of its hash, so an edited file is another version.
    """

    name: str
    version: str
    beginning: str
    item: str

    def prefix(self, labels: Sequence[str], examples: Sequence[tuple[str, str]] = ()) -> str:
        """What stands before every item: the task, the labels, and answered examples."""
        shots = "".join(f"{self.ask(text)} {label}\n" for text, label in examples)
        return self.beginning.replace("{labels}", "; ".join(labels)) + "\n" + shots

    def ask(self, text: str) -> str:
        """One item up to the place where the label is written."""
        return self.item.replace("{item}", " ".join(text.split()))


def load_prompt(name: str) -> Prompt:
    """A shipped prompt by its name, such as ``segment-1``."""
    return read_prompt(resource(f"prompts/{name}.txt"))


def read_prompt(path: Path) -> Prompt:
    """A prompt from a file: its beginning, a line of ``%%``, and what is asked of each item."""
    try:
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The prompt {path.name} cannot be read.", "It must be a text file in UTF-8.") from error
    beginning, cut, item = text.rstrip("\n").partition(_CUT)
    if not cut or "{labels}" not in beginning or "{item}" not in item:
        raise ModelError(
            f"The prompt {path.name} is not complete.",
            "It needs {labels}, then a line of %%, then {item}.",
        )
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Prompt(name=path.stem, version=f"{path.stem}@{digest}", beginning=beginning, item=item)


def describe_sound(numbers: Mapping[str, float]) -> str:
    """Numbers about a stretch of sound as one line of words.

    Parameters
    ----------
    numbers : what ``media.features`` measures, by name: ``_db`` in decibels below full scale, ``_hz`` in hertz,
        shares between 0 and 1. Names that are missing count as 0.
    """

    def value(name: str) -> float:
        number = float(numbers.get(name, 0.0))
        return number if math.isfinite(number) else 0.0

    def percent(name: str) -> str:
        return f"{_nearest(100 * value(name))}%"

    words = [f"{_rounded(value('duration_s'))} s"]
    if value("loudness_db") <= -99.0:
        return ", ".join([*words, "digital silence"])
    pitch = (
        f"pitch {_rounded(value('pitch_low_hz'))} to {_rounded(value('pitch_high_hz'))} Hz"
        if value("voiced_share") > 0.0
        else "no pitch"
    )
    words += [
        f"level {3 * round(value('loudness_db') / 3)} dB",
        f"range {3 * round(value('loudness_range_db') / 3)} dB",
        f"silent {percent('silence_share')}",
        f"pauses {percent('pause_share')}",
        f"voiced {percent('voiced_share')}",
        pitch,
        f"glide {_rounded(value('pitch_change'))}",
        f"flatness {percent('flatness')}",
        f"centre {_rounded(value('centroid_hz'))} Hz",
        f"width {_rounded(value('bandwidth_hz'))} Hz",
        f"onsets {_rounded(value('onset_rate_hz'))} per s",
        f"rhythm {percent('rhythm_strength')}",
        f"syllables {percent('syllable_modulation')}",
        f"tonal {percent('harmonic_share')}",
        f"steady {percent('tone_steadiness')}",
        f"key {percent('key_clarity')}",
        f"change {percent('spectral_change')}",
        f"low {percent('low_share')}",
        f"high {percent('high_share')}",
    ]
    return ", ".join(words)


def _nearest(percent: float) -> int:
    """The nearest share of the grid."""
    at = bisect_left(_SHARES, percent)
    candidates = _SHARES[max(0, at - 1) : at + 1] or _SHARES[-1:]
    return min(candidates, key=lambda share: abs(share - percent))


def _rounded(number: float) -> str:
    """A positive number with ten steps a decade: 1, 1.25, 1.6, 2, 2.5 ... 8, 10, 12.5 ...; 0 below 0.05."""
    if number < 0.05:
        return "0"
    decade = 10.0 ** math.floor(math.log10(number))
    nearest = min((*_STEPS, 10.0), key=lambda step: abs(math.log(step * decade / number)))
    return f"{nearest * decade:.3g}" if nearest * decade < 1000 else f"{round(nearest * decade)}"
