"""Folding a set's Edits: 10,000 of one machine, 10,000 of two, and one onto 20,000 segments; baselines in the run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.branches import fold
from annodesk.model.edits import Draft, Edit, add, apply, set_labels
from annodesk.model.schema import Label, LabelSchema, Tier
from tests.benchmarks._figures import quantile, tell

EDITS, SEGMENTS, ONE_BY_ONE = 10_000, 20_000, 200
LABELS = ("speech", "music", "advert")
SCHEMA = LabelSchema(tiers=(Tier("content", labels=tuple(Label(name) for name in LABELS)),))
STEP_US = 100_000


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def line(device: str, base: AnnotationSet, lane: int, count: int) -> list[Edit]:
    """Edits of one machine, each on the one before: new segments, and labels for them."""
    made, head, rng = [], base.head, random.Random(device)
    known: list[Segment] = []
    for number in range(count):
        if known and rng.random() < 0.5:
            place = rng.randrange(len(known))
            draft = set_labels(base.with_elements([known[place]]), [known[place].id], [rng.choice(LABELS)])
            known[place] = draft.changes[0].after if draft else known[place]  # type: ignore[assignment]
        else:
            start = (2 * number + lane) * STEP_US
            known.append(Segment(f"{device}{number}", "content", start, start + STEP_US, (LABELS[0],)))
            draft = add(known[-1])
        edit = Edit(f"{device}-{number}", base.id, draft.verb, draft.changes, device, number, (head,) if head else ())
        made.append(edit)
        head = edit.id
    return made


def main() -> None:
    """Fold by our branches; beside it, the same changes put into a plain mapping without looking."""
    empty = AnnotationSet("set")
    one, other = line("a", empty, 0, EDITS), line("b", empty, 1, EDITS // 2)

    def plain() -> None:
        held: dict[str, object] = {}
        for edit in one:
            for change in edit.changes:
                if change.after is not None:
                    held[change.element_id] = change.after
        empty.with_elements(held.values())  # type: ignore[arg-type]

    baseline = seconds(plain)
    what = "the same changes put into a mapping, nothing checked"
    value = seconds(lambda: fold(SCHEMA, empty, one).annotations)
    tell("branches.one_machine", value, "s", baseline, baseline_is=what, edits=EDITS)
    both = [*one[: EDITS // 2], *other]
    value = seconds(lambda: fold(SCHEMA, empty, both).annotations)
    tell("branches.two_machines", value, "s", baseline, baseline_is=what, edits=len(both))

    parts = [Segment(f"s{n}", "content", n * STEP_US, (n + 1) * STEP_US, ("speech",)) for n in range(SEGMENTS)]
    whole = empty.with_elements(parts).with_header(head="base")
    branches, shown, rng = fold(SCHEMA, whole, ()), whole, random.Random(1)
    ours, theirs, head = [], [], "base"
    for number in range(ONE_BY_ONE):
        draft: Draft = set_labels(shown, [f"s{rng.randrange(SEGMENTS)}"], [LABELS[1 + number % 2]])
        edit = Edit(f"e{number}", "set", draft.verb, draft.changes, "a", number, (head,))
        head = edit.id

        def ours_does(edit: Edit = edit) -> AnnotationSet:
            branches.add(edit)
            return branches.annotations

        ours.append(seconds(ours_does) * 1000)
        began = time.perf_counter()
        shown = apply(shown, edit)
        theirs.append((time.perf_counter() - began) * 1000)
    assert branches.annotations.digest() == shown.digest()
    what = "the set with the change alone, as an open session does it"
    value, limit = quantile(ours, 0.5), 5.0
    tell("branches.one_more", value, "ms", quantile(theirs, 0.5), baseline_is=what, segments=SEGMENTS, limit=limit)


if __name__ == "__main__":
    main()
