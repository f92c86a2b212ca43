"""``annodesk evaluate``: what scripts and people are told of models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.services.alone import make_alone, people_answer


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Path]:
    """A project of six settled items: four news and two talk."""
    house = make_alone(tmp_path, items_there=6)
    people_answer(house, *range(4))
    people_answer(house, 4, 5, label="talk")
    house.services.close()
    return house.services.path


def predictions(db: Path, name: str, *labels: str) -> Path:
    path = db.parent / name
    lines = [f"clip-{number:03},{label},0.8" for number, label in enumerate(labels)]
    path.write_text("\n".join(["item,label,probability", *lines]))
    return path


def test_one_model_as_json(db: Path, command: Command) -> None:
    path = predictions(db, "a.csv", *["news"] * 6)
    done = command("evaluate", "--db", db, "--project", "alone", "--predictions", path, "--json")
    assert done.code == 0, done.err
    found = done.json
    assert (found["models"], found["items"]) == (["a.csv"], 6)
    (part,) = found["parts"]
    (model,) = part["models"]
    assert model["exact"]["value"] == pytest.approx(4 / 6)
    assert model["exact"]["low"] < 4 / 6 < model["exact"]["high"]
    assert [one["label"] for one in model["labels"]] == ["news", "talk"]
    assert [(c["truth"], c["said"], c["places"]) for c in model["confusion"]] == [
        ("news", "news", 4),
        ("talk", "news", 2),
    ]
    assert model["calibration"]["ece"]["value"] == pytest.approx(0.8 - 4 / 6)
    assert part["difference"] is None
    json.loads(done.out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_two_models_and_their_difference(db: Path, command: Command) -> None:
    a, b = predictions(db, "a.csv", *["news"] * 6), predictions(db, "b.csv", *["news"] * 4, "talk", "talk")
    found = command("evaluate", "--db", db, "--predictions", a, b, "--json").json
    apart = found["parts"][0]["difference"]
    assert apart["exact"]["value"] == pytest.approx(2 / 6)
    assert (apart["only_first"], apart["only_second"]) == (0, 2)
    assert set(apart["labels"]) == {"news", "talk"}
    said = command("evaluate", "--db", db, "--predictions", a, b).out
    assert "alone: a.csv and b.csv on 6 settled items." in said
    assert "news for talk: 2 places" in said
    assert "right of one alone: 0 items the first, 2 the second" in said


def test_nothing_to_compare_is_one_sentence_and_exit_1(db: Path, command: Command) -> None:
    path = db.parent / "other.csv"
    path.write_text("item,label\nnowhere,news\n")
    done = command("evaluate", "--db", db, "--predictions", path)
    assert (done.code, done.err.splitlines()) == (
        1,
        [
            "annodesk: No item of the project is told of in the file.",
            "Name items as the project does: annodesk export --which gold shows how.",
        ],
    )


def test_three_files_and_none_are_wrong_usage(db: Path, command: Command) -> None:
    path = predictions(db, "a.csv", "news")
    assert command("evaluate", "--db", db).code == 2
    assert command("evaluate", "--db", db, "--predictions", path, path, path).code == 2
