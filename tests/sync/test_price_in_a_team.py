"""What thresholds cost in a team, counted on a workstation from what the server tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg.types.json import Json

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import AnnotationSet
from annodesk.store.snapshots import body_of
from tests.services.made import suggested
from tests.sync.computers import Computer, admin
from tests.sync.test_others import same_task, work
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres
Desk = Callable[..., Computer]


def model_answers_everything(team: Team) -> None:
    """The model gives one label to a stretch of every task."""
    (tasks,) = zip(
        *admin(team, "select id from annodesk.task where stage = 'annotate' and project_id = %s", PROJECT), strict=True
    )
    for number, task in enumerate(tasks):
        body = body_of(AnnotationSet(f"model-{number}", elements=[suggested(0, 10, "speech", 0.95)]))
        admin(
            team,
            "insert into annodesk.annotation_set (project_id, id, task_id, author_kind, author_id, round,"
            " project_version, made_at_us) values (%s, %s, %s, 'model', 'abab', 1, 1, 1)",
            PROJECT,
            f"model-{number}",
            task,
        )
        admin(
            team,
            "insert into annodesk.set_snapshot (project_id, set_id, number, head, body, digest, edits)"
            " values (%s, %s, 1, null, %s, 'd', 0)",
            PROJECT,
            f"model-{number}",
            Json(body),
        )


@pytest.mark.parametrize("name", ["ana", "moe"])
def test_analysts_and_managers_are_told_the_price_whatever_the_team(desk: Desk, team: Team, name: str) -> None:
    model_answers_everything(team)
    ada, ben, asking = desk("ada"), desk("ben"), desk(name)
    same_task(ada, ben)
    work(team)
    asking.sync()
    report = asking.services.pricing.report(PROJECT, asking.me, (0.9, 0.99), part="content")
    high, highest = (one.later for one in report.prices)
    assert (high.items, high.stand, highest.stand) == (1, 1, 0)
    speech = next(one for one in report.prices[0].labels if one.name == "speech")
    assert (speech.answers, speech.may) == (1, False)
    left = "select count(*) from annodesk.item_state where state = 'open' and project_id = %s"
    assert report.left == admin(team, left, PROJECT)[0][0] > 0
    assert (report.alarms, report.standing) == ((), ())


def test_annotators_are_not(desk: Desk, team: Team) -> None:
    ada = desk("ada")
    ada.sync()
    with pytest.raises(AnnodeskError, match="for the analysts and managers"):
        ada.services.pricing.report(PROJECT, ada.me)
