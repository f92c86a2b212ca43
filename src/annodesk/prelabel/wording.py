"""What is known of an item put into words for a prompt: its picture, what is said, what it is, what labels mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from annodesk.prelabel.prompts import describe_sound, nearest_share, one_line, rounded

if TYPE_CHECKING:
    from annodesk.prelabel.asked import Asked

MOST_METADATA, MOST_METADATA_SIGNS = 12, 400
MOST_SAID_SIGNS = 600
MOST_DESCRIBED_SIGNS = 240
COLOURS = ("black", "grey", "white", "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")
_SHORT_SOUND = ("level", "voiced", "onsets")
_NAMED_COLOUR = 0.1
_MOST_LINES = 200


def describe_picture(numbers: Mapping[str, float]) -> str:
    """Numbers about a stretch of pictures as one line of words; empty where none were measured.

    Parameters
    ----------
    numbers : what ``media.picture_features`` measures, by name; shares between 0 and 1
    """
    if not numbers.get("pictures"):
        return ""

    def percent(name: str) -> str:
        return f"{nearest_share(100 * numbers.get(name, 0.0))}%"

    if numbers.get("brightness", 0.0) < 0.02:
        return "black"
    shares = sorted(((numbers.get(f"{colour}_share", 0.0), colour) for colour in COLOURS), reverse=True)
    colours = [f"{colour} {nearest_share(100 * share)}%" for share, colour in shares[:3] if share >= _NAMED_COLOUR]
    words = [
        f"bright {percent('brightness')}",
        f"contrast {percent('contrast')}",
        f"colourful {percent('saturation')}",
        f"colours {' '.join(colours) or 'many'}",
        f"detail {percent('detail')}",
        f"motion {percent('motion')}",
        f"moving {percent('moving_share')}",
        f"cuts {rounded(numbers.get('cut_rate_hz', 0.0))} per s",
    ]
    if numbers.get("dark_share", 0.0) >= 0.05:
        words.append(f"dark {percent('dark_share')}")
    return ", ".join(words)


def in_short(numbers: Mapping[str, float]) -> str:
    """A neighbouring stretch in a few words: how long, how loud, whether a voice is heard."""
    words = describe_sound(numbers).split(", ")
    return ", ".join(words[:1] + [word for word in words[1:] if word.startswith((*_SHORT_SOUND, "digital"))])


def said_in(lines: Iterable[tuple[str, str]], most: int = MOST_SAID_SIGNS) -> str:
    """Lines of a transcript as (speaker, text), beginning to end; cut in the middle where they are long."""
    told = list(lines)
    if len(told) > 2 * _MOST_LINES:
        told = [*told[:_MOST_LINES], *told[-_MOST_LINES:]]
    said: list[str] = []
    before = ""
    for speaker, text in told:
        named = speaker if speaker and speaker != before else ""
        before = speaker or before
        said.append(f"{named}: {text}" if named and text else named or text)
    return cut_middle(one_line(" ".join(said)), most)


def metadata_words(metadata: Mapping[str, object]) -> str:
    """What is known of an item as ``name: value``, as many as have room."""
    words: list[str] = []
    for name, value in list(metadata.items())[:MOST_METADATA]:
        if isinstance(value, str | int | float) and str(value).strip():
            words.append(one_line(f"{name}: {str(value)[:MOST_DESCRIBED_SIGNS]}"))
    return cut_end("; ".join(words), MOST_METADATA_SIGNS)


def labels_described(asked: Asked) -> str:
    """A line for each label, with what it means where that is written down."""
    lines = [
        f"- {label}: {cut_end(one_line(said), MOST_DESCRIBED_SIGNS)}"
        if (said := asked.described.get(label))
        else f"- {label}"
        for label in asked.labels
    ]
    if asked.spare is not None:
        lines.append(f"- {asked.spare}: nothing of the kind")
    return "\n".join(lines)


def common_words(asked: Asked, guidelines: str) -> dict[str, str]:
    """What is told before every item of one question."""
    told = f"From the guidelines:\n{guidelines}" if guidelines else ""
    return {"task": one_line(asked.words), "described": labels_described(asked), "guidelines": told}


def cut_end(text: str, most: int) -> str:
    """The text's beginning with a sign that something is left out, at most so many signs; whole where it fits."""
    return text if len(text) <= most else text[: most - 2].rstrip() + " …"


def cut_middle(text: str, most: int) -> str:
    """The text's beginning and end, two thirds to one, with a sign between; whole where it fits."""
    if len(text) <= most:
        return text
    tail = (most - 3) // 3
    return f"{text[: most - 3 - tail].rstrip()} … {text[len(text) - tail :].lstrip()}"
