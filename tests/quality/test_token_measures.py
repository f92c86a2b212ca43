"""The label of every token of a text."""

from __future__ import annotations

import pytest

from annodesk.quality.alignment import Piece
from annodesk.quality.token_measures import ComparedText, TokenMeasures, measure_tokens, tokens_of

TEXT = "Miles Davis played So What in New York."


def span(words: str, *labels: str) -> Piece:
    start = TEXT.index(words)
    return Piece(start, start + len(words), frozenset(labels))


def of(found: tuple[TokenMeasures, ...], label: str | None) -> TokenMeasures:
    return next(one for one in found if one.label == label)


def test_words_and_other_signs_are_tokens() -> None:
    assert [TEXT[start:end] for start, end in tokens_of(TEXT)][-3:] == ["New", "York", "."]
    assert len(tokens_of("né, 🎵")) == 3


def test_alpha_of_tokens_by_hand() -> None:
    a = [span("Miles Davis", "artist"), span("So What", "track"), span("New York", "place")]
    b = [span("Davis", "artist"), span("So What", "track"), span("New York", "artist")]
    found = measure_tokens([ComparedText(TEXT, [a, b])])
    whole = of(found, None)
    # Of nine tokens three are labelled differently: Miles, New and York.
    assert (whole.tokens, whole.several) == (9, 0)
    observed = 2 * 3 / 18
    counts = {"artist": 5, "nothing": 7, "track": 4, "place": 2}
    expected = 1 - sum(n * (n - 1) for n in counts.values()) / (18 * 17)
    assert whole.alpha == pytest.approx(1 - observed / expected)
    assert of(found, "track").alpha == 1.0


def test_several_labels_of_one_token_are_told_and_alike_only_to_the_same() -> None:
    a = [span("Miles Davis", "artist"), span("Davis played", "event")]
    b = [span("Miles Davis", "artist")]
    whole = measure_tokens([ComparedText(TEXT, [a, b])])[0]
    assert whole.several == 1
    assert whole.alpha is not None
    assert whole.alpha < 1


def test_three_people_and_texts_that_are_not_known() -> None:
    side = [Piece(0, 4, frozenset("x"))]
    whole = measure_tokens([ComparedText(None, [side, side, [Piece(0, 3, frozenset("x"))]])])[0]
    assert whole.tokens == 4
    assert whole.alpha is not None


def test_what_is_not_defined_says_why() -> None:
    nothing = measure_tokens([ComparedText(TEXT, [[], []])])[0]
    assert nothing.alpha is None
    assert "nothing to disagree on" in nothing.reason
    alone = measure_tokens([ComparedText(TEXT, [[span("Davis", "artist")]])])[0]
    assert alone.alpha is None
    assert alone.reason
    assert measure_tokens([])[0].alpha is None


def test_spans_without_a_label_mark_their_tokens() -> None:
    whole = measure_tokens([ComparedText(TEXT, [[span("Davis")], [span("Davis")]])])[0]
    assert whole.alpha == 1.0
