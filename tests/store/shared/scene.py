"""A project in the middle of work, for attackers: who holds what, and the ids an attacker could have got hold of."""

from __future__ import annotations

from msgspec import Struct, field

from tests.team import OTHER, PROJECT, Row, Team, number

SECRET = "nobody else may read this"


class Scene(Struct):
    """Ada has the reference item open beside Ben, who handed it in; she handed in the second beside Cleo.

    The second item is escalated and Ana reviews it; the third is settled. Ann, analyst and annotator, has one open.
    """

    team: Team
    names: dict[str, str] = field(default_factory=dict)

    def fill(self, statement: str) -> str:
        """A statement with the ids of this scene in it."""
        for name, value in self.names.items():
            statement = statement.replace("{" + name + "}", value)
        return statement

    def note(self, who: str, claim: Row | None) -> Row:
        """Remember a claim's ids under a person's name."""
        assert claim is not None
        self.names |= {f"{who}_claim": claim[0], f"{who}_task": claim[1], f"{who}_set": claim[2]}
        return claim


def make_scene(team: Team) -> Scene:
    """Play the scene with real logins."""
    scene = Scene(team)
    scene.names = {
        "P": PROJECT,
        "O": OTHER,
        "reference": f"{PROJECT}-0",
        "second": f"{PROJECT}-1",
        "third": f"{PROJECT}-2",
    }
    scene.names |= team.people
    scene.names |= {f"{name}_login": team.login(name) for name in (*team.people, "work")}
    scene.note("ada", team.claim("ada"))
    ben = scene.note("ben", team.claim("ben"))
    team.submit("ben", ben, SECRET)
    second = scene.note("done", team.claim("ada"))
    team.submit("ada", second, "ada's own")
    cleo = scene.note("cleo", team.claim("cleo"))
    team.submit("cleo", cleo, SECRET)
    third = scene.note("settled", team.claim("cleo"))
    team.submit("cleo", third, SECRET)
    scene.note("ann", team.claim("ann"))
    scene.note("olga", team.claim("olga", project=OTHER))
    with team.connect("work") as db:
        db.execute("select set_config('annodesk.project', %s, false)", (PROJECT,))
        for n in range(3):
            task, made = f"t-{PROJECT}-{n}", f"model-{n}"
            db.execute(
                "insert into annodesk.annotation_set"
                " (id, task_id, author_kind, author_id, round, project_version, made_at_us)"
                " values (%s, %s, 'canary', 'key', 1, 1, 1)",
                (f"canary-{n}", task),
            )
            db.execute(
                "insert into annodesk.set_snapshot (set_id, number, body, digest, edits) values (%s, 1, '{}', 'd', 0)",
                (f"canary-{n}",),
            )
            db.execute(
                "insert into annodesk.annotation_set"
                " (id, task_id, author_kind, author_id, round, project_version, made_at_us)"
                " values (%s, %s, 'model', 'model', 1, 1, 1)",
                (made, task),
            )
            db.execute(
                "insert into annodesk.suggestion (task_id, set_id, body, digest)"
                " values (%s, %s, '{\"secret\": 1}', 'd')",
                (task, made),
            )
        db.execute(
            "insert into annodesk.set_snapshot (set_id, number, body, digest, edits) values (%s, 1, '{}', 'd', 1)",
            (scene.names["ben_set"],),
        )
        db.execute(
            "insert into annodesk.comment (id, set_id, author_id, text, made_at_us) values ('c', %s, %s, %s, 1)",
            (scene.names["ben_set"], scene.names["ben"], SECRET),
        )
        for name, is_final, at in (("cleo", False, None), ("once", False, 5), ("twice", True, None)):
            db.execute(
                "insert into annodesk.told_ruling (id, item_id, task_id, set_id, person_id, body, words, is_final,"
                " made_at_us, disputed_at_us, objection) values (%s, %s, %s, %s, %s, '{}', %s, %s, 1, %s, '')",
                (
                    f"told-{name}",
                    scene.names["third"],
                    scene.names["settled_task"],
                    scene.names["settled_set"],
                    scene.names["cleo"],
                    SECRET,
                    is_final,
                    at,
                ),
            )
        db.execute('insert into annodesk."view" (set_id) values (%s)', (scene.names["cleo_set"],))
        for name in ("work on", "work times", "items"):
            db.execute("insert into annodesk.figure (name, part, n, total) values (%s, 'x', 1, 1)", (name,))
        for scope in ("pair", "reference", "part"):
            db.execute(
                "insert into annodesk.score (id, item_id, task_id, scope, part, metric, value, n, project_version,"
                " code_version, is_current, made_at_us) values (%s, %s, %s, %s, 'p', 'm', 0.5, 1, 1, '1', true, 1)",
                (f"score-{scope}", scene.names["third"], scene.names["settled_task"], scope),
            )
        db.execute(
            "insert into annodesk.reference_item (item_id, is_hidden, made_at_us)"
            " select item_id, true, 1 from annodesk.task where id = %s on conflict do nothing",
            (scene.names["ann_task"],),
        )
        db.execute("update annodesk.item_state set state = 'escalated' where item_id = %s", (scene.names["second"],))
        db.execute("update annodesk.item_state set state = 'settled' where item_id = %s", (scene.names["third"],))
        db.execute(
            "insert into annodesk.task (id, item_id, stage, start_us, end_us, made_at_us)"
            " values ('review', %s, 'review', 0, 9, 1)",
            (scene.names["second"],),
        )
        db.execute(
            "insert into annodesk.slot (id, task_id, number, shows_suggestions, stage, batch_id)"
            " values ('s-review', 'review', 1, false, 'review', %s)",
            (f"b-{PROJECT}",),
        )
        db.execute(
            "insert into annodesk.escalation (id, item_id, reason, culprit, evidence, made_at_us)"
            " values ('e', %s, 'low agreement', '', '{}', 1)",
            (scene.names["second"],),
        )
        db.execute(
            "insert into annodesk.inquiry"
            " (id, item_id, task_id, asked_by, words, answer, answered_by, state, made_at_us)"
            " values ('bens', %s, %s, %s, %s, %s, %s, 'answered', 1)",
            (*(scene.names[n] for n in ("reference", "ben_task", "ben")), SECRET, SECRET, scene.names["ana"]),
        )
        db.execute(
            "insert into annodesk.precedent (id, clause, item_id, source, words, labels, clip, made_by, made_at_us)"
            " values ('pinned', '3.2', %s, 'ruling', %s, '[]', '{}', %s, 1)",
            (scene.names["reference"], SECRET, scene.names["ana"]),
        )
    with team.administrator() as db:
        db.execute("insert into annodesk.person_skill values (%s, 'en', 1)", (scene.names["ben"],))
    scene.note("ana", team.claim("ana", "review"))
    number(team)
    return scene
