"""The verb model: what is here, fetched with its licence shown, tried, adopted, and run as a canary."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.prelabel.check import embedded_model
from tests.cli.conftest import Command, Desk
from tests.prelabel.hub_site import Hub, serving

NAME = "tiny/labeller-GGUF:Q8_0"
has_hub = pytest.mark.skipif(importlib.util.find_spec("huggingface_hub") is None, reason="extra llm is not installed")
has_engine = pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason="extra llm is not installed")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub with one model, and a data folder of this test alone."""
    monkeypatch.setenv("ANNODESK_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with serving(Hub(files={"labeller-q8_0.gguf": embedded_model().path.read_bytes()})) as hub_site:
        monkeypatch.setenv("HF_ENDPOINT", hub_site.url)
        yield hub_site


def test_the_shipped_model_is_listed(command: Command) -> None:
    done = command("model", "list", "--json")
    assert done.code == 0
    assert done.json[0]["name"] == "embedded"
    assert done.json[0]["licence"] == "Apache-2.0"


def test_a_file_says_what_it_is(command: Command) -> None:
    done = command("model", "show", embedded_model().path, "--json")
    assert (done.code, done.json["architecture"], done.json["chat_template"]) == (0, "llama", False)
    assert "Licence" in command("model", "show", embedded_model().path).out


@has_hub
def test_a_model_is_shown_then_fetched_then_used_and_forgotten(site: Hub, command: Command) -> None:
    shown = command("model", "show", NAME, "--json")
    assert (shown.code, shown.json["licence"], shown.json["here"]) == (0, "apache-2.0", False)
    done = command("model", "fetch", NAME, "--yes", "--json")
    assert done.code == 0
    assert "Licence: apache-2.0" in done.err
    assert Path(done.json["path"]).is_file()
    assert NAME in command("model", "list").out
    assert command("model", "fetch", NAME, "--json").code == 0
    assert command("model", "show", NAME).code == 0
    assert command("model", "forget", NAME).code == 0
    assert NAME not in command("model", "list").out


@has_hub
def test_without_a_terminal_nothing_is_fetched_unasked(site: Hub, command: Command) -> None:
    done = command("model", "fetch", NAME)
    assert done.code == 1
    assert "--yes" in done.err
    assert not any("/resolve/" in path for _, path, _, _ in site.asked)


@has_hub
@has_engine
def test_classify_takes_a_fetched_model_by_its_name(site: Hub, command: Command, tmp_path: Path) -> None:
    assert command("model", "fetch", NAME, "--yes").code == 0
    texts = tmp_path / "texts.jsonl"
    texts.write_text(json.dumps({"text": "rain on a roof"}) + "\n")
    done = command("classify", "--labels", "rain,dog", "--model", NAME, texts, "--json")
    assert done.code == 0
    assert set(json.loads(done.out)["probabilities"]) == {"rain", "dog"}


@pytest.mark.parametrize("name", ["nobody/here-GGUF", "../x", "model.gguf"])
def test_a_model_that_was_not_fetched_is_told_in_one_sentence(desk: Desk, command: Command, name: str) -> None:
    done = command("prelabel", "--db", desk.db, "--model", name)
    assert done.code == 1
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) == 2


@has_engine
def test_a_trial_without_settled_items_says_what_to_do(desk: Desk, command: Command) -> None:
    done = command("model", "trial", "embedded", "--db", desk.db)
    assert done.code == 1
    assert "Label and settle some items first" in done.err


@has_engine
def test_a_canary_is_started_run_and_stopped(desk: Desk, command: Command, tmp_path: Path) -> None:
    from annodesk.model.work import Role
    from annodesk.services import Services

    (tmp_path / "new.gguf").write_bytes(embedded_model().path.read_bytes() + b"\0")
    with Services.open(desk.db) as services:
        services.people.add(services.projects.find().id, "Max", Role.MANAGER)
    assert command("model", "canary", "--db", desk.db, "--json").json == {"canary": None}
    done = command("model", "canary", "--db", desk.db, "--start", tmp_path / "new.gguf", "--share", "1", "--json")
    assert (done.code, done.json["answered"], done.json["is_not_worse"]) == (0, 0, False)
    done = command("prelabel", "--db", desk.db, "--json")
    assert (done.code, done.json["labelled"], done.json["canary"]) == (0, 2, 2)
    refused = command("model", "canary", "--db", desk.db, "--promote")
    assert refused.code == 1
    assert "Not enough to know" in refused.err
    assert command("model", "canary", "--db", desk.db, "--stop").code == 0
    assert command("model", "canary", "--db", desk.db, "--json").json == {"canary": None}


@has_engine
def test_a_model_is_adopted_after_its_trial(desk: Desk, command: Command, tmp_path: Path) -> None:
    from annodesk.model.work import Role
    from annodesk.services import Services

    path = tmp_path / "new.gguf"
    path.write_bytes(embedded_model().path.read_bytes() + b"\0")
    with Services.open(desk.db) as services:
        services.people.add(services.projects.find().id, "Max", Role.MANAGER)
    assert command("model", "adopt", path, "--db", desk.db).code == 1
    done = command("model", "adopt", path, "--db", desk.db, "--yes", "--json")
    assert (done.code, done.json["model"], done.json["version"]) == (0, str(path), 2)
    assert "Nothing is settled yet" in done.err


def test_new_prompts_alone_are_started_from_a_file(desk: Desk, command: Command, tmp_path: Path) -> None:
    from annodesk.model.work import Role
    from annodesk.services import Services

    with Services.open(desk.db) as services:
        services.people.add(services.projects.find().id, "Max", Role.MANAGER)
    own = tmp_path / "own.txt"
    start = ("model", "canary", "--db", desk.db, "--prompt", f"segment={own}", "--json")
    own.write_text("Which of these?\n%%\nSound: {item}\nLabel:")
    assert "is not complete" in command(*start).err
    own.write_text("Which of these? {labels}\n%%\nSound: {item}\nLabel:")
    assert command(*start).json["prompts"] == ["segment"]
    assert command("model", "canary", "--db", desk.db, "--prompt", f"={own}").code == 1
    assert command("model", "canary", "--db", desk.db, "--prompt", "segment").code == 2
