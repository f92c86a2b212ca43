"""Figures about agreement in words and for other programs."""

from __future__ import annotations

import csv
import io

import pytest

from annodesk.quality.pooled import ALIKE, MOMENTS, Measured
from annodesk.quality.segment_measures import Kind
from annodesk.services.fitting import SegmentMeasures
from annodesk.ui.quality import figures
from annodesk.ui.quality.figures import Row

KNOWN = Measured(0.624, "", 0.51, 0.712, 40, 0.842, {"speech": 0.62, "": 0.2, "advert": 0.18})
NONE = Measured(None, ALIKE, None, None, 3, 1.0, {"speech": 1.0})


def test_a_coefficient_is_never_said_without_what_it_rests_on() -> None:
    said = figures.people_sentence(Row("content", None, "tier", people=KNOWN))
    assert said == (
        "People say the same 84 % of the time. Corrected for chance that is 0.62, with 95 % certainty 0.51 to 0.71, "
        "over 40 items."
    )


def test_few_items_are_said_to_be_few() -> None:
    few = Measured(0.4, "", None, None, 4, 0.7)
    said = figures.people_sentence(Row("policy", None, "choice question", people=few))
    assert "70 % of what is asked" in said
    assert said.endswith("0.40 over 4 items; fewer than 10 items give no interval.")


@pytest.mark.parametrize("measured", [NONE, Measured(reason=MOMENTS)])
def test_what_is_not_defined_says_why_and_shows_no_number(measured: Measured) -> None:
    row = Row("content", None, "tier", people=measured)
    assert figures.chance_corrected(measured) == "not defined"
    assert figures.people_sentence(row) == f"Agreement is not defined: {measured.reason}."
    assert "nan" not in "".join(figures.cells(row)).lower()


def test_the_whole_item_has_no_coefficient() -> None:
    assert figures.people_sentence(Row()) == figures.PARTS_APART


def test_who_had_suggestions_and_the_model_stand_apart() -> None:
    row = Row("content", None, "tier", people=KNOWN, aided=KNOWN, model=NONE)
    assert "it counts nowhere else" in figures.aided_sentence(row)
    assert figures.model_sentence(row) == f"The model against people (3 items) is not defined: {ALIKE}."
    assert figures.aided_sentence(Row("content", people=KNOWN, aided=Measured(reason="x"))) == ""


def test_how_segments_fit_is_said_in_words_and_for_other_programs() -> None:
    fit = SegmentMeasures("content", None, Kind.SEGMENTS, 4, 2, 80, 0.9, 0.931, 0.8, 42.4, 310.2, kappa=0.71)
    row = Row("content", None, "tier", people=KNOWN, fit=fit)
    assert figures.fit_sentence(row) == (
        "Segments that are paired (F1 0.90) share 93 % of their time. Of boundaries that are paired, half lie within "
        "42 ms of each other, 95 % within 310 ms."
    )
    assert figures.cells(row)[-9:-1] == ["0.9", "0.931", "0.8", "42.4", "310.2", "", "", "0.71"]
    assert len(figures.cells(row)) == len(figures.COLUMNS)
    assert figures.fit_sentence(Row("content", people=KNOWN)) == ""
    spans = SegmentMeasures("entity", None, Kind.SPANS, 4, 2, 80, 0.9, exact_f1=0.5, partial_f1=0.75)
    assert "same ends is 0.50" in figures.fit_sentence(Row("entity", fit=spans))


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (0.0001, "under 1 %"), (0.14, "14 %"), (0.9999, "over 99 %"), (1, "100 %")]
)
def test_a_share_is_never_rounded_to_nothing_or_all(share: float, words: str) -> None:
    assert figures.percent(share) == words


def test_a_negative_coefficient_has_a_minus() -> None:
    assert figures.number(-0.123) == "−0.12"


def test_a_table_for_other_programs_has_a_line_for_each_part_and_label() -> None:
    rows = [Row(), Row("content", None, "tier", people=KNOWN, scores=(0.5, 1.0)), Row("content", "advert", people=NONE)]
    lines = list(csv.reader(io.StringIO(figures.as_csv(rows))))
    assert lines[0] == list(figures.COLUMNS)
    assert lines[1][:9] == ["content", "tier", "", "0.624", "0.51", "0.712", "40", "0.842", ""]
    assert lines[1][9:11] == ["0.75", "2"]
    assert lines[2][3:6] == ["", "", ""]
    assert lines[2][-1] == ALIKE
    assert figures.as_text(rows).count("\n") == 3


@pytest.mark.parametrize("name", ["=cmd()", "@x", "+1+1", "-x", "\tx"])
def test_no_label_becomes_a_formula(name: str) -> None:
    row = Row("content", name, people=KNOWN)
    (line,) = list(csv.reader(io.StringIO(figures.as_csv([row]))))[1:]
    assert line[2] == f"'{name}"
    assert figures.as_text([row]).splitlines()[1].split("\t")[2].startswith("'")


def test_a_negative_number_stays_one() -> None:
    below = Measured(-0.25, "", -0.5, 0.1, 12, 0.2)
    (line,) = list(csv.reader(io.StringIO(figures.as_csv([Row("content", people=below)]))))[1:]
    assert line[3:5] == ["-0.25", "-0.5"]
