"""What comes into sight is fetched, what goes out of it is dropped, and own work is neither hidden nor lost."""

from __future__ import annotations

from collections.abc import Callable

from psycopg.types.json import Json

from annodesk.model.work import SlotState
from annodesk.services import decisions
from annodesk.services.review import ReviewWork
from annodesk.store import journal
from tests.sync.computers import Computer, admin, show_suggestions
from tests.sync.test_others import work
from tests.team import PROJECT, Team

Make = Callable[..., Computer]


def escalate(team: Team, item: str) -> None:
    """Put an item into the review queue, as the coordinator does."""
    with team.connect("work") as db:
        db.execute("set annodesk.project = 'project-one'")
        db.execute("update annodesk.item_state set state = 'escalated' where item_id = %s", (item,))
        db.execute(
            "insert into annodesk.escalation (id, item_id, reason, culprit, evidence, made_at_us)"
            " values (%s, %s, 'low agreement', 'content', %s, 1)",
            (f"e-{item}", item, Json({})),
        )
        db.execute(
            "insert into annodesk.task (id, item_id, stage, start_us, end_us, made_at_us)"
            " values (%s, %s, 'review', 0, 60000000, 1)",
            (f"r-{item}", item),
        )
        db.execute("insert into annodesk.task_plan (task_id, overlap, priority) values (%s, 1, 0)", (f"r-{item}",))
        db.execute(
            "insert into annodesk.slot (id, task_id, number, shows_suggestions, stage, batch_id, rank)"
            " values (%s, %s, 1, true, 'review', %s, 0)",
            (f"s-{item}", f"r-{item}", f"b-{PROJECT}"),
        )
    admin(team, "select annodesk.tell(%s, 'analysts', 'item', %s)", PROJECT, item)


def handed_in_by_two(team: Team, desk: Make) -> tuple[str, Computer, Computer]:
    ada, ben = desk("ada"), desk("ben")
    task = ada.take()
    assert ben.take() == task
    for person in (ada, ben):
        person.finish(task)
        person.sync()
    return task, ada, ben


def rule(ana: Computer, item: str) -> ReviewWork:
    """Take the first one's side everywhere, and settle."""
    work = ana.services.review.open(PROJECT, ana.me, f"r-{item}")
    for one in work.disagreements:
        edit = work.session.stage(decisions.take(work, one, "A"))
        assert edit is not None
        ana.services.annotate.record(edit)
    ana.services.review.settle(work.session.annotations)
    return work


def test_what_an_analyst_settled_is_shown_to_those_who_labelled_it_as_what_stands(team: Team, desk: Make) -> None:
    ana = desk("ana")
    task, ada, ben = handed_in_by_two(team, desk)
    item = task.removeprefix("t-")
    escalate(team, item)
    ana.sync()
    ana.services.sync.ask_for_task("review")
    ana.sync()
    ruled = rule(ana, item).session.annotations
    assert ana.sync().result.refused == []
    work(team)
    for one in (ada, ben):
        one.sync()
        *people, standing = one.open(task).others
        assert [lane.title in "AB" for lane in people] == [True]
        assert (standing.title, standing.annotations.digest()) == ("what stands", ruled.digest())
        assert standing.annotations.author.id != ana.me


def test_an_analyst_gets_the_sets_of_what_they_open_however_old(team: Team, desk: Make) -> None:
    ana = desk("ana")
    ana.sync()
    task, ada, ben = handed_in_by_two(team, desk)
    for _ in range(2):
        ana.sync()
    item = task.removeprefix("t-")
    escalate(team, item)
    ana.sync()
    assert (ana.count("escalation"), ana.count("annotation_set")) == (1, 0), "the queue alone"
    ana.services.sync.ask_for_task("review")
    ana.sync()
    with ana.services.file.read() as db:
        seen = {s.author.id: s.digest() for s in journal.sets_of_task(db, task)}
    assert seen == {ada.me: ada.stored(task).digest(), ben.me: ben.stored(task).digest()}
    assert ana.states() == {f"r-{item}": SlotState.LEASED}
    work = rule(ana, item)
    assert ana.sync().result.refused == []
    rows = admin(team, "select digest from annodesk.submission where set_id = %s", work.session.annotations.id)
    assert rows == [(work.session.annotations.digest(),)]


def test_what_a_person_may_not_see_any_more_goes_and_own_work_stays(team: Team, desk: Make) -> None:
    ann = desk("ann")
    own = ann.take()
    ann.label(own)
    ann.sync()
    escalate(team, f"{PROJECT}-2")
    ann.sync()
    assert ann.count("escalation") == 1
    admin(team, "delete from annodesk.membership where person_id = %s and role = 'analyst'", ann.me)
    ann.sync()
    assert (ann.count("escalation"), ann.count("item")) == (0, 1)
    assert len(ann.stored(own)) == 1


def test_what_a_person_labels_themselves_is_closed_to_them_as_an_analyst(team: Team, desk: Make) -> None:
    ann = desk("ann")
    escalate(team, f"{PROJECT}-0")
    ann.sync()
    assert ann.count("escalation") == 1
    admin(team, "update annodesk.item_state set state = 'reopened'")
    held = ann.take()
    assert held == f"t-{PROJECT}-0"
    assert ann.count("escalation") == 0, "what they label is closed to them"


def test_a_new_version_of_the_project_arrives(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.take()
    file = admin(team, "select file from annodesk.project_version where project_id = %s", PROJECT)[0][0]
    team.call(
        "max",
        "select annodesk.add_version(%s, %s, '# New', '{}', 'model', null, 'settled', 'never', 24, 7)",
        PROJECT,
        file + "\n# changed\n",
    )
    ada.sync()
    assert ada.services.projects.get(PROJECT).version == 2


def test_suggestions_come_with_the_task_and_the_server_knows_they_were_handed_out(team: Team, desk: Make) -> None:
    segment = {
        "kind": "segment", "id": "s1", "tier": "content", "start_us": 0, "end_us": 1000, "labels": ["speech"]
    }  # fmt: skip
    show_suggestions(team, "before")
    for n in range(3):
        admin(
            team,
            "insert into annodesk.suggestion (project_id, task_id, set_id, body, digest, made_at_us)"
            " values (%s, %s, %s, %s, 'd', 1)",
            *(PROJECT, f"t-{PROJECT}-{n}", f"m{n}", Json({"author": "ab", "elements": [segment]})),
        )
    ada = desk("ada")
    task = ada.take()
    with ada.services.file.read() as db:
        (model,) = (s for s in journal.sets_of_task(db, task) if s.author.id == "ab")
    assert len(model) == 1
    assert admin(team, "select suggestions_from_us is not null from annodesk.view") == [(True,)]
    ada.sync()
    assert ada.count("annotation_set") == 2
