"""What the page of batches says, in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from annodesk.model.needs import needs_words

if TYPE_CHECKING:
    from annodesk.model.work import Batch
    from annodesk.quality.pilot import Mean, PairFound
    from annodesk.services.batches import BatchStanding
    from annodesk.services.pilots import PilotReport

MOST_PAIRS = 8
"""Of one clause; the rest is counted."""
NO_CLAUSE = "No clause speaks of these"
NO_LIMIT = "no deadline"

HELD_HERE = "Counted are the items that this computer holds; the whole project is under Today."
"""In a team, to whoever is no manager: the others hold a part of the project alone."""


def terms_of(batch: Batch) -> str:
    """How a batch is worked on, in one line."""
    if batch.is_pilot:
        overlap = "pilot, for everybody"
    else:
        overlap = "overlap as the project" if batch.overlap is None else f"{batch.overlap} people per item"
    due = NO_LIMIT if batch.deadline_us is None else f"due {date_of(batch.deadline_us)}"
    review = "" if batch.escalate_below is None else f"to review below {batch.escalate_below:.2f}"
    passed = "" if batch.passed_at_us is None else f"passed {date_of(batch.passed_at_us)}"
    first = f"priority {batch.priority}" if batch.priority else ""
    unsure = "" if batch.unsure_first is None else f"unsure first, {batch.unsure_first:.0%} by chance"
    needs = f"needs {needs_words(batch.needs)}" if batch.needs else ""
    return " · ".join(fact for fact in (overlap, needs, first, due, unsure, review, passed) if fact)


def date_of(at_us: int) -> str:
    """A day as people write it."""
    return time.strftime("%d %b %Y", time.localtime(at_us / 1_000_000))


def is_over(one: BatchStanding) -> bool:
    """Whether everybody has labelled all of a batch."""
    return bool(one.total) and not one.unlabelled


def report_head(report: PilotReport) -> str:
    """What the report rests on."""
    return f"{report.name}: what people disagree on, in {report.items} of {report.of} items"


def report_lines(report: PilotReport) -> Iterator[tuple[str, str]]:
    """The report as lines, each with the role of its label."""
    if report.reason:
        yield report.reason, "dim"
    alike = [part for part, mean in report.parts.items() if mean is not None and mean.value == 1]
    for part, mean in report.parts.items():
        if mean is not None and part not in alike:
            yield f"{part}: {mean_words(mean)}", "small"
    if alike:
        yield f"said alike everywhere: {', '.join(alike)}", "small"
    for clause in report.clauses:
        places = _counted(clause.places, "place")
        yield f"{clause.heading or NO_CLAUSE} · {places}", "strong"
        for pair in clause.pairs[:MOST_PAIRS]:
            yield pair_words(pair), ""
        if len(clause.pairs) > MOST_PAIRS:
            yield f"and {len(clause.pairs) - MOST_PAIRS} more pairs", "small"
    if report.items and not report.reason and not report.clauses:
        yield "Nobody disagrees on anything: the guidelines hold.", ""


def mean_words(mean: Mean) -> str:
    """A mean with its interval and its n."""
    items = _counted(mean.n, "item")
    if mean.low is None or mean.high is None:
        return f"agreement {mean.value:.2f} over {items}; too few for an interval"
    return f"agreement {mean.value:.2f} ({mean.low:.2f} to {mean.high:.2f}) over {items}"


def pair_words(pair: PairFound) -> str:
    """Two things that people say of the same places."""
    said = " and ".join(f"“{one}”" if one else "nothing" for one in (pair.a, pair.b))
    length = f", {pair.length / 1_000_000:.0f} s in all" if pair.length >= 1_000_000 else ""
    return f"{pair.part}: {said} at {_counted(pair.places, 'place')} in {_counted(pair.items, 'item')}{length}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
