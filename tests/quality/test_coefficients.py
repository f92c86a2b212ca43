"""Agreement coefficients against published figures and other people's programs."""

from __future__ import annotations

import csv
import json
import math
import random
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics import jaccard_distance, masi_distance
from nltk.metrics.agreement import AnnotationTask

from annodesk.errors import AnnodeskError, FormatError
from annodesk.quality.coefficients import METRICS, agreement_of
from annodesk.quality.ratings import Ratings, ratings_from_rows

HEADER = ["item", "annotator", "label"]

# Gwet (2014), four raters and twelve subjects; "." is a missing value.
GWET = "1 1 . 1;2 2 3 2;3 3 3 3;3 3 3 3;2 2 2 2;1 2 3 4;4 4 4 4;1 1 2 1;2 2 2 2;. 5 5 5;. . 1 1;. . 3 ."


def ratings(*units: str) -> Ratings:
    """Each unit is a text of labels, one per annotator, "." where missing."""
    rows = [
        [f"item{n}", f"person{who}", "" if label == "." else label]
        for n, unit in enumerate(units)
        for who, label in enumerate(unit.split())
    ]
    return ratings_from_rows([HEADER, *rows])


def shared_ratings(shared: Path, name: str) -> Ratings:
    path = shared / "data" / "agreement" / name
    if name.endswith(".txt"):
        triples = [line.split("\t") for line in path.read_text().splitlines() if line.strip()]
    else:
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        if rows[0][1] == "u1":
            triples = [[row[0], unit, v] for row in rows[1:] for unit, v in zip(rows[0][1:], row[1:], strict=True)]
        else:
            triples = [row[:3] for row in rows[1:]]
    return ratings_from_rows([HEADER, *([item, coder, label] for coder, item, label in triples)])


TABLES = st.lists(
    st.lists(st.sampled_from([".", "1", "2", "3", "7"]), min_size=3, max_size=3).map(" ".join), min_size=1, max_size=8
)


def test_published_alphas_are_met(shared: Path) -> None:
    expected = {row["data"]: row for row in json.loads((shared / "data/agreement/expected.json").read_text())}
    for name in ("krippendorff_wikipedia.csv", "nltk_dress.csv"):
        found = shared_ratings(shared, name)
        for scale, value in expected[name]["expected"].items():
            tolerance = expected[name]["tolerance"]
            assert agreement_of(found, f"alpha-{scale}").value == pytest.approx(value, abs=tolerance)


def test_the_textbook_example_of_two_coders_is_met(shared: Path) -> None:
    found = shared_ratings(shared, "artstein_poesio_example.txt")
    assert agreement_of(found, "percent").value == pytest.approx(0.88)
    # Without missing values Fleiss' kappa of two people is Scott's pi.
    assert agreement_of(found, "fleiss-kappa").value == pytest.approx(0.79953, abs=5e-6)
    assert len(found.items) == 100


def test_gwets_example_with_missing_values_is_met() -> None:
    found = ratings(*GWET.split(";"))
    published = {
        "gwet-ac1": 0.77544,
        "fleiss-kappa": 0.76117,
        "cohen-kappa": 0.76282,
        "alpha-nominal": 0.74342,
        "percent": 0.81818,
    }
    for metric, value in published.items():
        assert agreement_of(found, metric).value == pytest.approx(value, abs=5e-6)


def test_cohens_kappa_of_two_people_is_met_by_hand() -> None:
    # 50 items: both yes 20, both no 15, yes/no 5, no/yes 10: observed 0.7, chance 0.5.
    found = ratings(*["y y"] * 20, *["n n"] * 15, *["y n"] * 5, *["n y"] * 10)
    assert agreement_of(found, "cohen-kappa").value == pytest.approx(0.4)


@given(TABLES)
def test_alpha_equals_that_of_the_krippendorff_package(units: list[str]) -> None:
    found = ratings(*units)
    table = np.array([[math.nan if v == "." else float(v) for v in unit.split()] for unit in units]).T
    for scale in ("nominal", "ordinal", "interval", "ratio"):
        ours = agreement_of(found, f"alpha-{scale}")
        if ours.value is None:
            assert ours.reason
            continue
        theirs = krippendorff.alpha(reliability_data=table, level_of_measurement=scale)
        assert ours.value == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(("metric", "distance"), [("alpha-masi", masi_distance), ("alpha-jaccard", jaccard_distance)])
def test_alpha_of_label_sets_equals_that_of_nltk(metric: str, distance, rng: random.Random) -> None:  # type: ignore[no-untyped-def]
    labels = ["violence", "medical", "drugs", "none"]
    rows = [
        [f"item{n}", f"person{who}", "|".join(rng.sample(labels, rng.randint(1, 3)))]
        for n in range(40)
        for who in range(3)
        if rng.random() < 0.8
    ]
    theirs = AnnotationTask([(who, item, frozenset(label.split("|"))) for item, who, label in rows], distance=distance)
    ours = agreement_of(ratings_from_rows([HEADER, *rows]), metric)
    assert ours.value == pytest.approx(theirs.alpha())


@given(TABLES)
def test_no_coefficient_is_above_one_nor_depends_on_order(units: list[str]) -> None:
    for metric in METRICS:
        found, turned = agreement_of(ratings(*units), metric), agreement_of(ratings(*units[::-1]), metric)
        assert (found.value is None) == bool(found.reason)
        if found.value is not None:
            assert found.value <= 1 + 1e-12
            assert turned.value == pytest.approx(found.value)


def test_full_agreement_on_several_labels_is_one_by_every_metric() -> None:
    found = ratings("1 1 1", "2 2 .", "3 3 3")
    assert all(agreement_of(found, metric).value == pytest.approx(1.0) for metric in METRICS)


def test_a_single_label_everywhere_has_no_corrected_coefficient() -> None:
    found = ratings("1 1", "1 1")
    undefined = agreement_of(found, "alpha-nominal")
    assert undefined.value is None
    assert "same" in undefined.reason
    assert agreement_of(found, "cohen-kappa").value is None
    assert agreement_of(found, "gwet-ac1").value is None
    assert agreement_of(found, "percent").value == 1.0


def test_items_rated_once_leave_every_coefficient_undefined() -> None:
    found = ratings("1 .", ". 2")
    assert {agreement_of(found, metric).reason for metric in METRICS} == {"No item has ratings by two people."}


def test_names_have_no_interval_scale() -> None:
    found = agreement_of(ratings("music 1", "1 1"), "alpha-interval")
    assert (found.value, found.reason) == (None, "This metric needs numbers, and 'music' is none.")


def test_numbers_below_zero_have_no_ratio_scale() -> None:
    assert agreement_of(ratings("-1 1", "2 2"), "alpha-ratio").value is None


def test_each_item_reports_how_its_pairs_agree() -> None:
    found = agreement_of(ratings("1 1 2", "1 . .", "3 3 3"))
    assert found.per_item == {"item0": pytest.approx(1 / 3), "item1": None, "item2": 1.0}
    assert (found.items, found.annotators, found.n) == (3, 3, 2)
    assert found.prevalence == {"1": pytest.approx(3 / 7), "2": pytest.approx(1 / 7), "3": pytest.approx(3 / 7)}


def test_an_unknown_metric_is_refused_with_the_known_ones() -> None:
    with pytest.raises(AnnodeskError, match=r"no agreement metric 'kappa'\. Choose one of: alpha-nominal"):
        agreement_of(ratings("1 1"), "kappa")


def test_thousands_of_human_judgements_are_scored(shared: Path) -> None:
    with (shared / "data/agreement/esc10_human_labels.csv").open(newline="") as file:
        rows = [HEADER, *([clip, worker, label] for worker, clip, label, _ in list(csv.reader(file))[1:])]
    seen, unique = set(), []
    for row in rows:
        if (row[0], row[1]) not in seen:
            seen.add((row[0], row[1]))
            unique.append(row)
    found = agreement_of(ratings_from_rows(unique), "alpha-nominal")
    assert (found.items, found.annotators) == (321, 135)
    assert found.value is not None
    assert 0.88 < found.value < 0.95


def test_ratings_take_several_labels_and_missing_values() -> None:
    found = ratings_from_rows(
        [["\ufeffLabel", "item", "note", "annotator"], ["b | a", "1", "", "ann"], ["", "1", "", "bob"]]
    )
    assert found.by_item == {"1": {"ann": frozenset({"a", "b"})}}
    assert found.annotators == ("ann", "bob")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "r.csv, line 1: is empty; expected the header item,annotator,label"),
        ([["item", "who"]], "r.csv, line 1: the header is 'item,who'; expected item,annotator,label"),
        ([HEADER, ["1"]], "r.csv, line 2: has 1 cells; expected item, annotator, label"),
        ([HEADER, ["", "ann", "x"]], "r.csv, line 2: has no item"),
        ([HEADER, ["1", "", "x"]], "r.csv, line 2: has no annotator"),
        (
            [HEADER, ["1", "a", "x"], [], ["1", "a", "x"]],
            "r.csv, line 4: a rates 1 a second time Keep one row of each.",
        ),
    ],
)
def test_a_bad_row_of_ratings_is_named(rows: list[list[str]], sentence: str) -> None:
    with pytest.raises(FormatError) as caught:
        ratings_from_rows(rows, "r.csv")
    assert str(caught.value) == sentence


@pytest.mark.parametrize("metric", ["alpha-nominal", "alpha-interval", "cohen-kappa", "fleiss-kappa", "gwet-ac1"])
def test_very_many_labels_and_people_are_scored_without_comparing_all_of_them(metric: str) -> None:
    rows = [[f"i{n}", f"p{2 * n + who}", str(2 * n + who)] for n in range(20_000) for who in (0, 1)]
    found = agreement_of(ratings_from_rows([HEADER, *rows]), metric)
    assert found.value is not None
    assert found.n == 20_000


def test_very_many_people_may_rate_one_item() -> None:
    rows = [["one", f"p{n}", str(n)] for n in range(20_000)]
    assert agreement_of(ratings_from_rows([HEADER, *rows]), "percent").value == 0


@pytest.mark.parametrize("metric", ["alpha-ratio", "alpha-masi", "alpha-jaccard"])
def test_a_metric_that_compares_all_ratings_refuses_too_many(metric: str) -> None:
    rows = [[f"i{n}", f"p{who}", str(n + who)] for n in range(4001) for who in (0, 1)]
    with pytest.raises(AnnodeskError, match=r"4,002 different ones are too many.*alpha-nominal"):
        agreement_of(ratings_from_rows([HEADER, *rows]), metric)
