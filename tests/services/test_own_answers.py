"""What a person answered most before, proposed for the next item where suggestions are in view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annodesk.model.annotations import CHECKED_NONE, NOT_SURE, OWN_ANSWERS, Answer, Segment
from annodesk.model.edits import Draft, add, set_answer
from annodesk.services import Services
from annodesk.services.own_answers import LIKELY, mostly, proposals
from annodesk.services.tasks import TaskWork
from annodesk.store.own_answers import Given, newest_answers
from annodesk.ui.annotate.suggestions import pending, take_all
from tests.ui.made import PROJECT, Made, make_file

Maker = Callable[..., Made]


@pytest.fixture
def made(tmp_path: Path) -> Maker:
    """Four items of one person, on which the model has spoken of one question."""

    def make(*, own: bool = True, show: str = "before") -> Made:
        toml = PROJECT.replace("[prelabel]", f"[prelabel]\nown_answers = {str(own).lower()}")
        return make_file(tmp_path / "file", toml=toml, show=show, items=4, with_text=False)

    return make


def work_on(services: Services, made: Made, place: int) -> TaskWork:
    cards = services.tasks.cards(made.project_id, made.ann_id)
    return services.tasks.open(made.project_id, made.ann_id, sorted(card.task_id for card in cards)[place])


def hand_in(services: Services, made: Made, host: str) -> None:
    """Hand in the first task in the list with this answer."""
    work = work_on(services, made, 0)
    for question, value in (("content", CHECKED_NONE), ("host", host), ("policy", ("violence",))):
        record(services, work, set_answer(work.session.annotations, question, value))
    services.tasks.submit(work.session.annotations)


def record(services: Services, work: TaskWork, draft: Draft) -> None:
    edit = work.session.stage(draft)
    assert edit is not None
    services.annotate.record(edit)


def proposed(work: TaskWork) -> dict[str, object]:
    shown = () if work.suggestions is None else work.suggestions.answers()
    own = [a for a in shown if a.origin.suggestion is not None and a.origin.suggestion.prompt_version == OWN_ANSWERS]
    return {a.question: a.value for a in own}


def test_from_two_items_on_the_usual_answer_is_proposed_where_the_model_says_nothing(made: Maker) -> None:
    file = made()
    with Services.open(file.path) as services:
        hand_in(services, file, "several")
        assert proposed(work_on(services, file, 0)) == {}
        hand_in(services, file, "several")
        work = work_on(services, file, 0)
        assert proposed(work) == {"host": "several"}, "of policy the model speaks itself"


@pytest.mark.parametrize("how", [{"own": False}, {"show": "never"}])
def test_nothing_is_proposed_where_the_project_does_not_or_no_suggestions_are_shown(
    made: Maker, how: dict[str, object]
) -> None:
    file = made(**how)
    with Services.open(file.path) as services:
        for _ in range(2):
            hand_in(services, file, "one")
        assert proposed(work_on(services, file, 0)) == {}


def test_others_answers_are_not_read(made: Maker) -> None:
    file = made()
    with Services.open(file.path) as services:
        hand_in(services, file, "several")
        hand_in(services, file, "several")
        services.coordinator.round(file.project_id)
        cards = services.tasks.cards(file.project_id, file.ben_id)
        work = services.tasks.open(file.project_id, file.ben_id, cards[-1].task_id)
        assert proposed(work) == {}


def test_how_likely_it_is_hangs_on_how_often_it_was_said() -> None:
    def of(*values: object) -> list[tuple[object, float]]:
        said = [one if isinstance(one, Given) else Given(one) for one in values]
        found: list[Answer] = proposals({"host": said}, LIKELY)
        return [(a.value, round(a.origin.suggestion.probability, 3)) for a in found if a.origin.suggestion is not None]

    assert of("one") == []
    assert of("one", "one") == [("one", 0.833)]
    assert of("one", "several") == [], "as likely as not is no proposal"
    assert of("one", "one", "several") == [("one", 0.625)]
    assert of(*["one"] * 20) == [("one", 0.976)]
    assert of(NOT_SURE, NOT_SURE, NOT_SURE) == []
    assert of(("a", "b"), ("a", "b")) == [(("a", "b"), 0.833)]


def test_what_was_taken_in_bulk_makes_no_proposal_surer() -> None:
    def sure(*given: Given) -> float:
        found = proposals({"host": given}, LIKELY)
        told = found[0].origin.suggestion if found else None
        return 0.0 if told is None else round(told.probability, 3)

    by_hand, in_bulk, other = Given("one"), Given("one", in_bulk=True), Given("several")
    assert sure(by_hand, by_hand) == 0.833
    assert sure(by_hand, by_hand, *[in_bulk] * 40) == 0.833
    assert sure(*[by_hand] * 4, *[in_bulk] * 40, *[other] * 4) == 0.9, "those are answers all the same"
    assert sure(*[in_bulk] * 50) == 0.0, "and alone they are no habit: it is asked again"


def test_an_answer_taken_in_bulk_is_known_as_that(made: Maker) -> None:
    file = made()
    with Services.open(file.path) as services:
        for _ in range(2):
            hand_in(services, file, "several")
        work = work_on(services, file, 0)
        assert work.suggestions is not None
        waiting = pending(work.suggestions, work.session.annotations, work.project.schema)
        record(services, work, take_all(waiting, work.session.annotations, work.project.schema, 0.0))
        services.tasks.submit(work.session.annotations)
        with services.file.read() as db:
            known = newest_answers(db, file.project_id, file.ann_id, ["host"], 50)
    assert [(one.value, one.in_bulk) for one in known["host"]] == [
        ("several", True),
        ("several", False),
        ("several", False),
    ]


NOISE, SPEECH, MUSIC = (frozenset({("content", label)}) for label in ("noise", "speech", "music"))


def sure_of(given: list[Given], now: frozenset[tuple[str, str]]) -> dict[object, float]:
    found = proposals({"recording": given}, LIKELY, now)
    return {
        one.value: round(one.origin.suggestion.probability, 3) for one in found if one.origin.suggestion is not None
    }


def test_an_answer_that_hangs_on_what_an_item_mostly_is_is_proposed_for_such_items() -> None:
    given = [Given("clean", mostly=SPEECH)] * 8 + [Given("noisy", mostly=NOISE)] * 4
    assert sure_of(given, SPEECH)["clean"] > 0.9, "of all it is 65 %"
    assert sure_of(given, NOISE)["noisy"] > 0.85
    mixed = [Given("clean", mostly=SPEECH), Given("noisy", mostly=SPEECH)] * 6
    assert sure_of(mixed, SPEECH) == {}


def test_labels_that_tell_nothing_of_an_answer_hardly_change_it() -> None:
    given = [Given("clean", mostly=(SPEECH, MUSIC)[n % 2]) for n in range(20)]
    plain = sure_of([Given("clean")] * 20, frozenset())["clean"]
    assert plain - 0.02 < sure_of(given, SPEECH)["clean"] < plain
    assert sure_of(given, NOISE)["clean"] > 0.9, "of what was never met it is nearly as likely"


def test_how_sure_it_is_is_what_the_explanations_say_by_their_weights() -> None:
    # All alike: (1/2)(3/4) and the share (2 + .5) / 3. By speech: (1/2)(1/2) and (1 + .5) / 2; by music the same.
    given = [Given("clean", mostly=SPEECH), Given("clean", mostly=MUSIC)]
    weights, shares = (0.375 * 2, 0.25, 0.25), (2.5 / 3, 0.75, 0.75)
    wanted = sum(w * share for w, share in zip(weights, shares, strict=True)) / sum(weights)
    assert sure_of(given, SPEECH) == {"clean": round(wanted, 3)}


def test_a_proposal_taken_in_bulk_is_surer_by_no_explanation() -> None:
    by_hand = [Given("clean", mostly=SPEECH)] * 2
    taken = [Given("clean", in_bulk=True, mostly=SPEECH)] * 20
    assert sure_of([*by_hand, *taken], SPEECH)["clean"] <= 0.834


def test_what_an_item_mostly_is_goes_by_time(made: Maker) -> None:
    file = made()
    with Services.open(file.path) as services:
        work = work_on(services, file, 0)
        lengths = ((0, 4, "speech"), (4, 10, "music"), (10, 13, "speech"), (20, 24, "speech"))
        for n, (start, end, label) in enumerate(lengths):
            segment = Segment(f"s{n}", "content", start * 1_000_000, end * 1_000_000, (label,))
            record(services, work, add(segment))
        for question, value in (("host", "one"), ("policy", ("violence",))):
            record(services, work, set_answer(work.session.annotations, question, value))
        assert mostly(work.session.annotations) == frozenset({("content", "speech")})
        services.tasks.submit(work.session.annotations)
        with services.file.read() as db:
            known = newest_answers(db, file.project_id, file.ann_id, ["host"], 50)
    assert [one.mostly for one in known["host"]] == [frozenset({("content", "speech")})]
