"""Adding to a batch by its name."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Command
from tests.services.made import make_recording, write_project


def test_a_batch_of_that_name_is_made_and_found_again(command: Command, tmp_path: Path) -> None:
    db = tmp_path / "work.annodesk"
    assert command("init", write_project(tmp_path), "--db", db).code == 0
    one, two, three = (make_recording(tmp_path / f"{name}.wav", seed=n) for n, name in enumerate(("a", "b", "c")))
    done = command("add", "--db", db, "--batch", "try", "--pilot", one, "--json")
    assert (done.code, done.json["items"]) == (0, 1)
    assert "The batch try is there. Batches made after it wait until you pass it." in done.err
    assert command("add", "--db", db, "--batch", "try", two).code == 0
    done = command("add", "--db", db, "--batch", "rest", three)
    assert "It waits until the pilot try is passed." in done.err
    refused = command("add", "--db", db, "--batch", "rest", "--pilot", three)
    assert refused.code == 1
    assert "The batch rest is no pilot." in refused.err
    assert command("add", "--db", db, "--pilot", three).code == 2
