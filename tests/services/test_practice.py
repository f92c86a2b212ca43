"""The clips a newcomer practises on: made here, labelled like any other, and judged by what is heard in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from annodesk.media.probe import probe
from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.edits import add, set_answer
from annodesk.model.ids import new_id
from annodesk.model.times import US_PER_SECOND
from annodesk.services.practice import CLIPS, NOBODY_SPEAKS, Stretch, judge, judge_work, make_practice, make_tone


def drawn(stretches: Sequence[Stretch]) -> AnnotationSet:
    segments = [
        Segment(new_id(), "sounds", round(a * US_PER_SECOND), round(b * US_PER_SECOND), (label,) if label else ())
        for a, b, label in stretches
    ]
    return AnnotationSet(new_id(), elements=segments)


@pytest.mark.parametrize("number", range(3))
def test_a_clip_is_labelled_handed_in_and_judged(tmp_path: Path, number: int) -> None:
    practice = make_practice(tmp_path, number)
    services = practice.services
    try:
        (card,) = services.tasks.cards(practice.project_id, practice.person_id)
        work = services.tasks.open(practice.project_id, practice.person_id, card.task_id)
        assert (work.suggestions is None) == (number < 2)
        assert work.media_path is not None
        drafts = [add(*drawn(CLIPS[number].truth))]
        if CLIPS[number].has_question:
            drafts.append(set_answer(work.session.annotations, "speech", NOBODY_SPEAKS))
        for draft in drafts:
            services.annotate.record(work.session.stage(draft))
        services.tasks.submit(work.session.annotations)
        services.coordinator.round(practice.project_id)
        assert judge_work(practice, number).sentences == ("All right.", "The furthest edge is 0 s off.")
    finally:
        services.close()


def test_a_question_of_a_clip_has_to_be_answered(tmp_path: Path) -> None:
    asked = []
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        practice = make_practice(tmp_path / str(number), number)
        schema = practice.services.projects.get(practice.project_id).project.schema
        asked.append(schema.questions[0].required)
        practice.services.close()
    assert asked == [False, False, True]


@pytest.mark.parametrize(
    ("stretches", "said"),
    [
        ([(2.1, 4.9, "tone")], ["All right.", "The furthest edge is 0.1 s off."]),
        ([], ["Nearly.", "The tone from 2 to 5 s is missing."]),
        ([(2, 5, "noise")], ["Nearly.", "From 2 to 5 s you said noise; it is tone."]),
        ([(2, 5, "")], ["Nearly.", "From 2 to 5 s you said nothing; it is tone."]),
        ([(2.6, 5, "tone")], ["Nearly.", "The tone begins 0.6 s earlier than you have it."]),
        ([(2, 4.5, "tone")], ["Nearly.", "The tone ends 0.5 s later than you have it."]),
        ([(2, 5, "tone"), (6, 7, "noise")], ["Nearly.", "There is nothing of its own at 6 s."]),
        ([(0, 8, "noise")], ["Not quite.", "From 2 to 5 s you said noise; it is tone.",
                             "The tone begins 2 s later than you have it.",
                             "The tone ends 3 s earlier than you have it."]),
    ],
)  # fmt: skip
def test_what_is_not_right_is_said_with_its_place(stretches: Sequence[Stretch], said: list[str]) -> None:
    assert list(judge(0, drawn(stretches)).sentences) == said


def test_an_answer_that_is_not_right_is_said(tmp_path: Path) -> None:
    assert judge(2, drawn(CLIPS[2].truth)).sentences == ("Nearly.", "Nobody speaks in this clip.")


def test_the_tone_can_be_played(tmp_path: Path) -> None:
    found = probe(make_tone(tmp_path / "tone.wav", 1.2))
    assert found.duration_us == 1_200_000
