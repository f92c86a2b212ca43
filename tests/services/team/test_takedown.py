"""A takedown beside a worker: snapshots keep the digests that workstations count, and the worker's computer follows."""

from __future__ import annotations

from pathlib import Path

from annodesk import paths
from annodesk.media import cache, peaks
from annodesk.model.annotations import AnnotationSet, Segment, element_to_json
from annodesk.model.edits import add, set_answer, set_text
from annodesk.services.takedown import Standing, TeamTakedowns
from annodesk.store import snapshots
from annodesk.store.checked import to_json
from annodesk.store.private_server import PrivateServer
from tests.services.made import ALIKE, House, segments
from tests.services.team.crew import Crew, bring, made_crew
from tests.team import Row

SECRET = "Gwendolyn said the unsayable"


def hand_in_words(crew: Crew, name: str) -> Row:
    """A task labelled with words in it, and handed in."""
    claim = crew.claim(name)
    assert claim is not None
    made = segments(ALIKE)
    said = Segment(made[0].id, "content", made[0].start_us, made[0].end_us, made[0].labels, text=SECRET)
    empty = AnnotationSet(claim[2])
    more = AnnotationSet(claim[2], elements=[said])
    crew.hand_in(
        name, claim, add(said, *made[1:]), set_text(more, said.id, f"{SECRET} twice"),
        set_answer(empty, "policy", ("none",)),
    )  # fmt: skip
    return claim


def item_of(crew: Crew, claim: Row) -> str:
    return str(crew.value("select item_id from annodesk.task where id = %s", claim[1]))


def take_down(crew: Crew, claim: Row) -> Standing:
    return TeamTakedowns(crew.address("max"), crew.project_id).take_down(item_of(crew, claim))


def on_the_server(crew: Crew) -> list[str]:
    tables = [row[0] for row in crew.admin("select tablename from pg_tables where schemaname = 'annodesk'")]
    said = 'select 1 from annodesk."{0}" t where t::text like %s limit 1'
    return [table for table in tables if crew.admin(said.format(table), f"%{SECRET}%")]


def folded_digest(crew: Crew, claim: Row) -> str:
    """What a set's Edits fold to, as a workstation counts it."""
    with crew.as_worker() as db:
        head = crew.value("select head from annodesk.submission where set_id = %s", claim[2])
        return snapshots._folded(db, claim[2], head)[0].digest()


def test_snapshots_made_before_have_the_digest_of_what_their_edits_fold_to_now(crew: Crew) -> None:
    claims = [hand_in_words(crew, name) for name in ("ada", "ben")]
    crew.round()
    assert {"edit", "set_snapshot"} <= set(on_the_server(crew))
    standing = take_down(crew, claims[0])
    assert on_the_server(crew) == []
    assert [one.person for one in standing.waiting] == ["worker"]
    for claim in claims:
        kept = crew.admin("select n.digest, s.digest from annodesk.set_snapshot n join annodesk.submission s"
                          " using (project_id, set_id, head) where set_id = %s", claim[2])  # fmt: skip
        assert kept == [(folded_digest(crew, claim),) * 2]
    assert crew.value("select count(*) from annodesk.settlement where stands") == 1
    assert len(crew.admin("select * from annodesk.set_fault")) == 0


def test_what_is_handed_in_with_its_words_afterwards_is_folded_without_them(crew: Crew) -> None:
    claim = crew.claim("ada")
    assert claim is not None
    take_down(crew, claim)
    made = segments(ALIKE)
    said = Segment(made[0].id, "content", made[0].start_us, made[0].end_us, made[0].labels, text=SECRET)
    answer = set_answer(AnnotationSet(claim[2]), "policy", ("none",))
    assert crew.hand_in("ada", claim, add(said, *made[1:]), answer) == "late"
    crew.round()
    assert on_the_server(crew) == []
    assert crew.admin("select reason from annodesk.set_fault") == []
    digests = crew.admin("select n.digest, s.digest from annodesk.set_snapshot n join annodesk.submission s"
                         " using (project_id, set_id, head)")  # fmt: skip
    assert digests == [(folded_digest(crew, claim),) * 2]


def test_a_worker_finishes_what_broke_off_and_deletes_its_copies(crew: Crew, local: House) -> None:
    claim = hand_in_words(crew, "ada")
    crew.round()
    item = item_of(crew, claim)
    (known,) = [one for one in local.services.items.every(local.project_id) if one.id == item]
    ((path, _),) = local.services.tasks.media_of(known).values()
    assert isinstance(path, Path)
    peaks.build(path)
    print_ = cache.known_print(path)
    crew.call("max", "select annodesk.take_down(%s, %s)", crew.project_id, item)
    assert "edit" in on_the_server(crew)
    crew.round()
    assert on_the_server(crew) == []
    assert not list((paths.cache_dir() / "media" / "derived").glob(f"{print_}*"))
    assert path.exists()
    (standing,) = TeamTakedowns(crew.address("max"), crew.project_id).standings()
    assert standing.is_done


def test_what_was_taken_down_before_it_was_published_stays_so(postgres: PrivateServer, local: House) -> None:
    gone = local.services.items.every(local.project_id)[0]
    local.services.takedowns.take_down(local.project_id, gone.id, by_person=local.id_of("Ada"))
    with made_crew(postgres) as crew:
        bring(crew, local)
        (standing,) = TeamTakedowns(crew.address("max"), crew.project_id).standings()
        assert (standing.key, standing.is_done) == (gone.key, True)
        given = [crew.claim("ada") for _ in range(3)]
        assert [item_of(crew, one) == gone.id for one in given if one is not None] == [False, False]


def test_published_sets_of_a_model_lose_their_words_too(crew: Crew) -> None:
    claim = hand_in_words(crew, "ada")
    task = claim[1]
    body = to_json({"elements": [element_to_json(Segment("m", "content", 0, 5, text=SECRET))]})
    crew.admin("insert into annodesk.annotation_set (project_id, id, task_id, author_kind, author_id, round,"
               " project_version, made_at_us) values (%s, 'made', %s, 'model', 'm', 1, 1, 1)",
               crew.project_id, task)  # fmt: skip
    for table, key in (("set_snapshot (project_id, set_id, body, digest, number, edits)", "'made'"),
                       ("suggestion (project_id, set_id, body, digest, task_id)", "'made'")):  # fmt: skip
        rest = "1, 0" if "number" in table else f"'{task}'"
        crew.admin(f"insert into annodesk.{table} values (%s, {key}, %s, 'd', {rest})", crew.project_id, body)
    take_down(crew, claim)
    assert on_the_server(crew) == []
    blank = [Segment("m", "content", 0, 5)]
    whole = AnnotationSet("made", elements=blank).digest()
    assert crew.admin("select digest from annodesk.set_snapshot where set_id = 'made'") == [(whole,)]
    assert crew.admin("select digest from annodesk.suggestion") == [(whole,)]
