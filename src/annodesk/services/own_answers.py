"""A person's own earlier answers, proposed for the next item beside what the model suggests.

Read from their own sets alone, on their own computer, and shown only where suggestions are in view anyway: whoever
works without suggestions begins with an empty page (rule 8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from annodesk.model.annotations import (
    CHECKED_NONE,
    NOT_SURE,
    OWN_ANSWERS,
    AnnotationSet,
    Answer,
    Origin,
    OriginKind,
    Suggestion,
)
from annodesk.model.project import Project
from annodesk.model.schema import QuestionKind
from annodesk.store import own_answers
from annodesk.store.engine import Connection
from annodesk.store.own_answers import Given

NEWEST = 50
FEWEST = 2
"""From so many items on something is proposed: one alone is no habit."""
LIKELY = 0.5


def with_own_answers(
    db: Connection, project_id: str, person_id: str, project: Project, shown: AnnotationSet | None
) -> AnnotationSet | None:
    """What is shown of the model's answer, and what the person answered most to questions it says nothing of."""
    if shown is None or not len(shown) or not project.prelabel.own_answers:
        return shown
    asked = [
        one.name
        for one in project.schema.questions
        if one.kind is not QuestionKind.TEXT and shown.answer(one.name) is None
    ]
    known = own_answers.newest_answers(db, project_id, person_id, asked, NEWEST)
    least = project.prelabel.show_above if project.prelabel.show == "above-threshold" else LIKELY
    proposed = proposals(known, least)
    return shown.with_elements([*shown, *proposed]) if proposed else shown


def proposals(known: Mapping[str, Sequence[Given]], least: float) -> list[Answer]:
    """The answer given most to each question, newest first, where it is likely enough to be given again.

    How likely is the share of items with that answer, with half an item added on either side: of two alike 83 %, of
    twenty 98 %. What was taken in bulk was this very proposal: it is never likelier than the answers given one by
    one bear out, or a proposal would grow surer by being proposed.
    """
    found = []
    for question, given in known.items():
        if len(given) < FEWEST:
            continue
        value, count = Counter(one.value for one in given).most_common(1)[0]
        alone = sum(one.value == value and not one.in_bulk for one in given)
        probability = min((count + 0.5) / (len(given) + 1), (alone + 0.5) / (alone + 1))
        if value in (NOT_SURE, CHECKED_NONE) or probability <= LIKELY or probability < least:
            continue
        told = Suggestion(probability, "", "your own answers", OWN_ANSWERS, 0)
        found.append(Answer(f"own:{question}", question, value, origin=Origin(OriginKind.MODEL, suggestion=told)))
    return found
