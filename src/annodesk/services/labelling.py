"""One task labelled by the model: what is proposed, asked and weighed, and the elements that come of it.

The parts meet here. What is known of an item comes from ``contents``, what is asked from ``prelabel.asked``, and
the model's answers from ``prelabel.answers``. ``Evidence`` adds the project's own settled work: examples before the
model is asked, and what all of it together says afterwards.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.errors import MediaError, ModelError
from annodesk.model.annotations import (
    SETTLED_WORK,
    Answer,
    Element,
    Origin,
    OriginKind,
    Segment,
    Span,
    Suggestion,
    answer_id,
)
from annodesk.model.ids import new_id
from annodesk.model.refused import refusal
from annodesk.prelabel.answers import Said, Weigh, answer, chosen, mark
from annodesk.prelabel.asked import Asked, Form, Purpose, asked_of
from annodesk.prelabel.engine import Engine, EngineStopped
from annodesk.prelabel.wording import metadata_words
from annodesk.progress import CancelToken, Progress, silent
from annodesk.services.contents import Contents, Finds, Stretch, moment_stretches
from annodesk.services.media import Proposals

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.model.schema import LabelSchema
    from annodesk.model.work import Task
    from annodesk.prelabel.prompts import Example, Prompt
    from annodesk.prelabel.settled_spans import LikelySpan

_QUESTIONS = ("choice", "multi-label", "rating")


class Target(Struct, frozen=True):
    """What one answer is about: a stretch of an item, which may be all of it.

    ``words`` are what a prompt may tell of it, ``numbers`` what was measured of its sound and picture.
    """

    item: Item
    start_us: int
    end_us: int
    words: Mapping[str, str]
    numbers: Mapping[str, float]

    @property
    def is_text(self) -> bool:
        """Whether it is about a text and nothing else."""
        return self.item.timeline_asset is None


class Evidence(Protocol):
    """What the project's settled work says beside the model."""

    def examples(self, asked: Asked, target: Target) -> Sequence[Example]:
        """Settled work that is most like the target, nearest last; nothing that rule 7 keeps apart."""

    def alone(self, asked: Asked, target: Target) -> Mapping[str, float] | None:
        """How likely each label is without the model, of what it is not asked; None where too little is known."""

    def can_tell(self, asked: Asked, *, of_text: bool) -> bool:
        """Whether there is such an answer for recordings, or for texts."""

    def spans(self, asked: Asked, item: Item, text: str) -> Sequence[LikelySpan]:
        """What to mark in an item's text by settled texts alone; nothing where too little is known."""

    def narrowed(self, asked: Asked, targets: Sequence[Target]) -> Sequence[Sequence[str]] | None:
        """Of hundreds of labels those to ask about for each target; None where all are asked about."""

    def weigh(self, asked: Asked, target: Target, by_model: Mapping[str, float]) -> Mapping[str, float]:
        """How likely each label is with all evidence together; the same labels, and the same sum for one of a list."""


class Labelled(Struct, frozen=True):
    """What the model says of one task; ``problems`` are what could not be read beside the recording, or be asked.

    ``refused`` says of each part that it could not be asked about why.
    """

    elements: tuple[Element, ...]
    shortened: int = 0
    problems: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def whole(self) -> tuple[Element, ...]:
        """The elements, to be held against others; MediaError where it could not be asked about every part."""
        if self.refused:
            raise MediaError(self.refused[0])
        return self.elements


class Labeller(Struct):
    """Asks one model about tasks of one version of a project.

    Parameters
    ----------
    prompts : by purpose; what has no prompt is not asked
    kinds : the kinds of question that are asked (``Asked.kind``); all where None
    hears_alone : the model knows sounds and nothing of pictures
    """

    engine: Engine | None
    schema: LabelSchema
    guidelines: str
    prompts: Mapping[Purpose, Prompt]
    finds: Finds
    rng: Callable[..., random.Random]
    evidence: Evidence | None = None
    kinds: Collection[str] | None = None
    hears_alone: bool = False
    proposals: Proposals = field(default_factory=Proposals)
    _progress: Progress = silent

    def asks(self, item: Item) -> list[Asked]:
        """What the model is asked about an item."""
        is_text = item.timeline_asset is None
        if is_text and item.text_asset is None:
            return []
        return [
            asked
            for asked in asked_of(self.schema)
            if self.knows(asked)
            and asked.purpose(of_text=is_text) in self.prompts
            and not (asked.kind == "tier" and is_text)
            and not (asked.form is Form.SPANS and item.text_asset is None)
        ]

    def tells(self, item: Item) -> bool:
        """Whether settled work alone has something to say of an item."""
        is_text = item.timeline_asset is None
        if self.evidence is None or (is_text and item.text_asset is None):
            return False
        left = self._left_to_settled_work(has_text=item.text_asset is not None)
        return any(self.evidence.can_tell(asked, of_text=is_text) for asked in left)

    def _left_to_settled_work(self, *, has_text: bool) -> list[Asked]:
        """The questions, and stretches of texts, that the model is not asked and settled work may know."""
        kinds = (*_QUESTIONS, "span") if has_text else _QUESTIONS
        return [asked for asked in asked_of(self.schema) if asked.kind in kinds and not self.knows(asked)]

    def knows(self, asked: Asked) -> bool:
        """Whether the model was made for such a question."""
        return self.kinds is None or asked.kind in self.kinds

    def label(self, item: Item, task: Task, cancel: CancelToken | None = None, progress: Progress = silent) -> Labelled:
        """The model's elements for a task; MediaError where the item cannot be read, or nothing could be asked.

        Of a part that alone could not be asked about the elements say so: its missing answer would look like one that
        says there is nothing.
        """
        contents = self.contents(item)
        if self.hears_alone and not contents.has_sound and not contents.is_text:
            raise MediaError("It has no sound, and this model knows sounds alone.", "Choose a larger model.")
        elements: list[Element] = []
        refused: dict[str, str] = {}
        asks = self.asks(item)
        for number, asked in enumerate(asks):
            self._progress = partial(_told_on, progress, number, len(asks))
            try:
                elements += self._part(asked, contents, task, cancel)
            except EngineStopped:
                raise
            except ModelError as error:
                refused[asked.part] = f"{asked.part}: {error}"
        why = tuple(refused.values())
        if refused and len(refused) == len(asks):
            raise MediaError(why[0])
        elements += self._by_settled_work(contents, task)
        elements += [refusal(part) for part in refused]
        problems = (*contents.problems, *(f"{item.key}, {one}" for one in why))
        return Labelled(tuple(elements), sum(_is_shortened(one) for one in elements), problems, why)

    def _part(self, asked: Asked, contents: Contents, task: Task, cancel: CancelToken | None) -> list[Element]:
        if asked.form is Form.SPANS:
            return self._spans(asked, contents, cancel)
        if asked.kind != "tier":
            return self._question(asked, contents, task, cancel)
        if asked.is_point:
            return self._moments(asked, contents, task, cancel)
        return self._stretches(asked, contents, task, cancel)

    def _stretches(self, asked: Asked, contents: Contents, task: Task, cancel: CancelToken | None) -> list[Element]:
        proposed = contents.stretches(task.start_us, task.end_us, cancel)
        first = self._answers(asked, contents, proposed, cancel)
        joined = join_alike(proposed, [said.labels for said in first])
        # The probability belongs to the stretch it is shown on, so joined stretches are asked about again.
        said = first if joined == proposed else self._answers(asked, contents, joined, cancel)
        return [
            Segment(new_id(), asked.part, start, end, one.labels, origin=_origin(one.suggestion))
            for (start, end), one in zip(joined, said, strict=True)
            if one.labels
        ]

    def _moments(self, asked: Asked, contents: Contents, task: Task, cancel: CancelToken | None) -> list[Element]:
        moments = contents.moments(task.start_us, task.end_us, cancel)
        said = self._answers(asked, contents, moment_stretches(moments, task.end_us), cancel)
        return [
            Segment(new_id(), asked.part, at, at, one.labels, origin=_origin(one.suggestion))
            for at, one in zip(moments, said, strict=True)
            if one.labels
        ]

    def _question(self, asked: Asked, contents: Contents, task: Task, cancel: CancelToken | None) -> list[Element]:
        (said,) = self._answers(asked, contents, [(task.start_us, task.end_us)], cancel)
        return _answered(asked, said)

    def _by_settled_work(self, contents: Contents, task: Task) -> list[Element]:
        """What settled work says of questions that the model is not asked, where enough is known of it."""
        if self.evidence is None or self.engine is None:
            return []
        facts, target = self.engine.load(), Target(contents.item, task.start_us, task.end_us, {}, {})
        found: list[Element] = []
        for asked in self._left_to_settled_work(has_text=contents.item.text_asset is not None):
            if asked.form is Form.SPANS:
                found += self._spans_by_settled_work(asked, contents)
                continue
            likely = self.evidence.alone(asked, target)
            if likely is not None:
                labels, probability = chosen(asked, likely)
                said = Suggestion(probability, facts.sha256, facts.name, SETTLED_WORK, 0)
                found += _answered(asked, Said(labels, replace(said, probabilities=tuple(likely.items()))))
        return found

    def _spans(self, asked: Asked, contents: Contents, cancel: CancelToken | None) -> list[Element]:
        assert self.engine is not None
        asset = contents.item.text_asset
        assert asset is not None
        prompt, own = self.prompts[Purpose.SPANS], {"metadata": metadata_words(contents.item.metadata)}
        found = mark(self.engine, prompt, asked, own, contents.text, guidelines=self.guidelines, cancel=cancel)
        by_model = [
            Span(
                new_id(), asset.id, asked.part, one.start, one.end, one.said.labels, origin=_origin(one.said.suggestion)
            )
            for one in found
        ]
        return list(surest_spans([*by_model, *self._spans_by_settled_work(asked, contents)]))

    def _spans_by_settled_work(self, asked: Asked, contents: Contents) -> list[Span]:
        """What settled texts propose to mark in the item's text."""
        asset = contents.item.text_asset
        if self.evidence is None or self.engine is None or asset is None:
            return []
        facts = self.engine.load()
        spans = []
        for one in self.evidence.spans(asked, contents.item, contents.text):
            likely = tuple((label, one.probability) for label in one.labels)
            said = Suggestion(one.probability, facts.sha256, facts.name, SETTLED_WORK, 0, probabilities=likely)
            spans.append(Span(new_id(), asset.id, asked.part, one.start, one.end, one.labels, origin=_origin(said)))
        return spans

    def _answers(
        self,
        asked: Asked,
        contents: Contents,
        stretches: Sequence[Stretch],
        cancel: CancelToken | None,
    ) -> list[Said]:
        if not stretches:
            return []
        targets = self.targets(asked, contents, stretches, cancel)
        evidence = self.evidence
        if evidence is None:
            return self.answers(asked, targets, cancel=cancel)
        examples = [evidence.examples(asked, target) for target in targets]
        return self.answers(
            asked, targets, examples, lambda k, found: evidence.weigh(asked, targets[k], found), cancel=cancel
        )

    def contents(self, item: Item) -> Contents:
        """What is known of an item."""
        return Contents(self.finds, item, self.proposals)

    def answers(
        self,
        asked: Asked,
        targets: Sequence[Target],
        examples: Sequence[Sequence[Example]] = (),
        weigh: Weigh | None = None,
        *,
        cancel: CancelToken | None = None,
    ) -> list[Said]:
        """What the model says of some targets that are all of one kind, recordings or texts, each with its examples."""
        assert self.engine is not None
        if not targets:
            return []
        return answer(
            self.engine,
            self.prompts[asked.purpose(of_text=targets[0].is_text)],
            asked,
            [target.words for target in targets],
            guidelines=self.guidelines,
            examples=examples,
            narrowed=None if self.evidence is None else self.evidence.narrowed(asked, targets),
            weigh=weigh,
            seed=self.seed(asked),
            progress=self._progress,
            cancel=cancel,
        )

    def targets(
        self,
        asked: Asked,
        contents: Contents,
        stretches: Sequence[Stretch],
        cancel: CancelToken | None = None,
    ) -> list[Target]:
        """What the model is told of some stretches, in the order given."""
        if not contents.is_text:
            contents.measure(stretches, cancel)
        prompt = self.prompts[asked.purpose(of_text=contents.is_text)]
        tells_neighbours = asked.kind == "tier" and (prompt.uses("before") or prompt.uses("after"))
        found = []
        for place, (start, end) in enumerate(stretches):
            words = contents.words(start, end)
            if tells_neighbours:
                words |= contents.beside(list(stretches), place)
            found.append(Target(contents.item, start, end, words, contents.numbers(start, end)))
        return found

    def seed(self, asked: Asked) -> int:
        """What fixes the order of labels: the same for all items, which then share the beginning of their prompts."""
        return 1 + self.rng("prelabel", asked.part).randrange(2**31)


def join_alike(stretches: Sequence[Stretch], labels: Sequence[object]) -> list[Stretch]:
    """Neighbours that touch and carry the same labels, joined."""
    joined: list[Stretch] = []
    before: object = None
    for (start, end), label in zip(stretches, labels, strict=True):
        if joined and label == before and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
        before = label
    return joined


def surest_spans(spans: Sequence[Span]) -> list[Span]:
    """Proposed spans in order; of such as overlap the likelier stands, the model's where they are equally likely."""

    def likely(span: Span) -> float:
        return span.origin.suggestion.probability if span.origin.suggestion is not None else 0.0

    kept: list[Span] = []
    for span in sorted(spans, key=lambda one: -likely(one)):
        if not any(span.start < one.end and one.start < span.end for one in kept):
            kept.append(span)
    return sorted(kept, key=lambda one: (one.start, one.end))


def _answered(asked: Asked, said: Said) -> list[Element]:
    """A question's answer; nobody can say that none of the labels fits, but by leaving the question open."""
    if not said.labels:
        return []
    value: object = said.labels
    if asked.form is Form.ONE:
        value = int(said.labels[0]) if asked.kind == "rating" else said.labels[0]
    return [Answer(answer_id(asked.part), asked.part, value, origin=_origin(said.suggestion))]


def _origin(suggestion: Suggestion) -> Origin:
    return Origin(OriginKind.MODEL, suggestion=suggestion)


def _is_shortened(element: Element) -> bool:
    origin = getattr(element, "origin", None)
    return origin is not None and origin.suggestion is not None and origin.suggestion.shortened


def _told_on(progress: Progress, number: int, count: int, share: float, words: str) -> None:
    """One part's progress as that of all parts of a task."""
    progress((number + share) / count, words)
