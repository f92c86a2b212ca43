"""Models against what stands: figures as computed by hand, weights, differences, slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from annodesk.model.annotations import (
    NOT_SURE,
    AnnotationSet,
    Answer,
    Element,
    Origin,
    OriginKind,
    Segment,
    Suggestion,
    answer_id,
)
from annodesk.model.outcomes import Alternative, Outcome, OutcomeKind
from annodesk.model.schema import RULING, Label, Question, QuestionKind, Tier, TierKind
from annodesk.quality.evaluation import Case, PartReport, Wrong, evaluate
from annodesk.quality.slices import SMALL
from annodesk.quality.tally import OTHER

FORMAT = Question("format", labels=(Label("news"), Label("talk"), Label("music")))
TOPICS = Question("topics", QuestionKind.MULTI_LABEL, labels=(Label("sport"), Label("art"), Label("law")))
RATED = Question("relevance", QuestionKind.RATING, scale=(0, 4))
CONTENT = Tier("content", labels=(Label("speech"), Label("music")))
EVENTS = Tier("events", TierKind.POINT, labels=(Label("laugh"),))


def answer(value: object, p: float | None = None, *, question: str = "format", **chances: float) -> Answer:
    origin = Origin(OriginKind.MODEL)
    if p is not None or chances:
        told = Suggestion(-1.0 if p is None else p, "", "", "", 0, probabilities=tuple(chances.items()))
        origin = Origin(OriginKind.MODEL, suggestion=told)
    return Answer(answer_id(question), question, value, origin=origin)


def segment(start_s: float, end_s: float, label: str, tier: str = "content") -> Segment:
    return Segment(f"{tier}{start_s}{label}", tier, round(start_s * 1e6), round(end_s * 1e6), (label,))


def case(number: int, truth: Sequence[Element], *said: Sequence[Element], p: float = 1.0, unaided: bool = True,
         duration_us: int = 0, **metadata: object) -> Case:  # fmt: skip
    sets = tuple(AnnotationSet(str(n), elements=one) for n, one in enumerate(said))
    told: Mapping[str, object] = metadata
    return Case(
        f"i{number}", f"item {number}", AnnotationSet("t", elements=truth), sets, duration_us, p, told, None, unaided
    )


def of(part: Question | Tier, *cases: Case, rank_by: str | None = None) -> tuple[PartReport, tuple[Wrong, ...]]:
    (report,), wrong = evaluate([part], cases, np.random.default_rng(1), rank_by=rank_by)
    return report, wrong


def test_choices_are_counted_by_label_as_by_hand() -> None:
    pairs = ["news news"] * 6 + ["news talk"] * 2 + ["talk talk"] * 3 + ["talk news"]
    cases = [case(n, [answer(a)], [answer(b)]) for n, (a, b) in enumerate(map(str.split, pairs))]
    report, wrong = of(FORMAT, *cases)
    (model,) = report.models
    news, talk = model.labels
    assert (news.truths, news.said, news.precision.value, news.recall.value) == (8, 7, 6 / 7, 6 / 8)
    assert news.f1.value == pytest.approx(12 / 15)
    assert (talk.precision.value, talk.recall.value) == (3 / 5, 3 / 4)
    assert model.whole.f1.value == model.exact.value == 9 / 12
    assert model.macro_f1.value == pytest.approx((12 / 15 + 6 / 9) / 2)
    assert [(c.truth, c.said, c.places) for c in model.confusion] == [
        ("news", "news", 6), ("talk", "talk", 3), ("news", "talk", 2), ("talk", "news", 1),
    ]  # fmt: skip
    assert sorted((one.item, one.mistake.said) for one in wrong) == [
        ("item 11", "news"), ("item 6", "talk"), ("item 7", "talk"),
    ]  # fmt: skip
    low, high = model.whole.f1.low, model.whole.f1.high
    assert low is not None
    assert high is not None
    assert low < 0.75 < high


def test_no_answer_is_missed_and_not_sure_is_nobodys_fault() -> None:
    cases = [
        case(0, [answer("news")], []),
        case(1, [answer("news")], [answer(NOT_SURE)]),
        case(2, [answer("news")], [answer("news")]),
        case(3, [answer(NOT_SURE)], [answer("news")]),
        case(4, [], [answer("news")]),
    ]
    report, _ = of(FORMAT, *cases)
    whole = report.models[0].whole
    assert (report.items, whole.truths, whole.said) == (3, 3, 1)
    assert (whole.precision.value, whole.recall.value) == (1.0, pytest.approx(1 / 3))


def test_what_was_drawn_rarely_counts_for_more() -> None:
    """One item of ten was drawn of the easy, each of the hard: of all eleven ten are right."""
    cases = [case(0, [answer("news")], [answer("news")], p=0.1), case(1, [answer("news")], [answer("talk")])]
    report, _ = of(FORMAT, *cases)
    assert report.models[0].exact.value == pytest.approx(10 / 11)
    assert [c.share for c in report.models[0].confusion] == [pytest.approx(10 / 11), pytest.approx(1 / 11)]
    assert report.effective == pytest.approx(11**2 / 101)


def test_where_all_are_right_the_interval_is_not_a_point() -> None:
    report, _ = of(FORMAT, *(case(n, [answer("news")], [answer("news")]) for n in range(20)))
    exact = report.models[0].exact
    assert exact.value == exact.high == 1.0
    assert exact.low == pytest.approx(20 / (20 + 1.959964**2), abs=1e-6)


def test_one_item_has_a_figure_and_no_interval() -> None:
    report, _ = of(FORMAT, case(0, [answer("news")], [answer("news")]))
    exact = report.models[0].exact
    assert (exact.value, exact.low, exact.high) == (1.0, None, None)
    assert "needs 3 items" in exact.note


def test_several_labels_count_each() -> None:
    cases = [
        case(0, [answer(("sport", "art"), question="topics")], [answer(("sport", "law"), question="topics")]),
        case(1, [answer((), question="topics")], [answer((), question="topics")]),
    ]
    report, wrong = of(TOPICS, *cases)
    (model,) = report.models
    assert (model.whole.precision.value, model.whole.recall.value, model.exact.value) == (0.5, 0.5, 0.5)
    assert {one.label: one.f1.value for one in model.labels} == {"sport": 1.0, "art": 0.0, "law": 0.0}
    assert [(w.mistake.truth, w.mistake.said) for w in wrong] == [("art + sport", "law + sport")]


def test_segments_are_right_as_agreement_has_it_and_confused_in_time() -> None:
    truth = [segment(0, 10, "speech"), segment(10, 20, "music"), segment(30, 40, "speech")]
    said = [segment(0, 9, "speech"), segment(10, 20, "speech"), segment(50, 52, "music")]
    report, wrong = of(CONTENT, case(0, truth, said, duration_us=60_000_000))
    (model,) = report.models
    assert (model.whole.precision.value, model.whole.recall.value) == (1 / 3, 1 / 3)
    lengths = {(c.truth, c.said): c.length for c in model.confusion}
    assert lengths == {
        ("speech", "speech"): 9_000_000, ("speech", ""): 11_000_000, ("music", "speech"): 10_000_000,
        ("", "music"): 2_000_000,
    }  # fmt: skip
    assert [(w.mistake.at, w.mistake.truth, w.mistake.said) for w in wrong] == [
        (10_000_000, "music", "speech"), (30_000_000, "speech", ""), (50_000_000, "", "music"),
    ]  # fmt: skip


def test_moments_are_right_within_fifty_milliseconds() -> None:
    truth = [segment(1, 1, "laugh", "events"), segment(5, 5, "laugh", "events")]
    said = [segment(1.04, 1.04, "laugh", "events"), segment(5.06, 5.06, "laugh", "events")]
    report, _ = of(EVENTS, case(0, truth, said))
    assert report.models[0].whole.f1.value == 0.5


def test_a_place_with_several_answers_takes_each_of_them() -> None:
    several = Outcome(OutcomeKind.SEVERAL, "format", alternatives=(Alternative(2, value="news"),
                                                                 Alternative(1, value="talk")))  # fmt: skip
    ruled = Answer(answer_id(RULING, "format"), RULING, several.to_value(), "format")
    cases = [case(n, [ruled, answer("news")], [answer(v)]) for n, v in enumerate(("news", "talk", "music"))]
    report, wrong = of(FORMAT, *cases)
    assert [w.item for w in wrong] == ["item 2"]
    assert report.items <= 3


def test_labels_of_no_project_are_one_other_label() -> None:
    cases = [case(n, [answer("news")], [answer(f"rubbish {n}")]) for n in range(5)]
    report, _ = of(FORMAT, *cases)
    assert [one.label for one in report.models[0].labels] == ["news", OTHER]


def test_a_label_that_was_taken_out_of_the_project_still_stands() -> None:
    report, _ = of(FORMAT, case(0, [answer("drama")], [answer("drama")]))
    assert [(one.label, one.f1.value) for one in report.models[0].labels] == [("drama", 1.0)]


def test_two_models_are_compared_on_the_same_items() -> None:
    cases = [
        case(n, [answer("news")], [answer("news" if n < 20 else "talk")], [answer("news" if n < 35 else "talk")])
        for n in range(40)
    ]
    report, wrong = of(FORMAT, *cases)
    apart = report.difference
    assert apart is not None
    assert apart.exact.value == pytest.approx(15 / 40)
    assert apart.exact.low is not None
    assert apart.exact.low > 0.2
    assert (apart.only_first, apart.only_second, apart.is_better) == (0, 15, True)
    assert sum(one.model == 0 for one in wrong) == 20


def test_two_models_that_say_the_same_are_not_told_apart_for_certain() -> None:
    report, _ = of(FORMAT, *(case(n, [answer("news")], [answer("news")], [answer("news")]) for n in range(10)))
    apart = report.difference
    assert apart is not None
    assert (apart.f1.value, apart.is_better) == (0.0, None)
    assert apart.f1.low is not None
    assert apart.f1.low < 0


def test_the_worst_slice_is_first_and_small_ones_are_last_and_marked() -> None:
    cases = []
    for n in range(60):
        language = "pt" if n < 25 else "en" if n < 55 else "fi"
        is_wrong = (language == "pt" and n % 2) or language == "fi"
        cases.append(case(n, [answer("news")], [answer("talk" if is_wrong else "news")], language=language))
    report, _ = of(FORMAT, *cases)
    assert [(s.value, s.items, s.is_small) for s in report.slices] == [
        ("pt", 25, False), ("en", 30, False), ("fi", 5, True),
    ]  # fmt: skip
    assert report.slices[0].f1[0].value == pytest.approx(13 / 25)
    assert report.slices[2].item_ids == ("i55", "i56", "i57", "i58", "i59")
    assert SMALL == 20


def test_a_field_of_a_hundred_thousand_values_does_not_drown_the_rest() -> None:
    cases = [case(n, [answer("news")], [answer("news")], id=f"id {n}", length=n * 0.5) for n in range(3000)]
    report, _ = of(FORMAT, *cases)
    ids = [one for one in report.slices if one.field == "id"]
    bands = [one for one in report.slices if one.field == "length"]
    assert len(ids) <= 30
    assert [one.items for one in bands] == [750] * 4


def test_calibration_is_of_unaided_items_alone_and_weighted() -> None:
    cases = [case(n, [answer("news")], [answer("news" if n < 8 else "talk", 0.9)]) for n in range(10)]
    cases += [case(10 + n, [answer("news")], [answer("news", 0.9)], unaided=False) for n in range(90)]
    told = of(FORMAT, *cases)[0].models[0].calibration
    assert (told.n, told.ece.value) == (10, pytest.approx(0.1))
    assert told.brier.value == pytest.approx(0.8 * 0.01 + 0.2 * 0.81)
    heavy = of(FORMAT, case(0, [answer("news")], [answer("news", 0.5)], p=0.25),
               case(1, [answer("news")], [answer("talk", 0.5)]))[0].models[0].calibration  # fmt: skip
    assert heavy.bins[0].right == pytest.approx(4 / 5)


def test_labels_are_ranked_by_their_probabilities() -> None:
    cases = [case(0, [answer("news")], [answer("talk", None, news=0.3, talk=0.6, music=0.1)])]
    told = of(FORMAT, *cases)[0].models[0].ranking
    assert (told.of, told.n, told.map.value) == ("labels", 1, 0.5)
    assert told.ndcg.value == pytest.approx(1 / np.log2(3))


def test_rated_items_are_ranked_within_a_field() -> None:
    cases = []
    for query, pairs in {"jazz": [(4, 3.5), (0, 1.0)], "rock": [(0, 4.0), (4, 0.5)]}.items():
        for truth, said in pairs:
            made = [answer(truth, question="relevance")], [answer(said, question="relevance")]
            cases.append(case(len(cases), *made, query=query))
    told = of(RATED, *cases, rank_by="query")[0].models[0].ranking
    assert (told.of, told.n) == ("items", 2)
    assert told.map.value == pytest.approx((1 + 0.5) / 2)
    assert told.ndcg.value == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_each_slice_has_its_own_calibration_as_by_hand() -> None:
    cases = []
    for n in range(40):
        is_en = n < 20
        is_right = n % 10 < 9 if is_en else n % 2 == 0
        said = answer("news" if is_right else "talk", 0.9)
        cases.append(case(n, [answer("news")], [said], language="en" if is_en else "pt"))
    report, _ = of(FORMAT, *cases)
    told = {one.value: one.calibration[0] for one in report.slices}
    assert {value: (one.n, round(one.ece.value or 0.0, 6)) for value, one in told.items()} == {
        "en": (20, 0.0), "pt": (20, 0.4),
    }  # fmt: skip
    for one in told.values():
        assert one.ece.low is not None
        assert one.ece.high is not None
    assert report.models[0].calibration.ece.value == pytest.approx(0.2)


def test_each_slice_has_its_own_rankings() -> None:
    cases = []
    for market, pairs in {"br": [(4, 3.5), (0, 1.0)], "pt": [(0, 4.0), (4, 0.5)]}.items():
        for query in ("jazz", "rock", "folk"):
            for truth, said in pairs:
                made = [answer(truth, question="relevance")], [answer(said, question="relevance")]
                cases.append(case(len(cases), *made, query=query + market, market=market))
    report, _ = of(RATED, *cases, rank_by="query")
    ranked = {one.value: one.ranking[0] for one in report.slices if one.field == "market"}
    assert {value: (one.n, one.map.value) for value, one in ranked.items()} == {"br": (3, 1.0), "pt": (3, 0.5)}
    assert ranked["pt"].ndcg.value == pytest.approx(1 / np.log2(3))
    assert ranked["pt"].map.low is not None


def test_of_nothing_nothing_is_told_and_nothing_is_divided_by_zero() -> None:
    assert evaluate([FORMAT], [], np.random.default_rng(1)) == ((), ())
    assert evaluate([FORMAT], [case(0, [answer("news")], [])], np.random.default_rng(1)) == ((), ())
