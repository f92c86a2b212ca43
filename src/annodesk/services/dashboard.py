"""Progress, agreement and people of the projects in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annodesk.errors import NotFoundError
from annodesk.model.work import ItemState, Role, SettledBy, Stage
from annodesk.services import completion
from annodesk.services.alarms import alarm_sentence, alarms_of
from annodesk.services.counts import Counts, counts_of, unsettled_in
from annodesk.services.openings import openings, standings
from annodesk.services.today import waits_as_json
from annodesk.store import figures, items, projects, promises, tasks, waiting
from annodesk.store.cells import UNSETTLED_IN
from annodesk.workflow.not_offered import why_not_offered

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.review import Review
    from annodesk.store.engine import Connection
    from annodesk.store.figures import TeamFigures


class Dashboard:
    """Rolled-up figures."""

    def __init__(self, desk: Desk, review: Review) -> None:
        self._desk, self._review = desk, review

    def status(self, project_id: str | None = None) -> list[dict[str, Any]]:
        """Figures of one project or of all: items, settled, done, agreement, people, alarms, bands, forecast."""
        with self._desk.file.read() as db:
            known = projects.list_projects(db)
            now_us, found = self._desk.server_us(), []
            for i, name, _ in known:
                if project_id in (None, i):
                    counts = counts_of(db, i, ("items", "done", "agreement", UNSETTLED_IN, *completion.NAMES))
                    told = _figures(db, i, name, counts, is_shared=self._desk.is_shared)
                    waits = waits_as_json(
                        waiting.waits_of(db, {i: unsettled_in(counts)})[i], projects.list_batches(db, i)
                    )
                    found.append(told | completion.as_json(completion.completion_of(i, name, counts, now_us)) | waits)
            return found

    def team(self, project_id: str) -> TeamFigures | None:
        """What the team's coordinator counted; None where the file is alone or this person may not see it."""
        with self._desk.file.read() as db:
            return figures.team_figures(db, project_id)

    def why_not_offered(self, project_id: str, key: str) -> list[dict[str, Any]]:
        """Of each task of an item to whom it is offered, in words and without names, or why to nobody."""
        self._desk.require_alone("Why an item is not offered is told", "Look at its batch and its skills on the desk.")
        now_us = self._desk.clock()
        with self._desk.file.read() as db:
            item = next((one for one in items.list_items(db, project_id) if one.key == key), None)
            if item is None:
                raise NotFoundError(f"There is no item {key} in this project.", "Write its name as the list shows it.")
            labelled = tasks.tasks_of_item(db, item.id, Stage.ANNOTATE)
            members, agreed = projects.members(db, project_id), standings(db, project_id, now_us)
            found = {one.task.id: one for one in openings(db, project_id, among=[task.id for task in labelled])}
            why = _of_state(items.item_states(db, project_id, among=[item.id])[item.id])
            why = why or "Everybody has read its answer, or it was taken down: it is labelled no more."
        return [
            {
                "task": task.id,
                "item": key,
                "start_us": task.start_us,
                "reason": why_not_offered(found[task.id], members, agreed, now_us) if task.id in found else why,
            }
            for task in labelled
        ]

    def queue(self, project_id: str, person_id: str | None = None) -> list[dict[str, Any]]:
        """The review queue; with a person, that person's open offers in rank order."""
        with self._desk.file.read() as db:
            known = {item.id: item for item in items.list_items(db, project_id)}
            stages = {task.id: task for task in tasks.list_tasks(db, project_id)}
            if person_id is not None:
                return [
                    {
                        "task": offer.task_id,
                        "item": known[stages[offer.task_id].item_id].key,
                        "reason": offer.reason,
                        "priority": offer.rank,
                    }
                    for offer in tasks.offers_of(db, project_id, person_id)
                ]
        return [
            {"task": card.task_id, "item": card.title, "reason": card.reason, "priority": place}
            for place, card in enumerate(self._review.queue(project_id), start=1)
        ]


def _of_state(state: ItemState) -> str:
    """Why nothing of an item is labelled in a state; empty where it is."""
    return {
        ItemState.SCORED: "Its answers are in and are being compared.",
        ItemState.ESCALATED: "It is in review: an analyst takes it from the queue.",
        ItemState.SETTLED: "Its answer stands: open it again where another one is wanted.",
    }.get(state, "")


def _figures(db: Connection, project_id: str, name: str, counts: Counts, *, is_shared: bool) -> dict[str, Any]:
    """From the rolled-up figures; where a team shows this person none, of what is here."""
    roles = [roles for _, roles in projects.members(db, project_id)]
    told = _of_items_here(db, project_id) if is_shared and not counts.held else _rolled_up(counts)
    return {
        "name": name,
        **told,
        "people": {role.value: sum(role in held for held in roles) for role in Role},
        "alarms": [alarm_sentence(one) for one in alarms_of(promises.of_project(db, project_id))],
    }


def _rolled_up(counts: Counts) -> dict[str, Any]:
    states = {parts[0]: n for parts, (n, _) in counts.parts("items").items()}
    scored = counts.n("agreement")
    return {
        "items": sum(states.values()),
        "settled": states.get(ItemState.SETTLED.value, 0),
        "done": counts.n("done"),
        "escalated": states.get(ItemState.ESCALATED.value, 0),
        "agreement": figures.mean_of(scored, counts.total("agreement")) if scored else None,
    }


def _of_items_here(db: Connection, project_id: str) -> dict[str, Any]:
    states = items.item_states(db, project_id)
    settled = [item_id for item_id, state in states.items() if state is ItemState.SETTLED]
    standing = figures.settlements(db, project_id)
    by_machine = {
        task.item_id
        for task in tasks.list_tasks(db, project_id, Stage.ANNOTATE)
        if task.id in standing and standing[task.id].settled_by is SettledBy.MACHINE
    }
    scores = [s.value for s in figures.current_scores(db, project_id, scope="item") if s.value is not None]
    return {
        "items": len(states),
        "settled": len(settled),
        "done": sum(item_id not in by_machine for item_id in settled),
        "escalated": sum(state is ItemState.ESCALATED for state in states.values()),
        "agreement": sum(scores) / len(scores) if scores else None,
    }
