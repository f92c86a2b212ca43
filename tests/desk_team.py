"""A scripted team of six on two projects of real recordings: what each says of each clip, and what must come of it.

Ada, Ben, Cid, Dot and Eve label; Ana judges and manages. Cid is careless from the first clip on, Dot after half of her
digits, and Ada and Ben take the sea and rain for each other. Nobody but Ada and Eve knows Portuguese.
"""

from __future__ import annotations

import csv
import random
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from msgspec import Struct, field
from sqlalchemy import Connection

from annodesk.model.annotations import AnnotationSet, Answer, Author, AuthorKind, answer_id
from annodesk.model.edits import set_answer
from annodesk.model.ids import new_id
from annodesk.model.items import Item
from annodesk.model.work import ItemState, Role, SettledBy, Stage
from annodesk.services import Services
from annodesk.store import facts, figures, journal, settled, tasks
from annodesk.store import tables as t
from annodesk.store.figures import Settlement
from tests.services.made import Clock

LABELLERS = ("Ada", "Ben", "Cid", "Dot", "Eve")
CARELESS, DRIFTING = "Cid", "Dot"
SPEAKS_PORTUGUESE = ("Ada", "Eve")
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SOUNDS = (
    "Baby cry", "Chainsaw", "Clock tick", "Dog bark", "Fire crackling", "Helicopter", "Person sneeze", "Rain",
    "Rooster", "Sea waves", "Birds",
)  # fmt: skip
SEA, RAIN = "Sea waves", "Rain"
REFERENCES = {"digits": 30, "sounds": 12}
PORTUGUESE = 3
AT_ONCE = 5
SLIPS, DRIFTED, DRIFTS_AFTER = 0.7, 0.9, 40
"""How often the careless one says something else, and the drifting one after so many digits."""

PROJECT = """
name = "{name}"

[[question]]
name = "{question}"
labels = [{labels}]

[workflow]
overlap = {overlap}
overlap_share = 1.0
audit_share = 0.0
rerule_share = 0.0
reference_share = 0.4
reference_missed_by = 4
reference_missed_share = 0.8
see_others = "never"

[prelabel]
show = "never"
"""


class Desk(Struct):
    """One of the two projects: its question, the truth of each clip, and what was said of it by whom."""

    name: str
    question: str
    labels: tuple[str, ...]
    project_id: str = ""
    truth: dict[str, str] = field(default_factory=dict)
    said: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """What was said of each item, by item and person, in the order in which it was said."""
    references: dict[str, str] = field(default_factory=dict)
    starved: frozenset[str] = frozenset()
    overlap: int = 2
    taken: Counter[str] = field(default_factory=Counter)


class DeskTeam(Struct):
    """The file, its people and both projects."""

    services: Services
    clock: Clock
    people: dict[str, str]
    desks: dict[str, Desk]


def digits_of(shared: Path) -> dict[Path, str]:
    """The spoken digits."""
    folder = shared / "data/audio/fsdd"
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return {folder / row["file"]: DIGITS[int(row["digit"])] for row in csv.DictReader(file)}


def sounds_of(shared: Path) -> dict[Path, str]:
    """Sounds of all kinds, and birds from elsewhere."""
    folder = shared / "data/audio/esc10"
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        found = {folder / row["file"]: row["label"] for row in csv.DictReader(file)}
    return {**found, shared / "data/audio/bio/birds_10s.wav": "Birds"}


def make_team(folder: Path, shared: Path) -> DeskTeam:
    """Both projects with their recordings, references and people, before anybody has begun."""
    clock = Clock()
    services = Services.open(folder / "work.annodesk", create=True, clock=clock)
    team = DeskTeam(services, clock, {}, {})
    for desk, found in (
        (Desk("digits", "digit", DIGITS, overlap=3), digits_of(shared)),
        (Desk("sounds", "sound", SOUNDS), sounds_of(shared)),
    ):
        _make_project(team, folder, desk, found)
    with services.file.write() as db:
        for name in SPEAKS_PORTUGUESE:
            db.execute(t.person_skill.insert().values(person_id=team.people[name], skill="pt", level=1))
    with services.file.write() as db:
        _fix_lots(db, team)
    for desk in team.desks.values():
        services.coordinator.round(desk.project_id)
    return team


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _fix_lots(db: Connection, team: DeskTeam) -> None:
    """Let every lot fall alike whenever this is played: lots are drawn from ids and a secret, all of them random.

    Ids are counted in the order in which they were made, so that what is made from here on comes after them.
    """
    rows = db.exec_driver_sql("select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c"
                              " where m.type = 'table' and c.type in ('TEXT', 'VARCHAR')")  # fmt: skip
    columns = [(str(table), str(column)) for table, column in rows]
    known: set[str] = set()
    for table, column in columns:
        values = db.exec_driver_sql(f'select distinct "{column}" from "{table}"').scalars()
        known |= {value for value in values if isinstance(value, str) and _ID.fullmatch(value)}
    fixed = {old: str(UUID(int=number)) for number, old in enumerate(sorted(known), 1)}
    db.exec_driver_sql("pragma defer_foreign_keys = on")
    db.exec_driver_sql("create temporary table fixed (old text primary key, new text)")
    db.exec_driver_sql("insert into fixed values (?, ?)", list(fixed.items()))
    for table, column in columns:
        new = f'(select new from fixed where old = "{column}")'
        db.exec_driver_sql(f'update "{table}" set "{column}" = {new} where "{column}" in (select old from fixed)')
    db.exec_driver_sql("drop table fixed")
    team.people = {name: fixed[one] for name, one in team.people.items()}
    for desk in team.desks.values():
        desk.project_id = fixed[desk.project_id]
        desk.truth = {fixed[item]: label for item, label in desk.truth.items()}
        desk.references = {fixed[item]: label for item, label in desk.references.items()}
        desk.starved = frozenset(fixed[item] for item in desk.starved)
        facts.note_fact(db, f"lots of {desk.project_id}", desk.name)


def _make_project(team: DeskTeam, folder: Path, desk: Desk, found: Mapping[Path, str]) -> None:
    services = team.services
    media = folder / desk.name
    media.mkdir()
    project_file = folder / f"{desk.name}.toml"
    labels = ", ".join(f'"{label}"' for label in desk.labels)
    text = PROJECT.format(name=desk.name, question=desk.question, labels=labels, overlap=desk.overlap)
    project_file.write_text(text, encoding="utf-8")
    desk.project_id = services.projects.init(project_file).id
    team.desks[desk.name] = desk
    for name in (*LABELLERS, "Ana"):
        roles = (Role.ANALYST, Role.MANAGER) if name == "Ana" else (Role.ANNOTATOR,)
        for role in roles:
            team.people[name] = services.people.add(desk.project_id, name, role).id
    truth = {path.stem: label for path, label in found.items()}
    paths = [shutil.copyfile(path, media / path.name) for path in found]
    rng = random.Random(desk.name)
    rng.shuffle(paths)
    starved = [path for path in paths if truth[path.stem] not in (SEA, RAIN)][
        : PORTUGUESE if desk.name == "sounds" else 0
    ]
    services.items.add(desk.project_id, [path for path in paths if path not in starved])
    if starved:
        metadata = folder / "languages.csv"
        rows = [f"{path.stem},pt" for path in starved]
        metadata.write_text("\n".join(["key,language", *rows]) + "\n", encoding="utf-8")
        made = services.batches.make(desk.project_id, team.people["Ana"], "Portuguese", overlap=3)
        services.items.add(desk.project_id, starved, metadata, batch_id=made.batch.id)
    every = services.items.every(desk.project_id)
    desk.truth = {item.id: truth[Path(item.key).stem] for item in every}
    desk.starved = frozenset(item.id for item in every if item.metadata.get("language") == "pt")
    # A reference on what is planted would find those too who take the sea for rain.
    ordinary = [item for item in every if item.id not in desk.starved and desk.truth[item.id] not in (SEA, RAIN)]
    for item in ordinary[: REFERENCES[desk.name]]:
        _make_reference(team, desk, item)


def _make_reference(team: DeskTeam, desk: Desk, item: Item) -> None:
    """An item as it is once an analyst has settled it and another has confirmed it."""
    with team.services.file.write() as db:
        (task,) = tasks.tasks_of_item(db, item.id, Stage.ANNOTATE)
        answer = AnnotationSet(
            new_id(),
            author=Author(AuthorKind.ADJUDICATOR, team.people["Ana"]),
            project_id=desk.project_id,
            task_id=task.id,
            elements=[Answer(answer_id(desk.question), desk.question, desk.truth[item.id])],
        )
        now = team.clock()
        journal.add_set(db, answer, now)
        figures.settle(db, Settlement(task.id, answer.id, None, SettledBy.ADJUDICATION, now))
        figures.set_item_state(db, item.id, ItemState.SETTLED, team.people["Ana"], now)
        settled.make_reference(db, item.id, answer.id, "somebody else", is_hidden=True, now_us=now)
    desk.references[item.id] = desk.truth[item.id]


def play(team: DeskTeam) -> None:
    """Everybody takes some of what stands first in their list, until nobody has anything but Portuguese left."""
    rng = random.Random(7)
    is_busy, turn = True, list(LABELLERS)
    while is_busy:
        is_busy = False
        for desk in team.desks.values():
            for name in turn:
                is_busy |= _work(team, desk, name, rng)
            team.services.coordinator.round(desk.project_id)
        turn = [*turn[1:], turn[0]]
        team.clock.hours(2)


def _work(team: DeskTeam, desk: Desk, name: str, rng: random.Random) -> bool:
    person, did = team.people[name], False
    cards = team.services.tasks.cards(desk.project_id, person)
    for card in [card for card in cards if card.item_id not in desk.starved][:AT_ONCE]:
        with team.services.file.read() as db:
            free = any(slot.person_id is None for slot in tasks.slots_of(db, card.task_id))
        if not free:
            continue
        work = team.services.tasks.open(desk.project_id, person, card.task_id)
        label = _says(desk, name, card.item_id, rng)
        edit = work.session.stage(set_answer(work.session.annotations, desk.question, label))
        assert edit is not None
        team.services.annotate.record(edit)
        team.services.tasks.submit(work.session.annotations)
        desk.said[card.item_id][name] = label
        desk.taken[name] += 1
        did = True
    return did


def _says(desk: Desk, name: str, item_id: str, rng: random.Random) -> str:
    truth = desk.truth[item_id]
    if truth in (SEA, RAIN) and name in ("Ada", "Ben"):
        return RAIN if truth == SEA else SEA
    has_drifted = name == DRIFTING and desk.name == "digits" and desk.taken[name] >= DRIFTS_AFTER
    slips = SLIPS if name == CARELESS else DRIFTED if has_drifted else 0.0
    if rng.random() >= slips:
        return truth
    return rng.choice([label for label in desk.labels if label not in (truth, SEA, RAIN)])
