"""Show modes in a team: what is handed out when, and what is noted as seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annodesk.model.edits import set_labels
from annodesk.store import tasks
from annodesk.store.tasks import View
from tests.sync.computers import LENGTH_US, Computer, admin, show_suggestions, suggest
from tests.team import PROJECT, Team

Make = Callable[..., Computer]

WHOLE: dict[str, Any] = {
    "kind": "segment", "id": "s1", "tier": "content", "start_us": 0, "end_us": LENGTH_US, "labels": ["music"],
    "origin": {"kind": "model", "suggestion": {"probability": 0.99, "model_sha256": "ab", "model_name": "m",
                                               "prompt_version": "1", "seed": 7, "probabilities": []}},
}  # fmt: skip
SEEN = "select suggestions_from_us is not null from annodesk.view"


def view_of(desk: Computer, set_id: str) -> View:
    with desk.services.file.read() as db:
        return tasks.view_of(db, set_id)


def test_before_the_commit_nothing_is_handed_out_and_after_it_what_stood_is_known(team: Team, desk: Make) -> None:
    show_suggestions(team, "after-commit")
    suggest(team, WHOLE)
    ada = desk("ada")
    task = ada.take()
    work = ada.label(task, 0, LENGTH_US // 1_000_000, "speech")
    ada.sync()
    assert ada.count("annotation_set") == 1
    assert admin(team, "select count(*) from annodesk.view") == [(0,)]
    first = ada.services.tasks.reveal(work.session.annotations)
    assert first.suggestions is None
    assert first.is_on_its_way
    ada.services.sync.catch_up()
    shown = ada.services.tasks.reveal(work.session.annotations)
    assert [segment.labels for segment in shown.suggestions or ()] == [("music",)]
    alone = work.session.annotations.head
    (mine,) = work.session.annotations.segments("content")
    ada.do(work, set_labels(work.session.annotations, [mine.id], ["music"]))
    ada.sync()
    assert admin(team, "select independent_head, suggestions_from_us >= independent_until_us from annodesk.view") == [
        (alone, True)
    ]
    assert len(ada.open(task).suggestions or ()) == 1, "once shown, it stays in view"


def test_where_the_model_has_nothing_to_compare_with_it_is_not_waited_for_twice(team: Team, desk: Make) -> None:
    show_suggestions(team, "after-commit")
    ada = desk("ada")
    work = ada.label(ada.take())
    assert ada.services.tasks.reveal(work.session.annotations).is_on_its_way
    ada.services.sync.catch_up()
    again = ada.services.tasks.reveal(work.session.annotations)
    assert again.suggestions is None
    assert admin(team, SEEN) == [(False,)], "what there is not, nobody has seen"


@pytest.mark.parametrize("elements", [(), None])
def test_nobody_is_aided_by_suggestions_that_are_not_there(team: Team, desk: Make, elements: tuple[()] | None) -> None:
    show_suggestions(team, "before")
    if elements is not None:
        suggest(team, *elements)
    ada = desk("ada")
    ada.finish(ada.take())
    ada.sync()
    assert admin(team, "select count(*) from annodesk.view where suggestions_from_us is not null") == [(0,)]


def test_what_was_begun_without_suggestions_goes_on_without_under_a_newer_version(team: Team, desk: Make) -> None:
    admin(team, "update annodesk.slot set shows_suggestions = true")
    suggest(team, WHOLE)
    ada = desk("ada")
    first = ada.take()
    ((file,),) = admin(team, "select file from annodesk.project_version where project_id = %s", PROJECT)
    newer = file.replace('show = "never"', 'show = "before"')
    assert newer != file
    ask = "select annodesk.add_version(%s, %s, '', '{}', 'm', null, 'settled', 'before', 24, 7)"
    team.call("max", ask, PROJECT, newer)
    ada.sync()
    ada.label(first)
    ada.sync()
    assert ada.open(first).suggestions is None
    assert admin(team, "select count(*) from annodesk.view") == [(0,)]
    second = ada.take()
    work = ada.open(second)
    assert len(work.suggestions or ()) == 1
    assert view_of(ada, work.set_id).suggestions_from_us is not None
