"""A real project file for the window's tests: a recording with a text beside it, two annotators, an analyst."""

from __future__ import annotations

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

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
from annodesk.model.ids import new_id
from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.store import journal

SECONDS = 40
PROJECT = """
name = "podcast-policy"
guidelines = "guidelines.md"
languages = ["en"]

[[tier]]
name = "content"
labels = [ { name = "speech", key = "1" }, { name = "music", key = "2" }, { name = "advert", key = "3" },
           { name = "silence", key = "4" }, { name = "noise", key = "5" } ]

[[tier]]
name = "events"
kind = "point"
required = false
labels = ["laugh", "jingle"]

[[question]]
name = "policy"
kind = "multi-label"
labels = ["violence", "medical claims", "none of these"]
not_sure = true

[[question]]
name = "host"
kind = "choice"
required = false
labels = ["one", "several"]

[[question]]
name = "quality"
kind = "rating"
required = false
scale = [1, 5]

[[question]]
name = "remark"
kind = "text"
required = false

[[span]]
name = "entity"
labels = ["artist", "track", "place"]

[workflow]
overlap = {overlap}
overlap_share = 1.0
audit_share = 0.0
rerule_share = 0.0

[prelabel]
show = "{show}"
show_above = 0.90
unaided_share = 0.0
"""
GUIDELINES = """# Guidelines

## 3.1 Speech

Everything said by a person, also over quiet music.

## 3.2 Advert

Host-read messages for a product count as **advert** from the first word about it to the return to the topic.
A thank-you to a patron alone does not.

## 4 Policy

Mark every claim about health as *medical claims*.
"""
TEXT = (
    "... and that is where the second record comes in.\n"
    "So when you hear the strings, that is not the band at all.\n"
    "It was a session orchestra from Lisbon, recorded in one night.\n"
)
SUGGESTED = ((0, 9, "music", 0.99), (9, 20, "speech", 0.97), (20, 27, "advert", 0.71), (27, 36, "speech", 0.97),
             (36, 40, "music", 0.91))  # fmt: skip


class Made(Struct, frozen=True):
    """Where the file is and who works in it."""

    path: Path
    project_id: str
    ann_id: str
    ben_id: str
    analyst_id: str


def make_recording(path: Path, seconds: int = SECONDS, rate_hz: int = 8000, seed: int = 0) -> Path:
    """A recording whose loudness changes where the suggestions do."""
    soundfile.write(path, _recorded(seconds, rate_hz, seed), rate_hz)
    return path


@cache
def _recorded(seconds: int, rate_hz: int, seed: int) -> NDArray[np.float32]:
    t = np.arange(seconds * rate_hz) / rate_hz
    sound = np.zeros_like(t)
    for place, (start, end, label, _) in enumerate(SUGGESTED):
        inside = (t >= start) & (t < min(end, seconds))
        bumps = 0.55 + 0.45 * np.sin(2 * np.pi * (0.5 + place) * t)
        sound += inside * bumps * np.sin(2 * np.pi * (180 + 90 * place) * t) * (0.8 if label != "music" else 0.45)
    noise = np.random.default_rng(seed).normal(0, 0.02, t.size)
    return (sound * 0.8 + noise).astype(np.float32)


def make_file(folder: Path, **options: object) -> Made:
    """An .annodesk file with recordings, offers for two annotators, and the model's sets; see ``_make`` for options.

    Each kind is made once a run and copied from then on.
    """
    if make_recording is not _ORDINARY:  # a test records something of its own
        return _make(folder, **options)  # type: ignore[arg-type]
    name = hashlib.sha256(repr(sorted(options.items())).encode()).hexdigest()[:16]
    kept = Path(os.environ["ANNODESK_CACHE"]).parent / "made" / name
    if kept not in _MADE:
        _MADE[kept] = _make(kept, **options)  # type: ignore[arg-type]
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    return replace(_MADE[kept], path=folder / _MADE[kept].path.name)


_MADE: dict[Path, Made] = {}
_ORDINARY = make_recording


def _make(
    folder: Path,
    *,
    show: str = "before",
    items: int = 2,
    overlap: int = 1,
    with_text: bool = True,
    with_model: bool = True,
    toml: str = PROJECT,
    stem: str = "episode-",
    annotator: str = "Ann",
    microphones: int = 0,
) -> Made:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "project.toml").write_text(
        toml.replace("{show}", show).replace("{overlap}", str(overlap)), encoding="utf-8"
    )
    (folder / "guidelines.md").write_text(GUIDELINES, encoding="utf-8")
    media = folder / "media"
    media.mkdir()
    for number in range(items):
        make_recording(media / f"{stem}{118 + number}.wav", seed=number)
        for further in range(1, microphones + 1):
            name = f"{stem}{118 + number}.mic{further}.wav"
            make_recording(media / name, rate_hz=11_025, seed=100 * further + number)
        if with_text:
            (media / f"{stem}{118 + number}.txt").write_text(TEXT + f"Take {number}.\n", encoding="utf-8")
    path = folder / "work.annodesk"
    services = Services.open(path, create=True)
    try:
        project = services.projects.init(folder / "project.toml")
        ann = services.people.add(project.id, annotator, Role.ANNOTATOR)
        ben = services.people.add(project.id, "Ben", Role.ANNOTATOR)
        analyst = services.people.add(project.id, "Cleo", Role.ANALYST)
        services.items.add(project.id, sorted(media.iterdir()))
        services.coordinator.round(project.id)
        if with_model:
            put_model_sets(services, project.id, ann.id)
    finally:
        services.close()
    return Made(path, project.id, ann.id, ben.id, analyst.id)


def put_model_sets(services: Services, project_id: str, person_id: str) -> None:
    """The model's answers to every task offered to a person."""
    for card in services.tasks.cards(project_id, person_id):
        elements: list[Segment | Answer] = [
            Segment(
                new_id(),
                "content",
                start * 1_000_000,
                end * 1_000_000,
                (label,),
                origin=Origin(OriginKind.MODEL, suggestion=_suggestion(p)),
            )
            for start, end, label, p in SUGGESTED
        ]
        elements.append(
            Answer(
                answer_id("policy"),
                "policy",
                ("none of these",),
                origin=Origin(OriginKind.MODEL, suggestion=_suggestion(0.93)),
            )
        )
        made = AnnotationSet(
            new_id(),
            author=Author(AuthorKind.MODEL, "ab" * 32),
            project_id=project_id,
            task_id=card.task_id,
            elements=elements,
        )
        with services.file.write() as db:
            journal.add_set(db, made, 0)


def _suggestion(probability: float) -> Suggestion:
    return Suggestion(probability, "ab" * 32, "embedded", "1", 7)
