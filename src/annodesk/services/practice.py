"""Three short clips to practise on: made by annodesk itself, each in a file of its own that is thrown away afterwards.

What is right is known of each, so that a newcomer is told how it went. Nothing here ever reaches a team.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.model.annotations import (
    AnnotationSet,
    Author,
    AuthorKind,
    Origin,
    OriginKind,
    Segment,
    Suggestion,
)
from annodesk.model.ids import new_id
from annodesk.model.times import US_PER_SECOND
from annodesk.model.work import Role
from annodesk.paths import resource
from annodesk.services import Services
from annodesk.services.base import wall_clock_us
from annodesk.store import journal

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 16_000
NEAR_US = 250_000
"""An edge that is no further off than this is well placed."""
SILENCE, TONE, NOISE = "", "tone", "noise"
NOBODY_SPEAKS = "nobody speaks"

_NOT_ASKED = "required = false  # asked with the third clip alone"

Stretch = tuple[float, float, str]
"""Start and end in seconds, and a label."""


class Clip(Struct, frozen=True):
    """A clip: what is heard from when to when, what the model says of it, and whether a question is asked."""

    title: str
    sounds: tuple[Stretch, ...]
    suggested: tuple[tuple[float, float, str, float], ...] = ()
    has_question: bool = False

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.sounds[-1][1]

    @property
    def truth(self) -> tuple[Stretch, ...]:
        """What should be labelled."""
        return tuple(sound for sound in self.sounds if sound[2])


CLIPS = (
    Clip("One sound", ((0, 2, SILENCE), (2, 5, TONE), (5, 8, SILENCE))),
    Clip("One after the other", ((0, 4, TONE), (4, 7.5, NOISE), (7.5, 12, TONE))),
    Clip(
        "The model's word for it",
        ((0, 4.5, NOISE), (4.5, 8, TONE), (8, 12, NOISE)),
        ((0, 4.5, NOISE, 0.98), (4.5, 8, NOISE, 0.71), (8, 12, NOISE, 0.96)),
        has_question=True,
    ),
)


class Practice(Struct, frozen=True):
    """A clip in a file of its own, and who practises."""

    services: Services
    project_id: str
    person_id: str


class Verdict(Struct, frozen=True):
    """How it went, in sentences; the first sums up."""

    is_right: bool
    sentences: tuple[str, ...]


def make_tone(path: Path, seconds: float) -> Path:
    """A tone to hear whether anything is heard."""
    _write(path, _tone(seconds))
    return path


def make_practice(folder: Path, number: int, *, clock: Callable[[], int] = wall_clock_us) -> Practice:
    """Make a clip and the file to label it in, in an empty folder; whoever asks closes it and removes the folder."""
    clip = CLIPS[number]
    path = folder / f"{clip.title.lower().replace(' ', '-').replace(chr(39), '')}.wav"
    _write(path, np.concatenate([_sound(label, end - start) for start, end, label in clip.sounds]))
    text = (resource("practice") / "project.toml").read_text(encoding="utf-8")
    if clip.has_question:
        text = text.replace(_NOT_ASKED, "required = true")
    (folder / "project.toml").write_text(text, encoding="utf-8")
    (folder / "guidelines.md").write_bytes((resource("practice") / "guidelines.md").read_bytes())
    services = Services.open(folder / "practice.annodesk", create=True, clock=clock)
    try:
        project = services.projects.init(folder / "project.toml")
        person = services.people.add(project.id, "You", Role.ANNOTATOR)
        services.items.add(project.id, [path])
        services.coordinator.round(project.id)
        if clip.suggested:
            (card,) = services.tasks.cards(project.id, person.id)
            _suggest(services, project.id, card.task_id, clip)
    except BaseException:
        services.close()
        raise
    return Practice(services, project.id, person.id)


def judge_work(practice: Practice, number: int) -> Verdict:
    """How well the clip was labelled that has been handed in."""
    (work,) = practice.services.tasks.my_work(practice.project_id, practice.person_id)
    return judge(number, practice.services.annotate.reload(work.set_id)[0])


def judge(number: int, annotations: AnnotationSet) -> Verdict:
    """How a clip's labels compare with what is heard in it."""
    clip = CLIPS[number]
    drawn = list(annotations.segments("sounds"))
    wrong: list[str] = []
    worst_us = 0
    for start, end, label in clip.truth:
        at_us = (round(start * US_PER_SECOND), round(end * US_PER_SECOND))
        found = max(drawn, key=lambda one: _shared_us(one, at_us), default=None)
        if found is None or 2 * _shared_us(found, at_us) < at_us[1] - at_us[0]:
            wrong.append(f"The {label} from {start:g} to {end:g} s is missing.")
            continue
        drawn.remove(found)
        if label not in found.labels:
            said = found.labels[0] if found.labels else "nothing"
            wrong.append(f"From {start:g} to {end:g} s you said {said}; it is {label}.")
        wrong += _edges_off(label, found, at_us)
        worst_us = max(worst_us, abs(found.start_us - at_us[0]), abs(found.end_us - at_us[1]))
    wrong += [f"There is nothing of its own at {_seconds(one.start_us)} s." for one in drawn]
    answer = annotations.answer("speech")
    if clip.has_question and (answer is None or answer.value != NOBODY_SPEAKS):
        wrong.append("Nobody speaks in this clip.")
    if wrong:
        return Verdict(False, ("Nearly." if len(wrong) == 1 else "Not quite.", *wrong))
    return Verdict(True, ("All right.", f"The furthest edge is {_seconds(worst_us)} s off."))


def _edges_off(label: str, found: Segment, at_us: tuple[int, int]) -> Iterator[str]:
    for verb, drawn, true in (("begins", found.start_us, at_us[0]), ("ends", found.end_us, at_us[1])):
        off_us = drawn - true
        if abs(off_us) > NEAR_US:
            way = "earlier" if off_us > 0 else "later"
            yield f"The {label} {verb} {_seconds(abs(off_us))} s {way} than you have it."


def _shared_us(one: Segment, at_us: tuple[int, int]) -> int:
    return max(0, min(one.end_us, at_us[1]) - max(one.start_us, at_us[0]))


def _seconds(us: int) -> str:
    return f"{us / US_PER_SECOND:.2f}".rstrip("0").rstrip(".")


def _suggest(services: Services, project_id: str, task_id: str, clip: Clip) -> None:
    """Put what the model would say beside the task."""
    segments = [
        Segment(
            new_id(), "sounds", round(start * US_PER_SECOND), round(end * US_PER_SECOND), (label,),
            origin=Origin(OriginKind.MODEL, suggestion=Suggestion(probability, "practice", "practice", "1", 0)),
        )
        for start, end, label, probability in clip.suggested
    ]  # fmt: skip
    made = AnnotationSet(
        new_id(), author=Author(AuthorKind.MODEL, "practice"), project_id=project_id, task_id=task_id, elements=segments
    )
    with services.file.write() as db:
        journal.add_set(db, made, wall_clock_us())


def _sound(label: str, seconds: float) -> NDArray[np.float64]:
    if label == TONE:
        return _tone(seconds)
    rng = np.random.default_rng(round(seconds * 1000))
    return rng.normal(0, 0.12 if label == NOISE else 0.0004, round(seconds * RATE_HZ))


def _tone(seconds: float) -> NDArray[np.float64]:
    """A hum with two overtones; its ends are soft, so that nothing clicks."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    made = sum(loud * np.sin(2 * np.pi * hz * t) for hz, loud in ((262, 0.22), (524, 0.08), (786, 0.04)))
    return np.asarray(made) * np.clip(np.minimum(t, seconds - t) / 0.02, 0, 1)


def _write(path: Path, samples: NDArray[np.float64]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
