"""A hundred thousand tasks taken and handed in by eight processes: nothing is given out twice.

``ANNODESK_CLAIMS`` names another number. Baseline: none may be.
"""

from __future__ import annotations

import os
from typing import Any

from tests.benchmarks._figures import quantile, tell
from tests.benchmarks._teams import add_annotators, large_team, side_by_side, url_of
from tests.benchmarks.claim_submit import by_link, rate_of
from tests.team import Team

PROCESSES, CLAIMS = 8, int(os.environ.get("ANNODESK_CLAIMS", "100000"))


def given_twice(team: Team, answers: list[dict[str, Any]]) -> int:
    """Claims that two processes were given, places with two claims, tasks with more people than they are for."""
    seen = [claim_id for one in answers for _, claim_id in one["taken"]]
    doubles = len(seen) - len(set(seen))
    with team.administrator() as db:
        for query in (
            "select count(*) from (select 1 from annodesk.claim group by project_id, task_id having count(*) > 2) x",
            "select count(*) from (select 1 from annodesk.claim group by project_id, task_id, person_id"
            " having count(*) > 1) x",
            "select count(*) from annodesk.claim c where"
            " (select count(*) from annodesk.slot s where s.project_id = c.project_id and s.claim_id = c.id) <> 1",
        ):
            row = db.execute(query).fetchone()
            assert row is not None
            doubles += int(row[0])
    return doubles


def main() -> None:
    """Eight people take tasks as fast as they can, with a few more tasks than they take."""
    with large_team(CLAIMS // 2 + 10_000) as team:
        names = add_annotators(team, PROCESSES)
        each = [{"url": url_of(team, name), "count": -(-CLAIMS // PROCESSES)} for name in names]
        answers: list[dict[str, Any]] = side_by_side(by_link, each)
        doubles = given_twice(team, answers)
    taken = sum(len(one["taken"]) for one in answers)
    waits = [1000 * wait for one in answers for wait in one["waits"]]
    tell("double_claims", doubles, "claims", 0, limit=0, ok=doubles == 0 and taken >= CLAIMS, of=taken, ratio=0.0,
         claim_p95_ms=round(quantile(waits, 0.95), 1), claim_max_ms=round(max(waits), 1), people=PROCESSES,
         rate=round(rate_of(answers), 1), baseline_is="none may be")  # fmt: skip


if __name__ == "__main__":
    main()
