"""A model is tried on the project's own settled items for half a minute, and nothing is written."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from annodesk.errors import Cancelled, ModelError, WorkflowError
from annodesk.progress import CancelToken
from annodesk.services.trials import PIECE_US, _within
from tests.services.made import House, make_house

pytestmark = pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason="the extra llm is not installed")


@pytest.fixture
def settled(tmp_path: Path) -> Iterator[House]:
    """Three items that one person has labelled without suggestions."""
    house = make_house(tmp_path, items=3, seconds=30, overlap=1)
    for task in range(3):
        house.submit("Ada", ((0, 30, "speech"),), task=task)
    house.round()
    yield house
    house.services.close()


def written(house: House) -> list[tuple[str, int]]:
    with house.services.file.read() as db:
        names = db.execute(text("select name from sqlite_master where type = 'table' order by name")).scalars().all()
        return [(name, db.execute(text(f'select count(*) from "{name}"')).scalar_one()) for name in names]


def test_a_trial_tells_agreement_speed_and_memory_and_writes_nothing(settled: House) -> None:
    before = written(settled)
    found = settled.services.models.trial(settled.project_id, "embedded", seconds=20)
    assert found.n == 3
    assert found.agreement is not None
    assert 0 <= found.agreement <= 1
    assert "not enough to know" in found.sentence
    assert found.seconds_each is not None
    assert found.whole_s == pytest.approx(found.seconds_each * 6)
    assert found.facts.memory_bytes > 0
    assert written(settled) == before


def test_a_trial_ends_when_its_time_is_up_also_within_a_piece(settled: House) -> None:
    began = time.monotonic()
    found = settled.services.models.trial(settled.project_id, "embedded", seconds=0.01)
    assert (found.n, found.agreement) == (0, None)
    assert time.monotonic() - began - found.load_s < 5
    assert found.sentence.startswith("Not enough to know")


def test_where_nothing_is_settled_a_trial_says_so(house: House) -> None:
    with pytest.raises(WorkflowError, match="Nothing is settled"):
        house.services.models.trial(house.project_id, "embedded")


def test_a_model_that_cannot_be_used_is_told(settled: House, tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError):
        settled.services.models.trial(settled.project_id, "bad.gguf")
    with pytest.raises(ModelError, match="not on this computer"):
        settled.services.models.trial(settled.project_id, "nobody/nothing-GGUF:Q8_0")


def test_recordings_that_are_gone_are_left_out_and_named(settled: House) -> None:
    for path in (settled.folder / "media").glob("*.wav"):
        path.unlink()
    found = settled.services.models.trial(settled.project_id, "embedded", seconds=5)
    assert (found.n, found.agreement) == (0, None)
    assert len(found.problems) == 3
    assert found.sentence.startswith("Not enough to know")


def test_a_trial_can_be_stopped(settled: House) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        settled.services.models.trial(settled.project_id, "embedded", cancel=cancel)


def test_a_piece_holds_what_lies_in_it_cut_at_its_ends(settled: House) -> None:
    from msgspec.structs import replace

    from annodesk.model.annotations import AnnotationSet, Segment
    from annodesk.store import tasks

    with settled.services.file.read() as db:
        task = tasks.list_tasks(db, settled.project_id)[0]
    piece = replace(task, start_us=PIECE_US, end_us=2 * PIECE_US)
    whole = AnnotationSet(
        "s",
        elements=[
            Segment("a", "content", 0, PIECE_US + 5, ("speech",)),
            Segment("b", "content", 3 * PIECE_US, 4 * PIECE_US, ("music",)),
            Segment("c", "events", PIECE_US, PIECE_US, ("laugh",)),
        ],
    )
    kept = [(one.id, one.start_us, one.end_us) for one in _within(whole, piece).segments()]  # type: ignore[union-attr]
    assert sorted(kept) == [("a", PIECE_US, PIECE_US + 5), ("c", PIECE_US, PIECE_US)]
