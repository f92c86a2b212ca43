"""A team of six on 200 real recordings: the desk finds what was planted, counts as one would by hand, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from annodesk.model.shares import wilson
from annodesk.services.accuracy import PersonAccuracy
from tests.desk_team import CARELESS, DRIFTING, LABELLERS, RAIN, SEA, Desk, DeskTeam, make_team, play


@pytest.fixture(scope="module")
def team(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskTeam]:
    made = make_team(tmp_path_factory.mktemp("team"), shared)
    play(made)
    yield made
    made.services.close()


def accuracies(team: DeskTeam, desk: Desk) -> dict[str, PersonAccuracy]:
    return {one.name: one for one in team.services.accuracy.of_people(desk.project_id, team.people["Ana"])}


def answers(desk: Desk) -> dict[str, tuple[str, ...]]:
    """What was said of each ordinary item by as many people as were to label it."""
    found = {item: tuple(given.values()) for item, given in desk.said.items() if item not in desk.references}
    return {item: given for item, given in found.items() if len(given) == desk.overlap}


def test_they_label_200_recordings(team: DeskTeam) -> None:
    assert sum(len(desk.truth) for desk in team.desks.values()) == 200
    for desk in team.desks.values():
        assert set(desk.said) | set(desk.references) == set(desk.truth) - desk.starved
        assert len(answers(desk)) == len(desk.truth) - len(desk.starved) - len(desk.references)


def test_the_careless_and_the_drifting_are_found_by_reference_items_and_nobody_else(team: DeskTeam) -> None:
    found = accuracies(team, team.desks["digits"])
    assert {name for name, one in found.items() if one.needs_somebody} == {CARELESS, DRIFTING}
    assert found[CARELESS].whole.is_low
    drift = found[DRIFTING].drift
    assert drift is not None
    assert drift.before.right == drift.before.n >= 20
    assert drift.since.right / drift.since.n < 0.25
    in_sounds = accuracies(team, team.desks["sounds"])
    assert {name for name, one in in_sounds.items() if one.needs_somebody} <= {CARELESS}
    assert min(in_sounds, key=lambda name: in_sounds[name].whole.right) == CARELESS


def test_what_reference_items_say_is_what_one_counts_by_hand(team: DeskTeam) -> None:
    for desk in team.desks.values():
        for name, one in accuracies(team, desk).items():
            answers = [
                desk.said[item].get(name) == truth for item, truth in desk.references.items() if name in desk.said[item]
            ]
            assert (one.whole.n, one.whole.right) == (len(answers), sum(answers))
            assert (one.whole.low, one.whole.high) == wilson(sum(answers), len(answers))
            assert one.whole.n >= 5, "everybody was given some"


def test_dawid_and_skenes_model_finds_the_same_two(team: DeskTeam) -> None:
    desk = team.desks["digits"]
    found = team.services.quality.confusion_matrices(desk.project_id, "digit", team.people["Ana"])
    assert found.reason == ""
    right = {
        one.name: float(np.average(np.diag(np.array(one.shares)), weights=np.array(one.seen))) for one in found.people
    }
    assert set(right) == set(LABELLERS)
    assert right[CARELESS] < 0.4, right
    assert right[DRIFTING] < 0.7, right
    assert all(share > 0.9 for name, share in right.items() if name not in (CARELESS, DRIFTING)), right


def test_status_is_what_one_counts_by_hand(team: DeskTeam) -> None:
    for desk in team.desks.values():
        given = answers(desk)
        alike = sum(len(set(said)) == 1 for said in given.values())
        pairs = {item: [a == b for a, b in combinations(said, 2)] for item, said in given.items()}
        agreement = sum(sum(one) / len(one) for one in pairs.values()) / len(pairs)
        status = team.services.dashboard.status(desk.project_id)[0]
        assert (status["items"], status["settled"]) == (len(desk.truth), alike + len(desk.references))
        assert (status["done"], status["escalated"]) == (status["settled"], len(given) - alike)
        assert status["agreement"] == pytest.approx(agreement, abs=1e-6)  # kept in millionths


def test_planted_disagreement_comes_first_among_what_is_taken_for_what(team: DeskTeam) -> None:
    desk = team.desks["sounds"]
    told = team.services.quality.confusions(desk.project_id, "sound")
    counted = Counter(tuple(sorted(pair)) for pair in answers(desk).values() if len(set(pair)) == 2)
    assert {tuple(sorted((one.a, one.b))): one.items for one in told} == dict(counted)
    assert tuple(sorted((told[0].a, told[0].b))) == (RAIN, SEA)


def test_the_first_page_names_the_starved_queue_and_nothing_else(team: DeskTeam) -> None:
    told = team.services.desk_figures.today(team.people["Ana"])
    (only,) = told
    assert only.sentence == "Portuguese: 3 tasks left for 2 people: invite, or lower the overlap."
    assert (only.project, only.button) == ("sounds", "Invite")
    assert only.evidence
    assert not any(name in " ".join((only.sentence, *only.evidence)) for name in LABELLERS)
