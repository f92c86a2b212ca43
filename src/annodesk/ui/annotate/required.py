"""How much of what a schema requires has been answered, and what is still missing. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.annotations import CHECKED_NONE, AnnotationSet

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema


class Progress(Struct, frozen=True):
    """Required parts answered and required in all; ``missing`` names the open ones in the schema's order."""

    done: int
    of: int
    missing: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What the title strip says."""
        if not self.of:
            return ""
        return "All required answers given" if self.done == self.of else f"{self.done} of {self.of} required answers"


def progress(schema: LabelSchema, annotations: AnnotationSet) -> Progress:
    """Which required tiers, questions and span types have an answer; an unlabelled segment is not one."""
    states: list[tuple[str, bool]] = []
    for tier in schema.tiers:
        if tier.required:
            segments = annotations.segments(tier.name)
            states.append((tier.name, _is_filled(segments, bool(tier.labels)) or _is_none(annotations, tier.name)))
    states += [(q.name, annotations.answer(q.name) is not None) for q in schema.questions if q.required]
    for kind in schema.span_types:
        if kind.required:
            spans = [s for s in annotations.spans() if s.type == kind.name]
            states.append((kind.name, bool(spans) or _is_none(annotations, kind.name)))
    missing = tuple(name for name, done in states if not done)
    return Progress(len(states) - len(missing), len(states), missing)


def _is_filled(segments: list, needs_labels: bool) -> bool:  # type: ignore[type-arg]
    return bool(segments) and (not needs_labels or all(s.labels for s in segments))


def _is_none(annotations: AnnotationSet, part: str) -> bool:
    answer = annotations.answer(part)
    return answer is not None and answer.value == CHECKED_NONE
