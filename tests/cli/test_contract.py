"""The promise to those who script annodesk: names, JSON keys, exit codes, and one document alone on stdout."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from annodesk import __version__
from annodesk.cli.main import VERBS
from annodesk.services import Services
from tests.cli.conftest import Command, Desk
from tests.services.made import ALIKE, OTHER, House, make_recording, write_project


def labels(path: Path, *stretches: tuple[float, float, str]) -> Path:
    """A CSV of one author's segments on the tier of these tests."""
    lines = ["item,tier,start,end,label", *(f"{path.stem},content,{s},{e},{label}" for s, e, label in stretches)]
    path.write_text("\n".join(lines) + "\n")
    return path


def audacity(path: Path, *stretches: tuple[float, float, str]) -> Path:
    path.write_text("".join(f"{s:.6f}\t{e:.6f}\t{label}\n" for s, e, label in stretches))
    return path


def test_init_says_project_and_version(desk: Desk, command: Command) -> None:
    again = command("init", desk.project_file, "--db", desk.db, "--json")
    assert (again.code, again.json) == (0, {"project": "podcast-policy", "version": 1})
    desk.project_file.write_text(desk.project_file.read_text() + "\n# changed\n")
    assert command("init", desk.project_file, "--db", desk.db, "--json").json["version"] == 2


def test_add_counts_items_assets_duplicates_and_what_it_skipped(desk: Desk, command: Command, tmp_path: Path) -> None:
    (desk.media / "odd.wav").write_bytes(b"nothing")
    (desk.media / "note.txt").write_text("hello")
    done = command("add", "--db", desk.db, "--project", "podcast-policy", desk.media, "--json")
    assert done.code == 0
    found = done.json
    assert {k: found[k] for k in ("items", "assets", "duplicates", "skipped")} == {
        "items": 1, "assets": 1, "duplicates": 2, "skipped": 1
    }  # fmt: skip
    assert "odd.wav" in done.err


def test_adding_nothing_that_can_be_labelled_could_not_be_done(desk: Desk, command: Command, tmp_path: Path) -> None:
    done = command("add", "--db", desk.db, tmp_path / "gone.wav", "--json")
    assert (done.code, done.json["items"], done.json["skipped"]) == (1, 0, 1)
    assert "gone.wav: is not there" in done.err


def import_both(desk: Desk, command: Command, tmp_path: Path) -> None:
    for name, middle in (("Ada", "music"), ("Ben", "advert")):
        folder = tmp_path / name
        folder.mkdir()
        path = folder / "episode-0.csv"
        labels(path, (0, 2, "speech"), (2, 5, middle))
        done = command("import", "--db", desk.db, "--author", name, path, "--json")
        assert done.code == 0
        found = done.json
        assert {k: found[k] for k in ("segments", "spans", "answers", "skipped")} == {
            "segments": 2, "spans": 0, "answers": 0, "skipped": 0
        }  # fmt: skip


def test_import_status_and_queue(desk: Desk, command: Command, tmp_path: Path) -> None:
    desk.project_file.write_text(desk.project_file.read_text().replace("not_sure = true", "required = false"))
    assert command("init", desk.project_file, "--db", desk.db).code == 0
    import_both(desk, command, tmp_path)
    (status,) = command("status", "--db", desk.db, "--json").json["projects"]
    assert {k: status[k] for k in ("name", "items", "settled", "done", "escalated")} == {
        "name": "podcast-policy", "items": 2, "settled": 0, "done": 0, "escalated": 1
    }  # fmt: skip
    assert status["people"]["annotator"] == 2
    assert status["agreement"] == pytest.approx(0.5)
    (waiting,) = command("queue", "--db", desk.db, "--json").json
    assert {k: waiting[k] for k in ("item", "reason", "priority")} == {
        "item": "episode-0", "reason": "low agreement", "priority": 1
    }  # fmt: skip
    (offer,) = command("queue", "--db", desk.db, "--user", "Ada", "--json").json
    assert set(offer) == {"task", "item", "reason", "priority"}
    assert offer["item"] == "episode-1"
    done = command("export", "--db", desk.db, "--which", "all", "--format", "csv", "-o", tmp_path / "all.csv", "--json")
    assert done.json["items"] == 1
    assert done.json["files"] == [str(tmp_path / "all.csv")]
    assert isinstance(done.json["losses"], list)
    assert (tmp_path / "all.csv").read_text().count("\n") == 5


def test_export_of_gold_is_empty_before_anything_is_settled(desk: Desk, command: Command, tmp_path: Path) -> None:
    done = command("export", "--db", desk.db, "--format", "native", "-o", tmp_path / "gold.jsonl", "--json")
    assert (done.code, done.json["items"]) == (0, 0)


def test_convert_counts_what_it_read_and_lists_what_is_lost(command: Command, tmp_path: Path) -> None:
    source = audacity(tmp_path / "in.txt", (0, 1.5, "speech"), (1.5, 2, "music"))
    done = command("convert", source, tmp_path / "out.TextGrid", "--json")
    assert done.code == 0
    found = done.json
    assert {k: found[k] for k in ("segments", "spans", "answers", "tiers")} == {
        "segments": 2, "spans": 0, "answers": 0, "tiers": 1
    }  # fmt: skip
    assert isinstance(found["losses"], list)
    assert "skipped" not in found
    lenient = command("convert", source, tmp_path / "out.eaf", "--lenient", "--json").json
    assert lenient["skipped"] == []


def test_formats_lists_the_first_formats(command: Command) -> None:
    found = {f["name"]: f for f in command("formats", "--json").json}
    assert {"native", "textgrid", "elan", "audacity", "csv"} <= set(found)
    for one in found.values():
        assert set(one) >= {"name", "reads", "writes", "extensions"}
        assert one["extensions"][0].startswith(".")


def test_media_probe_names_streams_and_checksum(desk: Desk, command: Command) -> None:
    path = desk.media / "episode-0.wav"
    found = command("media", "probe", path, "--json").json
    assert found["duration_us"] == 5_000_000
    (audio,) = found["audio"]
    assert {k: audio[k] for k in ("rate_hz", "channels", "samples")} == {
        "rate_hz": 2000, "channels": 1, "samples": 10_000
    }  # fmt: skip
    assert found["video"] == []
    assert found["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_media_peaks_come_from_the_cache_the_second_time(desk: Desk, command: Command) -> None:
    path = desk.media / "episode-1.wav"
    first, second = (command("media", "peaks", path, "--json").json for _ in range(2))
    assert (first["from_cache"], second["from_cache"]) == (False, True)
    assert (second["samples"], second["channels"]) == (10_000, 1)


def test_media_segments_are_in_order_and_within_the_recording(desk: Desk, command: Command) -> None:
    found = command("media", "segments", desk.media / "episode-0.wav", "--json").json["segments"]
    assert found
    edges = [edge for s in found for edge in (s["start_us"], s["end_us"])]
    assert edges == sorted(edges)
    assert edges[-1] <= 5_000_000
    assert all(set(s) >= {"start_us", "end_us", "label"} for s in found)


def test_doctor_says_whether_each_part_works(command: Command) -> None:
    done = command("doctor", "--json")
    found = done.json
    assert found["ok"] is (done.code == 0)
    assert all(set(c) >= {"name", "ok", "detail"} for c in found["checks"])
    assert {"database", "sound", "video", "window"} <= {c["name"] for c in found["checks"]}


def test_every_verb_has_a_help_text(command: Command) -> None:
    top = command("--help")
    assert top.code == 0
    for verb in VERBS:
        assert verb in top.out
        done = command(verb, "--help")
        assert done.code == 0
        assert done.out.startswith(f"Usage: annodesk {verb}")


def test_the_version_is_told(command: Command) -> None:
    assert __version__ in command("--version").out


@pytest.mark.parametrize("verb", ["status", "queue", "export"])
def test_reading_works_while_the_file_is_held(house: House, command: Command, tmp_path: Path, verb: str) -> None:
    house.submit("Ada")
    house.submit("Ben")
    house.round()
    more = ["--format", "native", "-o", tmp_path / "gold.jsonl"] if verb == "export" else []
    done = command(verb, "--db", house.services.path, *more, "--json")
    assert (done.code, done.err) == (0, "")
    if verb == "status":
        assert done.json["projects"][0]["settled"] == 1
    if verb == "export":
        assert done.json["items"] == 1


@pytest.mark.parametrize("verb", ["init", "add", "import", "prelabel"])
def test_writing_commands_name_the_holder(house: House, command: Command, tmp_path: Path, verb: str) -> None:
    path = audacity(tmp_path / "episode-0.txt", (0, 1, "speech"))
    more = {"init": [house.folder / "project.toml"], "add": [path], "import": ["--author", "Ada", path], "prelabel": []}
    done = command(verb, "--db", house.services.path, *more[verb])
    assert (done.code, done.out) == (1, "")
    assert f"work.annodesk is in use by annodesk on Linux, process {os.getpid()}" in done.err
    assert len(done.err.strip().splitlines()) == 2


def test_the_database_may_come_from_the_environment_and_as_a_url(
    desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNODESK_DB", str(desk.db))
    assert command("status", "--json").json["projects"][0]["items"] == 2
    monkeypatch.delenv("ANNODESK_DB")
    assert command("status", "--db", f"sqlite:///{desk.db}", "--json").code == 0
    assert command("export", "--db", "postgresql://somewhere/x", "--format", "native", "-o", "x").code == 2
    assert command("status").code == 2


def test_a_process_prints_one_document_and_exits_with_the_code(desk: Desk, process: Command) -> None:
    done = process("status", "--db", desk.db, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["projects"][0]["items"] == 2
    assert process("status", "--db", desk.db, "--nonsense").code == 2
    gone = process("status", "--db", desk.db.parent / "none.annodesk", "--json")
    assert (gone.code, gone.out) == (1, "")


def test_a_reader_that_stops_reading_is_no_error_message(desk: Desk, repo: Path) -> None:
    call = f'"{sys.executable}" -m annodesk formats --json | true'
    done = subprocess.run(["bash", "-c", call], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_a_full_output_is_told_in_one_sentence(desk: Desk) -> None:
    with open("/dev/full", "w") as full:
        call = [sys.executable, "-m", "annodesk", "formats", "--json"]
        done = subprocess.run(call, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == ["annodesk: a file: No space left on device."]


def test_json_stays_json_where_the_terminal_knows_few_characters(process: Command, tmp_path: Path) -> None:
    folder = tmp_path / "città"
    folder.mkdir()
    with wave.open(str(folder / "né.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    (folder / "project.toml").write_text('name = "città"\n[[tier]]\nname = "t"\nlabels = ["à"]\n', encoding="utf-8")
    for encoding in ("ascii", "utf-8"):
        db = folder / f"{encoding}.annodesk"
        done = process("init", folder / "project.toml", "--db", db, "--json", PYTHONIOENCODING=encoding)
        assert (done.code, json.loads(done.out)["project"]) == (0, "città")
        assert process("status", "--db", db, PYTHONIOENCODING=encoding).code == 0


@pytest.mark.log_errors("A bug in")
def test_a_bug_is_told_with_where_to_report_it(desk: Desk, command: Command, monkeypatch) -> None:
    def breaks(*arguments: object, **more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Services, "open", breaks)
    done = command("status", "--db", desk.db)
    assert (done.code, done.out) == (1, "")
    assert "this is a bug in annodesk" in done.err
    assert "Traceback" not in done.err


def test_a_command_works_where_its_log_cannot_be_written(process: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert process("formats", "--json", ANNODESK_DATA=str(tmp_path / "file" / "data")).code == 0


def test_importing_nothing_that_has_a_place_could_not_be_done(desk: Desk, command: Command, tmp_path: Path) -> None:
    path = audacity(tmp_path / "unheard.txt", (0, 1, "speech"))
    done = command("import", "--db", desk.db, "--author", "Ada", path, "--json")
    assert (done.code, done.json["segments"], done.json["skipped"]) == (1, 0, 1)
    assert "no item is called 'unheard'" in done.err


def test_a_model_is_looked_for_from_where_the_command_is_typed(
    desk: Desk, command: Command, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    done = command("prelabel", "--db", desk.db, "--model", "mine.gguf")
    assert (done.code, done.out) == (1, "")
    assert f"The model {elsewhere / 'mine.gguf'} is not there." in done.err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_the_window_without_a_display_is_refused_in_one_sentence(process: Command) -> None:
    done = process(DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0] == "annodesk: There is no display to open the window on."
    assert len(done.err.splitlines()) == 2


def test_the_queue_is_told_in_words_too(house: House, command: Command) -> None:
    house.submit("Ada", ALIKE)
    house.submit("Ben", OTHER)
    house.round()
    done = command("queue", "--db", house.services.path)
    assert "episode-0  (low agreement)" in done.out


def test_why_an_item_is_offered_or_not_is_told_in_words(house: House, command: Command) -> None:
    done = command("queue", "--db", house.services.path, "--item", "episode-0")
    assert done.out.strip() == "episode-0: It is offered to 2 people."
    house.submit("Ada", ALIKE)
    house.submit("Ben", OTHER)
    house.round()
    (told,) = command("queue", "--db", house.services.path, "--item", "episode-0", "--json").json
    assert told["reason"] == "It is in review: an analyst takes it from the queue."
    lost = command("queue", "--db", house.services.path, "--item", "nothing")
    assert (lost.code, "There is no item nothing" in lost.err) == (1, True)


def test_a_folder_with_other_files_says_what_they_are_and_counts_in_words(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    make_recording(folder / "one.wav")
    (folder / "notes.json").write_text("{}", encoding="utf-8")
    db = str(tmp_path / "work.annodesk")
    assert command("init", write_project(tmp_path), "--db", db).code == 0
    added = command("add", "--db", db, folder)
    assert "Added 1 item with 1 file, 1 skipped." in added.out
    assert "notes.json is neither a recording nor a video nor plain text." in added.err
    assert "damaged" not in added.err
    (folder / "words.wav").write_text("not a recording at all", encoding="utf-8")
    told = command("add", "--db", db, folder / "words.wav").err
    assert "words.wav cannot be decoded: it holds no sound or video that can be made out." in told
