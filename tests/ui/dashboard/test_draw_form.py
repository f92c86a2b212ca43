"""Drawing what is labelled next on the page of batches: what a draw would do is told, then it is made and recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from annodesk.model.work import Role
from annodesk.store import tables as t
from tests.services.made import House, make_house
from tests.ui.dashboard.conftest import Page

Open = Callable[..., Page]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Six recordings in two languages that nobody has begun, and a manager."""
    made = make_house(tmp_path, items=6)
    made.people["Max"] = made.services.people.add(made.project_id, "Max", Role.MANAGER)
    with made.services.file.write() as db:
        for place in range(6):
            said = {"language": "pt" if place < 2 else "en"}
            db.execute(t.item.update().where(t.item.c.key == f"episode-{place}").values(metadata=said))
    made.services.close()
    return made


def test_a_manager_sees_what_a_draw_would_do_and_makes_it(house: House, tmp_path: Path, opened: Open) -> None:
    page = opened(house, "Max")
    page.desk.keys.trigger("desk.page.batches")
    page.wait()
    batches = page.desk.batches
    batches.draws.click()
    form = batches.draw
    page.qtbot.waitUntil(lambda: "Nothing is known" in form.words.text(), timeout=10_000)
    assert not form.draws.isEnabled()
    assert "draw at random" in form.words.text(), "it says what to do"
    form.by.setCurrentIndex(2)
    form.spread.setCurrentIndex(form.spread.findText("language"))
    form.even.setChecked(True)
    form.count.setValue(4)
    page.qtbot.waitUntil(lambda: form.draws.isEnabled(), timeout=10_000)
    assert form.words.text() == (
        "4 of 6 items that nobody has begun would be drawn, each with a probability of 0.5 to 1."
    )
    assert form.parts.text() == "en: 2, pt: 2"
    page.qtbot.keyClick(form.count, Qt.Key.Key_Return)
    page.qtbot.waitUntil(lambda: not form.isVisible(), timeout=10_000)
    page.wait()
    context = page.window.context
    assert context is not None
    with context.services.file.read() as db:
        rows = db.execute(t.sampled.select()).all()
    assert sum(row.is_drawn for row in rows) == 4
    assert sum(row.probability for row in rows) == pytest.approx(4)


def test_a_file_of_predictions_is_drawn_by(house: House, tmp_path: Path, opened: Open) -> None:
    page = opened(house, "Max")
    page.desk.keys.trigger("desk.page.batches")
    page.wait()
    page.desk.batches.draws.click()
    form = page.desk.batches.draw
    file = tmp_path / "model.csv"
    file.write_text("item,question,label,probability\nepisode-1,format,news,0.5\nepisode-2,format,talk,1\n")
    form.open_files(file)
    form.count.setValue(1)
    page.qtbot.waitUntil(lambda: form.draws.isEnabled(), timeout=10_000)
    assert "Nothing is predicted of 4" in form.words.text()
    assert form.told_by.text() == "model.csv"
    page.qtbot.keyClick(form, Qt.Key.Key_Escape)
    assert not form.isVisible()
