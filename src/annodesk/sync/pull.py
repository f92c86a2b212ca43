"""Fetches what the server shows of items: rows and Edits as of one moment, written here in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, element_from_json
from annodesk.model.work import Role
from annodesk.store import facts, journal, mirror, outbox, projects, tasks
from annodesk.store.link import Record
from annodesk.sync import settled
from annodesk.sync.meeting import AMONG, Clock, Team

if TYPE_CHECKING:
    from annodesk.model.branches import Branches
    from annodesk.store.engine import Connection, LocalFile

ITEMS_AT_ONCE = 100
EDITS_AT_ONCE = 1000
CONFLICT = "conflict "
"""Fact about a set: two machines have changed the same thing in it, as far as was last known."""

_SUMS = """
select set_id, count(*) as n, md5(string_agg(id, ' ' order by id collate "C")) as sum
  from annodesk.edit where project_id = %s and set_id = any(%s) group by set_id
"""
_EDITS = """
select set_id, id, device, device_seq, parents, undoes, format, project_version, elapsed_us, made_at_us,
       server_offset_us, body
  from annodesk.edit where project_id = %s and set_id = %s and id = any(%s)
"""


class Puller(Struct):
    """Brings items and sets from the server, and remembers what that changed here."""

    file: LocalFile
    team: Team
    clock: Clock
    pulled: int = 0
    dropped: int = 0
    lost: int = 0
    items: set[str] = field(default_factory=set)
    sets: set[str] = field(default_factory=set)
    branches: dict[str, Branches] = field(default_factory=dict)

    def project(self) -> None:
        """Bring the project's versions and batches, and the people this person may see."""
        team, roles = self.team, self.team.roles
        rows: dict[str, list[Record]] = {}
        with team.link.transaction(one_view=True):
            for table in (*mirror.PROJECT_TABLES, mirror.PINNED, *mirror.PEOPLE_TABLES):
                where = {"project": "id = %s", "person": "true", "person_name": "true", "person_skill": "true"}
                query = mirror.query(table, roles, where.get(table, "project_id = %s"))
                rows[table] = [] if query is None else team.link.ask(query, *[team.project_id] * query.count("%s"))
        with self.file.write() as db:
            mirror.put_project(db, team.project_id, rows)

    def figures(self) -> bool:
        """Bring the team's figures where this person may see them; returns whether they may."""
        query = mirror.query("figure", self.team.roles, "project_id = %s")
        if query is None:
            return False
        rows = self.team.link.ask(query, self.team.project_id)
        with self.file.write() as db:
            mirror.put_figures(db, self.team.project_id, rows)
        return True

    def bring(self, item_ids: Iterable[str], *, notes: Mapping[str, str] | None = None) -> None:
        """Bring these items as the server shows them now; ``notes`` are facts noted with the last of them."""
        asked = sorted(set(item_ids))
        pages = [asked[first : first + ITEMS_AT_ONCE] for first in range(0, len(asked), ITEMS_AT_ONCE)]
        for page in pages[:-1]:
            self._page(page, {})
        if pages or notes:
            self._page(pages[-1] if pages else [], notes or {})

    def look_at(self, set_ids: Iterable[str]) -> None:
        """Make journal and server agree on which Edits these own sets have."""
        asked = sorted(set(set_ids))
        for first in range(0, len(asked), ITEMS_AT_ONCE):
            page = asked[first : first + ITEMS_AT_ONCE]
            with self.team.link.transaction(one_view=True):
                there, edits = self._edits(page)
            with self.file.write() as db:
                self._take(db, there, edits, set())

    def _page(self, asked: list[str], notes: Mapping[str, str]) -> None:
        rows: dict[str, list[Record]] = {}
        there: dict[str, list[str]] = {}
        edits: dict[str, list[Record]] = {}
        if asked:
            with self.team.link.transaction(one_view=True):
                rows = self._rows(asked)
                there, edits = self._edits([row["id"] for row in rows.get("annotation_set", ())])
        with self.file.write() as db:
            if asked:
                leave = outbox.claims_asked_about(db)
                again = self._ask_again(db, rows, leave)
                self._mend_batches(db, rows)
                self.dropped += mirror.put_items(db, rows, asked, self.team.me, leave=leave)
                self._take(db, there, edits, again)
                self._put_snapshots(db, rows.get("set_snapshot", ()))
                settled.note_pulled(db, self.team, asked)
            for name, value in notes.items():
                facts.note_fact(db, name, value)
        self.items.update(asked)
        self.pulled += len(rows.get("item", ()))

    def _rows(self, asked: list[str]) -> dict[str, list[Record]]:
        """What the server shows of these items, by table; what can be asked together goes together."""
        team, rows = self.team, dict[str, list[Record]]()

        def read(*wanted: tuple[Any, ...]) -> None:
            sent: dict[str, tuple[str, tuple[Any, ...]]] = {}
            for table, where, *values in wanted:
                query = mirror.query(table, team.roles, f"project_id = %s and {where}")
                rows[table] = []
                if query is not None:
                    sent[table] = query, (team.project_id, *values)
            rows.update(zip(sent, team.link.ask_all(sent.values()), strict=True))

        read(
            ("item", f"id {AMONG}", asked),
            ("asset", f"item_id {AMONG}", asked),
            *((table, "item_id = any(%s)", asked) for table in mirror.BY_ITEM[2:]),
        )
        found = {row["id"]: row["item_id"] for row in rows["task"]}
        ids = sorted(found)
        by_task = "task_id = any(%s)"
        read(
            ("claim", f"{by_task} and person_id = %s", ids, team.me),
            ("task_plan", by_task, ids),
            ("settlement", by_task, ids),
            ("reruling", by_task, ids),
        )
        # Whole sets of others come for items that this person has opened; of the queue alone, not.
        opened = {found[row["task_id"]] for row in rows["claim"] if row["task_id"] in found}
        whole = sorted(task_id for task_id, item_id in found.items() if item_id in opened)
        is_analyst = Role.ANALYST in team.roles
        read(
            ("annotation_set", f"{by_task} and (author_id = %s or {by_task})", ids, team.me, whole),
            *([("claim", by_task, ids), ("slot", by_task, whole)] if is_analyst else []),
        )
        sets = rows["annotation_set"]
        set_ids = [row["id"] for row in sets]
        if is_analyst:
            known = set(set_ids)
            rows["claim"] = [row for row in rows["claim"] if row["set_id"] is None or row["set_id"] in known]
        read(*((table, f"set_id {AMONG}", set_ids) for table in mirror.BY_SET))
        if rows["inquiry"]:
            # Whose they are is no column that anybody reads.
            (mine,) = team.link.ask("select annodesk.my_inquiries() as ids")
            for row in rows["inquiry"]:
                row["asked_by"] = team.me if row["id"] in mine["ids"] else None
        made = [row["id"] for row in sets if row["author_kind"] in (AuthorKind.MODEL, AuthorKind.CONSENSUS)]
        if made:
            rows["set_snapshot"] = team.link.ask(
                "select distinct on (set_id) set_id, body from annodesk.set_snapshot"
                " where project_id = %s and set_id in (select unnest(%s::text[])) order by set_id, number desc",
                *(team.project_id, made),
            )
        return rows

    def _edits(self, set_ids: list[str]) -> tuple[dict[str, list[str]], dict[str, list[Record]]]:
        """Of the sets whose Edits are not the same here: the ids the server has, and the Edits missing here."""
        if not set_ids:
            return {}, {}
        link, project_id = self.team.link, self.team.project_id
        with self.file.read() as db:
            here = outbox.sums(db, set_ids)
        server = {row["set_id"]: (row["n"], row["sum"]) for row in link.ask(_SUMS, project_id, set_ids)}
        nothing = (0, outbox.sum_of(()))
        other = [one for one in set_ids if server.get(one, nothing) != here[one]]
        there: dict[str, list[str]] = {}
        edits: dict[str, list[Record]] = {}
        for set_id in other:
            rows = link.ask("select id from annodesk.edit where project_id = %s and set_id = %s", project_id, set_id)
            there[set_id] = [row["id"] for row in rows]
            with self.file.read() as db:
                missing = sorted(set(there[set_id]) - outbox.known_ids(db, set_id))
            edits[set_id] = [
                row
                for first in range(0, len(missing), EDITS_AT_ONCE)
                for row in link.ask(_EDITS, project_id, set_id, missing[first : first + EDITS_AT_ONCE])
            ]
        return there, edits

    def _take(
        self, db: Connection, there: Mapping[str, list[str]], edits: Mapping[str, list[Record]], anew: set[str]
    ) -> None:
        for set_id, ids in there.items():
            self.lost += outbox.settle(db, set_id, set(ids))
        for set_id in {*edits, *anew}:
            rows = edits.get(set_id, [])
            if not rows and set_id not in anew:
                continue
            header = journal.header(db, set_id)
            schema = projects.get_version(db, header.project_id, header.project_version).project.schema
            made = [journal.received_edit(SimpleNamespace(**row)) for row in rows]
            history, fresh = journal.receive(db, set_id, made, schema, anew=set_id in anew)
            self.pulled += len(fresh)
            self.sets.add(set_id)
            self.branches[set_id] = history
            note_conflict(db, set_id, history)

    def _ask_again(self, db: Connection, rows: Mapping[str, list[Record]], leave: set[str]) -> set[str]:
        """Hand in again what the server had and has lost; returns sets that another machine has handed in."""
        handed_in: dict[str, int] = {}
        for row in rows.get("submission", ()):
            handed_in[row["set_id"]] = handed_in.get(row["set_id"], 0) + 1
        anew = set()
        for claim in rows.get("claim", ()):
            set_id = claim["set_id"]
            if claim["person_id"] != self.team.me or set_id is None:
                continue
            here, known = tasks.submissions_of(db, set_id), handed_in.get(set_id, 0)
            if known > len(here) and outbox.known_ids(db, set_id):
                anew.add(set_id)
            if claim["id"] in leave:
                continue
            for lost in here[known:]:
                body = {"head": lost.head, "digest": lost.digest, "reason": "sent again" if lost.number > 1 else ""}
                outbox.ask(db, "submit", claim["id"], self.clock(), **body)
                leave.add(claim["id"])
                self.lost += 1
        return anew

    def _mend_batches(self, db: Connection, rows: Mapping[str, list[Record]]) -> None:
        """Items name a batch; one that was made since the project was last looked at is named first."""
        mirror.put_batches(db, self.team.project_id, {row["batch_id"] for row in rows.get("item", ())})

    def _put_snapshots(self, db: Connection, rows: Iterable[Record]) -> None:
        for row in rows:
            header = journal.header(db, row["set_id"])
            journal.put_elements(db, header.with_elements(map(element_from_json, row["body"]["elements"])))

    def suggestions(self) -> None:
        """Fetch what may be shown of the model's answers to the tasks in hand; the server notes that it was seen."""
        if not self.items:
            return
        with self.file.read() as db:
            held = mirror.without_suggestions(db, self.team.project_id, self.team.me)
            about = mirror.items_of_claims(db, [one.claim_id for one in held])
            wanted = [one for one in held if about.get(one.claim_id) in self.items and self._is_to_be_shown(db, one)]
        for claim_id, task_id, *_ in wanted:
            for row in self.team.link.ask(
                "select * from annodesk.read_suggestions(%s, %s)", self.team.project_id, claim_id
            ):
                made = AnnotationSet(
                    row["set_id"],
                    author=Author(AuthorKind.MODEL, str(row["body"].get("author", "model"))),
                    project_id=self.team.project_id,
                    task_id=task_id,
                    elements=[element_from_json(one) for one in row["body"]["elements"]],
                )
                with self.file.write() as db:
                    mirror.put_copy(db, made, self.clock())
                self.sets.add(made.id)

    def _is_to_be_shown(self, db: Connection, one: mirror.Unshown) -> bool:
        """Whether the version that a set is made under shows suggestions now: the server goes by the newest one.

        What is fetched is noted as seen.
        """
        version = projects.get_version(db, self.team.project_id, one.project_version)
        show = version.project.prelabel.show
        return show != "never" and (show != "after-commit" or one.is_compared)


def note_conflict(db: Connection, set_id: str, history: Branches) -> None:
    """Note how many choices wait in a set."""
    open_ones = len(history.alternatives())
    if open_ones:
        facts.note_fact(db, f"{CONFLICT}{set_id}", str(open_ones))
    else:
        facts.forget_facts(db, f"{CONFLICT}{set_id}")


def count_conflicts(file: LocalFile) -> int:
    """How many choices wait; sets in which some did are looked at again, for the person may have chosen since."""
    with file.read() as db:
        known = facts.facts_like(db, CONFLICT)
    count = 0
    for set_id in known:
        with file.read() as db:
            try:
                header = journal.header(db, set_id)
                schema = projects.get_version(db, header.project_id, header.project_version).project.schema
                history = journal.branches_of(db, set_id, schema)
            except AnnodeskError:
                history = None
        if history is not None and history.has_open:
            count += len(history.alternatives())
            continue
        with file.write() as db:
            facts.forget_facts(db, f"{CONFLICT}{set_id}")
    return count
