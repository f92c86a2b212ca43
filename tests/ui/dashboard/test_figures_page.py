"""The page of figures: every chart says what it rests on, can be filtered, and its points are played."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.ui.dashboard.charted import Chart, known
from annodesk.ui.dashboard.charting import Places
from tests.services.made import House
from tests.ui.dashboard.conftest import ITEMS, Page

pytestmark = pytest.mark.qt
Opener = Callable[..., Page]


def figures(opened: Opener, house: House, person: str = "Cleo") -> Page:
    page = opened(house, person)
    page.desk.keys.trigger("desk.page.figures")
    page.wait()
    return page


def chart(page: Page, name: str) -> Chart:
    return page.desk.figures.cards[name].chart


def test_every_chart_has_values_with_their_n_or_says_why_not(opened: Opener, labelled: House) -> None:
    page = figures(opened, labelled)
    assert len(page.desk.figures.cards) >= 8
    for card in page.desk.figures.cards.values():
        made = card.chart
        if made.is_empty:
            assert made.reason.endswith((".", "?")), made.title
            assert card.plot is None
            continue
        assert card.plot is not None, made.title
        assert made.note
        values = [one for series in made.series for one in series.points if one.value is not None]
        assert all((known(one.value) and one.n > 0) or made.id == "volume" for one in values), made.title


def test_agreement_is_drawn_with_intervals_and_its_points_are_played(opened: Opener, labelled: House) -> None:
    page = figures(opened, labelled)
    made = chart(page, "agreement")
    whole, content = made.series[:2]
    assert sum(one.n for one in whole.points) == ITEMS
    assert all(known(one.low) and known(one.high) for one in whole.points)
    assert content.name == "content"
    first = content.points[0]
    assert isinstance(first.key, Places)
    card = page.desk.figures.cards["agreement"]
    card.asked.emit(made, first)
    page.wait()
    assert page.desk.is_hearing
    places = page.desk.clips.playlist.places
    assert len(places) == first.n, "one place of each item that the point counts"
    assert (places[0].item, places[0].stands == places[0].said) == ("episode-0", False), "what differs comes first"
    assert page.desk.clips.playlist.title.startswith("Agreement over time · content, ")


def test_every_point_of_every_chart_leads_to_its_clips(opened: Opener, labelled: House) -> None:
    page = figures(opened, labelled)
    drawn = [card.chart for card in page.desk.figures.cards.values() if not card.chart.is_empty]
    assert {"volume", "agreement", "labels", "waits"} <= {made.id for made in drawn}
    for made in drawn:
        for series in made.series:
            assert all(isinstance(one.key, Places) for one in series.points if known(one.value)), made.title
    volume = chart(page, "volume")
    point = next(one for one in volume.series[0].points if one.value)
    page.desk.figures.cards["volume"].asked.emit(volume, point)
    page.wait()
    assert len(page.desk.clips.playlist.places) == len({place.item for place in page.desk.clips.playlist.places})
    assert page.desk.clips.playlist.title.startswith("Work a ")


def test_one_value_of_a_field_is_looked_at_alone(opened: Opener, labelled: House) -> None:
    page = figures(opened, labelled)
    box = page.desk.figures
    field = box.field.itemData(box.field.count() - 1)
    box.field.setCurrentIndex(box.field.count() - 1)
    box.field.textActivated.emit(box.field.currentText())
    page.wait()
    assert not box.value.isHidden()
    assert field in chart(page, "compared").title
    assert f"of {ITEMS} still to label" in box.about.text()
    box.field.setCurrentIndex(0)
    box.field.textActivated.emit(box.field.currentText())
    page.wait()
    assert "compared" not in box.cards


def test_a_file_in_which_nothing_was_done_has_sentences_for_charts(opened: Opener, tmp_path) -> None:
    from tests.services.made import make_house

    house = make_house(tmp_path)
    house.services.close()
    page = figures(opened, house)
    for card in page.desk.figures.cards.values():
        assert card.chart.is_empty, card.chart.title
        assert card.reason.text()


def test_the_pages_of_others_open_by_their_keys(opened: Opener, labelled: House) -> None:
    page = opened(labelled, "Max")
    for name in ("batches", "plan", "models", "references"):
        page.desk.keys.trigger(f"desk.page.{name}")
        page.wait()
        assert page.desk.shown == name
        assert page.desk.tabs[name].isChecked()
