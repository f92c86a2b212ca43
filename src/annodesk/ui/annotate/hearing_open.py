"""What of a task a person still has to see to before a hearing pass may hand it in. No Qt."""

from __future__ import annotations

from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import AnnotationSet, Answer
from annodesk.model.families import carried
from annodesk.model.rules import Problem, submit_problems
from annodesk.model.schema import LabelSchema, TierKind
from annodesk.model.times import Interval, format_us, left_out, length_words
from annodesk.ui.annotate.suggestions import Pending, Suggested, probability, suggestion_words, take_all
from annodesk.ui.timeline.segment_paint import percent

LEAST_GAP_US = 1_000_000


class Open(Struct, frozen=True):
    """One thing that asks for a person: a suggestion, something missing, or a stretch that was not played."""

    sentence: str
    element: Suggested | None = None
    problem: Problem | None = None
    piece: Interval | None = None

    @property
    def leads_somewhere(self) -> bool:
        """Whether it can be gone to."""
        return self.element is not None or self.problem is not None or self.piece is not None


def first_open(
    waiting: Pending,
    annotations: AnnotationSet,
    schema: LabelSchema,
    within: Interval | None,
    above: float,
    *,
    hides: bool,
) -> Open | None:
    """The first thing about what is suggested and what is said that asks for a person; None where nothing does.

    Parameters
    ----------
    waiting : suggestions that nobody has answered; with all of them taken nothing may be missing
    within : the task's stretch of the item
    above : the least probability, 0 to 1, at which a suggestion may be taken unasked
    hides : whether what the model is less sure of is not in view: then a required tier may have no gap either
    """
    for element in waiting.elements:
        if probability(element) < above:
            return Open(f"{_name(element)} is not sure, {percent(probability(element))}", element)
    draft = take_all(waiting, annotations, schema, above)
    taken = {getattr(getattr(change.after, "origin", None), "source", None) for change in draft.changes}
    for element in waiting.elements:
        if element.id not in taken:
            return Open(f"{_name(element)} has no room beside the others", element)
    try:
        after = annotations.with_changes(carried(schema, annotations, draft).changes) if draft else annotations
    except AnnodeskError as error:
        return Open(error.sentence.rstrip("."))
    problems = submit_problems(schema, after, within)
    if problems:
        return Open(problems[0].sentence.rstrip("."), problem=problems[0])
    return _first_gap(after, schema, within) if hides and within is not None else None


def _first_gap(annotations: AnnotationSet, schema: LabelSchema, within: Interval) -> Open | None:
    """The first stretch about which a required tier says nothing; none where it says nothing at all."""
    for tier in schema.tiers:
        said = [segment.interval for segment in annotations.segments(tier.name)]
        if not tier.required or tier.kind is TierKind.POINT or tier.parent is not None or not said:
            continue
        gaps = left_out(within, said, least_us=LEAST_GAP_US)
        if gaps:
            start, length = format_us(gaps[0].start_us, decimals=0), length_words(gaps[0].duration_us)
            return Open(f"{tier.name} has nothing for {length} from {start} on", piece=gaps[0])
    return None


def _name(element: Suggested) -> str:
    name = suggestion_words(element, 0)[1]
    return f"{element.question}: {name}" if isinstance(element, Answer) else name
