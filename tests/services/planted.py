"""Real recordings with planted disagreement: what each person does to each, and what must come of it.

The truth is what came with the recordings: who speaks when, and what is to be heard. People are as exact as people
are; where something is planted, exactly that is wrong.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import soundfile
from msgspec import Struct, field
from sqlalchemy import text

from annodesk.model.annotations import (
    AnnotationSet,
    Answer,
    Author,
    AuthorKind,
    Origin,
    OriginKind,
    Segment,
    Suggestion,
    answer_id,
)
from annodesk.model.edits import Draft, add, set_answer
from annodesk.model.ids import new_id
from annodesk.model.work import Reason, Role, Stage
from annodesk.services import Services
from annodesk.store import journal, settled, tasks
from tests.services.made import MODEL, Clock, House

PEOPLE = ("Ada", "Ben", "Dan")
SOUNDS = ("Dog bark", "Rain", "Rooster", "Sea waves", "Helicopter", "talk")
NAMES = ("first", "second", "third", "fourth")

PROJECT = """
name = "sounds"

[[tier]]
name = "turns"
overlap = true
required = false
labels = ["first", "second", {{ name = "third", escalate_below = 0.99 }}, "fourth"]
escalate_below = {turns}

[[question]]
name = "sound"
labels = [{sounds}]

[workflow]
overlap = 2
overlap_share = 1.0
audit_share = 0.0
rerule_share = 0.0
reference_below = 0.9

[prelabel]
show = "never"
unaided_share = 0.0
"""

Turn = tuple[int, int, str]


class Say(Struct, frozen=True):
    """An answer that is handed in, with a flag where there is a reason for one."""

    sound: str
    turns: tuple[Turn, ...] = ()
    flag: str = ""

    def drafts(self, within_us: int) -> list[Draft]:
        """The gestures that make it."""
        drawn = [Segment(new_id(), "turns", start, min(end, within_us), (label,)) for start, end, label in self.turns]
        found = [add(*drawn)] if drawn else []
        return [*found, set_answer(AnnotationSet("empty"), "sound", self.sound)]


class Pass(Struct, frozen=True):
    """A task that is given back with a reason."""

    reason: str


class Planted(Struct):
    """One recording: what the first, second ... person does to it, and why it must be in the queue (or not at all)."""

    file: str
    acts: Sequence[Say | Pass]
    expected: set[tuple[Reason, str]] = field(default_factory=set)
    model: tuple[str, float] | None = None
    reference: str = ""
    is_single: bool = False


def turns_of(rttm: Path, recording: str, rng: random.Random | None = None) -> tuple[Turn, ...]:
    """Who speaks when in a recording of 30 s; with ``rng`` as another person would draw it, a little off."""
    found: list[Turn] = []
    names: dict[str, str] = {}
    for line in rttm.read_text(encoding="utf-8").splitlines():
        _, name, _, start, length, _, _, speaker, *_ = line.split()
        if name == recording:
            label = names.setdefault(speaker, NAMES[len(names) % len(NAMES)])
            start_us, end_us = round(float(start) * 1e6), round((float(start) + float(length)) * 1e6)
            off = min(60_000, (end_us - start_us) // 10) if rng is not None else 0
            moved = [rng.randrange(-off, off + 1) if rng is not None and off else 0 for _ in range(2)]
            found.append((max(0, start_us + moved[0]), end_us + moved[1], label))
    return tuple(found)


def cases(shared: Path) -> dict[str, Planted]:
    """Every kind of disagreement once or more, and beside each what looks like it and is none."""
    audio, rttm = "audio/diarization", shared / "data/annotations/rttm"
    sample, train, dev = (
        shared / "data/audio/diarization/sample.rttm",
        rttm / "debug.train.rttm",
        rttm / "debug.development.rttm",
    )
    rng = random.Random(5)
    one, other = turns_of(sample, "sample"), turns_of(sample, "sample", rng)
    swapped = tuple((s, e, "third" if n == 4 else label) for n, (s, e, label) in enumerate(other))
    dev_one, dev_other = turns_of(dev, "dev00"), turns_of(dev, "dev00", rng)
    (start, end, label), *rest = dev_other
    far = ((start, start + (end - start) // 3, label), *rest)
    trn_one, trn_other = turns_of(train, "trn01"), turns_of(train, "trn01", rng)
    agreed = (Say("talk", one), Say("talk", other))

    def heard(sound: str, *, second: str = "") -> tuple[Say, Say]:
        return Say(sound), Say(second or sound)

    low, none = Reason.LOW_AGREEMENT, set[tuple[Reason, str]]()
    missed = {(Reason.REFERENCE_MISS, "sound")}
    doubted, unsure = {(Reason.MODEL_AGAINST_HUMANS, "sound")}, {(Reason.LOW_CONFIDENCE, "sound")}
    esc = "audio/esc10"
    return {
        "label-swapped": Planted(
            f"{audio}/sample.wav",
            (agreed[0], Say("talk", swapped)),
            {(low, "turns"), (low, "turns: third")},
        ),
        "segment-missing": Planted(
            f"{audio}/trn01.wav", (Say("talk", trn_one), Say("talk", trn_other[1:])), {(low, "turns")}
        ),
        "boundary-far-off": Planted(f"{audio}/dev00.wav", (Say("talk", dev_one), Say("talk", far)), {(low, "turns")}),
        "answered-otherwise": Planted(
            f"{esc}/dog_bark/1-100032-A.ogg", heard("Dog bark", second="Rooster"), {(low, "sound")}
        ),
        "model-sure-of-another": Planted(
            f"{esc}/rooster/1-26806-A.ogg", heard("Rooster"), doubted, model=("Dog bark", 0.97)
        ),
        "model-unsure-of-one": Planted(
            f"{esc}/rooster/1-27724-A.ogg", heard("Rooster"), unsure, model=("Rooster", 0.4), is_single=True
        ),
        "reference-missed": Planted(
            f"{esc}/rooster/1-34119-A.ogg", heard("Rain"), missed, reference="Rooster", is_single=True
        ),
        "flagged": Planted(
            f"{esc}/rooster/1-39923-A.ogg",
            (Say("Rooster", flag="cannot hear it"), Say("Rooster")),
            {(Reason.FLAGGED, "")},
        ),
        "passed-twice": Planted(
            f"{esc}/rooster/1-43382-A.ogg", (Pass("no sound"), Pass("no sound")), {(Reason.SKIPPED, "")}
        ),
        # What is much like it and none of it.
        "exact": Planted(f"{audio}/sample.wav", (agreed[0], agreed[0]), none),
        "hands-differ": Planted(f"{audio}/sample.wav", agreed, none),
        "hands-differ-again": Planted(f"{audio}/dev00.wav", (Say("talk", dev_one), Say("talk", dev_other)), none),
        "model-agrees": Planted(f"{esc}/rooster/1-44831-A.ogg", heard("Rooster"), none, model=("Rooster", 0.99)),
        "model-not-sure-enough": Planted(
            f"{esc}/dog_bark/1-110389-A.ogg", heard("Dog bark"), none, model=("Rooster", 0.85)
        ),
        "model-unsure-of-two": Planted(
            f"{esc}/dog_bark/1-30226-A.ogg", heard("Dog bark"), none, model=("Dog bark", 0.4)
        ),
        "model-sure-of-one": Planted(
            f"{esc}/rooster/2-100786-A.ogg", heard("Rooster"), none, model=("Rooster", 0.95), is_single=True
        ),
        "reference-met": Planted(
            f"{esc}/rooster/2-65750-A.ogg", heard("Rooster"), none, reference="Rooster", is_single=True
        ),
        "passed-once": Planted(
            f"{esc}/dog_bark/1-32318-A.ogg", (Pass("no sound"), Say("Dog bark"), Say("Dog bark")), none
        ),
        "alone-and-clear": Planted(f"{esc}/dog_bark/1-59513-A.ogg", heard("Dog bark"), none, is_single=True),
    }  # fmt: skip


def make_planted(folder: Path, shared: Path, found: dict[str, Planted]) -> House:
    """A project of these recordings, with its model's answers and its reference items."""
    media = folder / "media"
    media.mkdir()
    used: Counter[str] = Counter()
    for key, one in found.items():
        source = shared / "data" / one.file
        if used[one.file]:
            # The same recording a little quieter: the very same file would be one item.
            samples, rate_hz = soundfile.read(source)
            soundfile.write(media / f"{key}{source.suffix}", samples * 0.9 ** used[one.file], rate_hz)
        else:
            shutil.copyfile(source, media / f"{key}{source.suffix}")
        used[one.file] += 1
    project_file = folder / "project.toml"
    sounds = ", ".join(f'"{sound}"' for sound in SOUNDS)
    project_file.write_text(PROJECT.format(turns=0.99, sounds=sounds), encoding="utf-8")
    clock = Clock()
    services = Services.open(folder / "work.annodesk", create=True, clock=clock)
    house = House(services, clock, folder, services.projects.init(project_file).id)
    for name in PEOPLE:
        house.people[name] = services.people.add(house.project_id, name, Role.ANNOTATOR)
    house.people["Cleo"] = services.people.add(house.project_id, "Cleo", Role.ANALYST)
    services.items.add(house.project_id, [media])
    for key, task_id in tasks_by_key(house).items():
        _prepare(house, task_id, found[key])
    house.round()
    return house


def tasks_by_key(house: House) -> dict[str, str]:
    """The task of each recording."""
    with house.services.file.read() as db:
        keys = {item.id: Path(item.key).stem for item in house.services.items.every(house.project_id)}
        return {keys[t.item_id]: t.id for t in tasks.list_tasks(db, house.project_id, Stage.ANNOTATE)}


def _prepare(house: House, task_id: str, one: Planted) -> None:
    with house.services.file.write() as db:
        if one.is_single:
            db.execute(text("DELETE FROM slot WHERE task_id = :task AND number > 1"), {"task": task_id})
            db.execute(text("UPDATE task_plan SET overlap = 1 WHERE task_id = :task"), {"task": task_id})
        if one.model is not None:
            label, probability = one.model
            origin = Origin(OriginKind.MODEL, suggestion=Suggestion(probability, MODEL, "embedded", "1", 7))
            _add_set(house, task_id, db, Author(AuthorKind.MODEL, MODEL), label, origin)
        if one.reference:
            cleo = Author(AuthorKind.ADJUDICATOR, house.id_of("Cleo"))
            set_id = _add_set(house, task_id, db, cleo, one.reference, Origin())
            item_id = tasks.get_task(db, task_id).item_id
            settled.make_reference(db, item_id, set_id, house.id_of("Cleo"), is_hidden=True, now_us=house.clock())


def _add_set(house: House, task_id: str, db, author: Author, sound: str, origin: Origin) -> str:  # type: ignore[no-untyped-def]
    made = AnnotationSet(
        new_id(),
        author=author,
        project_id=house.project_id,
        task_id=task_id,
        elements=[Answer(answer_id("sound"), "sound", sound, origin=origin)],
    )
    journal.add_set(db, made, house.clock())
    return made.id
