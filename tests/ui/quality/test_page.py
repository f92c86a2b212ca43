"""The page about agreement, by real keys on a real file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.services import Services
from annodesk.services.changes import Changes, Kind
from annodesk.services.rerulings import NONE_YET
from annodesk.ui import theme
from annodesk.ui.quality.table import CHANCE
from annodesk.ui.quality.workspace import NOTHING_YET
from tests.services.made import House, make_house
from tests.ui.quality.conftest import ITEMS, Page

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier
Show = Qt.ItemDataRole.DisplayRole
Open = Callable[..., Page]


def words(page: Page) -> str:
    """All that the words beside the table say."""
    side = page.workspace.side
    parts = (side.title, side.people, side.prevalence, side.scores, side.aided, side.model)
    return " ".join(part.text() for part in parts if not part.isHidden())


def choose(page: Page, qtbot: QtBot, part: str, label: str | None = None) -> None:
    """Go to a row by the arrows."""
    table = page.workspace.table
    table.setFocus()
    qtbot.keyClick(table, Key.Key_Home)
    for _ in table.figures.rows:
        if table.current is not None and table.current.key == (part, label):
            break
        qtbot.keyClick(table, Key.Key_Down)
    assert table.current is not None
    assert table.current.key == (part, label)
    page.wait()


def test_the_rail_and_a_key_lead_there(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Cleo")
    assert page.window.shown == "agreement"
    assert page.window.rail.buttons["agreement"].isChecked()
    qtbot.keyClick(page.window, Key.Key_F6)
    assert page.window.shown == "review"
    qtbot.keyClick(page.window, Key.Key_F6, Mod.ShiftModifier)
    assert page.window.shown == "agreement"


def test_an_analyst_reads_each_part_with_what_it_rests_on(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Cleo")
    choose(page, qtbot, "content")
    said = words(page)
    assert "People say the same" in said
    assert f"over {ITEMS} items" in said
    assert "with 95 % certainty" in said
    assert "Said: " in said
    choose(page, qtbot, "content", "advert")
    assert "content: advert" in words(page)
    assert "advert is" in words(page)


def test_no_cell_shows_what_is_not_a_number(labelled: House, opened: Open) -> None:
    model = opened(labelled, "Cleo").workspace.table.figures
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            assert "nan" not in str(model.data(model.index(row, column), Qt.ItemDataRole.DisplayRole)).lower()


def test_what_is_confused_most_is_counted_and_opened_in_review_by_a_key(
    qtbot: QtBot, labelled: House, opened: Open
) -> None:
    page = opened(labelled, "Cleo")
    choose(page, qtbot, "content")
    confused = page.workspace.side.confused
    qtbot.keyClick(page.workspace.table, Key.Key_C)
    assert confused.hasFocus()
    assert [confused.item(row).text() for row in range(confused.count())] == [
        "advert / music  ·  8 places in 8 items",
        "music / speech  ·  8 places in 8 items",
    ]
    qtbot.keyClick(confused, Key.Key_Down)
    qtbot.keyClick(confused, Key.Key_Return)
    page.wait()
    assert page.window.shown == "review"
    review = page.window.workspace
    assert review is not None
    assert review.work is not None
    place = review.places.current
    assert {"music", "speech"} <= {label for said in place.answers for label in said.labels}
    assert place.part == "content"
    card = review.alike.card
    assert card.isVisible(), "the others of the pair are offered before anything is ruled"
    assert card.count.text() == "8 open disagreements of this same pair"
    flow = review.desk.rulings._flow_host
    assert flow.height() >= flow.layout().heightForWidth(flow.width()), "no ruling is cut off by the card"
    qtbot.keyClick(review, Key.Key_G)
    page.wait()
    assert [tile.place.dispute.pair for tile in review.alike.page.tiles.tiles] == ["advert, then speech / music"] * 8


def test_how_far_the_analysts_agree_is_told_in_one_line(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Cleo")
    assert page.workspace.foot.text().endswith(NONE_YET), page.workspace.foot.text()
    line = page.workspace.side.analysts
    assert line.isHidden()
    qtbot.keyClick(page.workspace.table, Key.Key_Home)
    assert (line.isHidden(), line.text()) == (False, NONE_YET)


def test_numbers_and_the_drawn_intervals_have_room_beside_each_other(labelled: House, opened: Open) -> None:
    table = opened(labelled, "Cleo").workspace.table
    widest = max(
        table.fontMetrics().horizontalAdvance(table.figures.data(table.figures.index(row, CHANCE), Show))
        for row in range(1, len(table.figures.rows))
    )
    assert table.columnWidth(CHANCE) >= widest + theme.px(72)
    header = table.horizontalHeader()
    for column in range(1, table.figures.columnCount()):
        assert header.sectionSize(column) >= header.sectionSizeFromContents(column).width(), column


def test_a_pair_of_which_nothing_waits_is_said_so(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Cleo")
    said: list[str] = []
    page.window.notices.noticed.connect(lambda notice: said.append(notice.sentence))
    page.window.bus.pair_asked.emit("content", "advert", "")
    page.wait()
    assert said == ["No place of advert / nothing waits for you."]
    assert page.window.shown == "agreement"


def test_the_table_is_copied_as_text_and_saved_as_csv(
    qtbot: QtBot, labelled: House, opened: Open, tmp_path: Path
) -> None:
    page = opened(labelled, "Cleo")
    qtbot.keyClick(page.workspace.table, Key.Key_C, Mod.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:4] == ["part", "kind", "label", "alpha"]
    assert lines[1].split("\t")[:3] == ["content", "tier", ""]
    page.workspace.save_to(tmp_path / "a.csv")
    page.wait()
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == len(lines)


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(labelled: House, opened: Open, tmp_path: Path) -> None:
    page = opened(labelled, "Cleo")
    said: list[str] = []
    page.window.notices.noticed.connect(lambda notice: said.append(notice.sentence))
    page.workspace.save_to(tmp_path / "nowhere" / "a.csv")
    page.wait()
    assert said[-1].startswith("a.csv cannot be written")


def test_a_manager_sets_a_threshold_by_keys_and_sets_it_back(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Max")
    choose(page, qtbot, "content")
    workspace = page.workspace
    strip = workspace.side.threshold.strip
    qtbot.keyClick(workspace.table, Key.Key_T)
    assert strip.hasFocus()
    qtbot.keyClick(strip, Key.Key_Right, Mod.ShiftModifier)
    qtbot.keyClick(strip, Key.Key_Return, Mod.ControlModifier)
    page.wait()
    assert "0.75" in workspace.side.threshold.stands.text()
    with Services.open(labelled.folder / "work.annodesk", read_only=True) as other:
        version = other.projects.get(labelled.project_id)
    assert (version.version, version.project.schema.tier("content").escalate_below) == (2, 0.75)
    qtbot.keyClick(strip, Key.Key_Z, Mod.ControlModifier)
    page.wait()
    assert "Follows the project: 0.70" in workspace.side.threshold.stands.text()
    with Services.open(labelled.folder / "work.annodesk", read_only=True) as other:
        assert other.projects.get(labelled.project_id).project.schema.tier("content").escalate_below is None


def test_an_analyst_sees_thresholds_and_sets_none(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Cleo")
    choose(page, qtbot, "")
    panel = page.workspace.side.threshold
    qtbot.keyClick(page.workspace.table, Key.Key_T)
    qtbot.keyClick(panel.strip, Key.Key_Left)
    qtbot.keyClick(panel.strip, Key.Key_Return, Mod.ControlModifier)
    page.wait()
    assert panel.sets.isHidden()
    assert "by the project's manager" in panel.why_not.text()
    with Services.open(labelled.folder / "work.annodesk", read_only=True) as other:
        assert other.projects.get(labelled.project_id).version == 1


def test_a_manager_of_few_reads_scores_and_no_figures_about_people(labelled: House, opened: Open) -> None:
    page = opened(labelled, "Max")
    page.workspace.table.choose("content")
    assert "groups of five or more" in words(page)
    assert "groups of five or more" in page.workspace.foot.text()
    assert f"over {ITEMS} items" in words(page)


def test_who_labels_reads_their_own_answers_alone(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Ada")
    workspace = page.workspace
    assert workspace.report is None
    assert workspace.table.figures.is_own
    assert "shown to you alone" in workspace.foot.text()
    assert not workspace.side.threshold.isVisible()
    assert not workspace.side.confused.isVisible()


def test_before_there_is_anything_it_says_what_must_come_first(tmp_path: Path, opened: Open) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    house = make_house(folder)
    house.submit("Ada")
    house.round()
    house.services.close()
    page = opened(house, "Cleo")
    assert page.workspace.page.title.text() == NOTHING_YET
    assert page.workspace.page.button.hasFocus()


def test_another_person_is_shown_what_is_theirs(labelled: House, opened: Open) -> None:
    page = opened(labelled, "Cleo")
    page.window.who.choose(labelled.id_of("Ada"))
    page.wait()
    assert page.workspace.report is None
    page.window.who.choose(labelled.id_of("Cleo"))
    page.wait()
    assert page.workspace.report is not None


def test_what_is_scored_meanwhile_is_measured_at_once_alone_and_when_asked_in_a_team(
    qtbot: QtBot, labelled: House, opened: Open
) -> None:
    page = opened(labelled, "Cleo")
    workspace = page.workspace
    before = workspace.found
    page.window.bus.changed.emit(Changes.of(Kind.SCORES))
    page.wait()
    assert workspace.found is not before
    assert workspace.found is not None
    workspace.found = of_team = replace(workspace.found, is_shared=True)
    page.window.bus.changed.emit(Changes.of(Kind.FIGURES))
    page.wait()
    assert workspace.found is of_team
    assert workspace.foot.text() == "More was scored since: Ctrl+R measures again."
    qtbot.keyClick(workspace.table, Key.Key_R, Mod.ControlModifier)
    page.wait()
    assert workspace.found is not of_team


def test_everything_is_reached_by_tab_and_the_arrows(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Max")
    workspace = page.workspace
    choose(page, qtbot, "content")
    seen = set()
    for _ in range(12):
        qtbot.keyClick(QApplication.focusWidget(), Key.Key_Tab)
        seen.add(QApplication.focusWidget())
    assert workspace.side.threshold.strip in seen
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Escape)
    assert workspace.table.hasFocus()


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_nothing_is_cut_off_the_window(
    qtbot: QtBot, qapp: QApplication, labelled: House, opened: Open, scale: float, direction: Qt.LayoutDirection
) -> None:
    page = opened(labelled, "Cleo")
    page.window.setLayoutDirection(direction)
    theme.apply(qapp, "light", text_scale=scale)
    page.wait()
    assert page.window.size().width() == 1280
    side = page.workspace.side
    assert side.width() >= theme.px(140)
    assert side.widget().width() <= side.viewport().width()
    theme.apply(qapp, "dark", text_scale=1.0)
