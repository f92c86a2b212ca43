"""A file in which an analyst has ruled against Ann, or returned her work, and she has another task."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from annodesk.model.annotations import Answer, Segment, Span, answer_id
from annodesk.model.edits import add, set_answer
from annodesk.model.ids import new_id
from annodesk.model.pins import Pin
from annodesk.model.schema import TOLD
from annodesk.services import Services
from annodesk.services.decisions import take
from annodesk.services.review import ReviewWork
from tests.ui.made import PROJECT, Made, make_file

S = 1_000_000
BEN = ((0, 9, "music"), (9, 20, "speech"), (20, 27, "advert"), (27, 40, "speech"))
ANN = ((0, 9, "music"), (9, 27, "speech"), (27, 40, "speech"))
WORDS = "A message for a product is an advert from its first word on, also where the host reads it."
SHOWN = PROJECT.replace("audit_share = 0.0", 'audit_share = 0.0\nsee_others = "settled"')


def label(services: Services, made: Made, person_id: str, pieces: Sequence[tuple[int, int, str]], policy: str) -> None:
    """Somebody labels the first recording and hands it in."""
    cards = services.tasks.cards(made.project_id, person_id)
    card = min(cards, key=lambda one: one.title)
    work = services.tasks.open(made.project_id, person_id, card.task_id)
    drawn = [Segment(new_id(), "content", a * S, b * S, (name,)) for a, b, name in pieces]
    more: list[Span | Answer] = [Answer(answer_id("policy"), "policy", (policy,))]
    if work.text is not None:
        start = work.text.text.index("Lisbon")
        more.append(Span(new_id(), work.text.asset_id, "entity", start, start + 6, ("place",)))
    edit = work.session.stage(add(*drawn, *more))
    assert edit is not None
    services.annotate.record(edit)
    services.tasks.submit(work.session.annotations)


def reviewed(folder: Path, *, toml: str = SHOWN, items: int = 2) -> tuple[Made, Services, ReviewWork]:
    """Ann and Ben have labelled the first recording differently, and Cleo has it open."""
    made = make_file(folder, overlap=2, show="never", with_model=False, toml=toml, items=items)
    services = Services.open(made.path)
    label(services, made, made.ann_id, ANN, "violence")
    label(services, made, made.ben_id, BEN, "none of these")
    services.coordinator.round(made.project_id)
    card = services.review.cards(made.project_id, made.analyst_id)[0]
    return made, services, services.review.open(made.project_id, made.analyst_id, card.task_id)


def ruled(folder: Path, *, toml: str = SHOWN, items: int = 2) -> Made:
    """Cleo followed Ben everywhere, with words at the first place."""
    made, services, work = reviewed(folder, toml=toml, items=items)
    letter = next(lane.letter for lane in work.lanes if lane.annotations.author.id == made.ben_id)
    drafts = [lambda one=one: take(work, one, letter) for one in work.disagreements]
    drafts.append(lambda: set_answer(work.session.annotations, TOLD, WORDS, target=work.disagreements[0].key))
    for draft in drafts:
        edit = work.session.stage(draft())
        assert edit is not None
        services.annotate.record(edit)
    services.review.settle(work.session.annotations)
    services.close()
    return made


def returned(folder: Path) -> Made:
    """Cleo gave Ann's work back with three pins."""
    made, services, work = reviewed(folder)
    lane = next(lane.annotations for lane in work.lanes if lane.annotations.author.id == made.ann_id)
    second = lane.segments("content")[1]
    pins = (
        Pin("The message for the orchestra begins here: is that still speech?", time_us=20 * S),
        Pin("Begins a little later.", element_id=second.id),
        Pin("Nobody is hurt in this one.", element_id=answer_id("policy")),
    )
    services.judging.return_work(lane.id, made.analyst_id, "Look at the adverts again.", pins)
    services.close()
    return made
