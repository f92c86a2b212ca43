"""Scores are exact: the same each time, alone or among others, by the short way or the long one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from annodesk.errors import ModelError
from annodesk.prelabel.endings import Endings
from annodesk.prelabel.native import BATCH_TOKENS, Stopped
from annodesk.prelabel.scorer import LabelScorer
from annodesk.prelabel.spans import SpanMarker

PREFIX = "A stretch of sound is described in numbers.\nLabels: speech; music; street noise; advert\n"
ITEMS = [f"Sound: {k} s, level -{20 + k} dB, silent {10 * k}%, voiced {90 - 10 * k}%\nLabel:" for k in range(1, 8)]
LABELS = [" speech", " music", " street noise", " advert"]


@pytest.fixture(params=["shipped", "stories"])
def scorer(request: pytest.FixtureRequest, installed: None) -> Iterator[LabelScorer]:
    name = {"shipped": "small_model", "stories": "story_model"}[request.param]
    path: Path = request.getfixturevalue(name)
    import llama_cpp

    silent = llama_cpp.llama_log_callback(lambda _level, _text, _data: None)
    llama_cpp.llama_log_set(silent, None)
    scorer = LabelScorer(path, n_ctx=1024, n_threads=1, should_stop=lambda: False)
    yield scorer
    scorer.close()


def test_repeating_gives_the_same_bits(scorer: LabelScorer) -> None:
    first = [scorer.score(PREFIX, item, LABELS) for item in ITEMS]
    assert [scorer.score(PREFIX, item, LABELS) for item in ITEMS] == first


def test_a_score_does_not_depend_on_its_neighbours(scorer: LabelScorer) -> None:
    forward = {item: scorer.score(PREFIX, item, LABELS) for item in ITEMS}
    scorer.score("Something else altogether. ", "x", [" y"])
    alone = {item: scorer.score(PREFIX, item, LABELS) for item in reversed(ITEMS)}
    assert alone == forward


def test_sharing_the_prompt_gives_what_the_whole_prompt_gives(scorer: LabelScorer) -> None:
    shared = np.array([scorer.score(PREFIX, item, LABELS) for item in ITEMS])
    scorer.shares_prefix = False
    whole = np.array([scorer.score(PREFIX, item, LABELS) for item in ITEMS])
    assert np.abs(shared - whole).max() < 0.02
    assert (shared.argmax(axis=1) == whole.argmax(axis=1)).all()


def test_a_label_scores_the_same_among_few_and_among_more_than_fit_into_one_decode(scorer: LabelScorer) -> None:
    many = [*LABELS, *(f" label number {k}" for k in range(150))]
    assert scorer.score(PREFIX, ITEMS[0], many)[:4] == pytest.approx(scorer.score(PREFIX, ITEMS[0], LABELS), abs=0.02)


def test_probabilities_of_all_ways_to_go_on_sum_to_at_most_one(scorer: LabelScorer) -> None:
    labels = [f" {a}{b}" for a in "abcdefghij" for b in "aeiou"]
    assert 0 < sum(np.exp(scorer.score(PREFIX, ITEMS[0], labels))) <= 1


def test_a_label_that_begins_another_counts_with_its_end_alone(scorer: LabelScorer) -> None:
    beginnings = [" r", " ra", " rai", " rain", " rain s", " rain shower"]
    assert sum(np.exp(scorer.score("rain shower\n" * 20, "rain", beginnings))) <= 1


def test_a_label_with_quotes_and_braces_is_text_like_any_other(scorer: LabelScorer) -> None:
    assert np.isfinite(scorer.score(PREFIX, ITEMS[0], [' rock "n" roll', " {labels}", " a; b"])).all()


def test_a_prompt_longer_than_a_batch_is_scored(scorer: LabelScorer) -> None:
    ten, twenty = (len(scorer.tokens("steady 90%, odd " * n)) for n in (10, 20))
    count = 7500 // (twenty - ten)
    item = "Sound: " + "steady 90%, odd " * count + "\nLabel:"
    assert len(scorer.tokens(item)) > BATCH_TOKENS
    assert np.isfinite(scorer.score(PREFIX, item, LABELS)).all()


def test_a_prompt_longer_than_the_model_reads_is_refused_with_both_numbers(scorer: LabelScorer) -> None:
    with pytest.raises(ModelError, match=r"too long for the model: [\d,]+ tokens, and it reads 1,024"):
        scorer.score(PREFIX, "word " * 3000, LABELS)
    assert np.isfinite(scorer.score(PREFIX, ITEMS[0], LABELS)).all()


def test_stopping_inside_an_item_leaves_the_scorer_whole(installed: None, small_model: Path) -> None:
    wants_stop = False
    scorer = LabelScorer(small_model, n_ctx=1024, n_threads=1, should_stop=lambda: wants_stop)
    before = scorer.score(PREFIX, ITEMS[0], LABELS)
    wants_stop = True
    with pytest.raises(Stopped):
        scorer.score(PREFIX, ITEMS[0], LABELS)
    wants_stop = False
    assert scorer.score(PREFIX, ITEMS[0], LABELS) == before
    scorer.close()


QUESTIONS = [f" Is it {label.strip()}?" for label in LABELS]
ANSWERS = [" yes", " no"]


def test_a_question_among_others_is_answered_as_it_is_alone(scorer: LabelScorer) -> None:
    together = np.array(scorer.score_each(PREFIX, ITEMS[0], QUESTIONS, ANSWERS))
    alone = np.array([scorer.score(PREFIX, ITEMS[0] + question, ANSWERS) for question in QUESTIONS])
    assert together.shape == (len(QUESTIONS), 2)
    assert np.abs(together - alone).max() < 0.02


def test_more_questions_than_fit_into_one_decode_are_answered_alike(scorer: LabelScorer) -> None:
    many = [*QUESTIONS, *(f" Is it number {k}?" for k in range(90))]
    few = scorer.score_each(PREFIX, ITEMS[0], QUESTIONS, ANSWERS)
    assert np.abs(np.array(scorer.score_each(PREFIX, ITEMS[0], many, ANSWERS))[:4] - few).max() < 0.02
    assert scorer.score_each(PREFIX, ITEMS[0], many, ANSWERS) == scorer.score_each(PREFIX, ITEMS[0], many, ANSWERS)


def test_labels_that_begin_alike_score_as_each_does_alone(scorer: LabelScorer) -> None:
    alike = [" street", " street noise", " street music", " street music at night", " stream"]
    together = scorer.score(PREFIX, ITEMS[0], alike)
    assert together == pytest.approx([scorer.score(PREFIX, ITEMS[0], [label])[0] for label in alike], abs=0.02)


@pytest.mark.parametrize(
    "ends", [[" a", " b c", " Label:"], [" ", " :", "x", "::", " \t"], [" 東京", " 👩\u200d🚀", " é"]]
)
def test_ends_found_for_one_item_are_what_the_next_would_find_by_itself(scorer: LabelScorer, ends: list[str]) -> None:
    known = Endings(scorer.tokens)
    odd = ["Sound: Label\nLabel:", "Sound: 東京\nLabel:", "Sound:\n\nLabel:", "\nSound: x\nLabel:", " Sound: x\nLabel:"]
    odd += ["\n\n\nLabel:", "x", "Label:", "Labe l:\nLabel:", "Sound: \t x\nLabel:"]
    ways = [[("", ends)], [(" Is it?", ends), (" Or?", ends)]]
    for prefix in (PREFIX, PREFIX.strip(), PREFIX + "\n", ""):
        for item in [*ITEMS, *odd]:
            for way in ways:
                alone = Endings(scorer.tokens).of(prefix, item, way, "\n")
                assert known.of(prefix, item, way, "\n") == alone


def test_what_follows_is_told_token_by_token_as_labels_are_scored(scorer: LabelScorer) -> None:
    label = " street noise"
    whole = scorer.tokens(PREFIX + ITEMS[0] + label + "\n")
    asked = len(scorer.tokens(PREFIX + ITEMS[0]))
    log_probs = scorer.begin(PREFIX, ITEMS[0])
    total = 0.0
    for token in whole[asked:]:
        total += float(log_probs[token])
        log_probs = scorer.go_on(token)
    scorer.leave()
    assert total == pytest.approx(scorer.score(PREFIX, ITEMS[0], [label])[0], abs=0.02)


def test_the_pieces_of_a_text_put_together_are_the_text(scorer: LabelScorer) -> None:
    pieces = {token: piece for piece, token in scorer.pieces().items()}
    text = " Nina Simone sang in Lisbon, 東京 and Ż!\n"
    written = b"".join(pieces[token] for token in scorer.tokens(text)[1:])
    assert written.strip(b" ") == text.encode().strip(b" ")


def test_a_model_with_a_running_state_is_given_the_whole_prompt(installed: None, recurrent_model: Path) -> None:
    scorer = LabelScorer(recurrent_model, n_ctx=1024, n_threads=1, should_stop=lambda: False)
    assert not scorer.shares_prefix
    first = [scorer.score(PREFIX, item, LABELS) for item in ITEMS]
    assert np.isfinite(first).all()
    assert [scorer.score(PREFIX, item, LABELS) for item in reversed(ITEMS)] == first[::-1]
    each = scorer.score_each(PREFIX, ITEMS[0], QUESTIONS, ANSWERS)
    assert each[1] == pytest.approx(scorer.score(PREFIX, ITEMS[0] + QUESTIONS[1], ANSWERS), abs=0.02)
    text = "She sang in Lisbon"
    item = f"Text: {text}\nFound:\n"
    found, _ = SpanMarker(scorer).mark("Mark places.\n", item, text, ["place", "person"])
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert SpanMarker(scorer).mark("Mark places.\n", item, text, ["place", "person"])[0] == found
    scorer.close()
