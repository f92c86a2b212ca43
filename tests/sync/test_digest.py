"""Rulings and pins on one's own computer: brought by sync, looked at without a line, disputes sent in their turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.services.digest import ONCE
from annodesk.store import mirror, outbox
from tests.sync.computers import computer
from tests.team import PROJECT, Team


def tell(team: Team, name: str, set_id: str, task_id: str) -> None:
    """A ruling on somebody's work, as the worker writes it."""
    with team.connect("work") as db:
        db.execute("select set_config('annodesk.project', %s, false)", (PROJECT,))
        (item,) = db.execute("select item_id from annodesk.task where id = %s", (task_id,)).fetchone() or ("",)
        db.execute("update annodesk.item_state set state = 'settled' where item_id = %s", (item,))
        body = '{"part": "content", "kind": "label", "start_us": 5, "end_us": 9, "said": {}, "ruled": {}}'
        db.execute(
            "insert into annodesk.told_ruling (id, item_id, task_id, set_id, person_id, body, words, made_at_us)"
            " values ('told', %s, %s, %s, %s, %s, 'Listen again.', 1)",
            (item, task_id, set_id, team.people[name], body),
        )
        db.execute("select annodesk.tell(%s, %s, 'item', %s, null)", (PROJECT, team.people[name], item))


def test_a_ruling_arrives_is_seen_and_disputed_without_a_line_and_refused_in_words(team: Team, tmp_path: Path) -> None:
    with computer(team, "ada", tmp_path) as ada:
        ada.sync()
        task = ada.take()
        work = ada.finish(task)
        ada.sync()
        tell(team, "ada", work.set_id, task)
        ada.sync()
        (told,) = ada.services.digest.unseen(PROJECT, ada.me)
        assert (told.words, told.place.start_us) == ("Listen again.", 5)
        ada.services.digest.note_seen([told.id], ada.me)
        ada.services.digest.dispute(told.id, ada.me, "I did.")
        with pytest.raises(WorkflowError) as refused:
            ada.services.digest.dispute(told.id, ada.me, "Twice.")
        assert refused.value.sentence == ONCE
        said = ada.sync()
        seen = team.call("ada", "select seen_at_us is not null, disputed_at_us from annodesk.told_ruling")
        assert seen == [(True, None)], "no analyst had ruled here, so there is nothing to dispute"
        assert any("Could not dispute a ruling" in one for one in said.result.refused)
        assert not ada.services.digest.recent(PROJECT, ada.me)[0].is_disputed
        assert ada.services.digest.unseen(PROJECT, ada.me) == []


def test_what_was_done_here_outlasts_a_pull_that_comes_first(team: Team, tmp_path: Path) -> None:
    with computer(team, "ada", tmp_path) as ada:
        ada.sync()
        task = ada.take()
        work = ada.finish(task)
        ada.sync()
        tell(team, "ada", work.set_id, task)
        ada.sync()
        ada.services.digest.note_seen(["told"], ada.me)
        with ada.services.file.write() as db:
            names = ("id", "item_id", "task_id", "set_id", "person_id", "words", "made_at_us")
            rows = team.call("ada", f"select {', '.join(names)} from annodesk.told_ruling")
            row = {**dict(zip(names, rows[0], strict=True)), "body": {}, "seen_at_us": None}
            mirror.put(db, "told_ruling", [row])
            outbox.keep_said(db)
        assert ada.services.digest.unseen(PROJECT, ada.me) == []


def test_pins_come_with_the_return_and_ticks_go_back(team: Team, tmp_path: Path) -> None:
    with computer(team, "ada", tmp_path) as ada:
        ada.sync()
        task = ada.take()
        work = ada.finish(task)
        ada.sync()
        team.call("max", "select annodesk.return_work(%s, %s, '', %s)", PROJECT, work.set_id,
                  '[{"text": "Later.", "time_us": 5}]')  # fmt: skip
        ada.sync()
        opened = ada.open(task)
        (pin,) = opened.comments
        assert (pin.text, pin.time_us, pin.is_pin, pin.is_resolved) == ("Later.", 5, True, False)
        ada.services.annotate.resolve(pin.id, is_resolved=True)
        ada.sync()
        assert team.call("ada", "select is_resolved from annodesk.comment") == [(True,)]
        assert [one.is_resolved for one in ada.open(task).comments] == [True]
