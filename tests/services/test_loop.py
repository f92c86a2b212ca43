"""The whole loop on hand-made answers: two annotators, agreement, escalation, review, settled, gold."""

from __future__ import annotations

import pytest

from annodesk.errors import EditError, ValidationError, WorkflowError
from annodesk.model.annotations import AnnotationSet
from annodesk.model.edits import add, delete, set_answer
from annodesk.model.rules import submit_problems
from annodesk.model.work import Reason, SettledBy
from annodesk.quality.disagreements import find_disagreements
from annodesk.services import decisions, review
from annodesk.services.transfer import Which
from annodesk.store import figures, journal
from tests.services.made import ALIKE, OTHER, House, segments, timeline


def gold(house: House, task: int = 0) -> AnnotationSet:
    """What stands for a task."""
    with house.services.file.read() as db:
        stands = figures.settlements(db, house.project_id)[house.tasks()[task]]
        return journal.set_at(db, stands.set_id, stands.head)


def settled_by(house: House, task: int = 0) -> SettledBy:
    with house.services.file.read() as db:
        return figures.settlements(db, house.project_id)[house.tasks()[task]].settled_by


def reasons(house: House) -> list[tuple[Reason, str]]:
    with house.services.file.read() as db:
        found = figures.open_escalations(db, house.project_id)
    return [(e.reason, e.culprit) for ones in found.values() for e, _ in ones]


def rule_all(house: House, work: review.ReviewWork, letter: str = "A") -> None:
    for disagreement in work.disagreements:
        house.do(work, decisions.take(work, disagreement, letter))


def test_what_two_people_agree_on_is_settled_by_consensus(house: House) -> None:
    house.submit("Ada")
    house.round()
    assert house.status()["settled"] == 0
    house.submit("Ben", [(0, 10.02, "speech"), (10.02, 25, "music"), (25, 40, "speech")])
    house.round()
    assert house.status() == house.status() | {"settled": 1, "done": 1, "escalated": 0}
    assert settled_by(house) is SettledBy.CONSENSUS
    assert timeline(gold(house)) == [(0, 10.01, ("speech",)), (10.01, 25, ("music",)), (25, 40, ("speech",))]
    assert house.status()["agreement"] == pytest.approx(1.0)


def test_a_label_with_a_threshold_of_its_own_sends_an_item_to_review(house: House) -> None:
    path = house.folder / "project.toml"
    path.write_text(path.read_text().replace('"advert"]', '{ name = "advert", escalate_below = 0.9 }]'))
    house.services.projects.init(path)
    alike: list[tuple[float, float, str]] = [(n * 5, n * 5 + 5, ("speech", "music")[n % 2]) for n in range(7)]
    house.submit("Ada", [*alike, (35, 40, "advert")])
    house.submit("Ben", [*alike, (35, 40, "music")])
    house.round()
    assert reasons(house) == [(Reason.LOW_AGREEMENT, "content: advert")]
    assert house.status()["agreement"] == pytest.approx(7 / 8)
    assert len(house.services.review.cards(house.project_id, house.id_of("Cleo"))) == 1


def test_what_they_disagree_on_goes_to_review_with_its_culprit_and_is_settled_by_rulings(house: House) -> None:
    house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    assert house.status()["escalated"] == 1
    assert reasons(house) == [(Reason.LOW_AGREEMENT, "content")]
    (card,) = house.services.review.cards(house.project_id, house.id_of("Cleo"))
    assert (card.reason, card.culprit, card.title) == ("low agreement", "content", "episode-0")
    work = house.review()
    assert len(work.lanes) == 2
    letter = next(lane.letter for lane in work.lanes if timeline(lane.annotations) == timeline_of(ALIKE))
    with pytest.raises(WorkflowError, match="Not ruled yet: content at "):
        house.services.review.settle(work.session.annotations)
    rule_all(house, work, letter)
    assert house.services.review.settle(work.session.annotations).sentence == "Settled."
    house.round()
    assert house.status() == house.status() | {"settled": 1, "escalated": 0}
    assert settled_by(house) is SettledBy.ADJUDICATION
    assert timeline(gold(house)) == timeline_of(ALIKE)
    assert reasons(house) == []
    assert house.services.review.cards(house.project_id, house.id_of("Cleo")) == []


def timeline_of(stretches) -> list[tuple[float, float, tuple[str, ...]]]:
    return [(start, end, (label,)) for start, end, label in stretches]


def test_one_person_alone_settles_an_item_by_themselves(houses) -> None:
    house = houses(overlap=1, people=("Ada",))
    house.submit("Ada")
    house.round()
    assert settled_by(house) is SettledBy.SINGLE
    assert timeline(gold(house)) == timeline_of(ALIKE)


def test_an_audited_item_goes_to_review_although_all_agree(houses) -> None:
    house = houses(audit_share=1.0)
    house.submit("Ada")
    house.submit("Ben")
    house.round()
    assert reasons(house) == [(Reason.AUDIT, "")]
    work = house.review()
    assert work.disagreements == ()
    house.services.review.settle(work.session.annotations)
    assert timeline(gold(house)) == timeline_of(ALIKE)


def test_answers_without_a_common_value_go_to_review(house: House) -> None:
    house.submit("Ada", policy=("violence",))
    house.submit("Ben", policy=("medical",))
    house.round()
    assert reasons(house) == [(Reason.LOW_AGREEMENT, "policy")]


def test_a_set_with_a_problem_cannot_be_submitted_and_names_it(house: House) -> None:
    work = house.open("Ada")
    with pytest.raises(ValidationError, match="content is empty"):
        house.services.tasks.submit(work.session.annotations)
    work = house.label("Ada", [(0, 10, "")])
    with pytest.raises(ValidationError, match=r"segment at 00:00:00\.000 on content has no label"):
        house.services.tasks.submit(work.session.annotations)
    assert house.services.tasks.my_work(house.project_id, house.id_of("Ada")) == []


def test_nothing_is_handed_in_or_settled_that_is_not_what_its_author_sees(house: House) -> None:
    work = house.label("Ada", [(0, 40, "speech")])
    unsaved = work.session.stage(delete(work.session.annotations, [s.id for s in work.session.annotations.segments()]))
    with pytest.raises(EditError, match="What is shown is not what is saved"):
        house.services.tasks.submit(work.session.annotations)
    assert unsaved is not None
    house.services.annotate.record(unsaved)
    with pytest.raises(ValidationError, match="content is empty"):
        house.services.tasks.submit(work.session.annotations)
    house.do(work, add(*segments(ALIKE)))
    house.services.tasks.submit(work.session.annotations)
    house.submit("Ben", OTHER)
    house.round()
    review = house.review()
    assert review.session.stage(set_answer(review.session.annotations, "policy", ("violence",))) is not None
    with pytest.raises(EditError, match="What is shown is not what is saved"):
        house.services.review.settle(review.session.annotations)


def test_a_recording_of_several_tasks_is_settled_when_all_of_them_are(houses) -> None:
    house = houses(task_seconds=20)
    assert len(house.tasks()) == 2
    for name in ("Ada", "Ben"):
        house.submit(name, task=0)
    house.round()
    assert house.status()["settled"] == 0
    house.submit("Ada", task=1)
    house.submit("Ben", OTHER, task=1)
    house.round()
    assert house.status() == house.status() | {"settled": 0, "escalated": 1}
    cards = house.services.review.cards(house.project_id, house.id_of("Cleo"))
    assert len(cards) == 1, "the half they agree on needs no review"
    work = house.review()
    assert (work.task.start_us, work.task.end_us) == (20_000_000, 40_000_000)
    letter = next(la.letter for la in work.lanes if timeline(la.annotations)[0][2] == ("music",))
    rule_all(house, work, letter)
    house.services.review.settle(work.session.annotations)
    assert house.status()["settled"] == 1
    assert (settled_by(house, 0), settled_by(house, 1)) == (SettledBy.CONSENSUS, SettledBy.ADJUDICATION)
    (document,) = house.services.transfer.documents(house.project_id, Which.GOLD)
    spoken = [(s.start_us / 1e6, s.end_us / 1e6, s.labels[0]) for s in document.segments]
    assert spoken == [(0, 10, "speech"), (10, 20, "music"), (20, 25, "music"), (25, 40, "speech")]


def test_both_halves_are_reviewed_one_after_the_other(houses) -> None:
    house = houses(task_seconds=20)
    for task in (0, 1):
        house.submit("Ada", task=task)
        house.submit("Ben", [(0, 40, "advert")], task=task)
    house.round()
    for left in ("1 more", "Settled."):
        work = house.review()
        rule_all(house, work)
        assert left in house.services.review.settle(work.session.annotations).sentence
    assert house.status()["settled"] == 1


def test_a_third_person_is_asked_before_review_where_the_project_says_so(houses) -> None:
    house = houses(people=("Ada", "Ben", "Dora"), workflow="extra_annotator_below = 0.9")
    house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    assert house.status()["escalated"] == 0
    (card,) = house.services.tasks.cards(house.project_id, house.id_of("Dora"))
    house.submit("Dora", task=card.task_id)
    house.round()
    assert [e for e in reasons(house) if e[0] is not Reason.LOW_AGREEMENT] == []
    assert house.status()["escalated"] == 1
    assert len(house.review().lanes) == 3
    assert find_disagreements(house.review().project.schema, [la.annotations for la in house.review().lanes])


def test_where_nobody_is_left_to_be_asked_it_goes_to_review_at_once(houses) -> None:
    house = houses(workflow="extra_annotator_below = 0.9")
    house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    assert house.status()["escalated"] == 1


def test_a_third_person_is_asked_only_for_the_tasks_people_disagree_on(houses) -> None:
    house = houses(people=("Ada", "Ben", "Dora"), workflow="extra_annotator_below = 0.9", task_seconds=20)
    alike, unlike = house.tasks()
    for name, said in (("Ada", ALIKE), ("Ben", OTHER)):
        house.submit(name, task=alike)
        house.submit(name, said, task=unlike)
    house.round()
    assert [card.task_id for card in house.services.tasks.cards(house.project_id, house.id_of("Dora"))] == [unlike]
    house.submit("Dora", task=unlike)
    house.round()
    assert house.status()["escalated"] == 1


def test_two_people_against_a_sure_model_go_to_review(houses) -> None:
    house = houses(show="never")
    house.model_says([(0, 10, "speech", 0.99), (10, 25, "advert", 0.97), (25, 40, "speech", 0.6)])
    for name in ("Ada", "Ben"):
        house.submit(name)
    house.round()
    assert reasons(house) == [(Reason.MODEL_AGAINST_HUMANS, "content")]


def test_a_model_that_is_not_sure_raises_no_doubt(houses) -> None:
    house = houses(show="never")
    house.model_says([(0, 40, "advert", 0.7)])
    for name in ("Ada", "Ben"):
        house.submit(name)
    house.round()
    assert house.status()["settled"] == 1


def test_a_model_may_be_kept_from_voting(houses) -> None:
    house = houses(show="never", workflow='model_votes = "never"')
    house.model_says([(0, 40, "advert", 0.99)])
    for name in ("Ada", "Ben"):
        house.submit(name)
    house.round()
    assert house.status()["settled"] == 1


def test_a_single_answer_beside_an_unsure_model_goes_to_review(houses) -> None:
    house = houses(overlap=1)
    house.model_says([(0, 40, "speech", 0.4)])
    house.submit("Ada", [(0, 40, "speech")])
    house.round()
    assert reasons(house) == [(Reason.LOW_CONFIDENCE, "content")]


def test_a_flagged_item_goes_to_review_when_its_work_is_in(house: House) -> None:
    work = house.submit("Ada")
    house.services.tasks.flag(work.set_id, "bad audio", "clipped")
    house.round()
    assert house.status()["escalated"] == 0
    house.submit("Ben")
    house.round()
    assert reasons(house) == [(Reason.FLAGGED, "")]


def test_elements_of_a_gold_set_are_allowed_by_the_schema(house: House) -> None:
    house.submit("Ada", ALIKE, *segments([(1, 1, "laugh")], "events"), *segments([(0, 8, "host")], "voices"))
    house.submit("Ben", ALIKE, *segments([(1.02, 1.02, "laugh")], "events"), *segments([(0, 8, "host")], "voices"))
    house.round()
    project = house.services.projects.get(house.project_id).project
    assert submit_problems(project.schema, gold(house)) == []
    assert timeline(gold(house), "events") == [(1.01, 1.01, ("laugh",))]
