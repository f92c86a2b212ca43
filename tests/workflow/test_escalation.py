"""What becomes of an item, the order of the review queue, and when it may be settled."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from annodesk.errors import WorkflowError
from annodesk.model.project import Project
from annodesk.model.schema import Label, LabelSchema, Question, Tier
from annodesk.model.work import Batch, Escalation, Reason, SettledBy
from annodesk.workflow.escalation import (
    AskAnother,
    Decision,
    Escalate,
    ItemFacts,
    LowConfidence,
    ModelDoubt,
    ReferenceMiss,
    Settle,
    Skip,
    Thresholds,
    Wait,
    decide,
    thresholds,
)
from annodesk.workflow.review import Waiting, queue, require_ruled, severity, unruled

CONTENT = Tier("content", labels=(Label("music"), Label("advert", escalate_below=0.9)), escalate_below=0.5)
PROJECT = Project("p", LabelSchema(tiers=(CONTENT,), questions=(Question("genre", labels=(Label("advert"),)),)))
LIMITS = Thresholds(0.7)
FACTS = ItemFacts("item", answers=2, waiting=0, parts=(("content", 0.9), ("genre", 1.0)))


def decided(facts: ItemFacts, limits: Thresholds = LIMITS, **values) -> Decision:  # type: ignore[no-untyped-def]
    return decide(facts, limits, seed="s", **{"audit_share": 0.0, **values})


def reasons(decision: Decision) -> list[tuple[Reason, str, float | None, float | None]]:
    assert isinstance(decision, Escalate)
    return [(e.reason, e.culprit, e.value, e.threshold) for e in decision.escalations]


def test_people_who_agree_settle_an_item() -> None:
    assert decided(FACTS) == Settle(SettledBy.CONSENSUS)


def test_one_answer_and_no_trigger_settles_as_single() -> None:
    assert decided(ItemFacts("item", answers=1, waiting=0, parts=(("content", None),))) == Settle(SettledBy.SINGLE)


def test_an_item_waits_for_every_place() -> None:
    assert decided(replace(FACTS, waiting=1)) == Wait("1 more to submit.")
    assert decided(ItemFacts("item", answers=0, waiting=0)) == Wait("Nobody has submitted yet.")


def test_low_agreement_names_the_lowest_part_first() -> None:
    facts = replace(FACTS, parts=(("content", 0.6), ("genre", 0.0), ("quality", 0.7)))
    assert reasons(decided(facts)) == [
        (Reason.LOW_AGREEMENT, "genre", 0.0, 0.7),
        (Reason.LOW_AGREEMENT, "content", 0.6, 0.7),
    ]


def test_a_part_has_its_own_threshold_before_the_batch_and_the_project() -> None:
    limits = thresholds(PROJECT, Batch("b", "", escalate_below=0.95))
    assert (limits.of("content"), limits.of("genre")) == (0.5, 0.95)
    assert thresholds(PROJECT).of("genre") == 0.7
    assert reasons(decided(replace(FACTS, parts=(("content", 0.6), ("genre", 0.9))), limits)) == [
        (Reason.LOW_AGREEMENT, "genre", 0.9, 0.95)
    ]


def test_a_label_escalates_below_a_threshold_of_its_own() -> None:
    facts = replace(FACTS, labels=(("content", "advert", 0.85), ("content", "music", 0.1), ("genre", "advert", 0.2)))
    assert reasons(decided(facts, thresholds(PROJECT))) == [(Reason.LOW_AGREEMENT, "content: advert", 0.85, 0.9)]
    assert decided(facts) == Settle(SettledBy.CONSENSUS)


def test_a_part_without_a_common_answer_escalates_whatever_its_threshold() -> None:
    facts = replace(FACTS, parts=(("genre", 0.5),), unanswered=("genre",))
    assert reasons(decided(facts, Thresholds(0.0))) == [(Reason.LOW_AGREEMENT, "genre", None, None)]


def test_answers_that_are_not_independent_do_not_settle() -> None:
    decision = decided(replace(FACTS, parts=(("content", None),)))
    assert reasons(decision) == [(Reason.LOW_AGREEMENT, "", None, None)]


def test_the_model_raises_a_doubt_but_never_decides() -> None:
    facts = replace(FACTS, doubts=(ModelDoubt("content", "content at 0", "speech", "advert", 0.97),))
    decision = decided(facts)
    assert reasons(decision) == [(Reason.MODEL_AGAINST_HUMANS, "content", 0.97, None)]
    assert isinstance(decision, Escalate)
    assert decision.escalations[0].evidence == {"place": "content at 0", "people": "speech", "model": "advert"}
    assert decided(facts, model_votes="never") == Settle(SettledBy.CONSENSUS)


def test_a_single_answer_under_an_unsure_model_escalates() -> None:
    doubtful = (LowConfidence("content", 0.55), LowConfidence("genre", 0.8))
    facts = ItemFacts("item", answers=1, waiting=0, low_confidence=doubtful)
    assert reasons(decided(facts)) == [(Reason.LOW_CONFIDENCE, "content", 0.55, 0.7)]
    assert decided(replace(FACTS, low_confidence=doubtful)) == Settle(SettledBy.CONSENSUS)


def test_each_kind_of_doubt_has_thresholds_of_its_own() -> None:
    flow = replace(PROJECT.workflow, escalate_below=0.7, unsure_below=0.5, model_sure_from=0.95, reference_below=0.8)
    music = Label("music", unsure_below=0.2, model_sure_from=0.99, reference_below=0.6)
    content = replace(CONTENT, labels=(music, Label("advert")), unsure_below=0.3, model_sure_from=0.8)
    genre = replace(PROJECT.schema.questions[0], reference_below=0.4)
    project = replace(PROJECT, workflow=flow, schema=LabelSchema(tiers=(content,), questions=(genre,)))
    limits = thresholds(project)
    assert [limits.unsure_below(*x) for x in (("content", "music"), ("content", "advert"), ("genre", "x"))] == [
        0.2,
        0.3,
        0.5,
    ]
    assert [limits.sure_from(*x) for x in (("content", "music"), ("content", "advert"), ("genre", "x"))] == [
        0.99,
        0.8,
        0.95,
    ]
    assert [limits.reference_below(*x) for x in (("content",), ("genre",), ("content", "music"))] == [0.8, 0.4, 0.6]
    batch = thresholds(project, Batch("b", "", unsure_below=0.6, model_sure_from=0.7, reference_below=0.9))
    assert (batch.unsure_below("genre"), batch.sure_from("genre"), batch.reference_below("content")) == (0.6, 0.7, 0.9)
    assert batch.reference_below("genre") == 0.4


def test_without_thresholds_of_their_own_doubts_follow_that_of_agreement() -> None:
    limits = thresholds(PROJECT, Batch("b", "", escalate_below=0.6))
    assert (limits.unsure_below("content"), limits.unsure_below("content", "advert")) == (0.5, 0.9)
    assert (limits.reference_below("content"), limits.reference_below("genre")) == (0.5, 0.6)
    assert (limits.reference_below("content", "advert"), limits.reference_below("content", "music")) == (0.9, 0.0)
    assert limits.sure_from("content") == 0.9


def test_a_part_is_unsure_by_what_the_model_is_least_sure_of() -> None:
    doubtful = (LowConfidence("content", 0.6, "music"), LowConfidence("content", 0.55, "advert"))
    decision = decided(ItemFacts("item", answers=1, waiting=0, low_confidence=doubtful))
    assert reasons(decision) == [(Reason.LOW_CONFIDENCE, "content", 0.55, 0.7)]
    assert isinstance(decision, Escalate)
    assert decision.escalations[0].evidence["model"] == "advert"


def test_who_misses_a_reference_sends_it_to_review_whatever_the_others_say() -> None:
    told = (
        ReferenceMiss("ann", "content", None, 0.6),
        ReferenceMiss("ann", "genre", None, 0.0),
        ReferenceMiss("ben", "content", None, 0.9),
        ReferenceMiss("ben", "content", "music", 0.0),
    )
    decision = decided(replace(FACTS, references=told))
    assert reasons(decision) == [(Reason.REFERENCE_MISS, "genre", 0.0, 0.7)]
    assert isinstance(decision, Escalate)
    assert decision.escalations[0].evidence == {"part": "genre"}
    alone = ItemFacts("item", answers=1, waiting=0, references=told[:2])
    assert [found[0] for found in reasons(decided(alone))] == [Reason.REFERENCE_MISS]
    assert decided(replace(FACTS, references=told[2:])) == Settle(SettledBy.CONSENSUS)


def test_a_label_of_a_reference_is_missed_below_a_threshold_of_its_own() -> None:
    facts = replace(FACTS, references=(ReferenceMiss("ann", "content", "advert", 0.85),))
    assert reasons(decided(facts, thresholds(PROJECT))) == [(Reason.REFERENCE_MISS, "content: advert", 0.85, 0.9)]


def test_nobody_is_asked_where_nobody_is_left() -> None:
    low = replace(FACTS, parts=(("content", 0.5),), can_ask=False)
    assert reasons(decided(low, extra_annotator_below=0.7)) == [(Reason.LOW_AGREEMENT, "content", 0.5, 0.7)]


def test_a_flag_escalates_once_everybody_has_submitted() -> None:
    facts = replace(FACTS, flags=(Skip("ann", "cannot hear", "noise"),))
    assert decided(replace(facts, waiting=1)) == Wait("1 more to submit.")
    decision = decided(facts)
    assert reasons(decision) == [(Reason.FLAGGED, "", None, None)]
    assert isinstance(decision, Escalate)
    assert decision.escalations[0].evidence == {"reason": "cannot hear", "note": "noise"}


def test_two_skips_with_one_reason_escalate_and_two_reasons_do_not() -> None:
    once = replace(FACTS, waiting=2, answers=0, skips=(Skip("ann", "wrong language"), Skip("bob", "no sound")))
    assert isinstance(decided(once), Wait)
    twice = replace(once, skips=(*once.skips, Skip("cy", "no sound", "silent")))
    assert reasons(decided(twice)) == [(Reason.SKIPPED, "", 2.0, None)]


def test_a_share_of_what_would_stand_is_audited() -> None:
    assert reasons(decided(FACTS, audit_share=1.0)) == [(Reason.AUDIT, "", None, None)]
    audited = [isinstance(decided(replace(FACTS, item_id=f"i{n}"), audit_share=0.1), Escalate) for n in range(1000)]
    assert 70 < sum(audited) < 130
    low = replace(FACTS, parts=(("content", 0.1),))
    assert [r[0] for r in reasons(decided(low, audit_share=1.0))] == [Reason.LOW_AGREEMENT]


def test_another_person_may_be_asked_before_review() -> None:
    low = replace(FACTS, parts=(("content", 0.5),))
    assert decided(low, extra_annotator_below=0.7) == AskAnother("content", 0.5)
    assert isinstance(decided(low, extra_annotator_below=0.7, extra_asked=True), Escalate)


def reason(kind: Reason, value: float | None = None, threshold: float | None = None) -> Escalation:
    return Escalation("e", "i", kind, "content", value, threshold)


def test_the_further_below_its_threshold_the_graver() -> None:
    found = [severity([reason(Reason.LOW_AGREEMENT, value, 0.7)]) for value in (0.7, 0.35, 0.0)]
    assert found == sorted(found)
    assert found[0] == 0.5
    assert found[-1] == pytest.approx(0.9)
    assert severity([]) == 0.0


def test_the_queue_weighs_gravity_priority_and_age() -> None:
    day = 86_400_000_000
    audit = Waiting("audit", (reason(Reason.AUDIT),), 0, 10 * day)
    flagged = Waiting("flagged", (reason(Reason.FLAGGED),), 0, 10 * day)
    old_audit = Waiting("old", (reason(Reason.AUDIT),), 0, 0)
    urgent_audit = Waiting("urgent", (reason(Reason.AUDIT),), 3, 10 * day)
    found = queue([audit, flagged, old_audit, urgent_audit], 10 * day)
    assert [w.item_id for w in found] == ["old", "urgent", "flagged", "audit"]


def test_settling_names_what_is_not_ruled() -> None:
    places = {"a": "content at 00:00:01.000", "b": "genre", "c": "policy"}
    assert unruled(list(places), {"a": "A", "b": "neither", "c": "?"}, "AB") == ["c"]
    with pytest.raises(WorkflowError, match=r"Not ruled yet: content at 00:00:01\.000 and 1 more\."):
        require_ruled(places, {"b": "own"}, "AB")
    require_ruled(places, {"a": "A", "b": "B", "c": "own"}, "AB")
