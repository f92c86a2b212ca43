"""Rulings on every kind of disagreement: taken, averaged, cleared, redone, undone; and what then stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.annotations import AnnotationSet, Span
from annodesk.model.edits import Draft, add
from annodesk.model.ids import new_id
from annodesk.model.outcomes import OutcomeKind
from annodesk.quality.disagreements import DOUBT, Disagreement, Said, Saying
from annodesk.services import decisions
from annodesk.services.review import ReviewWork
from tests.services.made import ALIKE, House, segments, timeline
from tests.services.test_loop import gold


def span(work_asset: str, start: int, end: int, label: str = "artist") -> Span:
    return Span(new_id(), work_asset, "entity", start, end, (label,))


class Desk:
    """An item both have labelled, one as side A and the other as side B, open for review."""

    def __init__(self, house: House, a: tuple, b: tuple, **answers: tuple[object, object]) -> None:
        self.house = house
        first = {name: pair[0] for name, pair in answers.items()}
        second = {name: pair[1] for name, pair in answers.items()}
        self.ids = {
            house.submit("Ada", *a, **first).set_id: "Ada",
            house.submit("Ben", *b, **second).set_id: "Ben",
        }
        house.round()
        self.work = house.review()

    def letter(self, name: str) -> str:
        return next(lane.letter for lane in self.work.lanes if self.ids[lane.annotations.id] == name)

    def side(self, name: str) -> AnnotationSet:
        return self.work.lane(self.letter(name)).annotations

    def place(self, part: str) -> Disagreement:
        return next(d for d in self.work.disagreements if d.part == part)

    def do(self, draft: Draft) -> None:
        self.house.do(self.work, draft)

    def take(self, disagreement: Disagreement, name: str) -> None:
        self.do(decisions.take(self.work, disagreement, self.letter(name)))

    @property
    def now(self) -> AnnotationSet:
        return self.work.session.annotations

    def undo(self) -> None:
        edit = self.work.session.undo().edit
        assert edit is not None
        self.house.services.annotate.record(edit)

    def settle(self) -> AnnotationSet:
        self.house.services.review.settle(self.work.session.annotations)
        return gold(self.house)


@pytest.fixture
def desk(houses) -> Callable[..., Desk]:
    def make(a: tuple, b: tuple, **answers: tuple[object, object]) -> Desk:
        return Desk(houses(with_text=True, audit_share=1.0), a, b, **answers)

    return make


LABEL = (((0, 10, "speech"), (10, 25, "advert"), (25, 40, "speech")),)
EDGE = (((0, 10, "speech"), (10, 29, "music"), (29, 40, "speech")),)
CUT = (((0, 5, "speech"), (5, 10, "speech"), (10, 25, "music"), (25, 40, "speech")),)
HOLE = (((0, 10, "speech"), (25, 40, "speech")),)
VOICE = (ALIKE, *segments([(2, 8, "host")], "voices"))
OTHER_VOICE = (ALIKE, *segments([(2, 8, "guest")], "voices"))
LAUGH = (ALIKE, *segments([(3, 3, "laugh")], "events"))

KINDS = {
    "label": ((ALIKE,), LABEL, "content", "label"),
    "boundary": ((ALIKE,), EDGE, "content", "boundary"),
    "a cut in doubt": ((ALIKE,), CUT, "content", "boundary"),
    "missing": ((ALIKE,), HOLE, "content", "missing"),
    "missing voice": ((ALIKE,), VOICE, "voices", "missing"),
    "another voice": (OTHER_VOICE, VOICE, "voices", "label"),
    "missing point": ((ALIKE,), LAUGH, "events", "missing"),
}


def content(annotations: AnnotationSet) -> dict[str, object]:
    """All that is said, without ids and origins."""
    tiers = {tier: timeline(annotations, tier) for tier in ("content", "voices", "events")}
    spans = [(s.type, s.start, s.end, s.labels) for s in annotations.spans()]
    answers = {a.question: a.value for a in annotations.answers() if a.question != "ruling"}
    return {**tiers, "spans": spans, "answers": answers}


@pytest.mark.parametrize(("a", "b", "part", "kind"), KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", ["Ada", "Ben"])
def test_taking_one_side_gives_that_side(desk, a, b, part: str, kind: str, name: str) -> None:
    made = desk(a, b)
    assert {(d.part, d.kind) for d in made.work.disagreements} == {(part, kind)}
    for disagreement in made.work.disagreements:
        made.take(disagreement, name)
    assert content(made.now) == content(made.side(name))
    assert content(made.settle()) == content(made.side(name))


@pytest.mark.parametrize(("a", "b"), [kind[:2] for kind in KINDS.values()], ids=KINDS)
def test_a_second_ruling_replaces_the_first(desk, a, b) -> None:
    made = desk(a, b)
    for name in ("Ada", "Ben", "Ada", "Ben"):
        for disagreement in made.work.disagreements:
            made.take(disagreement, name)
        assert content(made.now) == content(made.side(name))
    rulings = [answer for answer in made.now.answers() if answer.question == "ruling"]
    assert len(rulings) == len(made.work.disagreements)


@pytest.mark.parametrize(("a", "b"), [kind[:2] for kind in KINDS.values()], ids=KINDS)
def test_undo_takes_a_ruling_and_what_it_brought_back_together(desk, a, b) -> None:
    made = desk(a, b)
    before = made.now.digest()
    for name in ("Ada", "Ben"):
        made.take(made.work.disagreements[0], name)
    made.undo()
    assert decisions.ruling(made.now, made.work.disagreements[0]) == made.letter("Ada")
    made.undo()
    assert made.now.digest() == before
    assert decisions.unruled(made.work.disagreements, made.now) == list(made.work.disagreements)
    assert made.work.session.undo().edit is None, "what all agree on is where a reviewer starts"
    edit = made.work.session.redo().edit
    assert edit is not None
    assert decisions.ruling(made.now, made.work.disagreements[0]) == made.letter("Ada")


@pytest.mark.parametrize(("a", "b", "part"), [kind[:3] for kind in KINDS.values()], ids=KINDS)
def test_clearing_a_place_leaves_nothing_of_either_side_there(desk, a, b, part: str) -> None:
    made = desk(a, b)
    place = made.work.disagreements[0]
    made.take(place, "Ben")
    made.do(decisions.clear(made.work, place))
    assert decisions.ruling(made.now, place) == "neither"
    start, end = place.start_us or 0, place.end_us or 0
    left = [s for s in made.now.segments_in(part, start, end) if start < end]
    assert [s for s in left if s.start_us < end and s.end_us > start and part == "content"] == []


@pytest.mark.parametrize("name", ["Ada", "Ben"])
def test_an_answer_is_taken_from_a_side(desk, name: str) -> None:
    made = desk((ALIKE,), (ALIKE,), policy=(("violence",), ("medical", "violence")), quality=(2, 5))
    assert {d.part for d in made.work.disagreements} == {"policy", "quality"}
    for part in ("policy", "quality"):
        made.take(made.place(part), name)
    assert content(made.now) == content(made.side(name))
    assert content(made.settle()) == content(made.side(name))


def test_an_answer_only_one_gave_can_be_left_out(desk) -> None:
    made = desk((ALIKE,), (ALIKE,), quality=(None, 5))
    made.take(made.place("quality"), "Ben")
    made.take(made.place("quality"), "Ada")
    assert made.now.answer("quality") is None
    assert made.settle().answer("quality") is None


@pytest.mark.parametrize("name", ["Ada", "Ben"])
def test_spans_are_taken_from_a_side(houses, name: str) -> None:
    house = houses(with_text=True)
    asset = house.open("Ada").text.asset_id
    made = Desk(
        house,
        (ALIKE, span(asset, 10, 17), span(asset, 20, 24, "track")),
        (ALIKE, span(asset, 10, 14), span(asset, 26, 30)),
    )
    assert {d.kind for d in made.work.disagreements} == {"span"}
    for disagreement in made.work.disagreements:
        made.take(disagreement, name)
    assert content(made.settle()) == content(made.side(name))


def test_an_edge_in_doubt_is_put_in_the_middle(desk) -> None:
    made = desk((ALIKE,), EDGE)
    made.do(decisions.average(made.work, made.work.disagreements[0]))
    assert [s[:2] for s in timeline(made.now)] == [(0, 10), (10, 27), (27, 40)]
    assert decisions.ruling(made.now, made.work.disagreements[0]) == "own"
    assert timeline(made.settle())[1] == (10, 27, ("music",))


def test_what_is_no_edge_has_no_middle(desk) -> None:
    made = desk((ALIKE,), (ALIKE,), quality=(1, 5))
    with pytest.raises(WorkflowError, match="no edge to average"):
        decisions.average(made.work, made.work.disagreements[0])


def test_the_analysts_own_answer_stands_where_they_say_so(desk) -> None:
    made = desk((ALIKE,), LABEL)
    place = made.work.disagreements[0]
    made.do(decisions.clear(made.work, place))
    drawn = segments([(10, 18, "speech"), (18, 25, "music")])
    made.do(decisions.own(made.work, place, add(*drawn)))
    assert decisions.ruling(made.now, place) == "own"
    made.undo()
    assert decisions.ruling(made.now, place) == "neither"
    assert made.work.session.redo().edit is not None
    edits = made.house.services.annotate.reload(made.work.set_id)[1]
    assert edits[-1].verb == "undo rule own"


def test_a_review_is_found_as_it_was_left(desk) -> None:
    made = desk((ALIKE,), EDGE, quality=(1, 5))
    made.take(made.place("quality"), "Ben")
    again: ReviewWork = made.house.review()
    assert again.set_id == made.work.set_id
    assert again.session.annotations.digest() == made.now.digest()
    assert decisions.ruled_keys(again.session.annotations) == {made.place("quality").key}
    assert [d.key for d in again.disagreements] == [d.key for d in made.work.disagreements]


def test_a_settled_review_cannot_be_changed_or_settled_again(desk) -> None:
    made = desk((ALIKE,), (ALIKE,))
    made.settle()
    with pytest.raises(WorkflowError):
        made.house.services.review.settle(made.work.session.annotations)
    edit = made.work.session.stage(add(*segments([(1, 1, "laugh")], "events")))
    assert edit is not None
    with pytest.raises(WorkflowError, match="This set is submitted"):
        made.house.services.annotate.record(edit)


def test_a_review_of_an_item_that_waits_no_more_is_refused(house: House) -> None:
    work = house.submit("Ada")
    house.submit("Ben", *LABEL)
    house.round()
    (card,) = house.services.review.cards(house.project_id, house.id_of("Cleo"))
    house.services.tasks.recall(work.set_id)
    with pytest.raises(WorkflowError, match="does not wait for review any more"):
        house.services.review.open(house.project_id, house.id_of("Cleo"), card.task_id)


def test_a_review_left_open_over_its_lease_can_still_be_settled(desk) -> None:
    made = desk((ALIKE,), (ALIKE,))
    made.house.clock.hours(25)
    made.house.round()
    made.settle()
    assert made.house.status()["settled"] == 1


def test_confirming_words_that_nobody_disputed_marks_them_once(houses) -> None:
    house = houses(with_text=True, audit_share=1.0)
    asset = house.open("Ada").text.asset_id
    made = Desk(house, (ALIKE, span(asset, 10, 17)), (*LABEL, span(asset, 10, 17)))

    said = [
        Said(n, tuple(Saying(s.start, s.end, s.labels) for s in lane.annotations.spans()),
             tuple(s.id for s in lane.annotations.spans()))
        for n, lane in enumerate(made.work.lanes)
    ]  # fmt: skip
    doubt = Disagreement("entity@x:10-17", "entity", DOUBT, 0.5, tuple(said), asset=asset, start=10, end=17)
    made.do(decisions.take(made.work, doubt, "A"))
    assert len(made.now.spans()) == 1
    made.do(decisions.no_one_answer(made.work, doubt, OutcomeKind.UNDECIDED))
    assert made.now.spans() == []
