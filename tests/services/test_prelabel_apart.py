"""Pre-labels made in a process of their own: the same as in this one, stopped at once, nothing lost where it ends."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from annodesk.errors import Cancelled, ModelError
from annodesk.model.annotations import AuthorKind
from annodesk.prelabel.check import engine_available
from annodesk.progress import CancelToken
from annodesk.services import prelabel_apart
from annodesk.store import journal
from tests.services.made import House, make_house

pytestmark = pytest.mark.skipif(not engine_available(), reason="the language-model engine is not installed")

SAID = tuple[str, int, int, tuple[str, ...], float]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path, items=2, seconds=12)


def said(house: House) -> list[list[SAID]]:
    """What the model says last of each task."""
    found = []
    with house.services.file.read() as db:
        for task_id in house.tasks():
            newest = journal.sets_of_task(db, task_id, AuthorKind.MODEL)[-1]
            found.append([
                (s.tier, s.start_us, s.end_us, s.labels, s.origin.suggestion.probability if s.origin.suggestion else 0)
                for s in newest.segments()
            ])  # fmt: skip
    return found


def test_it_says_the_same_as_in_this_process(house: House) -> None:
    told: list[float] = []
    done = house.services.prelabel_apart.run(house.project_id, progress=lambda share, _: told.append(share))
    assert (done.labelled, done.left, done.problems) == (2, 0, ())
    assert told[-1] == 1.0
    apart = said(house)
    assert all(apart)
    house.services.prelabel.run(house.project_id, anew=True)
    assert said(house) == apart


def test_what_is_stopped_ends_at_once_and_keeps_what_it_has_done(house: House) -> None:
    stop, stopped_s = CancelToken(), []

    def progress(share: float, _: str) -> None:
        if share > 0.5:  # the first of two is done
            stopped_s.append(time.monotonic())
            stop.cancel()

    with pytest.raises(Cancelled):
        house.services.prelabel_apart.run(house.project_id, progress=progress, cancel=stop)
    assert time.monotonic() - stopped_s[0] < 1.0
    assert house.services.prelabelled.coverage(house.project_id).labelled == 1


def test_a_model_that_cannot_be_used_is_told_in_a_sentence(house: House) -> None:
    house.services.projects.set_policy(house.project_id, house.id_of("Cleo"), {"prelabel.model": "gone.gguf"})
    with pytest.raises(ModelError, match="is not there"):
        house.services.prelabel_apart.run(house.project_id)


def test_a_process_that_dies_leaves_no_thread_and_says_how_it_ended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prelabel_apart, "PROCESS", "annodesk.there_is_no_such_module")
    before = threading.active_count()
    with pytest.raises(ModelError, match="ended with code 1"):
        house.services.prelabel_apart.run(house.project_id)
    assert threading.active_count() == before
