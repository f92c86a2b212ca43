"""The demo from the command line to its exports: on what is shipped, and on recordings made by others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import av
import pytest
from msgspec import Struct

from annodesk import formats
from annodesk.errors import AnnodeskError
from annodesk.formats.base import Document
from annodesk.model.annotations import Segment
from annodesk.model.work import Role, SlotState
from annodesk.prelabel.check import engine_available
from annodesk.services import Services
from annodesk.services import demo as demos
from annodesk.services.transfer import Which
from annodesk.workflow import routing

KEYS = ("items", "prelabels", "prelabel_accuracy", "submitted", "agreement", "escalated", "settled", "exported")
REAL = (
    "audio/diarization/sample.wav",
    "audio/speech/jfk.wav",
    "audio/speech/bobby_32bit_48khz.wav",
    "audio/speech/doccano_speech_1.mp3",
    "audio/bio/birds_10s.wav",
    "audio/bio/rugr_drum.wav",
    "audio/esc10/dog_bark/1-100032-A.ogg",
    "audio/esc10/rain/1-17367-A.ogg",
    "audio/esc10/helicopter/1-172649-A.ogg",
    "audio/edge/silence_10s.mp3",
    "audio/edge/veryshort.wav",
    "audio/edge/empty_2c.wav",
    "video/big_buck_bunny_0_30.webm",
    "video/testvideo.mp4",
)
needs_engine = pytest.mark.skipif(not engine_available(), reason="the language-model engine is not installed")


class Demo(Struct, frozen=True):
    """A demo that ran to its end: its folder, and what it said."""

    folder: Path
    said: dict[str, Any]
    notes: str

    @property
    def path(self) -> Path:
        return self.folder / "demo.annodesk"

    def documents(self, which: Which) -> dict[str, Document]:
        """What an export holds, by item."""
        with Services.open(self.path, read_only=True) as services:
            found = services.transfer.documents(services.projects.find().id, which)
        return {document.item or "": document for document in found}


def run_demo(folder: Path, *more: str) -> Demo:
    """Run the demo as a process of its own."""
    call = [sys.executable, "-m", "annodesk", "demo", "--headless", "--dir", str(folder), "--json", *more]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(call, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return Demo(folder, json.loads(done.stdout), done.stderr)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The shipped demo."""
    return run_demo(tmp_path_factory.mktemp("shipped") / "demo")


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The same loop on recordings, videos and broken files made by others, reached by links."""
    media = tmp_path_factory.mktemp("real")
    for name in REAL:
        (media / Path(name).name).symlink_to(shared / "data" / name)
    return run_demo(tmp_path_factory.mktemp("own") / "demo", "--media", str(media))


def content(document: Document) -> list[tuple[object, ...]]:
    """What a document says, without ids."""
    found: list[tuple[object, ...]] = [
        (s.tier, s.start_us, s.end_us, s.labels, s.text) for s in sorted(document.segments, key=lambda s: s.start_us)
    ]
    found += sorted((s.type, s.start, s.end, s.labels) for s in document.spans)
    return found + sorted((a.question, str(a.value)) for a in document.answers)


def alike_us(a: list[Segment], b: list[Segment]) -> int:
    """How much time both label with one label."""
    return sum(
        max(0, min(x.end_us, y.end_us) - max(x.start_us, y.start_us)) for x in a for y in b if x.labels == y.labels
    )


@needs_engine
def test_the_whole_loop_runs_on_the_shipped_media(demo: Demo) -> None:
    said = demo.said
    assert set(said) >= {*KEYS, "files", "screenshots"}
    assert said["items"] == 12
    assert said["prelabels"] > 0
    assert said["submitted"] == 2 * said["items"]
    assert 0 < said["agreement"] < 1, "two people differ in places"
    assert 0 < said["escalated"] < said["items"]
    assert said["settled"] == said["exported"] == said["items"]
    assert demo.notes == ""


@needs_engine
def test_the_shipped_model_beats_the_commonest_label_by_twenty_points_on_the_demo(demo: Demo, repo: Path) -> None:
    truth = json.loads((repo / "resources" / "demo" / "truth.json").read_text())
    right = total = 0
    labelled: Counter[str] = Counter()
    models = demo.documents(Which.MODEL)
    for file, known in truth.items():
        if not isinstance(known, dict) or not known.get("segments") or Path(file).stem not in models:
            continue
        segments = [
            Segment(str(n), "content", s["start_us"], s["end_us"], (s["label"],))
            for n, s in enumerate(known["segments"])
        ]
        for segment in segments:
            labelled[segment.label] += segment.end_us - segment.start_us
        total += sum(s.end_us - s.start_us for s in segments)
        right += alike_us(models[Path(file).stem].segments, segments)
    assert len(labelled) == 5
    commonest = labelled.most_common(1)[0][1] / total
    print(f"the model is right in {right / total:.1%} of the time, the commonest label in {commonest:.1%}")
    assert right / total >= commonest + 0.20
    assert demo.said["prelabel_accuracy"] >= commonest + 0.20


@needs_engine
def test_the_pictures_show_something(demo: Demo) -> None:
    assert len(demo.said["screenshots"]) >= 2
    for name in demo.said["screenshots"]:
        with av.open(name) as file:
            picture = next(file.decode(video=0)).to_ndarray(format="rgb24")
        height, width, _ = picture.shape
        assert width >= 1000
        assert height >= 600
        assert len({tuple(p) for p in picture[::40, ::40].reshape(-1, 3).tolist()}) > 5, f"{name} is blank"


@pytest.mark.parametrize("kind", ["native", "csv", "textgrid", "elan"])
@needs_engine
def test_what_was_exported_reads_back_as_what_is_settled(demo: Demo, kind: str) -> None:
    gold = demo.documents(Which.GOLD)
    folder = demo.folder / "export"
    files = [Path(name) for name in demo.said["files"]]
    extension = formats.by_name(kind).extensions[0].lower()
    ours = [f for f in files if f.suffix.lower() == extension and f.is_relative_to(folder)]
    read = [(f, d) for f in ours for d in formats.read(f, kind).documents]
    assert len(read) == len(gold)
    losses = formats.losses(list(gold.values()), kind)
    for file, document in read:
        was = gold[document.item or file.stem]
        if losses:
            edges = [(s.start_us // 1000, s.end_us // 1000) for s in document.segments]
            assert len(edges) == len(was.segments)
        else:
            assert content(document) == content(was)


@needs_engine
def test_what_was_exported_and_imported_by_another_is_settled_the_same(demo: Demo, tmp_path: Path) -> None:
    text = (demo.folder / "project.toml").read_text()
    (tmp_path / "project.toml").write_text(text.replace("overlap = 2", "overlap = 1"))
    (tmp_path / "guidelines.md").write_text((demo.folder / "guidelines.md").read_text())
    with Services.open(tmp_path / "again.annodesk", create=True) as services:
        project = services.projects.init(tmp_path / "project.toml")
        services.people.add(project.id, "Zoe", Role.ANNOTATOR)
        services.items.add(project.id, [demo.folder / "media"])
        taken = services.transfer.import_files(project.id, "Zoe", [demo.folder / "export" / "gold.jsonl"])
        assert taken.skipped == ()
        assert taken.submitted == demo.said["items"]
        services.coordinator.round(project.id)
        again = {d.item: content(d) for d in services.transfer.documents(project.id, Which.ALL)}
    assert again == {item: content(d) for item, d in demo.documents(Which.GOLD).items()}


@needs_engine
def test_a_demo_is_never_put_over_another(demo: Demo) -> None:
    before = demo.path.read_bytes()
    call = [sys.executable, "-m", "annodesk", "demo", "--headless", "--dir", str(demo.folder)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "holds a demo already" in done.stderr
    assert demo.path.read_bytes() == before


@needs_engine
def test_the_summary_is_for_people(tmp_path: Path, demo: Demo) -> None:
    call = [sys.executable, "-m", "annodesk", "status", "--db", str(demo.path)]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    assert f"{demo.said['items']} of {demo.said['items']} items settled" in done.stdout


@needs_engine
def test_the_whole_loop_runs_on_real_recordings(real: Demo) -> None:
    said = real.said
    assert said["items"] == len(REAL) - 1
    assert [next(n for n in ("empty_2c", "testvideo") if n in note) for note in said["notes"]] == [
        "empty_2c",
        "testvideo",
    ], "the file without a sample is left out, the video without sound is not pre-labelled"
    assert said["prelabels"] > 0
    assert said["submitted"] == 2 * said["items"]
    assert said["settled"] == said["exported"] == said["items"]
    assert said["agreement"] is not None
    kinds = {Path(d.media or "").suffix for d in real.documents(Which.GOLD).values()}
    assert {".wav", ".mp3", ".ogg", ".webm", ".mp4"} <= kinds
    assert all(d.segments or d.answers for d in real.documents(Which.GOLD).values())


@needs_engine
def test_real_recordings_are_left_where_they_are(real: Demo, shared: Path) -> None:
    with Services.open(real.path, read_only=True) as services:
        for item in services.items.every(services.projects.find().id):
            assert item.assets[0].location.root, f"{item.key} is not copied"
    assert not (real.folder / "media").exists()


@pytest.mark.parametrize("unaided_place", [0, 1])
def test_a_demo_left_for_a_person_waits_for_their_half_of_the_podcast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unaided_place: int
) -> None:
    monkeypatch.setattr(routing, "draw", lambda *about: unaided_place / 2)
    left = demos.Demo(tmp_path / "demo")
    left.prepare()
    left.leave_work()
    with Services.open(left.path) as services:
        project_id = services.projects.find().id
        ada, ben, cleo = (services.people.find(name).id for name in ("Ada", "Ben", "Cleo"))
        (mine, *others) = services.tasks.cards(project_id, ada)
        assert (mine.title, mine.state, len(others)) == ("podcast", SlotState.LEASED, 2)
        assert mine.share_done == pytest.approx(0.6, abs=0.1)
        assert "podcast" in [card.title for card in services.tasks.my_work(project_id, ben)]
        waiting = {card.title for card in services.review.cards(project_id, cleo)}
        assert waiting
        assert "podcast" not in waiting
    left.annotate()
    with Services.open(left.path) as services:
        assert "podcast" in {card.title for card in services.review.cards(project_id, cleo)}


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    call = [sys.executable, "-m", "annodesk", "demo", "--headless", "--dir", str(tmp_path / "demo"), "--media"]
    for folder, said in (
        (tmp_path / "empty", "holds nothing that can be labelled"),
        (tmp_path / "no", "is not a folder"),
    ):
        done = subprocess.run([*call, str(folder)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr


def test_a_demo_that_was_broken_off_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    folder = tmp_path / "demo"
    with pytest.raises(AnnodeskError, match="holds nothing that can be labelled"):
        demos.Demo(folder, tmp_path / "empty").prepare()
    again = demos.Demo(folder)
    assert again.path.exists()
    assert not again.is_made
    again.prepare()
    again.finish()
    assert again.is_made
    with Services.open(again.path, read_only=True) as services:
        assert len(services.items.every(services.projects.find().id)) == 12
