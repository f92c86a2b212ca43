"""Lessons about sounds: the five kinds under many names, and classes made up in the space of what is measured."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from lessons import Lesson, Part, Sampler, compose, random_names, reworded, spare_names

from annodesk.prelabel.prompts import Prompt, describe_sound

Numbers = Mapping[str, float]

NAMES: Mapping[str, tuple[str, ...]] = {
    "speech": ("speech", "talk", "talking", "voice", "spoken word", "conversation", "dialogue", "narration", "host"),
    "music": ("music", "song", "instrumental", "melody", "tune", "track", "musical piece"),
    "advert": ("advert", "ad", "commercial", "advertisement", "promo", "sponsor message", "advertising"),
    "silence": ("silence", "silent", "quiet", "pause", "no sound", "nothing", "dead air"),
    "noise": ("noise", "background noise", "ambience", "ambient", "hiss", "static", "environment", "room noise"),
}
"""What people call each kind of sound; the first is the common one."""

NEVER_RIGHT = ("dog", "violence", "medical", "place", "artist", "blue", "chapter", "number", "unusable", "alarm")
"""Labels that are sometimes listed and never fit, so that a model does not choose a label for being listed."""

ASKED_OFTEN: Mapping[str, float] = {"advert": 2.5, "speech": 1.5, "music": 1.5, "silence": 0.5}
"""How often a kind is asked about by name: adverts, which are speech with music, are learned last."""

JITTER = 0.06
_WIDE: Mapping[str, tuple[float, float]] = {
    "_db": (-60.0, -6.0), "_range_db": (0.0, 60.0), "pitch_low_hz": (65.0, 350.0), "pitch_high_hz": (90.0, 500.0),
    "pitch_change": (0.05, 4.0), "centroid_hz": (150.0, 7000.0), "bandwidth_hz": (150.0, 4000.0),
    "onset_rate_hz": (0.1, 12.0), "duration_s": (0.5, 10.0),
}  # fmt: skip
"""Between which values a made-up class may lie; shares between 0 and 1."""

_SPREADS = (0.02, 0.04, 0.08, 0.15, 0.3)


class SoundLessons:
    """Draws lessons from described sounds; what is drawn depends on the generator alone."""

    def __init__(self, examples: Sequence[tuple[str, Numbers]], prompt: Prompt) -> None:
        self._by_label = {name: [numbers for label, numbers in examples if label == name] for name in NAMES}
        self._all = [numbers for _, numbers in examples]
        self._prompt = prompt

    def draw(self, rng: random.Random, part: Part) -> Lesson:
        """The five kinds by name; by name with examples; under names that tell nothing; or classes of their own."""
        if (kind := rng.random()) < part.known_share:
            return self._kinds(rng, n_examples=0, n_items=part.known_items)
        left = 1 - part.known_share
        if kind < part.known_share + left * 8 / 58:
            return self._kinds(rng, n_examples=rng.randint(1, 12), n_items=6)
        if kind < part.known_share + left * 30 / 58:
            return self._renamed(rng, part)
        return self._made_up(rng, part)

    def _kinds(self, rng: random.Random, *, n_examples: int, n_items: int) -> Lesson:
        kinds = list(NAMES) if rng.random() < 0.6 else rng.sample(list(NAMES), rng.randint(2, 4))
        is_plain = rng.random() < 0.5
        names = {kind: NAMES[kind][0] if is_plain else rng.choice(NAMES[kind]) for kind in kinds}
        if rng.random() < 0.15:
            names = {kind: name.capitalize() for kind, name in names.items()}
        spare = rng.sample(NEVER_RIGHT, rng.randint(1, 3)) if rng.random() < 0.3 else []
        classes = [(names[kind], self._of_kind(rng, kind)) for kind in kinds]
        prompt = reworded(rng, self._prompt)
        often = {names[kind]: ASKED_OFTEN.get(kind, 1.0) for kind in kinds}
        return compose(
            rng, prompt, classes, n_examples=n_examples, n_items=n_items, spare=spare, is_known=True, often=often
        )

    def _renamed(self, rng: random.Random, part: Part) -> Lesson:
        kinds = rng.sample(list(NAMES), rng.randint(2, 5))
        classes = [
            (name, self._of_kind(rng, kind)) for name, kind in zip(random_names(rng, len(kinds)), kinds, strict=True)
        ]
        n_examples = rng.randint(len(kinds), 4 * len(kinds))
        return self._by_examples(rng, classes, n_examples, part)

    def _made_up(self, rng: random.Random, part: Part) -> Lesson:
        """Classes anywhere, or several close together, as the examples nearest to an item are."""
        count = rng.randint(2, 10)
        seconds = 5.0 if rng.random() < 0.3 else None
        near = self._centre(rng) if rng.random() < 0.4 else None
        classes = [(name, self._class(rng, seconds, near)) for name in random_names(rng, count)]
        return self._by_examples(rng, classes, rng.randint(min(count, 4), max(10, min(2 * count, 18))), part)

    def _by_examples(
        self, rng: random.Random, classes: Sequence[tuple[str, Sampler]], n_examples: int, part: Part
    ) -> Lesson:
        prompt, spare = reworded(rng, self._prompt), spare_names(rng)
        is_nearest = rng.random() < part.nearest_share
        return compose(
            rng, prompt, classes, n_examples=rng.randint(3, 12) if is_nearest else n_examples, n_items=6, spare=spare,
            nearest_weight=part.nearest_weight * is_nearest, parts=lambda words: words.split(", "),
        )  # fmt: skip

    def _of_kind(self, rng: random.Random, kind: str) -> Sampler:
        def sample() -> str:
            numbers = rng.choice(self._by_label[kind])
            return _in_words({key: _changed(key, value, rng) for key, value in numbers.items()}, rng)

        return sample

    def _class(self, rng: random.Random, seconds: float | None, near: Mapping[str, float] | None) -> Sampler:
        """Sounds around one or two centres; some measurements vary little within the class, others tell nothing."""
        centres = [self._centre(rng, near) for _ in range(rng.choice((1, 1, 1, 2)))]
        spreads = {key: rng.choice(_SPREADS) for key in centres[0]}
        loose = {key for key in centres[0] if rng.random() < 0.15}

        def sample() -> str:
            centre, other = rng.choice(centres), rng.choice(self._all)
            numbers = {
                key: other[key] if key in loose else _spread(key, value, spreads[key], rng)
                for key, value in centre.items()
            }
            if centre["voiced_share"] < 0.02:
                numbers["voiced_share"] = 0.0
            numbers["loudness_db"] = max(-98.0, numbers["loudness_db"])
            numbers["duration_s"] = seconds or math.exp(rng.uniform(math.log(0.5), math.log(10)))
            return _in_words(numbers, rng)

        return sample

    def _centre(self, rng: random.Random, near: Mapping[str, float] | None = None) -> dict[str, float]:
        """A sound somewhere between those there are, and in some measurements anywhere."""
        first, second = near or rng.choice(self._all), rng.choice(self._all)
        centre = {key: (first if rng.random() < (0.75 if near else 0.6) else second)[key] for key in first}
        for key in centre:
            if rng.random() < (0.08 if near else 0.2):
                low, high = _range_of(key)
                is_ratio = low > 0 and key.endswith(("_hz", "_s", "pitch_change"))
                centre[key] = low * (high / low) ** rng.random() if is_ratio else rng.uniform(low, high)
        return centre


def _range_of(key: str) -> tuple[float, float]:
    return next((span for end, span in reversed(_WIDE.items()) if key.endswith(end)), (0.0, 1.0))


def _in_words(numbers: Numbers, rng: random.Random) -> str:
    """The description, now and then with some of it left out."""
    words = describe_sound(numbers).split(", ")
    if rng.random() < 0.25:
        words = words[:1] + [word for word in words[1:] if rng.random() > 0.1]
    return ", ".join(words)


def _changed(key: str, value: float, rng: random.Random) -> float:
    if value == 0.0 or (key == "loudness_db" and value <= -99.0):
        return value
    if key.endswith("_db"):
        return value + rng.gauss(0, 1.0)
    if key.endswith(("_hz", "_bpm", "_s")) or key == "pitch_change":
        return value * (1 + rng.gauss(0, JITTER))
    return min(1.0, max(0.0, value * (1 + rng.gauss(0, JITTER)) + rng.gauss(0, 0.01)))


def _spread(key: str, value: float, spread: float, rng: random.Random) -> float:
    if key.endswith("_db"):
        return value + rng.gauss(0, 25 * spread)
    if key.endswith(("_hz", "_bpm", "_s")) or key == "pitch_change":
        return value * math.exp(rng.gauss(0, 1.5 * spread))
    return min(1.0, max(0.0, value + rng.gauss(0, 0.6 * spread) * (0.3 + value)))
