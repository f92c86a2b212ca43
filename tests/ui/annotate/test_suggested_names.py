"""Names that are suggested stand in the text, and are taken, refused or called otherwise there by key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from annodesk.model.annotations import (
    AnnotationSet,
    Author,
    AuthorKind,
    Origin,
    OriginKind,
    Span,
    Suggestion,
)
from annodesk.model.ids import new_id
from annodesk.services import Services
from annodesk.store import items, journal, tasks
from tests.ui.annotate.conftest import Desk
from tests.ui.made import TEXT, make_file

pytestmark = pytest.mark.qt
Opener = Callable[..., Desk]
SUGGESTED = (("second record", "track", 0.95), ("session orchestra", "artist", 0.6), ("Lisbon", "place", 0.97))


def suggestion(label: str, sure: float) -> Suggestion:
    return Suggestion(sure, "ab" * 32, "embedded", "1", 7, probabilities=((label, sure),))


@pytest.fixture
def names(open_desk: Opener, tmp_path: Path) -> Desk:
    """A text with three suggested names and nothing else suggested; the text has the keys."""
    made = make_file(tmp_path / "names", items=1, with_model=False)
    with Services.open(made.path) as services:
        (card,) = services.tasks.cards(made.project_id, made.ann_id)
        with services.file.write() as db:
            asset = items.get_item(db, tasks.get_task(db, card.task_id).item_id).text_asset
            assert asset is not None
            spans = [
                Span(
                    f"m{n}", asset.id, "entity", TEXT.index(words), TEXT.index(words) + len(words), (label,),
                    origin=Origin(OriginKind.MODEL, suggestion=suggestion(label, sure)),
                )
                for n, (words, label, sure) in enumerate(SUGGESTED)
            ]  # fmt: skip
            said = AnnotationSet(
                new_id(),
                author=Author(AuthorKind.MODEL, "ab" * 32),
                project_id=made.project_id,
                task_id=card.task_id,
                elements=spans,
            )
            journal.add_set(db, said, 0)
    desk = open_desk(made=made)
    desk.workspace.view.text.setFocus()
    return desk


def in_text(desk: Desk) -> list[str]:
    """What stands in the text, suggested or marked."""
    view = desk.workspace.view.text.view
    return [view.text.text[one.span.start : one.span.end] for one in view.spans.placed]


def marked(desk: Desk) -> list[tuple[str, str, OriginKind]]:
    return [(TEXT[one.start : one.end], one.label, one.origin.kind) for one in desk.annotations.spans()]


def test_suggested_names_stand_in_the_text(names: Desk) -> None:
    assert in_text(names) == [words for words, _, _ in SUGGESTED]
    assert marked(names) == []


def test_tab_goes_to_a_suggested_name_and_keys_take_and_refuse_it(names: Desk) -> None:
    view = names.workspace.view
    names.press(Qt.Key.Key_Tab)
    assert view.chosen_suggestion == "m0"
    assert "second record" not in view.text.told
    assert "Y takes it" in view.text.told
    assert view.side.model.bars.accessibleDescription() == "track 95 %", "the panel follows"
    names.press(Qt.Key.Key_Y)
    names.settle()
    assert marked(names) == [("second record", "track", OriginKind.SUGGESTION)]
    assert view.chosen_suggestion == "m1", "the next is gone to"
    assert view.text.view.focused_id == "m1"
    assert view.side.model.bars.accessibleDescription() == "artist 60 %", "the panel says how sure it is of that one"
    names.press(Qt.Key.Key_X)
    names.settle()
    assert in_text(names) == ["second record", "Lisbon"]
    assert len(names.annotations.spans()) == 1


def test_another_labels_key_marks_the_same_words_as_that(names: Desk) -> None:
    view = names.workspace.view
    names.press(Qt.Key.Key_Tab)
    (place,) = [one for one in view.text.choices if one.label == "place"]
    names.press(Qt.Key(ord(place.key)))
    names.settle()
    assert marked(names) == [("second record", "place", OriginKind.PERSON)]
    assert in_text(names) == ["second record", "session orchestra", "Lisbon"], "it is answered, and not suggested still"


def test_a_suggested_name_is_not_deleted_or_moved_as_if_it_were_ones_own(names: Desk) -> None:
    view, told = names.workspace.view, list[str]()
    view.text.refused.connect(told.append)
    names.press(Qt.Key.Key_Tab)
    names.press(Qt.Key.Key_Delete)
    names.press(Qt.Key.Key_BracketLeft)
    assert ["X refuses it" in one for one in told] == [True, True]
    assert in_text(names) == [words for words, _, _ in SUGGESTED]
    assert marked(names) == []


def test_the_key_for_names_passes_over_what_is_suggested(names: Desk) -> None:
    text = names.workspace.view.text
    names.press(Qt.Key.Key_N)
    assert TEXT[slice(*text.view.selection)] != "Lisbon"
