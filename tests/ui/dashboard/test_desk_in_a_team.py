"""What the desk's pages read in a team, under the login of each who opens them: nobody is refused their own page."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.progress import CancelToken
from annodesk.services.by_field import Where
from annodesk.ui.dashboard.charted import known
from annodesk.ui.dashboard.charting import Places
from annodesk.ui.dashboard.figure_charts import read_figures
from annodesk.ui.dashboard.hearing import Heard, read_playlist
from annodesk.ui.dashboard.plan_page import read_begun
from annodesk.ui.dashboard.reading import read_today
from annodesk.ui.dashboard.reference_page import read_references
from annodesk.ui.dashboard.you_page import read_you
from tests.services.team.conftest import crew
from tests.services.team.crew import Crew
from tests.services.team.test_heard_in_team import make_five, play, workstation
from tests.services.team.test_reference_places import local, reference

__all__ = ["crew", "local", "reference"]
pytestmark = pytest.mark.postgres


def test_a_manager_is_told_of_the_reference_items_and_of_nobody_s_answers(
    crew: Crew, reference: tuple[str, str], tmp_path: Path
) -> None:
    with workstation(crew, tmp_path, "max") as services:
        found = read_references(services, crew.project_id, crew.people["max"], CancelToken())
    (one,) = found.items
    assert (one.item_id, one.is_hidden, one.answers, one.missed) == (reference[0], True, None, None)
    assert (found.may_see_items, found.people) == (True, ())


def test_an_analyst_is_told_how_each_fares(crew: Crew, reference: tuple[str, str], tmp_path: Path) -> None:
    with workstation(crew, tmp_path, "joe") as services:
        found = read_references(services, crew.project_id, crew.people["joe"], CancelToken())
    (one,) = found.items
    assert (one.item_id, one.answers, one.is_old) == (reference[0], 0, False)
    assert {person.name for person in found.people} == {"Ada", "Ben", "Dan"}


def test_an_annotator_is_told_of_no_item(crew: Crew, reference: tuple[str, str], tmp_path: Path) -> None:
    with workstation(crew, tmp_path, "ada") as services:
        found = read_references(services, crew.project_id, crew.people["ada"], CancelToken())
    assert (found.items, found.may_see_items) == ((), False)
    assert [person.person_id for person in found.people] == [crew.people["ada"]]


@pytest.mark.parametrize(("name", "labels"), [("max", False), ("ana", False), ("ada", True)])
def test_everybody_reads_their_own_page_and_who_labels_their_accuracy(
    crew: Crew, tmp_path: Path, name: str, *, labels: bool
) -> None:
    with workstation(crew, tmp_path, name) as services:
        you = read_you(services, crew.project_id, crew.people[name], CancelToken())
    assert you.problem == ""
    assert (you.accuracy is not None) == labels


@pytest.mark.parametrize("name", ["max", "joe"])
def test_every_value_of_every_chart_plays_or_says_why_not(crew: Crew, tmp_path: Path, name: str) -> None:
    play(crew)
    make_five(crew)
    told: dict[str, list[Heard]] = {}
    with workstation(crew, tmp_path, name) as services:
        about = (crew.project_id, crew.people[name])
        for where in (None, Where("duration", "under 1 min")):
            for chart in read_figures(services, *about, where, CancelToken()).charts:
                for point in (one for series in chart.series for one in series.points if known(one.value)):
                    assert isinstance(point.key, Places), chart.title
                    heard = read_playlist(services, *about, point.key, chart.title, CancelToken())
                    assert heard.playlist.places or heard.reason, chart.title
                    told.setdefault(chart.id, []).append(heard)
    # Of the parts nothing was said on there is nothing to hear; of all else there is.
    assert {chart for chart, found in told.items() if not any(one.playlist.places for one in found)} == set()
    assert told.keys() >= {"volume", "agreement", "labels", "waits", "compared", "compared done"}


@pytest.mark.parametrize(("name", "gives_out"), [("max", True), ("ana", False)])
def test_only_who_gives_work_out_has_its_page(crew: Crew, tmp_path: Path, name: str, *, gives_out: bool) -> None:
    with workstation(crew, tmp_path, name) as services:
        found = read_today(services, crew.project_id, crew.people[name], CancelToken())
    assert found.may_open("references")
    assert found.may_open("work") == gives_out


@pytest.mark.parametrize(("name", "is_part"), [("max", False), ("ana", True)])
def test_who_holds_a_part_of_the_project_is_told_that_the_plan_counts_that(
    crew: Crew, tmp_path: Path, name: str, *, is_part: bool
) -> None:
    with workstation(crew, tmp_path, name) as services:
        begun = read_begun(services, crew.project_id, crew.people[name])
    assert begun.is_part == is_part
