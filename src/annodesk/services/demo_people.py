"""The demo's scripted people: what each hears, and how they work through tasks and reviews like anybody else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from annodesk import formats
from annodesk.errors import MediaError
from annodesk.media import features
from annodesk.model.annotations import (
    CHECKED_NONE,
    NOT_SURE,
    AnnotationSet,
    Answer,
    Element,
    Origin,
    OriginKind,
    Segment,
    Span,
)
from annodesk.model.edits import Draft, add, change, set_answer
from annodesk.model.ids import new_id
from annodesk.model.schema import SUGGESTION, LabelSchema, QuestionKind, TierKind
from annodesk.model.times import Interval
from annodesk.services import decisions
from annodesk.services.media import Proposals
from annodesk.services.standing import LETTERS

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.model.work import Task
    from annodesk.quality.disagreements import Disagreement
    from annodesk.services.annotate import Annotate
    from annodesk.services.base import Desk
    from annodesk.services.review import ReviewWork
    from annodesk.services.tasks import TaskWork

SAME_EDGE_US = 100_000
"""A suggestion's edge closer than this to what a person hears is left where it is."""
MIND_CHANGES = 0.12
"""How often a listener by signal alone gives a stretch its second likeliest label."""


class Ear(Protocol):
    """What one person hears in an item."""

    def hear(self, item: Item, task: Task, schema: LabelSchema) -> Sequence[Element]:
        """The elements this person would make on a task."""


class WrittenEar:
    """Hears what a file says, item by item."""

    def __init__(self, path: Path) -> None:
        self._by_item = {d.item: d.elements for d in formats.read(path, "native").documents}

    def hear(self, item: Item, task: Task, schema: LabelSchema) -> Sequence[Element]:
        """The file's elements for an item."""
        found = self._by_item.get(item.key, ())
        text = item.text_asset
        return [replace(e, asset=text.id) if isinstance(e, Span) and text is not None else e for e in found]


class SignalEar:
    """Hears by simple rules on the signal, for media about which nothing is written.

    Two such ears with other names differ in their edges and sometimes in a label. They stand in for people in a demo
    on one's own files; they know nothing about the content.
    """

    def __init__(self, desk: Desk, name: str) -> None:
        self._desk, self._name, self._proposals = desk, name, Proposals()

    def hear(self, item: Item, task: Task, schema: LabelSchema) -> Sequence[Element]:
        """Segments proposed from the signal, each with the label a rule of thumb gives it."""
        rng = self._desk.rng("ear", self._name, item.key, str(task.start_us))
        found: list[Element] = []
        for tier in schema.tiers:
            if tier.kind is TierKind.INTERVAL and tier.parent is None and tier.labels:
                names = [label.name for label in tier.labels]
                pieces = self._listen(item, task, names, rng)
                found += [Segment(new_id(), tier.name, s, e, (label,)) for s, e, label in pieces]
        for question in schema.questions:
            value: object = question.labels[0].name if question.labels else ""
            if question.kind is QuestionKind.MULTI_LABEL:
                value = (question.labels[-1].name,)
            elif question.kind is QuestionKind.RATING:
                value = sum(question.scale) // 2
            found.append(Answer(new_id(), question.name, value))
        return found

    def _listen(self, item: Item, task: Task, names: Sequence[str], rng: random.Random) -> list[tuple[int, int, str]]:
        asset = item.timeline_asset
        if asset is None or task.end_us <= task.start_us:
            return []
        path = self._desk.resolve(asset)
        try:
            stretches = self._proposals.within(path, task.start_us, task.end_us)
        except MediaError:
            # A video without sound; whoever listens hears nothing.
            return [(task.start_us, task.end_us, "silence" if "silence" in names else names[0])]
        pieces: list[tuple[int, int, str]] = []
        for start, end in stretches or [(task.start_us, task.end_us)]:
            ranked = [n for n in guess(features.describe_file(path, start, end)) if n in names] or list(names)
            label = ranked[1] if len(ranked) > 1 and rng.random() < MIND_CHANGES else ranked[0]
            if pieces and pieces[-1][2] == label and pieces[-1][1] == start:
                pieces[-1] = (pieces[-1][0], end, label)
            else:
                pieces.append((start, end, label))
        edges = [pieces[0][0]]
        for left, right in pairwise(pieces):
            room = min(left[1] - left[0], right[1] - right[0]) // 4
            edges.append(right[0] + round(max(-room, min(room, rng.gauss(0, 60_000)))))
        edges.append(pieces[-1][1])
        return [(edges[n], edges[n + 1], label) for n, (_, _, label) in enumerate(pieces)]


def guess(sound: features.SoundDescription) -> list[str]:
    """Labels of the demo's tier by a rule of thumb, likeliest first."""
    if sound.loudness_db < -50 or sound.silence_share > 0.9:
        return ["silence", "noise"]
    if sound.flatness > 0.3 and sound.voiced_share < 0.4:
        return ["noise", "music"]
    if sound.voiced_share > 0.3 and sound.syllable_modulation > 0.35:
        return ["speech", "advert"]
    return ["music", "advert"] if sound.tone_steadiness > 0.5 else ["speech", "noise"]


class Worker(Struct, frozen=True):
    """Does a person's work gesture by gesture, through the same Edits as a window."""

    annotate: Annotate

    def label(self, work: TaskWork, heard: Sequence[Element], *, share: float = 1.0) -> None:
        """Label a task: take or reject what is suggested, then draw, mark and answer the rest.

        ``share`` below 1 stops that far into the recording, as somebody does who goes for lunch.
        """
        until = work.task.start_us + round(share * (work.task.end_us - work.task.start_us))
        mine = [e for e in heard if not isinstance(e, Segment) or e.start_us < until]
        if share < 1:
            mine = [e for e in mine if not isinstance(e, Answer)]
        taken = self._answer_suggestions(work, [e for e in mine if isinstance(e, Segment)], until)
        within = Interval(work.task.start_us, work.task.end_us)
        for element in mine:
            if isinstance(element, Segment) and element.id not in taken:
                cut = element.interval.crop(within)
                if cut is None:
                    continue
                drawn = replace(element, id=new_id(), start_us=cut.start_us, end_us=cut.end_us)
                start, end = _room(work.session.annotations, drawn)
                if start < end:
                    self._do(work, add(replace(drawn, start_us=start, end_us=end)))
            elif isinstance(element, Span):
                marked = {(s.type, s.start, s.end) for s in work.session.annotations.spans(element.asset)}
                if (element.type, element.start, element.end) not in marked:
                    self._do(work, add(replace(element, id=new_id())))
            elif isinstance(element, Answer):
                self._do(work, set_answer(work.session.annotations, element.question, element.value))
        if share == 1:
            self._confirm_empty(work)

    def _answer_suggestions(self, work: TaskWork, heard: Sequence[Segment], until_us: int) -> set[str]:
        """Take each suggestion that fits what is heard (then mend its edges), reject the others."""
        taken: set[str] = set()
        shown = work.suggestions.segments() if work.suggestions is not None else []
        for suggestion in shown:
            if suggestion.start_us >= until_us:
                continue
            fits = [
                h
                for h in heard
                if h.tier == suggestion.tier
                and h.labels == suggestion.labels
                and h.id not in taken
                and h.interval.iou(suggestion.interval) >= 0.5
            ]
            if not fits:
                rejected = set_answer(work.session.annotations, SUGGESTION, "rejected", target=suggestion.id)
                self._do(work, rejected)
                continue
            origin = Origin(OriginKind.SUGGESTION, suggestion.id, suggestion.origin.suggestion)
            segment = replace(suggestion, id=new_id(), origin=origin)
            room = _room(work.session.annotations, segment)
            segment = replace(segment, start_us=room[0], end_us=room[1])
            if segment.end_us <= segment.start_us:
                continue
            self._do(work, add(segment))
            taken.add(fits[0].id)
            self._mend(work, segment, fits[0])
        return taken

    def _mend(self, work: TaskWork, segment: Segment, heard: Segment) -> None:
        room = _room(
            work.session.annotations, replace(segment, start_us=heard.start_us, end_us=heard.end_us), segment.id
        )
        start = segment.start_us if abs(segment.start_us - heard.start_us) < SAME_EDGE_US else room[0]
        end = segment.end_us if abs(segment.end_us - heard.end_us) < SAME_EDGE_US else room[1]
        if start < end:
            self._do(work, change(work.session.annotations, "move edge", [segment.id], start_us=start, end_us=end))

    def _confirm_empty(self, work: TaskWork) -> None:
        schema, annotations = work.project.schema, work.session.annotations
        for tier in schema.tiers:
            if tier.required and not annotations.segments(tier.name):
                self._do(work, set_answer(work.session.annotations, tier.name, CHECKED_NONE))
        for question in schema.questions:
            if question.required and work.session.annotations.answer(question.name) is None and question.not_sure:
                self._do(work, set_answer(work.session.annotations, question.name, NOT_SURE))

    def rule(self, work: ReviewWork, heard: Sequence[Element]) -> None:
        """Rule every disagreement for the side closest to what the analyst hears."""
        for disagreement in work.disagreements:
            letter = _closest(disagreement, heard)
            self._do(work, decisions.take(work, disagreement, letter))

    def _do(self, work: TaskWork | ReviewWork, draft: Draft) -> None:
        edit = work.session.stage(draft)
        if edit is not None:
            self.annotate.record(edit)


def _room(annotations: AnnotationSet, segment: Segment, own_id: str = "") -> tuple[int, int]:
    """A segment's stretch, kept clear of its neighbours on the tier."""
    start, end = segment.start_us, segment.end_us
    for other in annotations.segments_in(segment.tier, start, end):
        if other.id in (own_id, segment.id):
            continue
        if other.start_us <= start:
            start = max(start, other.end_us)
        else:
            end = min(end, other.start_us)
    return start, end


def _closest(disagreement: Disagreement, heard: Sequence[Element]) -> str:
    """The letter of the side that agrees most with what is heard at the place; the first of equals."""
    scores = []
    for said in disagreement.answers:
        if disagreement.is_question:
            mine = next((e.value for e in heard if isinstance(e, Answer) and e.question == disagreement.part), None)
            scores.append(float(said.value == mine))
            continue
        same = 0
        for piece in said.stretches:
            for element in heard:
                place = _place(element, disagreement)
                if place is not None and place[2] == piece.labels:
                    same += max(0, min(piece.end, place[1]) - max(piece.start, place[0]))
        total = sum(piece.end - piece.start for piece in said.stretches)
        scores.append(float(2 * same - total))
    return LETTERS[max(range(len(scores)), key=lambda n: scores[n])]


def _place(element: Element, disagreement: Disagreement) -> tuple[int, int, tuple[str, ...]] | None:
    if isinstance(element, Segment) and element.tier == disagreement.part:
        return element.start_us, element.end_us, element.labels
    if isinstance(element, Span) and element.type == disagreement.part:
        return element.start, element.end, element.labels
    return None
