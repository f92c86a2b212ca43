"""A workstation whose file was damaged goes on with what could be saved of it, and the server fills the rest."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from annodesk.services.salvaging import salvage_file
from tests.store.test_salvage import journal_pages, spoil
from tests.sync.faults.desks import Desks, Told
from tests.sync.faults.durable import edit_ids, server_digests
from tests.team import Team

pytestmark = pytest.mark.postgres


def test_what_the_server_had_comes_back_and_what_it_had_not_is_sent(
    team: Team, desks: Desks, rng: random.Random
) -> None:
    ada = desks.join("ada")
    task = ada.ask("take")
    saved = ada.ask("label", task, 0, 50, "speech", 300)
    ada.ask("sync")
    unsent = ada.ask("label", task, 50, 60, "music", 3)
    ada.close()
    whole = ada.path.read_bytes()
    aside = desks.folder / "aside"
    aside.mkdir()
    ada.path.write_bytes(spoil(whole, journal_pages(whole, aside)[2:5], rng))
    with pytest.raises(Told, match="is damaged"):
        desks.start("ada")
    found = salvage_file(ada.path)
    assert found.edits < len(saved) + len(unsent)
    again = desks.start("ada", found.path.stem)
    assert again.ask("sync")["waiting"] == 0
    own = again.ask("stored", task)
    assert Counter(edit_ids(team)) == Counter([*saved, *unsent])
    assert own["elements"] == 303
    assert server_digests(team, [own["set"]]) == {own["set"]: own["digest"]}
    again.ask("answer", task, "policy", ["none"])
    again.ask("submit", task)
    assert again.ask("sync")["refused"] == []
