"""A person's own earlier answers, proposed for the next item beside what the model suggests.

Read from their own sets alone, on their own computer, and shown only where suggestions are in view anyway: whoever
works without suggestions begins with an empty page (rule 8).

An answer often hangs on what an item mostly is: rain was recorded with noise, speech without. How much it does is
weighed and not assumed: the answers are explained by their share among all items, and, for each label, by their shares
among the items that are mostly that and among the others; each explanation counts by how well it would have foretold
the answers (Krichevsky and Trofimov 1981, averaged as in Willems, Shtarkov and Tjalkens 1995), half of all weight
lying on the first before anything is known.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

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
from annodesk.model.schema import QuestionKind
from annodesk.store import own_answers

if TYPE_CHECKING:
    from annodesk.model.project import Project
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
    proposed = proposals(known, least, mostly(shown))
    return shown.with_elements([*shown, *proposed]) if proposed else shown


def mostly(shown: AnnotationSet) -> frozenset[tuple[str, str]]:
    """Of each tier the label that most of its labelled time bears; of two alike the one that comes first by name."""
    lengths: Counter[tuple[str, str]] = Counter()
    for one in shown.segments():
        if one.labels:
            lengths[one.tier, one.label] += one.end_us - one.start_us
    longest = dict(sorted(lengths, key=lambda at: (-lengths[at], at), reverse=True))
    return frozenset(longest.items())


def proposals(
    known: Mapping[str, Sequence[Given]], least: float, now: frozenset[tuple[str, str]] = frozenset()
) -> list[Answer]:
    """The likeliest answer to each question, where it is likely enough to be given again.

    How likely is the share of items with that answer, with half an item added on either side: of two alike 83 %, of
    twenty 98 %; where an item's labels tell something of it, the share among items like this one counts as much as
    that has shown. What was taken in bulk was this very proposal: it is never likelier than the answers given one by
    one bear out, or a proposal would grow surer by being proposed.

    Parameters
    ----------
    known : by question what was answered, newest first
    least : what is less likely is not proposed
    now : what the item mostly is, as in ``Given.mostly``
    """
    found = []
    for question, given in known.items():
        if len(given) < FEWEST:
            continue
        likely = {value: _likelihood(given, value, now) for value in dict.fromkeys(one.value for one in given)}
        value = max(likely, key=likely.__getitem__)
        probability = likely[value]
        if value in (NOT_SURE, CHECKED_NONE) or probability <= LIKELY or probability < least:
            continue
        told = Suggestion(probability, "", "your own answers", OWN_ANSWERS, 0)
        found.append(Answer(f"own:{question}", question, value, origin=Origin(OriginKind.MODEL, suggestion=told)))
    return found


def _likelihood(given: Sequence[Given], value: object, now: frozenset[tuple[str, str]]) -> float:
    """How likely this answer is to an item of these labels: each explanation's word, by its weight."""
    labels = sorted(frozenset().union(*(one.mostly for one in given)))
    weights = [_foretold(given, value) + math.log(max(1, len(labels)))]
    shares = [_share(given, value)]
    for label in labels:
        alike = [one for one in given if (label in one.mostly) == (label in now)]
        others = [one for one in given if (label in one.mostly) != (label in now)]
        weights.append(_foretold(alike, value) + _foretold(others, value))
        shares.append(_share(alike, value))
    top = max(weights)
    counted = [math.exp(weight - top) for weight in weights]
    return math.fsum(w * share for w, share in zip(counted, shares, strict=True)) / math.fsum(counted)


def _share(given: Sequence[Given], value: object) -> float:
    """The share of this answer with half an item added on either side, as far as answers given one by one bear out."""
    count = sum(one.value == value for one in given)
    alone = sum(one.value == value and not one.in_bulk for one in given)
    return min((count + 0.5) / (len(given) + 1), (alone + 0.5) / (alone + 1))


def _foretold(given: Sequence[Given], value: object) -> float:
    """Log of the chance that shares so found would have given to these answers, one after the other."""
    count = sum(one.value == value for one in given)
    other = len(given) - count
    return math.lgamma(count + 0.5) + math.lgamma(other + 0.5) - math.lgamma(len(given) + 1) - math.log(math.pi)
