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
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics import jaccard_distance, masi_distance
from nltk.metrics.agreement import AnnotationTask

from annodesk.errors import AnnodeskError, FormatError
from annodesk.quality import coefficients, units
from annodesk.quality import ratings as ratings_module
from annodesk.quality.coefficients import METRICS, agreement_of, agreement_of_codes
from annodesk.quality.ratings import Rating, Ratings, ratings_from_rows

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


def test_alpha_is_as_published_without_the_item_that_one_coder_rated(shared: Path) -> None:
    whole = shared_ratings(shared, "nltk_dress.csv")
    less = Ratings(dict(list(whole.by_item.items())[:-1]), whole.annotators)
    assert agreement_of(less).value == pytest.approx(-0.3333333, abs=1e-7)


def test_krippendorffs_example_of_four_observers_is_met_on_every_scale() -> None:
    # The same table, as in Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), part C.
    found = ratings(*GWET.split(";"))
    for scale, value in {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}.items():
        assert round(agreement_of(found, f"alpha-{scale}").value or 0, 3) == value


def test_fleiss_example_of_fourteen_raters_is_met() -> None:
    # Ten subjects and five categories, kappa 0.210, observed agreement 0.378.
    table = "0 0 0 0 14;0 2 6 4 2;0 0 3 5 6;0 3 9 2 0;2 2 8 1 1;7 7 0 0 0;3 2 6 3 0;2 5 3 2 2;6 5 2 1 0;0 2 2 3 7"
    counts = [[int(n) for n in row.split()] for row in table.split(";")]
    found = ratings(*(" ".join(str(k) for k, n in enumerate(row) for _ in range(n)) for row in counts))
    assert round(agreement_of(found, "fleiss-kappa").value or 0, 3) == 0.210
    assert round(agreement_of(found, "percent").value or 0, 3) == 0.378


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


@given(st.lists(st.frozensets(st.sampled_from("abcd"), max_size=3), min_size=1, max_size=8, unique=True))
def test_distances_of_all_pairs_at_once_are_those_of_each(labels: list[Rating]) -> None:
    for of_two, is_masi in ((coefficients.jaccard_distance, False), (coefficients.masi_distance, True)):
        found = coefficients._set_distances(labels, is_masi=is_masi)
        assert found == pytest.approx(np.array([[of_two(a, b) for b in labels] for a in labels]))


@settings(max_examples=25)
@given(TABLES)
def test_sparse_tables_and_dense_ones_give_the_same(tables: list[str]) -> None:
    found = ratings(*tables)
    for metric in METRICS:
        dense = agreement_of(found, metric, rng=np.random.default_rng(3))
        for module, name in ((units, "_DENSE_CELLS"), (units, "_COUNTED_KEYS"), (ratings_module, "_CELLS_PER_RATING")):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(module, name, -1 if module is units else -1_000)
                other = agreement_of(found, metric)
            assert (other.reason, other.n) == (dense.reason, dense.n)
            assert other.value == (None if dense.value is None else pytest.approx(dense.value, abs=1e-9))
            assert other.prevalence == pytest.approx(dense.prevalence)
            assert other.per_item == {
                item: one if one is None else pytest.approx(one) for item, one in dense.per_item.items()
            }


@given(TABLES)
def test_a_table_of_codes_gives_what_its_ratings_give(tables: list[str]) -> None:
    found = ratings(*tables)
    codes = np.array([[-1 if v == "." else int(v) for v in unit.split()] for unit in tables], dtype=np.int8)
    for metric in METRICS:
        named, coded = agreement_of(found, metric), agreement_of_codes(codes, metric)
        assert coded.value == (None if named.value is None else pytest.approx(named.value, abs=1e-9))
        assert (coded.reason, coded.n) == (named.reason, named.n)
        assert coded.prevalence == pytest.approx(named.prevalence)


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        (np.array([[0.5, 1.0]]), "whole numbers"),
        (np.array([0, 1]), "one row per item"),
        (np.array([[0, -2]]), "below -1"),
        (np.array([[0, 10**9]]), "too large"),
    ],
)
def test_a_table_that_holds_no_codes_is_refused(codes: np.ndarray, sentence: str) -> None:
    with pytest.raises(AnnodeskError, match=sentence):
        agreement_of_codes(codes)


BAD = {
    "nothing": [],
    "items that nobody rated": [". .", ". ."],
    "one annotator": ["1", "2", "1"],
    "one item": ["1 2"],
    "one label": ["1 1", "1 1", "1 1"],
    "no number": ["nan 1", "inf 2", "1 1", "2 2"],
    "huge numbers": ["1e308 -1e308", "1e308 1e308", "-1e308 -1e308"],
    "tiny numbers": ["1e-320 2e-320", "1e-320 1e-320", "2e-320 2e-320"],
    "numbers that hardly differ": ["1e15 1000000000000001", "1e15 1e15", "1000000000000001 1e15"],
    "zeros": ["0 0", "0 0", "0 -0"],
}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("units_of_it", BAD.values(), ids=BAD)
def test_bad_input_has_a_value_or_a_reason_and_never_nan(metric: str, units_of_it: list[str]) -> None:
    found = agreement_of(ratings(*units_of_it), metric, rng=np.random.default_rng(1))
    assert (found.value is None) == bool(found.reason)
    assert found.value is None or math.isfinite(found.value)
    assert found.interval is not None
    assert (found.interval.low is None) == (found.interval.high is None)
    assert found.interval.low is not None or found.interval.note
    assert all(value is None or 0 <= value <= 1 for value in found.per_item.values())


def test_numbers_written_differently_are_one_number() -> None:
    assert agreement_of(ratings("1 1.0", "2 2", "3 3.00"), "alpha-interval").value == 1.0


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
