"""A team with a project in the middle of much work: its tables filled by a few statements, as large as is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from annodesk.store.private_server import PrivateServer
from tests.team import PROJECT, Team, made_team

PEOPLE = 1_000
"""So many have labelled; a fifth of them are members."""
TIERS = ("content", "events")

SMALL = (
    *("project", "project_version", "project_rules", "feed_lock", "feed_head", "duty", "figure"),
    *("person", "person_name", "person_skill", "membership", "member_terms", "declined", "invitation", "claim_from"),
    *("batch", "batch_plan", "takedown", "workstation", "precedent", "promise", "lot", "own_accuracy", "look"),
)
"""As many rows as people, versions, batches, figures, takedowns, precedents or labels: read as the planner likes."""

QUEUES = ("due", "unfolded", "moved", "recount", "set_fault", "offer", "offer_rank")
"""What waits for a worker, or is offered to a person: emptied as fast as it fills."""

FILE = """name = "project-one"
guidelines = "guidelines.md"

[[tier]]
name = "content"
labels = ["speech", "music", "advert"]

[[question]]
name = "policy"
kind = "multi-label"
labels = ["violence", "medical", "none"]

[workflow]
overlap = 2
audit_share = 0.0
rerule_share = 0.0
see_others = "settled"

[prelabel]
show = "before"
accept_above = 0.9
"""

LENGTH_US = 60_000_000

# Of N items, 40 % are settled, 5 % wait for an analyst, 15 % have one answer of two, the rest are untouched.
_ANSWERS = """
create temporary table answered as
  select g, k, 'i' || g as item, 'T' || g as task, 'A' || g || '-' || k as set, 'C' || g || '-' || k as claim,
         coalesce(p.id, 'p' || ((g * 2 + k * 37) % {PEOPLE})) as person
    from generate_series(1, {N} * 6 / 10) g cross join generate_series(1, 2) k
    left join unnest({named}::text[]) with ordinality p(id, n) on p.n - 1 = (g * 2 + k * 37) % {PEOPLE}
   where k = 1 or g <= {N} * 45 / 100
"""

_JUDGED = (
    '{"score": null, "labels": {}, "stands": false, "drawn_us": null, "answer": "~", "model": [{"content":'
    ' {"by": "model", "missed": 0, "closed": false, "said": [["music", 0.95, true, true]]}}]}'
)
"""What the model said on an item, as people found it who had not seen it."""

_FILL = (
    "insert into item (project_id, id, batch_id, key, duration_us, metadata, made_at_us)"
    " select '{P}', 'i' || g, 'b-{P}', 'k' || lpad(g::text, 8, '0'), {length}, '{{}}', 1"
    " from generate_series(1, {N}) g",
    "insert into asset (project_id, id, item_id, type, role, position, offset_us, root, path, url)"
    " select '{P}', 'a' || g, 'i' || g, 'audio', '', 0, 0, 'media', g || '.wav', '' from generate_series(1, {N}) g",
    "insert into asset (project_id, id, item_id, type, role, position, offset_us, root, path, url)"
    " values ('{P}', 'second', 'i12', 'audio', '', 1, 0, 'media', 'second.wav', '')",
    "insert into item_state (project_id, item_id, state, changed_at_us) select '{P}', 'i' || g,"
    " case when g <= {N} * 4 / 10 then 'settled' when g <= {N} * 45 / 100 then 'escalated' else 'open' end, 1"
    " from generate_series(1, {N}) g",
    "insert into item_need (project_id, item_id, skill, level)"
    " select '{P}', 'i' || g, 'en', 1 from generate_series(1, {N}, 10) g",
    "insert into reference_item (project_id, item_id, is_hidden, made_at_us)"
    " select '{P}', 'i' || g, true, 1 from generate_series(1, {N}, 20) g",
    "insert into task (project_id, id, item_id, stage, start_us, end_us, made_at_us)"
    " select '{P}', 'T' || g, 'i' || g, 'annotate', 0, {length}, 1 from generate_series(1, {N}) g union all"
    " select '{P}', 'R' || g, 'i' || g, 'review', 0, {length}, 1"
    " from generate_series({N} * 4 / 10 + 1, {N} * 45 / 100) g",
    "insert into task_plan (project_id, task_id, overlap, priority)"
    " select project_id, id, case stage when 'review' then 1 else 2 end, 0 from task where project_id = '{P}'"
    " and id not like 't-%'",
    "insert into annotation_set"
    " (project_id, id, task_id, author_kind, author_id, round, project_version, head, made_at_us)"
    " select '{P}', set, task, 'person', person, 1, 1, 'e9', 1 from answered",
    "insert into annotation_set"
    " (project_id, id, task_id, author_kind, author_id, round, project_version, made_at_us)"
    " select '{P}', 'M' || g, 'T' || g, 'model', 'model', 1, 1, 1 from generate_series(1, {N} / 2) g",
    "insert into claim (project_id, id, task_id, person_id, set_id, state, made_at_us, changed_at_us)"
    " select '{P}', claim, task, person, set, 'submitted', 1, 1 from answered",
    "insert into slot (project_id, id, task_id, number, shows_suggestions, claim_id, batch_id, rank, stage)"
    " select '{P}', 'S' || g || '-' || k, 'T' || g, k, k = 2, claim, 'b-{P}', 1, 'annotate'"
    " from generate_series(1, {N}) g cross join generate_series(1, 2) k left join answered using (g, k) union all"
    " select '{P}', 'S' || id, id, 1, false, null, 'b-{P}', 1, 'review' from task where stage = 'review'",
    "insert into edit (project_id, set_id, id, author_id, device, device_seq, parents, format, project_version,"
    " elapsed_us, made_at_us, body, received_at_us)"
    " select '{P}', set, 'e' || n, person, 'd', n,"
    " ('[' || coalesce('\"e' || nullif(n - 1, 0) || '\"', '') || ']')::json,"
    " 1, 1, 1, 1, '{{\"verb\": \"look\", \"changes\": []}}', 1"
    " from answered cross join generate_series(1, {EACH}) n order by set",
    "insert into submission (project_id, set_id, number, head, digest, is_late, reason, made_at_us)"
    " select '{P}', set, 1, 'e{EACH}', 'd', false, '', 1 from answered",
    "insert into set_snapshot (project_id, set_id, number, head, body, digest, edits)"
    " select '{P}', set, 1, 'e{EACH}', '{{\"elements\": []}}'::json, 'd', {EACH} from answered union all"
    " select '{P}', 'M' || g, 1, null, '{{\"elements\": []}}'::json, 'd', 0 from generate_series(1, {N} / 2) g",
    "insert into suggestion (project_id, task_id, set_id, body, digest)"
    " select '{P}', 'T' || g, 'M' || g, '{{\"elements\": []}}', 'd' from generate_series(1, {N} / 2) g",
    "insert into view (project_id, set_id, suggestions_from_us) select '{P}', set, 1 from answered where k = 2",
    "insert into comment (project_id, id, set_id, author_id, text, made_at_us)"
    " select '{P}', 'c' || claim, set, person, 'words', 1 from answered where g % 4 = 0",
    "insert into inquiry (project_id, id, item_id, task_id, asked_by, words, state, made_at_us)"
    " select '{P}', 'Q' || g, item, task, person, 'words', case when g % 2 = 0 then 'answered' else 'open' end, 1"
    " from answered where k = 1 and g % 10 = 7",
    "insert into precedent (project_id, id, clause, item_id, source, words, labels, clip, made_at_us)"
    " select '{P}', 'N' || g, '3.2', 'i' || g, 'ruling', 'words', '[]', '{{}}', 1 from generate_series(101, 140) g",
    "insert into told_ruling (project_id, id, item_id, task_id, set_id, person_id, body, made_at_us)"
    " select '{P}', 'r' || claim, item, task, set, person, '{{\"part\": \"content\"}}'::json, 1"
    " from answered where g % 4 = 1",
    "insert into reruling (project_id, task_id, first_set, second_set, state, made_at_us)"
    " select '{P}', 'R' || g, 'A1-1', 'A2-1', case when g % 2 = 0 then 'alike' else 'waiting' end, 1"
    " from generate_series({N} * 4 / 10 + 1, {N} * 45 / 100) g",
    "insert into score (project_id, id, item_id, scope, part, metric, value, n, project_version, code_version,"
    " is_current, made_at_us) select '{P}', 's' || g || scope, 'i' || g, scope, 'content', 'segment-f1', 0.5, 1, 1,"
    " '1', true, 1 from generate_series(1, {N} * 45 / 100) g cross join unnest(array['item', 'part']) scope",
    "insert into tally (project_id, item_id, part, body, made_at_us) select '{P}', 'i' || g, part,"
    " '{{\"score\": 0.5, \"labels\": {{}}, \"said\": [], \"tasks\": []}}'::json, g"
    " from generate_series(1, {N} * 45 / 100) g cross join unnest(array['content', 'policy']) part",
    "insert into tally (project_id, item_id, part, body, made_at_us) select '{P}', 'i' || g, e'\\tmodel',"
    " '{JUDGED}'::json, g"
    " from generate_series(1, {N} * 45 / 100) g",
    "insert into settlement (project_id, id, task_id, set_id, head, settled_by, stands, made_at_us)"
    " select '{P}', 'l' || g, task, set, 'e{EACH}', 'consensus', true, 1 from answered"
    " where k = 1 and g <= {N} * 4 / 10",
    "insert into sampled (project_id, item_id, probability, is_drawn, how, made_at_us)"
    " select '{P}', 'i' || g, 0.1, g % 20 = 0, 'random', 1 from generate_series(1, {N}) g",
    "insert into assignment (project_id, task_id, person_id, is_paused, by_person, made_at_us)"
    " select '{P}', 'T' || g, 'p1', false, 'p1', 1 from generate_series(1, {N}, 20) g",
    "insert into escalation (project_id, id, item_id, reason, culprit, evidence, made_at_us, closed_at_us)"
    " select '{P}', 'x' || g, 'i' || g, 'low agreement', 'content', '{{}}', g,"
    " case when g <= {N} * 4 / 10 then 5 end from generate_series({N} * 3 / 10, {N} * 45 / 100) g",
    "insert into counted (project_id, item_id, said)"
    " select '{P}', 'i' || g, '{{\"items:open\": [1, 0], \"handed in on:0\": [2, 5]}}'::json"
    " from generate_series(1, {N}) g",
    "insert into state_change (project_id, subject, subject_id, before, after, by, made_at_us)"
    " select '{P}', 'claim', claim, null, 'leased', person, 1 from answered union all"
    " select '{P}', 'claim', claim, 'leased', 'submitted', person, 1 from answered",
    "insert into sight (project_id, item_id, person_id)"
    " select '{P}', item, 'p1' from answered where k = 1 and g % 5 = 0",
    "insert into feed (project_id, audience, position, kind, item_id)"
    " select '{P}', person, row_number() over (partition by person) + 1000, 'claim', item from answered union all"
    " select '{P}', who, g + 1000, 'item', 'i' || g from generate_series(1, {N} / 2) g"
    " cross join unnest(array['analysts', 'managers']) who",
    "insert into feed_head (project_id, audience, last) select project_id, audience, max(position) from feed"
    " where position is not null"
    " group by project_id, audience on conflict (project_id, audience) do update set last = excluded.last",
    "insert into person (id, made_at_us) select 'p' || n, 1 from generate_series(0, {PEOPLE} / 5) n",
    "insert into person_name (person_id, name) select 'p' || n, 'Person ' || n from generate_series(0, {PEOPLE} / 5) n",
    "insert into person_skill (person_id, skill, level)"
    " select person_id, 'en', 1 from person_name on conflict do nothing",
    "insert into membership (project_id, person_id, role)"
    " select '{P}', 'p' || n, 'annotator' from generate_series(0, {PEOPLE} / 5) n",
)  # fmt: skip

NAMED = ("ada", "ben", "cleo", "ann", "max")
"""People with logins who have labelled as much as everybody else."""


@contextmanager
def large_team(server: PrivateServer, tasks: int, *, edits_each: int = 10) -> Iterator[Team]:
    """A team whose project has so many tasks, and for each about as many Edits as ``edits_each``.

    Rows are written without looking for those they refer to, and the planner is told what there is.
    """
    with made_team(server) as team:
        values: dict[str, Any] = {
            "P": PROJECT,
            "N": tasks,
            "EACH": edits_each,
            "PEOPLE": PEOPLE,
            "length": LENGTH_US,
            "JUDGED": _JUDGED,
            "named": "array[" + ", ".join(f"'{team.people[name]}'" for name in NAMED) + "]",
        }
        with team.administrator() as db:
            db.execute("set session_replication_role = replica")
            db.execute("set search_path = annodesk")
            db.execute("set maintenance_work_mem = '256MB'")
            db.execute("update project_version set file = %s, guidelines = '# Guidelines'", (FILE,))
            db.execute("update item set duration_us = %s", (LENGTH_US,))
            db.execute("update task set end_us = %s", (LENGTH_US,))
            for statement in (_ANSWERS, *_FILL):
                db.execute(statement.format(**values).encode())
            db.execute("vacuum analyze")
        yield team
