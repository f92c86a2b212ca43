"""Scores are exact: the same each time, alone or among others, by the short way or the long one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from annodesk.errors import ModelError
from annodesk.prelabel.scorer import BATCH_TOKENS, LabelScorer, Stopped

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
    count = 850 // len(scorer.tokens("steady 90%, odd "))
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
