"""What the desk's pages read in a team, under the login of each who opens them: nobody is refused their own page."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.progress import CancelToken
from annodesk.ui.dashboard.reading import read_today
from annodesk.ui.dashboard.reference_page import read_references
from annodesk.ui.dashboard.you_page import read_you
from tests.services.team.conftest import crew
from tests.services.team.crew import Crew
from tests.services.team.test_heard_in_team import workstation
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


@pytest.mark.parametrize(("name", "gives_out"), [("max", True), ("ana", False)])
def test_only_who_gives_work_out_has_its_page(crew: Crew, tmp_path: Path, name: str, *, gives_out: bool) -> None:
    with workstation(crew, tmp_path, name) as services:
        found = read_today(services, crew.project_id, crew.people[name], CancelToken())
    assert found.may_open("references")
    assert found.may_open("work") == gives_out
