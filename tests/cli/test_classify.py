"""The verb classify: one line out for each line in, in order, whatever the lines hold; and prelabel on a project."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from annodesk.prelabel.check import engine_available
from tests.cli.conftest import Command, Desk

needs_engine = pytest.mark.skipif(not engine_available(), reason="the language-model engine is not installed")
TEXTS = ("I want my money back", "thank you so much", "where is my card", "a naïve café\u2028in two lines", "")


def lines(path: Path, *found: object) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found), encoding="utf-8")
    return path


@needs_engine
def test_each_text_gets_a_label_with_probabilities_in_input_order(tmp_path: Path, command: Command) -> None:
    source = lines(tmp_path / "in.jsonl", *({"text": text} for text in TEXTS))
    done = command("classify", "--labels", "refund, thanks,card", source, "--json")
    assert done.code == 0
    found = [json.loads(line) for line in done.out.splitlines()]
    assert len(found) == len(TEXTS)
    for one in found:
        assert list(one["probabilities"]) == ["refund", "thanks", "card"]
        assert sum(one["probabilities"].values()) == pytest.approx(1)
        assert one["label"] == max(one["probabilities"], key=one["probabilities"].get)
        assert 0 <= one["off_format_mass"] <= 1
    alone = lines(tmp_path / "one.jsonl", {"text": TEXTS[2]})
    again = json.loads(command("classify", "--labels", "refund,thanks,card", alone, "--json").out)
    assert again["label"] == found[2]["label"]
    assert again["probabilities"] == pytest.approx(found[2]["probabilities"], abs=1e-3)


@needs_engine
def test_a_bad_line_gives_an_error_in_its_place_and_exit_one(tmp_path: Path, command: Command) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "a"}\nnot json\n\n{"text": 5}\n["text"]\n{"text": "b"}\r\n' + "[" * 9000 + "\n")
    done = command("classify", "--labels", "x,y", source, "--json")
    found = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1
    assert ["error" in one for one in found] == [False, True, True, True, True, False, True]


@needs_engine
def test_examples_are_read_and_a_bad_one_is_named(tmp_path: Path, command: Command) -> None:
    source = lines(tmp_path / "in.jsonl", {"text": "give it back"})
    shots = lines(
        tmp_path / "shots.jsonl", {"text": "money back", "label": "refund"}, {"text": "ta", "label": "thanks"}
    )
    done = command("classify", "--labels", "refund,thanks", "--examples", shots, source, "--json")
    assert (done.code, len(done.out.splitlines())) == (0, 1)
    lines(shots, {"text": "a", "label": "refund"}, {"label": "thanks"})
    done = command("classify", "--labels", "refund,thanks", "--examples", shots, source, "--json")
    assert (done.code, done.out) == (1, "")
    assert "shots.jsonl, line 2: expected a JSON object with text and label" in done.err


def test_bad_lines_alone_need_no_model(tmp_path: Path, command: Command) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("no\n\nnothing\n")
    done = command("classify", "--labels", "x,y", "--model", tmp_path / "none.gguf", source, "--json")
    assert (done.code, len(done.out.splitlines())) == (1, 3)


def test_an_empty_file_gives_nothing(tmp_path: Path, command: Command) -> None:
    (tmp_path / "in.jsonl").write_text("")
    done = command("classify", "--labels", "x,y", tmp_path / "in.jsonl", "--json")
    assert (done.code, done.out) == (0, "")


def test_texts_may_come_from_standard_input(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"nothing\n")))
    done = command("classify", "--labels", "x,y", "-", "--json")
    assert (done.code, json.loads(done.out)) == (1, {"error": "expected a JSON object with text"})


@pytest.mark.parametrize("given", ["x", "x,", "x,x", ""])
def test_one_label_is_no_choice(tmp_path: Path, command: Command, given: str) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "a"}\n')
    done = command("classify", "--labels", given, tmp_path / "in.jsonl")
    assert (done.code, done.out) == (2, "")


MODELS = {
    "missing": None,
    "empty": b"",
    "text": b"not a model at all\n" * 100,
    "a header alone": b"GGUF\x03\x00\x00\x00",
    "noise behind a header": b"GGUF\x03\x00\x00\x00" + bytes(range(256)) * 50,
}


@pytest.mark.parametrize("content", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("verb", ["classify", "prelabel"])
def test_a_model_that_cannot_be_used_is_one_sentence(
    desk: Desk, tmp_path: Path, command: Command, verb: str, content: bytes | None
) -> None:
    model = tmp_path / "odd.gguf"
    if content is not None:
        model.write_bytes(content)
    source = lines(tmp_path / "in.jsonl", {"text": "a"})
    given = ["--labels", "x,y", source] if verb == "classify" else ["--db", desk.db]
    done = command(verb, *given, "--model", model, "--json")
    assert (done.code, done.out) == (1, "")
    assert 1 <= len(done.err.strip().splitlines()) <= 2
    assert "Traceback" not in done.err
    assert "bug" not in done.err


@needs_engine
def test_a_folder_is_no_model(desk: Desk, tmp_path: Path, command: Command) -> None:
    done = command("prelabel", "--db", desk.db, "--model", tmp_path)
    assert done.code == 1
    assert str(tmp_path.name) in done.err


@needs_engine
def test_prelabel_counts_what_it_did_and_goes_on_where_it_stopped(desk: Desk, command: Command) -> None:
    first = command("prelabel", "--db", desk.db, "--limit", "1", "--json").json
    assert {k: first[k] for k in ("items", "labelled", "left")} == {"items": 1, "labelled": 1, "left": 1}
    assert len(first["model_sha256"]) == 64
    assert first["seconds"] >= 0
    second = command("prelabel", "--db", desk.db, "--json").json
    assert {k: second[k] for k in ("items", "labelled", "left")} == {"items": 1, "labelled": 1, "left": 0}
    third = command("prelabel", "--db", desk.db, "--json").json
    assert {k: third[k] for k in ("items", "labelled", "left")} == {"items": 0, "labelled": 0, "left": 0}


@needs_engine
def test_a_recording_that_cannot_be_read_does_not_use_up_the_limit(desk: Desk, command: Command) -> None:
    (desk.media / "episode-0.wav").unlink()
    done = command("prelabel", "--db", desk.db, "--limit", "1", "--json")
    assert {k: done.json[k] for k in ("items", "labelled", "left")} == {"items": 2, "labelled": 1, "left": 1}
    assert "left out: episode-0" in done.err


@needs_engine
def test_every_suggestion_carries_where_it_comes_from(desk: Desk, command: Command, tmp_path: Path) -> None:
    sha256 = command("prelabel", "--db", desk.db, "--json").json["model_sha256"]
    out = tmp_path / "model.jsonl"
    command("export", "--db", desk.db, "--which", "model", "--format", "native", "-o", out)
    found = [e for line in out.read_text().splitlines() for e in _elements(json.loads(line))]
    assert found
    for element in found:
        suggestion = element["origin"]["suggestion"]
        assert suggestion["model_sha256"] == sha256
        assert suggestion["prompt_version"]
        assert suggestion["seed"] > 0
        assert 0 < suggestion["probability"] <= 1


def _elements(body: object) -> list[dict[str, dict[str, dict[str, float]]]]:
    """Segments anywhere in a JSON body."""
    if isinstance(body, dict):
        inner = [e for value in body.values() for e in _elements(value)]
        return [body, *inner] if body.get("kind") == "segment" else inner
    return [e for one in body for e in _elements(one)] if isinstance(body, list) else []


def test_what_the_model_would_be_asked_is_shown_and_nothing_is_labelled(desk: Desk, command: Command) -> None:
    shown = command("prelabel", "--db", desk.db, "--show-prompt", "episode-0", "--json").json
    assert shown[0]["part"] == "content"
    assert "speech" in shown[0]["prompt"]
    assert shown[0]["answers"] == ["speech", "music", "advert"]
    assert command("status", "--db", desk.db, "--json").code == 0
    wrong = command("prelabel", "--db", desk.db, "--show-prompt", "nothing")
    assert (wrong.code, wrong.out) == (1, "")
    assert "There is no item 'nothing'" in wrong.err


@needs_engine
def test_of_two_thousand_labels_the_nearest_are_asked_about_and_it_says_so(tmp_path: Path, command: Command) -> None:
    labels = [f"{colour} {thing} {k}" for k in range(250) for colour in ("red", "blue") for thing in ("door", "river",
              "violin", "market")]  # fmt: skip
    source = lines(tmp_path / "in.jsonl", {"text": "the blue violin 17 is out of tune"})
    done = command("classify", "--labels", ",".join(labels), source, "--json")
    assert done.code == 0
    (found,) = [json.loads(line) for line in done.out.splitlines()]
    assert "blue violin 17" in found["probabilities"]
    assert sum(found["probabilities"].values()) == pytest.approx(1)
    assert "nearest of 2000 labels" in done.err


@needs_engine
def test_what_is_labelled_is_labelled_again_only_where_it_is_asked_for(desk: Desk, command: Command) -> None:
    first = command("prelabel", "--db", desk.db, "--json").json
    assert first["labelled"] > 0
    assert command("prelabel", "--db", desk.db, "--json").json["labelled"] == 0
    assert command("prelabel", "--db", desk.db, "--anew", "--json").json["labelled"] == first["labelled"]
