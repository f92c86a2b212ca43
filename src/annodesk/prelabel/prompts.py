"""What the model reads: versioned prompt files, and numbers about a sound put into words."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from annodesk.errors import ModelError, NotFoundError
from annodesk.paths import resource
from annodesk.prelabel.asked import PURPOSES, Purpose

SEGMENT_PROMPT = "segment-1"
TEXT_PROMPT = "text-1"

SIMPLE: Mapping[Purpose, str] = {Purpose.SEGMENT: SEGMENT_PROMPT, Purpose.TEXT: TEXT_PROMPT}
"""What the shipped model was trained with; it is asked nothing else unless a project writes a prompt for it."""

FULL: Mapping[Purpose, str] = {
    Purpose.SEGMENT: "segment-2",
    Purpose.TEXT: "text-2",
    Purpose.EACH: "each-1",
    Purpose.SPANS: "spans-1",
}
"""What any other model is asked with: the guidelines, what the labels mean, and all that is known of the item."""

COMMON: Mapping[str, str] = {
    "labels": "the labels in one line",
    "described": "a line for each label, with what it means",
    "task": "the tier's or question's name and description",
    "guidelines": "the passages of the guidelines that are about this, as far as there is room",
}
OWN: Mapping[str, str] = {
    "item": "the sound in words, or the text; the picture in words where there is no sound",
    "picture": "the picture in words",
    "transcript": "what is said there, from a transcript beside the recording",
    "before": "what comes before it, in a few words",
    "after": "what comes after it, in a few words",
    "metadata": "what is known of the item besides",
    "text": "the text that belongs to a recording",
}
"""What may stand in braces: above the line of %% the first, and below it these."""

Example = tuple[str | Mapping[str, str], str]
"""Something answered already: its words (a bare text is the ``item``), and its label."""

MAX_PROMPT_CHARACTERS = 20_000

_CUT = "\n%%\n"
_PLACE = re.compile(r"\{([a-z]+)\}")
_HIDDEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")

# Numbers are put on coarse grids: what a person would say, and few enough for a small model to know each by heart.
_SHARES = (0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 100)
_STEPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0)


class Prompt(Struct, frozen=True):
    """A prompt file: its beginning is shared by all items, its end is written once per item.

    ``version`` is the file's name and the first digits of its hash, so an edited file is another version. A line
    whose every place is empty for an item is left out.
    """

    name: str
    version: str
    beginning: str
    item: str

    def prefix(
        self, labels: Sequence[str], examples: Sequence[Example] = (), common: Mapping[str, str] | None = None
    ) -> str:
        """What stands before every item: the task, the labels, and answered examples."""
        filled = _filled(self.beginning, {**(common or {}), "labels": "; ".join(labels)})
        return filled + "\n" + self.shots(examples)

    def shots(self, examples: Sequence[Example]) -> str:
        """Answered examples, each in the form in which the item is asked about."""
        return "".join(f"{self.ask(words)} {label}\n" for words, label in examples)

    def ask(self, words: str | Mapping[str, str]) -> str:
        """One item up to the place where the label is written; whatever it holds stays on the lines of its own."""
        own = {"item": words} if isinstance(words, str) else words
        return _filled(self.item, {name: one_line(value) for name, value in own.items()}, always="item")

    def uses(self, place: str) -> bool:
        """Whether the prompt has a place of this name."""
        return f"{{{place}}}" in self.beginning or f"{{{place}}}" in self.item


def load_prompt(name: str) -> Prompt:
    """A shipped prompt by its name, such as ``segment-1``."""
    return read_prompt(resource(f"prompts/{name}.txt"))


def read_prompt(path: Path) -> Prompt:
    """A prompt from a file: its beginning, a line of ``%%``, and what is asked of each item."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The prompt {path.name} cannot be read.", "It must be a text file in UTF-8.") from error
    return parse_prompt(text, path.stem, path.name)


def parse_prompt(text: str, name: str, shown: str = "") -> Prompt:
    """A prompt from its text; ModelError says in one sentence what it lacks."""
    text = text.replace("\r\n", "\n")
    told = f"The prompt {shown or name}"
    if len(text) > MAX_PROMPT_CHARACTERS:
        raise ModelError(f"{told} is longer than {MAX_PROMPT_CHARACTERS:,} characters.", "Put details into guidelines.")
    beginning, cut, item = text.rstrip("\n").partition(_CUT)
    if not cut or not ("{labels}" in beginning or "{described}" in beginning) or "{item}" not in item:
        raise ModelError(
            f"{told} is not complete.",
            "It needs the labels as {labels} or {described}, then a line of %%, then {item}.",
        )
    for half, known in ((beginning, COMMON), (item, OWN)):
        for place in _PLACE.findall(half):
            if place not in known:
                where = "above" if known is COMMON else "below"
                names = ", ".join(f"{{{name}}}" for name in known)
                raise ModelError(f"{told} has {{{place}}} {where} its line of %%.", f"Known there: {names}.")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Prompt(name=name, version=f"{name}@{digest}", beginning=beginning, item=item)


def shipped_prompts() -> dict[str, str]:
    """The shipped prompts' texts, by name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(resource("prompts").glob("*-*.txt"))}


def prompts_of(named: Mapping[str, str], *, is_shipped_model: bool) -> dict[Purpose, Prompt]:
    """The prompts a project's model is asked with, by purpose.

    Parameters
    ----------
    named : what the project says of each purpose: the name of a shipped prompt, or a whole prompt's text
    is_shipped_model : asked with what it was trained for, where the project says nothing
    """
    found = {purpose: load_prompt(name) for purpose, name in (SIMPLE if is_shipped_model else FULL).items()}
    for purpose in PURPOSES:
        if said := named.get(purpose.value):
            found[purpose] = prompt_said(purpose, said)
    return found


def prompt_said(purpose: Purpose, said: str) -> Prompt:
    """The prompt a project names for a purpose, or writes itself; its version then begins with the purpose."""
    if "\n" in said.strip():
        return parse_prompt(said, purpose.value)
    try:
        return load_prompt(_file_name(said))
    except NotFoundError:
        known = ", ".join(shipped_prompts())
        raise ModelError(f"There is no prompt {said.strip()[:80]!r}.", f"There are: {known}.") from None


def _file_name(said: str) -> str:
    name = said.strip()
    if not re.fullmatch(r"[a-z]+-[0-9]+", name):
        raise NotFoundError(name)
    return name


def one_line(text: str) -> str:
    """The text on one line: line ends are spaces, and what is hidden or turns the direction of writing is gone."""
    visible = "".join(
        " " if sign.isspace() else "" if unicodedata.category(sign) in _HIDDEN or sign in _TURNS else sign
        for sign in text
    )
    return " ".join(visible.split())


def _filled(template: str, values: Mapping[str, str], always: str = "") -> str:
    """The template with its places filled at once, so that no value is read as a place itself."""
    lines = []
    for line in template.split("\n"):
        places = _PLACE.findall(line)
        if places and always not in places and not any(values.get(place) for place in places):
            continue
        lines.append(_PLACE.sub(lambda found: values.get(found[1], ""), line))
    return "\n".join(lines)


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
        return f"{nearest_share(100 * value(name))}%"

    words = [f"{rounded(value('duration_s'))} s"]
    if value("loudness_db") <= -99.0:
        return ", ".join([*words, "digital silence"])
    pitch = (
        f"pitch {rounded(value('pitch_low_hz'))} to {rounded(value('pitch_high_hz'))} Hz"
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
        f"glide {rounded(value('pitch_change'))}",
        f"flatness {percent('flatness')}",
        f"centre {rounded(value('centroid_hz'))} Hz",
        f"width {rounded(value('bandwidth_hz'))} Hz",
        f"onsets {rounded(value('onset_rate_hz'))} per s",
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


def nearest_share(percent: float) -> int:
    """The nearest share of the grid."""
    at = bisect_left(_SHARES, percent)
    candidates = _SHARES[max(0, at - 1) : at + 1] or _SHARES[-1:]
    return min(candidates, key=lambda share: abs(share - percent))


def rounded(number: float) -> str:
    """A positive number with ten steps a decade: 1, 1.25, 1.6, 2, 2.5 ... 8, 10, 12.5 ...; 0 below 0.05."""
    if number < 0.05:
        return "0"
    decade = 10.0 ** math.floor(math.log10(number))
    nearest = min((*_STEPS, 10.0), key=lambda step: abs(math.log(step * decade / number)))
    return f"{nearest * decade:.3g}" if nearest * decade < 1000 else f"{round(nearest * decade)}"
