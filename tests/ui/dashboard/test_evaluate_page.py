"""The desk's page of models: opened from files, told apart, heard, and sent to review."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from annodesk.services.evaluate import NO_ITEM
from annodesk.ui import theme
from annodesk.ui.dashboard.charts import load_pyqtgraph
from annodesk.ui.dashboard.evaluate_page import EMPTY, EvaluatePage
from annodesk.ui.dashboard.playlist import Playlist
from tests.services.made import ALIKE, House
from tests.ui.dashboard.conftest import ITEMS, Page

pytestmark = pytest.mark.qt

WORSE = ((0, 10, "speech"), (10, 25, "speech"), (25, 40, "speech"))


def predictions(house: House, *stretches: tuple[tuple[float, float, str], ...], name: str = "new.jsonl") -> Path:
    path = house.folder / name
    lines = []
    for number in range(ITEMS):
        marks = [
            {"tier": "content", "start": s, "end": e, "label": label, "probability": 0.9 - 0.02 * number}
            for s, e, label in stretches[number % len(stretches)]
        ]
        lines.append(json.dumps({"item": f"episode-{number}", "segments": marks}))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def page(opened, labelled: House, qtbot: QtBot) -> Iterator[EvaluatePage]:
    window: Page = opened(labelled, "Cleo")
    made = EvaluatePage(window.window.context)
    qtbot.addWidget(made)
    load_pyqtgraph()
    made.belief.be_loaded()
    made.resize(1228, 660)
    made.show()
    made.idle = window.wait  # type: ignore[attr-defined]
    yield made
    made.release()


def test_for_somebody_else_it_begins_anew(page: EvaluatePage, labelled: House) -> None:
    page.open_files(predictions(labelled, ALIKE))
    page.idle()  # type: ignore[attr-defined]
    page.start_afresh()
    assert not page.cards.isVisible()
    assert not page.beside.isVisible()


def test_it_begins_with_what_to_do(page: EvaluatePage) -> None:
    assert page.empty.sentence.text().replace("\u200b", "") == EMPTY
    assert not page.cards.isVisible()
    assert page.empty.button.isVisible()


def test_a_model_is_shown_label_by_label_with_its_errors(page: EvaluatePage, labelled: House) -> None:
    page.open_files(predictions(labelled, ALIKE, WORSE))
    page.idle()  # type: ignore[attr-defined]
    assert "new.jsonl on 10 items that people settled" in page.said.text().replace("\u200b", "")
    assert [row.name for row in page.labels.rows][:2] == ["All labels", "Items wholly right"]
    exact = page.labels.rows[1].measures[0]
    assert exact.value == pytest.approx(0.5, abs=0.11)
    assert page.errors.table.cell == ("music", "speech")
    heard: list[Playlist] = []
    page.played.connect(heard.append)
    page.errors.hears.click()
    assert heard[0].places[0].stands == "music"
    assert heard[0].places[0].letter.startswith("new.jsonl (p 0.")
    assert heard[0].places[0].end_us == 25_000_000
    page.labels.setFocus()
    page.labels.asked.emit([row.name for row in page.labels.rows].index("music"))
    assert len(heard[1].places) == len(heard[0].places)


def test_two_models_stand_beside_each_other(page: EvaluatePage, labelled: House) -> None:
    page.open_files(predictions(labelled, WORSE, name="old.jsonl"), predictions(labelled, ALIKE))
    page.idle()  # type: ignore[attr-defined]
    assert page.apart.text().replace("\u200b", "").startswith("new.jsonl is better: F1 differs by 0.")
    assert len(page.labels.rows[0].measures) == 2
    assert page.errors.models.count() == 2
    page.errors.models.setCurrentIndex(1)
    page.errors.models.activated.emit(1)
    assert page.errors.errors.text() == "No errors."


def test_errors_become_a_review_batch_of_a_name_that_queue_and_desk_show(opened, labelled: House, qtbot: QtBot) -> None:
    window: Page = opened(labelled, "Cleo")
    desk = window.desk
    desk.keys.trigger("desk.page.models")
    window.wait()
    desk.models.open_files(predictions(labelled, WORSE))
    window.wait()
    errors = desk.models.errors
    assert errors.sends.text() == "Open 10 items as a review batch …"
    qtbot.keyClick(errors.sends, Qt.Key.Key_Space)
    assert errors.sure.isVisible()
    assert errors.name.text() == "Errors of new.jsonl: content"
    errors.name.setFocus()
    errors.name.selectAll()
    qtbot.keyClicks(errors.name, "New model")
    qtbot.keyClick(errors.name, Qt.Key.Key_Return)
    window.wait()
    desk.keys.trigger("desk.page.batches")
    window.wait()
    words = [one.text().replace("\u200b", "") for one in desk.batches.reviews.findChildren(QLabel)]
    assert "New model" in words
    assert "10 wait for review." in words
    (review,) = [one for one in desk.batches.reviews.findChildren(QPushButton) if one.text() == "Review them"]
    qtbot.keyClick(review, Qt.Key.Key_Space)
    window.wait()
    assert window.window.shown == "review"
    queue = window.window.workspace.waiting.queue  # type: ignore[union-attr]
    shown = [queue.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(queue.list.count())]
    numbers = [int(card.title.removeprefix("episode-")) for card in shown]
    assert (len(numbers), numbers) == (10, sorted(numbers))  # the model was surest of the first
    assert {card.batch for card in shown} == {"New model"}
    assert queue.batches.currentText() == "New model (10)"
    window.window.workspace.keys.trigger("review.batch")  # type: ignore[union-attr]
    assert queue.list.count() == ITEMS


def test_a_cell_s_errors_are_opened_alone(page: EvaluatePage, labelled: House, qtbot: QtBot) -> None:
    page.open_files(predictions(labelled, WORSE, ((0, 10, "music"), (10, 25, "speech"), (25, 40, "speech"))))
    page.idle()  # type: ignore[attr-defined]
    errors = page.errors
    errors.table.choose(("speech", "music"))
    assert errors.sends_cell.text() == "Only 5: speech said to be music …"
    qtbot.keyClick(errors.sends_cell, Qt.Key.Key_Space)
    assert errors.name.text() == "Errors of new.jsonl: speech said to be music"
    qtbot.keyClick(errors.send, Qt.Key.Key_Space)
    page.idle()  # type: ignore[attr-defined]
    (batch,) = page.context.services.review_batches.list(labelled.project_id)
    assert (batch.name, batch.reviews + batch.to_label) == ("Errors of new.jsonl: speech said to be music", 5)
    assert page.context.services.dashboard.status(labelled.project_id)[0]["settled"] == 5


def test_a_review_batch_without_a_name_is_not_opened(page: EvaluatePage, labelled: House, qtbot: QtBot) -> None:
    page.open_files(predictions(labelled, WORSE))
    page.idle()  # type: ignore[attr-defined]
    page.errors.sends.click()
    page.errors.name.clear()
    qtbot.keyClick(page.errors.send, Qt.Key.Key_Space)
    page.idle()  # type: ignore[attr-defined]
    assert page.errors.sure.isVisible()
    assert page.context.services.review_batches.list(labelled.project_id) == ()


def test_a_point_of_its_belief_plays_what_was_wrong_of_it(page: EvaluatePage, labelled: House) -> None:
    page.open_files(predictions(labelled, WORSE))
    page.idle()  # type: ignore[attr-defined]
    points = [point for series in page.belief.chart.series for point in series.points]
    assert points
    for point in points:
        assert isinstance(point.key, Playlist)
        assert point.low is not None
        assert point.value is not None
        assert len({place.item for place in point.key.places}) <= point.n
    assert sum(len(point.key.places) for point in points if isinstance(point.key, Playlist)) >= 10


def test_a_file_that_tells_of_nothing_is_one_sentence(page: EvaluatePage, labelled: House) -> None:
    path = labelled.folder / "other.jsonl"
    path.write_text('{"item": "nowhere", "question": "format", "label": "news"}')
    page.open_files(path)
    page.idle()  # type: ignore[attr-defined]
    assert page.said.text().replace("\u200b", "").startswith(NO_ITEM)
    path.write_text("rubbish")
    page.open_files(path)
    page.idle()  # type: ignore[attr-defined]
    assert "other.jsonl" in page.said.text().replace("\u200b", "")
    assert not page.cards.isVisible()


def test_it_is_a_page_of_the_desk_and_its_errors_are_heard_there(opened, labelled: House, qtbot: QtBot) -> None:
    window: Page = opened(labelled, "Cleo")
    desk = window.desk
    desk.keys.trigger("desk.page.models")
    window.wait()
    desk.models.open_files(predictions(labelled, WORSE))
    window.wait()
    desk.models.errors.hears.click()
    window.wait()
    assert desk.is_hearing
    assert [side.lines[0].words for side in desk.clips.cards.sides] == ["music", "speech"]
    assert desk.clips.cards.sides[1].title.startswith("new.jsonl")
    qtbot.keyClick(desk.clips.list, Qt.Key.Key_Escape)
    assert desk.models.labels.isVisible()


def test_what_was_given_up_goes_on_when_the_desk_is_back(opened, labelled: House) -> None:
    window: Page = opened(labelled, "Cleo")
    desk = window.desk
    desk.keys.trigger("desk.page.models")
    window.wait()
    desk.models.open_files(predictions(labelled, ALIKE))
    desk.release()
    window.wait()
    assert desk.models.found is None
    desk.show_page("models")
    window.wait()
    assert desk.models.found is not None


def test_it_fits_a_small_window_and_large_text(page: EvaluatePage, labelled: House, qapp: QApplication) -> None:
    page.open_files(predictions(labelled, ALIKE, WORSE, name="a.jsonl"), predictions(labelled, WORSE, ALIKE, ALIKE))
    page.idle()  # type: ignore[attr-defined]
    for mode, scale, size in (("dark", 1.0, QSize(1228, 900)), ("light", 1.0, QSize(1228, 900)),
                              ("dark", 2.0, QSize(1228, 660))):  # fmt: skip
        theme.apply(qapp, mode, text_scale=scale)
        page.resize(size)
        qapp.processEvents()
        assert page.host.width() <= page.viewport().width()
    theme.apply(qapp, "dark", text_scale=1.0)
