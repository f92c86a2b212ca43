"""Precision, overlap, boundaries and time labelled alike: by hand, against published figures and against items."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.quality.alignment import Piece
from annodesk.quality.coefficients import agreement_of
from annodesk.quality.ratings import Ratings
from annodesk.quality.segment_measures import (
    ComparedPair,
    Kind,
    Marked,
    PairMeasures,
    PairTally,
    Rules,
    fit_of,
    kappa_of_time,
    measure_pairs,
    tally_pair,
    time_labelled,
)

SECOND = 1_000_000


def piece(start: float, end: float, *labels: str) -> Piece:
    return Piece(round(start * SECOND), round(end * SECOND), frozenset(labels or ("speech",)))


def of(found: tuple[PairMeasures, ...], label: str | None) -> PairMeasures:
    return next(one for one in found if one.label == label)


def test_all_measures_of_a_pair_by_hand() -> None:
    a = [piece(0, 10, "speech"), piece(10, 20, "music"), piece(30, 40, "music")]
    b = [piece(0, 9.9, "speech"), piece(10, 20.3, "music")]
    found = measure_pairs([ComparedPair(a, b, bounds=(0, 50 * SECOND))])
    assert [one.label for one in found] == [None, "music", "speech"]
    whole = of(found, None)
    assert (whole.counts.n_a, whole.counts.n_b, whole.counts.matched) == (3, 2, 2)
    assert (whole.fit.precision, whole.fit.recall, whole.fit.f1) == (
        1.0,
        pytest.approx(2 / 3),
        pytest.approx(0.8),
    )
    assert whole.fit.mean_iou == pytest.approx((0.99 + 10 / 10.3) / 2)
    # 0, 10 (of 9.9 and 10 the nearer), and 20 beside 20.3.
    assert whole.fit.boundary_f1 == pytest.approx(2 * 3 / 9)
    assert whole.fit.boundary_median_ms == 0
    assert whole.fit.boundary_p95_ms == pytest.approx(270)
    assert of(found, "speech").fit.boundary_p95_ms == pytest.approx(95)
    assert of(found, "music").fit.recall == 0.5
    # Alike: 9.9 s of speech, 10 s of music, 9.7 s and 10 s of nothing, of 50 s.
    chance = (10 * 9.9 + 20 * 10.3 + 20 * 29.8) / 2500
    assert whole.kappa == pytest.approx((39.6 / 50 - chance) / (1 - chance))


def test_two_empty_sets_agree_and_the_rest_is_not_defined() -> None:
    whole = measure_pairs([ComparedPair([], [])])[0]
    assert (whole.fit.f1, whole.fit.boundary_f1) == (1.0, 1.0)
    assert (whole.fit.precision, whole.fit.recall, whole.fit.mean_iou) == (None, None, None)
    assert (whole.kappa, whole.reason) == (None, "No time is marked by either.")
    assert measure_pairs([])[0].reason == "Nobody was compared."


def test_one_empty_set_agrees_with_nothing() -> None:
    whole = measure_pairs([ComparedPair([piece(0, 1)], [], bounds=(0, 2 * SECOND))])[0]
    assert (whole.fit.f1, whole.fit.recall, whole.fit.precision, whole.kappa) == (0.0, 0.0, None, 0.0)


def test_the_same_label_all_the_time_tells_nothing_of_chance() -> None:
    whole = measure_pairs([ComparedPair([piece(0, 1)], [piece(0, 1)])])[0]
    assert whole.kappa is None
    assert "agreement by chance is certain" in whole.reason
    known = measure_pairs([ComparedPair([piece(0, 1)], [piece(0, 1)], bounds=(0, 9 * SECOND))])[0]
    assert (known.kappa, known.reason) == (1.0, "")


def test_segments_without_a_length_count_and_take_no_time() -> None:
    whole = measure_pairs([ComparedPair([piece(1, 1), piece(2, 3)], [piece(1, 1), piece(2, 3)])])[0]
    assert whole.fit.f1 == 1.0
    assert time_labelled([piece(1, 1)], [piece(1, 1)]) == Counter()


def test_points_are_paired_by_their_window_and_have_no_kappa() -> None:
    a, b = [piece(1, 1), piece(2, 2), piece(3, 3)], [piece(1.03, 1.03), piece(2.2, 2.2)]
    whole = measure_pairs([ComparedPair(a, b)], Rules(Kind.POINTS))[0]
    assert (whole.counts.matched, whole.fit.recall, whole.fit.precision) == (1, pytest.approx(1 / 3), 0.5)
    assert whole.fit.boundary_median_ms == pytest.approx(30)
    assert (whole.fit.mean_iou, whole.fit.boundary_f1, whole.kappa) == (None, None, None)
    assert "only points" in whole.reason


def test_spans_are_paired_exactly_and_where_they_share_a_character() -> None:
    def span(start: int, end: int, label: str) -> Piece:
        return Piece(start, end, frozenset({label}))

    a = [span(0, 11, "artist"), span(19, 26, "track"), span(30, 38, "place")]
    b = [span(6, 11, "artist"), span(19, 26, "track"), span(30, 38, "artist"), span(40, 41, "place")]
    found = measure_pairs([ComparedPair(a, b)], Rules(Kind.SPANS))
    whole = of(found, None)
    assert (whole.fit.exact_f1, whole.fit.partial_f1) == (pytest.approx(2 / 7), pytest.approx(4 / 7))
    assert (of(found, "track").fit.exact_f1, of(found, "artist").fit.exact_f1) == (1.0, 0.0)
    assert of(found, "place").fit.partial_f1 == 0.0
    assert (whole.fit.boundary_f1, whole.fit.boundary_median_ms, whole.kappa) == (None, None, None)
    assert measure_pairs([ComparedPair([], [])], Rules(Kind.SPANS))[0].fit.exact_f1 == 1.0


def test_pairs_are_taken_together_before_anything_is_divided() -> None:
    small, large = ([piece(0, 1)], []), ([piece(n, n + 1) for n in range(9)],) * 2
    found = measure_pairs([ComparedPair(*small), ComparedPair(*large)])[0]
    assert found.fit.f1 == pytest.approx(18 / 19)
    added = PairTally()
    for a, b in (small, large):
        added.add(tally_pair(Marked(a), Marked(b))[None])
    assert fit_of(added) == found.fit


def test_kappa_keeps_those_who_were_compared_apart() -> None:
    a, b = [piece(0, 5), piece(5, 10, "music")], [piece(0, 5), piece(5, 10, "music")]
    other = [piece(0, 5, "music"), piece(5, 10)]
    found = measure_pairs([ComparedPair(a, b, "one two"), ComparedPair(a, other, "one three")])[0]
    assert found.kappa == pytest.approx((1.0 + -1.0) / 2)


PIECES = st.lists(
    st.builds(
        lambda s, n, x: Piece(s, s + n, frozenset(x)), st.integers(0, 20), st.integers(0, 6), st.sampled_from("xyz")
    ),
    max_size=6,
)


@given(PIECES, PIECES)
def test_kappa_of_time_is_cohens_of_its_moments(a: list[Piece], b: list[Piece]) -> None:
    def said(side: list[Piece], moment: int) -> frozenset[str]:
        return frozenset(x for p in side if p.start <= moment < p.end for x in p.labels) or frozenset({"nothing"})

    rows = {str(n): {"a": said(a, n), "b": said(b, n)} for n in range(30)}
    wanted = agreement_of(Ratings(rows, ("a", "b")), "cohen-kappa").value
    value, reason = kappa_of_time(time_labelled(a, b, (0, 30)))
    assert (value is None) == bool(reason) == (wanted is None)
    assert value == (None if wanted is None else pytest.approx(wanted))


@pytest.mark.parametrize("number", range(5))
def test_precision_and_recall_of_boundaries_are_the_published_ones(shared: Path, number: int) -> None:
    folder = shared / "data/agreement/mir_eval_segment"

    def times(name: str) -> list[Piece]:
        lines = (folder / name).read_text().splitlines()
        rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
        return [Piece(round(float(r[0]) * SECOND), round(float(r[1]) * SECOND)) for r in rows]

    def stretch(pieces: list[Piece], end: int) -> list[Piece]:
        """The published figures are of both sides made to run from zero to the end of the reference."""
        inside = [Piece(p.start, min(p.end, end)) for p in pieces if p.start < end]
        return [Piece(0, inside[0].start), *inside, Piece(end, end)]

    published = json.loads((folder / f"output{number:02d}.json").read_text())
    reference, estimate = times(f"ref{number:02d}.lab"), times(f"est{number:02d}.lab")
    end = max(p.end for p in reference)
    reference, estimate = stretch(reference, end), stretch(estimate, end)
    for window_s in (0.5, 3.0):
        rules = Rules(boundary_window_us=round(window_s * SECOND))
        found = fit_of(tally_pair(Marked(reference), Marked(estimate), rules)[None])
        assert found.boundary_f1 == pytest.approx(published[f"F-measure@{window_s}"])


@pytest.mark.parametrize("number", range(5))
def test_precision_and_recall_of_onsets_are_the_published_ones(shared: Path, number: int) -> None:
    folder = shared / "data/agreement/mir_eval_onset"

    def onsets(name: str) -> list[Piece]:
        lines = (folder / name).read_text().splitlines()
        times = [round(float(line) * SECOND) for line in lines if line.strip() and not line.startswith("#")]
        return [Piece(t, t) for t in times]

    published = json.loads((folder / f"output{number:02d}.json").read_text())
    sides = (Marked(onsets(f"{side}{number:02d}.txt")) for side in ("ref", "est"))
    found = fit_of(tally_pair(*sides, Rules(Kind.POINTS))[None])
    assert (found.precision or 0.0, found.recall or 0.0) == (
        pytest.approx(published["Precision"]),
        pytest.approx(published["Recall"]),
    )


@pytest.mark.parametrize("song", ["2", "13", "114", "466"])
def test_two_annotators_of_real_songs_have_every_measure(shared: Path, song: str) -> None:
    folder = shared / "data/agreement/salami" / song / "parsed"

    def read(name: str) -> list[Piece]:
        rows = [line.split("\t") for line in (folder / name).read_text().splitlines() if line.strip()]
        times = [round(float(start) * SECOND) for start, _ in rows]
        return [Piece(a, b, frozenset({label})) for a, b, (_, label) in zip(times, times[1:], rows, strict=False)]

    a, b = read("textfile1_uppercase.txt"), read("textfile2_uppercase.txt")
    whole = measure_pairs([ComparedPair(a, b)])[0]
    assert whole.kappa is not None
    assert -1 <= whole.kappa <= 1
    assert 0 <= whole.fit.f1 <= 1
    assert whole.fit.boundary_median_ms is not None
    assert measure_pairs([ComparedPair(a, a)])[0].kappa == 1.0
