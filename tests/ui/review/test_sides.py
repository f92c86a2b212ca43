"""More sides than two, one side alone, and sides that are not what the project is now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from annodesk.model.work import Role
from annodesk.services import Services
from tests.ui.review.conftest import ANNA, Desk, make_desk, stretches
from tests.ui.review.planted import Operator, plant, right
from tests.ui.review.room import Room

pytestmark = pytest.mark.qt
Key = Qt.Key
S = 1_000_000
DORA = [(0, 7, "music"), (7, 20, "speech"), (20, 32, "music"), (32, 43, "speech"), (43, 50, "noise"), (50, 79, "music")]


@pytest.fixture
def room(qtbot) -> Iterator[Callable[[Desk], Room]]:
    made: list[Room] = []

    def make(desk: Desk) -> Room:
        made.append(Room(qtbot, desk))
        return made[-1]

    yield make
    for one in made:
        one.close()
        one.desk.services.close()


def test_three_sides_have_lanes_keys_and_room(room, tmp_path: Path, repo: Path) -> None:
    here = room(make_desk(tmp_path / "three", repo, with_text=False, third=(DORA, "medical", "place", 2)))
    space = here.open()
    assert [lane.letter for lane in space.work.lanes] == ["A", "B", "C"]
    assert [lane.title for lane in space.desk.view.state.lanes] == ["A", "B", "C", "your ruling", "model"]
    tops = space.desk.view.lanes.lane_tops()
    assert tops[-2][1] + tops[-2][2] <= space.desk.view.lanes.visibleRegion().boundingRect().bottom() + 1
    assert list(space.desk.rulings.takes) == ["A", "B", "C"]
    here.press(Key.Key_C)
    assert space.ruling == "C"
    while space.places.open_ones:
        space.go_to(space.places.next_open())
        here.press(Key.Key_C)
    here.press(Key.Key_Return, mod=Qt.KeyboardModifier.ControlModifier)
    assert space.work is None


def test_the_average_of_three_edges_is_their_mean(room, tmp_path: Path, repo: Path) -> None:
    here = room(make_desk(tmp_path / "three", repo, with_text=False, third=(DORA, "medical", "place", 2)))
    here.open()
    here.press(Key.Key_M)
    edge = next(end for label, start, end in here.own() if label == "speech" and start == 7)
    assert edge == pytest.approx((19 + 22 + 20) / 3, abs=0.01)


@pytest.fixture
def alone(tmp_path: Path, repo: Path) -> Desk:
    """One person's answer, drawn for an audit."""
    import shutil

    from tests.ui.review.conftest import GUIDELINES, PROJECT, say

    folder = tmp_path / "alone"
    folder.mkdir()
    text = PROJECT.replace("overlap = 2", "overlap = 1").replace("audit_share = 0.0", "audit_share = 1.0")
    (folder / "project.toml").write_text(text, encoding="utf-8")
    (folder / "guidelines.md").write_text(GUIDELINES, encoding="utf-8")
    media = Path(shutil.copy(repo / "resources/demo/podcast.flac", folder))
    services = Services.open(folder / "work.annodesk", create=True)
    project_id = services.projects.init(folder / "project.toml").id
    one = services.people.add(project_id, "Anna", Role.ANNOTATOR).id
    analyst = services.people.add(project_id, "Clara", Role.ANALYST).id
    services.items.add(project_id, [media])
    services.coordinator.round(project_id)

    def elements(work):
        from annodesk.model.annotations import CHECKED_NONE, Answer, answer_id

        answers = [
            Answer(answer_id("policy"), "policy", "medical"),
            Answer(answer_id("entity"), "entity", CHECKED_NONE),
        ]
        return [*stretches(ANNA, work.task.end_us), *answers]

    say(services, project_id, one, elements)
    services.coordinator.round(project_id)
    return Desk(services, project_id, analyst, (one, one))


def test_a_single_answer_is_checked_on_a_lane_that_holds_it_already(room, alone: Desk) -> None:
    here = room(alone)
    space = here.open()
    assert space.desk.place_bar.count.text() == "One answer to check"
    assert "Only one person has answered" in space.desk.place_bar.said.text()
    assert len(here.own()) == len(ANNA)
    assert not space.desk.heat.isVisible()
    assert not any(button.isEnabled() for button in space.desk.rulings.buttons())
    assert space.desk.rulings.missing.text() == ""
    here.press(Key.Key_Return, mod=Qt.KeyboardModifier.ControlModifier)
    assert space.work is None


def test_a_single_answer_can_be_left_out_as_a_whole(room, alone: Desk) -> None:
    here = room(alone)
    space = here.open()
    here.press(Key.Key_X, mod=Qt.KeyboardModifier.ShiftModifier)
    here.press(Key.Key_1)
    assert space.places.is_excluded
    here.press(Key.Key_Return, mod=Qt.KeyboardModifier.ControlModifier)
    assert space.work is None


def test_two_hundred_places_open_and_are_ruled_without_a_stall(room, tmp_path: Path) -> None:
    here = room(many_places(tmp_path / "many", 200))
    space = here.open()
    assert len(space.places.disagreements) == 200
    assert space.desk.place_bar.count.text() == "Disagreement 1 of 200"
    here.press(Key.Key_A, Key.Key_J, Key.Key_B, Key.Key_K)
    assert len(space.places.ruled) == 2


def many_places(folder: Path, count: int) -> Desk:
    """A recording that two people label differently in every second stretch."""
    import numpy as np
    import soundfile

    from annodesk.model.annotations import Segment
    from annodesk.model.ids import new_id
    from tests.ui.review.conftest import TIER, say

    folder.mkdir(parents=True)
    soundfile.write(folder / "long.wav", np.zeros(count * 4 * 1000, np.float32), 1000)
    (folder / "project.toml").write_text(
        f'name = "many"\n{TIER}\n[workflow]\noverlap = 2\noverlap_share = 1.0\nescalate_below = 0.99\n'
        'audit_share = 0.0\ntask_seconds = 36000\n[prelabel]\nshow = "never"\n',
        encoding="utf-8",
    )
    services = Services.open(folder / "work.annodesk", create=True)
    project_id = services.projects.init(folder / "project.toml").id
    people = [services.people.add(project_id, name, Role.ANNOTATOR).id for name in ("Anna", "Boris")]
    analyst = services.people.add(project_id, "Clara", Role.ANALYST).id
    services.items.add(project_id, [folder / "long.wav"])
    services.coordinator.round(project_id)
    for person, label in zip(people, ("music", "advert"), strict=True):
        made = []
        for n in range(count):
            made.append(Segment(new_id(), "content", 4 * n * S, (4 * n + 2) * S, ("speech",)))
            made.append(Segment(new_id(), "content", (4 * n + 2) * S, (4 * n + 4) * S, (label,)))
        say(services, project_id, person, lambda _work, made=made: made)
    services.coordinator.round(project_id)
    return Desk(services, project_id, analyst, (people[0], people[1]))


def test_sides_of_an_earlier_version_of_the_project_are_told(room, tmp_path: Path, repo: Path) -> None:
    made = make_desk(tmp_path / "version", repo)
    project = tmp_path / "version" / "project.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace('"silence", "noise"]', '"noise"]').replace('"speech", ', ""), encoding="utf-8")
    made.services.projects.init(project)
    here = room(made)
    space = here.open()
    told = space.side.about.text()
    assert "A was labelled under version 1 of the project; this review goes by version 2." in told
    assert "A uses silence, speech" in told or "A uses speech" in told
    old, new = here.letter_of("speech", 20), here.letter_of("music", 20)
    here.press(getattr(Key, f"Key_{old}"))
    assert here.said[-1].startswith("content has no label 'speech'.")
    assert not space.places.is_ruled
    here.press(getattr(Key, f"Key_{new}"))
    assert space.places.is_ruled


def test_forty_planted_disagreements_are_settled_with_two_keys_each_at_most(
    qtbot, tmp_path: Path, lively: None
) -> None:
    planted = plant(tmp_path)
    services = Services.open(planted.path)
    (project,) = services.projects.list()
    analyst = next(m.person.id for m in services.people.list(project.id) if m.person.name == "Clara")
    here = Room(qtbot, Desk(services, project.id, analyst, (analyst, analyst)))
    try:
        space = here.open()
        assert len(space.places.disagreements) == 40

        def press(chord: str) -> None:
            from PySide6.QtGui import QKeySequence

            one = QKeySequence(chord)[0]
            here.press(one.key(), mod=one.keyboardModifiers())

        operator = Operator(press, here.wait)
        set_id = space.work.set_id
        operator.settle(space, planted)
        stands = services.annotate.reload(set_id)[0]
        assert [case for case in planted.cases if not right(stands, case)] == []
        assert max(operator.per_place) <= 2
        assert operator.keys <= 44
        assert space.work is None
    finally:
        here.close()
        services.close()
