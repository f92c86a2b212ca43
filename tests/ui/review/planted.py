"""Forty planted disagreements, and a scripted operator who settles them as a person would: by keys alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from msgspec import Struct, field
from PySide6.QtWidgets import QApplication

from annodesk.model.annotations import AnnotationSet, Answer, Element, Segment, answer_id
from annodesk.model.edits import add
from annodesk.model.ids import new_id
from annodesk.model.outcomes import OutcomeKind, outcomes_in
from annodesk.model.work import Role
from annodesk.services import Services

S = 1_000_000
ANALYST = "Clara"
STRETCH_S, PLANTED_S, RATE_HZ = 12, 5, 8000
QUESTIONS = 4
LABELS = ("speech", "music", "advert", "noise", "silence")
CASES = ("first", "second", "middle", "gone", "neither", "several", "undecided", "excluded")
"""What is right where two people differ: one, the middle of their edges, nothing, a third label; or no answer."""
COUNTS = {"first": 8, "second": 8, "middle": 8, "gone": 4, "neither": 3, "several": 2, "undecided": 2, "excluded": 1}
PROJECT = """
name = "planted"

[[tier]]
name = "content"
labels = [{labels}]

{questions}

[workflow]
overlap = 2
overlap_share = 1.0
escalate_below = 0.99
audit_share = 0.0
rerule_share = 0.0
reference_share = 0.0

[prelabel]
show = "never"
"""
QUESTION = """
[[question]]
name = "question {n}"
kind = "choice"
labels = ["yes", "no"]
"""


class Case(Struct, frozen=True):
    """One planted disagreement: where it begins (or which question), what is right, and the stretch of it."""

    kind: str
    start_s: int
    question: str = ""


class Planted(Struct):
    """The project file, and what is right at each place."""

    path: Path
    cases: list[Case]
    firsts: dict[str, str] = field(default_factory=dict)
    """By the id of a set, whether it is the first person's or the second's."""


def cases() -> list[Case]:
    """Thirty-six along the recording, four about it; the kinds mixed, always the same."""
    kinds = [kind for kind in CASES for _ in range(COUNTS[kind])]
    order = np.random.default_rng(40).permutation(len(kinds))
    found = [Case(kinds[n], place * STRETCH_S + 4) for place, n in enumerate(order)]
    return found + [Case("first" if n % 2 else "second", 0, f"question {n + 1}") for n in range(QUESTIONS)]


def plant(folder: Path) -> Planted:
    """A recording that two people labelled alike but for forty places."""
    made = cases()
    timed = [one for one in made if not one.question]
    seconds = len(timed) * STRETCH_S
    noise = np.random.default_rng(1).normal(0, 0.1, seconds * RATE_HZ).astype(np.float32)
    soundfile.write(folder / "recording.wav", noise, RATE_HZ)
    labels = ", ".join(f'{{ name = "{name}", key = "{n}" }}' for n, name in enumerate(LABELS, start=1))
    questions = "".join(QUESTION.format(n=n + 1) for n in range(QUESTIONS))
    (folder / "project.toml").write_text(PROJECT.format(labels=labels, questions=questions), encoding="utf-8")
    path = folder / "planted.annodesk"
    with Services.open(path, create=True) as services:
        project = services.projects.init(folder / "project.toml")
        people = [services.people.add(project.id, name, Role.ANNOTATOR) for name in ("Ada", "Ben")]
        services.people.add(project.id, ANALYST, Role.ANALYST)
        services.items.add(project.id, [folder / "recording.wav"])
        services.coordinator.round(project.id)
        planted = Planted(path, made)
        for number, person in enumerate(people):
            card = services.tasks.cards(project.id, person.id)[0]
            work = services.tasks.open(project.id, person.id, card.task_id)
            edit = work.session.stage(add(*_elements(made, number, seconds)))
            assert edit is not None
            services.annotate.record(edit)
            services.tasks.submit(work.session.annotations)
            planted.firsts[work.session.annotations.id] = "first" if number == 0 else "second"
        services.coordinator.round(project.id)
    return planted


def _elements(made: list[Case], number: int, seconds: int) -> list[Element]:
    """What one of the two says: speech all over but for the planted stretches."""
    found: list[Element] = []
    at_us = 0
    for case in made:
        if case.question:
            yes = (case.kind == "first") == (number == 0)
            found.append(Answer(answer_id(case.question), case.question, "yes" if yes else "no"))
            continue
        start, end = case.start_s * S, (case.start_s + PLANTED_S) * S
        if case.kind == "middle" and number:
            start += 2 * S
        label = _label(case, number)
        found.append(Segment(new_id(), "content", at_us, start, ("speech",)))
        if label:
            found.append(Segment(new_id(), "content", start, end, (label,)))
        at_us = end
    return [*found, Segment(new_id(), "content", at_us, seconds * S, ("speech",))]


def _label(case: Case, number: int) -> str:
    if case.kind == "middle":
        return "music"
    if case.kind == "gone":
        return "" if number else "music"
    if case.kind == "second":
        return ("advert", "music")[number]
    return ("music", "advert")[number]


def right(annotations: AnnotationSet, case: Case) -> bool:
    """Whether what stands at a planted place is what was planted as right."""
    if case.question:
        answer = annotations.answer(case.question)
        return answer is not None and answer.value == "yes"
    start, end = case.start_s * S, (case.start_s + PLANTED_S) * S
    inside = [(s.start_us, s.end_us, s.label) for s in annotations.segments_in("content", start, end)]
    kinds = {"several": OutcomeKind.SEVERAL, "undecided": OutcomeKind.UNDECIDED, "excluded": OutcomeKind.EXCLUDED}
    if case.kind in kinds:
        found = [o for o in outcomes_in(annotations).values() if o.start_us == start]
        return inside == [] and [o.kind for o in found] == [kinds[case.kind]]
    if case.kind == "gone":
        return inside == []
    if case.kind == "middle":
        return [label for _, _, label in inside] == ["speech", "music"] and inside[1][0] == start + S
    return inside == [(start, end, "noise" if case.kind == "neither" else "music")]


def hears_keys() -> bool:
    """Whether what stands in front hears the keys: a dialog just opened, or the window behind it, does not at once."""
    modal, focus = QApplication.activeModalWidget(), QApplication.focusWidget()
    if modal is None:
        return QApplication.activeWindow() is not None
    return focus is not None and (focus is modal or modal.isAncestorOf(focus))


class Operator(Struct):
    """Presses keys in a window and counts them; ``wait`` lets the window finish what it does.

    ``pause`` lets time pass where the same key follows itself: right after it has gone on by itself the desk does not
    hear that key, so that a bounce rules nothing.
    """

    press: Callable[[str], None]
    wait: Callable[[], None]
    pause_s: float = 0.3
    keys: int = 0
    per_place: list[int] = field(default_factory=list)
    last: str = ""

    def key(self, name: str) -> None:
        """Press one key."""
        if name == self.last:
            time.sleep(self.pause_s)
        self.press(name)
        self.keys += 1
        self.last = name
        self.wait()

    def settle(self, space: Any, planted: Planted) -> None:
        """Rule every place as is right there, each by what a person sees on the desk."""
        by_start = {one.start_s: one for one in planted.cases if not one.question}
        by_name = {one.question: one for one in planted.cases if one.question}
        letters = {planted.firsts[lane.annotations.id]: lane.letter for lane in space.work.lanes}
        while space.places.open_ones:
            place, before = space.places.current, self.keys
            assert place is not None
            assert place in space.places.open_ones, "a decision moves on to a place that is open"
            case = by_name[place.part] if place.is_question else by_start[place.start_us // S]
            for name in _keys(case, letters):
                self.key(name)
            self.per_place.append(self.keys - before)
        self.press("Ctrl+Return")
        self.wait()


def _keys(case: Case, letters: dict[str, str]) -> list[str]:
    found = {
        "first": [letters["first"]],
        "second": [letters["second"]],
        "gone": [letters["second"]],
        "middle": ["M"],
        "neither": ["N", "4"],
        "several": ["S"],
        "undecided": ["U"],
        "excluded": ["X", "1"],
    }
    return found[case.kind]
