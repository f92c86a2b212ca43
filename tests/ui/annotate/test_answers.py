"""Keys of labels and answers, what is still required, and the guideline clause of a label."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from annodesk.model.annotations import CHECKED_NONE, NOT_SURE, AnnotationSet, Answer, Segment, answer_id
from annodesk.model.clauses import clause_for, split_clauses
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, SpanType, Tier
from annodesk.ui.actions import find_conflicts
from annodesk.ui.annotate.actions import ACTIONS, RESERVED_KEYS
from annodesk.ui.annotate.choice import ChoiceRow
from annodesk.ui.annotate.keys import LETTERS, answered, label_keys, question_choices
from annodesk.ui.annotate.required import progress
from annodesk.ui.shell_actions import ACTIONS as WINDOW_ACTIONS

POLICY = Question(
    "policy", QuestionKind.MULTI_LABEL, (Label("violence"), Label("medical"), Label("none")), not_sure=True
)
SCHEMA = LabelSchema(
    tiers=(
        Tier("content", labels=(Label("speech", "1"), Label("music"), Label("noise", "n"))),
        Tier("events", labels=(Label("laugh"),), required=False),
    ),
    questions=(POLICY, Question("quality", QuestionKind.RATING, scale=(1, 3), required=False)),
    span_types=(SpanType("entity", required=True),),
)


def test_labels_take_their_own_keys_then_digits() -> None:
    assert label_keys(SCHEMA, SCHEMA.tiers[0]) == {"speech": "1", "music": "2", "noise": "N"}


def test_answers_take_letters_that_no_label_and_no_command_has() -> None:
    keys = [choice.key for choice in question_choices(SCHEMA)["policy"]]
    assert keys == ["Q", "W", "T", "H"]
    assert not set(LETTERS) & RESERVED_KEYS


def test_a_rating_offers_its_numbers() -> None:
    assert [choice.value for choice in question_choices(SCHEMA)["quality"]] == [1, 2, 3]


def test_no_two_commands_want_one_key() -> None:
    assert find_conflicts([*ACTIONS, *WINDOW_ACTIONS]) == []


def test_pressing_a_choice_again_takes_it_back_and_lists_keep_the_schemas_order() -> None:
    assert answered(POLICY, None, "medical") == ("medical",)
    assert answered(POLICY, ("medical",), "violence") == ("violence", "medical")
    assert answered(POLICY, ("medical",), "medical") is None
    assert answered(POLICY, ("medical",), NOT_SURE) == NOT_SURE
    choice = Question("host", QuestionKind.CHOICE, (Label("one"), Label("two")))
    assert answered(choice, "one", "two") == "two"
    assert answered(choice, "one", "one") is None


def test_progress_counts_only_what_is_required() -> None:
    empty = AnnotationSet("a")
    assert progress(SCHEMA, empty).sentence == "0 of 3 required answers"
    assert progress(SCHEMA, empty).missing == ("content", "policy", "entity")
    some = AnnotationSet(
        "a",
        elements=[
            Segment("s", "content", 0, 5, ("speech",)),
            Answer(answer_id("policy"), "policy", NOT_SURE),
            Answer(answer_id("entity"), "entity", CHECKED_NONE),
        ],
    )
    assert progress(SCHEMA, some).sentence == "All required answers given"


def test_a_segment_without_a_label_does_not_count_as_answered() -> None:
    assert progress(SCHEMA, AnnotationSet("a", elements=[Segment("s", "content", 0, 5)])).done == 0


GUIDE = """# Guide

intro

## 3.1 Speech

Talking.

## 3.2 Adverts and jingles

Host-read messages count as advert.

```
# not a heading
```
"""


def test_the_clause_of_a_label_is_found_by_heading_then_by_text() -> None:
    speech, advert = clause_for(GUIDE, "speech"), clause_for(GUIDE, "advert")
    assert speech is not None
    assert speech.heading == "3.1 Speech"
    assert advert is not None
    assert advert.heading == "3.2 Adverts and jingles"
    assert clause_for(GUIDE, "silence") is None
    assert clause_for(GUIDE, "silence", "speech") == speech


def test_headings_within_code_are_text() -> None:
    assert [clause.heading for clause in split_clauses(GUIDE)] == ["Guide", "3.1 Speech", "3.2 Adverts and jingles"]


@pytest.mark.qt
def test_a_short_name_is_whole_where_there_is_no_room_for_its_key_too(qapp: QApplication) -> None:
    row = ChoiceRow("5", "H", form="round")
    row.resize(200, 30)
    assert row.shows_key()
    row.resize(50, 30)
    assert not row.shows_key()
    long = ChoiceRow("what is longer than any room that is here", "H")
    long.resize(200, 30)
    assert long.shows_key()
