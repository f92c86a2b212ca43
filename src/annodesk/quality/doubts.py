"""Places where all sides agree and the model speaks against it, or is not sure: told by where they are alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from annodesk.model.annotations import AnnotationSet, Answer, Element, Segment, Span
from annodesk.model.schema import LabelSchema, TierKind
from annodesk.model.work import Escalation, Reason
from annodesk.quality.disagreements import DOUBT, WEIGHTS, Disagreement, Said, Saying, find_disagreements, said_at
from annodesk.quality.model_check import MIN_LENGTH_US

_NEARLY = 1e-9


def doubts(
    schema: LabelSchema,
    sets: Sequence[AnnotationSet],
    model: AnnotationSet | None,
    disputed: Sequence[Disagreement],
    escalations: Sequence[Escalation],
) -> tuple[Disagreement, ...]:
    """The doubted places that an item's own reasons ask to look at; none where the model is no reason."""
    against = [0.0 if e.value is None else e.value for e in escalations if e.reason is Reason.MODEL_AGAINST_HUMANS]
    low = [e.threshold or e.value or 0.0 for e in escalations if e.reason is Reason.LOW_CONFIDENCE]
    if model is None or not (against or low):
        return ()
    return doubted_places(
        schema,
        sets,
        model,
        disputed,
        sure_from=min(against) if against else None,
        unsure_below=max(low) + _NEARLY if low else None,
    )


def doubted_places(
    schema: LabelSchema,
    sets: Sequence[AnnotationSet],
    model: AnnotationSet,
    disputed: Sequence[Disagreement],
    *,
    sure_from: float | None = None,
    unsure_below: float | None = None,
) -> tuple[Disagreement, ...]:
    """Where nobody disagrees and a reviewer should look all the same.

    Parameters
    ----------
    disputed : places where the sides differ, and which need no second reason to be looked at
    sure_from : the probability from which the model's other answer counts; None where it does not
    unsure_below : the probability below which the model's own answer is a doubt; None where it is none
    """
    found: dict[str, Disagreement] = {}
    for element in _against(schema, sets[0], model, sure_from) if sets and sure_from is not None else ():
        _note(found, schema, sets, element)
    for element in model if sets and unsure_below is not None else ():
        probability = _probability(element)
        if probability is not None and unsure_below is not None and probability < unsure_below:
            _note(found, schema, sets, element)
    return tuple(one for one in found.values() if not any(_meets(one, other) for other in disputed))


def _against(schema: LabelSchema, people: AnnotationSet, model: AnnotationSet, sure_from: float) -> Iterator[Element]:
    """What the model is sure of and people say otherwise, cut to where they do."""
    for one in find_disagreements(schema, [people, model]):
        theirs, its = one.answers
        if one.kind not in ("answer", "label", "span") or not (theirs.element_ids and its.element_ids):
            continue
        if one.start_us is not None and (one.end_us or 0) - one.start_us < MIN_LENGTH_US:
            continue
        if theirs.labels == its.labels and not one.is_question:
            continue
        known = [p for i in its.element_ids if (p := _probability(model.get(i))) is not None]
        if not known or min(known) < sure_from:
            continue
        if one.start_us is not None and one.end_us is not None:
            yield Segment(one.key, one.part, one.start_us, one.end_us)
        elif one.asset is not None and one.start is not None and one.end is not None:
            yield Span(one.key, one.asset, one.part, one.start, one.end)
        else:
            yield Answer(one.key, one.part, None)


def _note(found: dict[str, Disagreement], schema: LabelSchema, sets: Sequence[AnnotationSet], element: Element) -> None:
    weight = WEIGHTS[DOUBT]
    if isinstance(element, Segment) and schema.has_tier(element.tier):
        tier, start, end = schema.tier(element.tier), element.start_us, element.end_us
        said = said_at(tier.name, sets, start, end)
        is_stretch = tier.kind is TierKind.INTERVAL and not tier.overlap
        place = Disagreement(
            f"{tier.name}@{start}-{end}", tier.name, DOUBT, weight, said, start_us=start, end_us=end,
            is_stretch=is_stretch,
        )  # fmt: skip
    elif isinstance(element, Span):
        said = tuple(_said_in_text(n, one, element) for n, one in enumerate(sets))
        key = f"{element.type}@{element.asset}:{element.start}-{element.end}"
        place = Disagreement(
            key, element.type, DOUBT, weight, said, asset=element.asset, start=element.start, end=element.end
        )
    elif isinstance(element, Answer) and any(q.name == element.question for q in schema.questions):
        answers = [one.answer(element.question) for one in sets]
        said = tuple(Said(n, (), (a.id,) if a else (), a.value if a else None) for n, a in enumerate(answers))
        place = Disagreement(element.question, element.question, DOUBT, weight, said)
    else:
        return
    found.setdefault(place.key, place)


def _said_in_text(number: int, annotations: AnnotationSet, at: Span) -> Said:
    here = [s for s in annotations.spans(at.asset) if s.type == at.type and s.start < at.end and s.end > at.start]
    return Said(number, tuple(Saying(s.start, s.end, s.labels) for s in here), tuple(s.id for s in here))


def _probability(element: Element | None) -> float | None:
    suggestion = getattr(getattr(element, "origin", None), "suggestion", None)
    return suggestion.probability if suggestion is not None else None


def _meets(one: Disagreement, other: Disagreement) -> bool:
    """Whether two places of one part lie over each other."""
    if one.part != other.part:
        return False
    if one.start_us is not None and one.end_us is not None:
        if other.start_us is None or other.end_us is None:
            return False
        return one.start_us < other.end_us and other.start_us < one.end_us
    if one.start is not None and one.end is not None:
        if other.start is None or other.end is None or one.asset != other.asset:
            return False
        return one.start < other.end and other.start < one.end
    return one.is_question and other.is_question
