"""Show modes over versions of a project, and what is known of each suggestion that was shown."""

from __future__ import annotations

from sqlalchemy import text

from annodesk.model.edits import add, set_answer
from annodesk.model.schema import SUGGESTION
from annodesk.model.shown import How, Played, Shown, ShownNote, to_note
from annodesk.store import tasks
from tests.services.made import House, taken_from
from tests.services.test_blindness import in_order

SUGGESTED = ((0.0, 10.0, "speech", 0.99), (10.0, 25.0, "advert", 0.95), (25.0, 40.0, "speech", 0.5))


def show_from_now(house: House, mode: str) -> None:
    """A version of the project with another show mode."""
    path = house.folder / "project.toml"
    known = path.read_text(encoding="utf-8")
    before = next(line for line in known.splitlines() if line.startswith("show = "))
    path.write_text(known.replace(before, f'show = "{mode}"'), encoding="utf-8")
    house.services.projects.init(path)


def test_a_project_that_shows_suggestions_later_shows_them_on_what_was_added_before(houses) -> None:
    house = houses(show="never", items=2)
    house.model_says(SUGGESTED, task=0)
    house.model_says(SUGGESTED, task=1)
    begun = house.open("Ada", 0)
    assert begun.suggestions is None
    show_from_now(house, "before")
    shown = [house.open(name, 1).suggestions is not None for name in ("Ada", "Ben")]
    assert sorted(shown) == [False, True], "one of two still works without"
    assert house.open("Ada", 0).suggestions is None, "what was begun without goes on without"
    with house.services.file.read() as db:
        assert tasks.view_of(db, begun.set_id).suggestions_from_us is None


def test_a_project_that_stops_showing_suggestions_shows_none_on_what_is_opened_since(houses) -> None:
    house = houses(show="before", items=2)
    house.model_says(SUGGESTED, task=1)
    show_from_now(house, "never")
    assert [house.open(name, 1).suggestions for name in ("Ada", "Ben")] == [None, None]


def test_every_suggestion_shown_is_known_with_what_came_of_it(houses) -> None:
    house = houses(show="before")
    model = house.model_says(SUGGESTED)
    aided, unaided = in_order(house)
    work = house.open(aided)
    first, second, third = model.segments("content")

    def note(suggestion: str, how: How, us: int, played: Played) -> dict[str, object]:
        return dict(to_note(ShownNote(model.id, "before", (Shown(suggestion, how, us, played),))))

    edit = work.session.stage(add(taken_from(first)), note=note(first.id, How.TAKEN, 5, Played.ALL))
    assert edit is not None
    house.services.annotate.record(edit)
    refused = set_answer(work.session.annotations, SUGGESTION, "rejected", target=second.id)
    edit = work.session.stage(refused, note=note(second.id, How.REFUSED, 7, Played.NONE))
    assert edit is not None
    house.services.annotate.record(edit)
    known = {one.suggestion.id: one for one in house.services.anchoring.answers(work.set_id)}
    assert [known[s.id].how for s in (first, second, third)] == [How.TAKEN, How.REFUSED, How.LEFT]
    assert [known[s.id].played for s in (first, second, third)] == [Played.ALL, Played.NONE, None]
    assert [known[s.id].in_view_us for s in (first, second, third)] == [5, 7, None]
    assert known[second.id].answered_at_us == edit.made_at_us
    assert house.services.anchoring.answers(house.open(unaided).set_id) == ()


def test_what_was_taken_back_was_not_answered(houses) -> None:
    house = houses(show="before")
    model = house.model_says(SUGGESTED)
    aided, _ = in_order(house)
    work = house.open(aided)
    first = model.segments("content")[0]
    noted = to_note(ShownNote(model.id, "before", (Shown(first.id, How.TAKEN, 5, Played.NONE),)))
    edit = work.session.stage(add(taken_from(first)), note=noted)
    assert edit is not None
    house.services.annotate.record(edit)
    undone = work.session.undo().edit
    assert undone is not None
    house.services.annotate.record(undone)
    known = {one.suggestion.id: one for one in house.services.anchoring.answers(work.set_id)}
    assert known[first.id].how is How.LEFT
    assert known[first.id].played is None
    again = work.session.redo().edit
    assert again is not None
    house.services.annotate.record(again)
    known = {one.suggestion.id: one for one in house.services.anchoring.answers(work.set_id)}
    assert (known[first.id].how, known[first.id].played) == (How.TAKEN, Played.NONE)


def test_a_place_drawn_to_work_without_shows_nothing_in_any_mode(houses) -> None:
    for mode in ("before", "above-threshold", "after-commit"):
        house = houses(show=mode, overlap=1)
        house.model_says(SUGGESTED)
        with house.services.file.write() as db:
            db.execute(text("UPDATE slot SET shows_suggestions = 0"))
        work = house.label("Ada")
        assert work.suggestions is None
        assert house.services.tasks.reveal(work.session.annotations).suggestions is None
