"""The verb agreement gives the values that others have published."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from annodesk.quality.coefficients import METRICS
from tests.cli.conftest import Command


def ratings(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    """A ratings table of (item, annotator, label)."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("item", "annotator", "label"))
        writer.writerows(rows)
    return path


def published(shared: Path, name: str) -> dict[str, float]:
    documents = json.loads((shared / "data/agreement/expected.json").read_text())
    return next(d["expected"] for d in documents if d["data"] == name)


def wikipedia(shared: Path, tmp_path: Path) -> Path:
    with (shared / "data/agreement/krippendorff_wikipedia.csv").open(newline="") as file:
        (_, *units), *coders = list(csv.reader(file))
    rows = [(unit, coder, value) for coder, *values in coders for unit, value in zip(units, values, strict=True)]
    return ratings(tmp_path / "wikipedia.csv", rows)


@pytest.mark.parametrize("metric", ["nominal", "interval"])
def test_krippendorffs_example_gives_its_published_alpha(
    shared: Path, tmp_path: Path, command: Command, metric: str
) -> None:
    found = command("agreement", wikipedia(shared, tmp_path), "--metric", f"alpha-{metric}", "--json").json
    assert set(found) >= {"metric", "value", "items", "annotators", "per_item"}
    assert found["value"] == pytest.approx(published(shared, "krippendorff_wikipedia.csv")[metric], abs=1e-6)
    assert (found["annotators"], "reason" in found) == (3, False)


def test_a_table_is_alpha_nominal_by_default(shared: Path, tmp_path: Path, command: Command) -> None:
    found = command("agreement", wikipedia(shared, tmp_path), "--json").json
    assert (found["metric"], round(found["value"], 6)) == ("alpha-nominal", 0.691358)


def test_items_with_one_rating_do_not_count(shared: Path, tmp_path: Path, command: Command) -> None:
    with (shared / "data/agreement/nltk_dress.csv").open(newline="") as file:
        rows = [(row["item"], row["coder"], row["label"]) for row in csv.DictReader(file)]
    found = command("agreement", ratings(tmp_path / "dress.csv", rows), "--json").json
    assert found["value"] == pytest.approx(published(shared, "nltk_dress.csv")["nominal"], abs=1e-7)


def test_two_coders_agree_as_often_as_published(shared: Path, tmp_path: Path, command: Command) -> None:
    lines = (shared / "data/agreement/artstein_poesio_example.txt").read_text().splitlines()
    rows = [(item, coder, label) for coder, item, label in (line.split("\t") for line in lines if line)]
    found = command("agreement", ratings(tmp_path / "ap.csv", rows), "--metric", "percent", "--json").json
    assert found["value"] == pytest.approx(0.88)
    assert found["items"] == 100


@pytest.mark.parametrize("number", range(5))
def test_onsets_score_as_published(shared: Path, tmp_path: Path, command: Command, number: int) -> None:
    folder = shared / "data/agreement/mir_eval_onset"
    paths = []
    for side in ("ref", "est"):
        lines = (folder / f"{side}{number:02}.txt").read_text().splitlines()
        times = [f"{float(line):.9f}" for line in lines if line.strip() and not line.startswith("#")]
        path = tmp_path / f"{side}.txt"
        path.write_text("".join(f"{t}\t{t}\tx\n" for t in times))
        paths.append(path)
    found = command("agreement", *paths, "--metric", "onset-f1", "--json").json
    wanted = json.loads((folder / f"output{number:02}.json").read_text())["F-measure"]
    assert found["value"] == pytest.approx(wanted, abs=1e-6)


def test_annotation_files_are_scored_by_segments(tmp_path: Path, command: Command) -> None:
    (tmp_path / "a.txt").write_text("0\t10\tspeech\n10\t20\tmusic\n")
    (tmp_path / "b.txt").write_text("0\t9\tspeech\n9\t20\tadvert\n")
    found = command("agreement", tmp_path / "a.txt", tmp_path / "b.txt", "--json").json
    assert {k: found[k] for k in ("metric", "value", "items", "annotators")} == {
        "metric": "segment-f1", "value": 0.5, "items": 1, "annotators": 2
    }  # fmt: skip
    (tmp_path / "c.txt").write_text("0\t10\tspeech\n10\t20\tmusic\n")
    three = command("agreement", *(tmp_path / f"{n}.txt" for n in "abc"), "--json").json
    assert three["value"] == pytest.approx((0.5 + 1 + 0.5) / 3)
    strict = command("agreement", tmp_path / "a.txt", tmp_path / "b.txt", "--iou", "0.95", "--json").json
    assert strict["value"] == 0


def test_boundaries_come_with_their_deviations(tmp_path: Path, command: Command) -> None:
    (tmp_path / "a.txt").write_text("0\t10\tx\n10\t20\ty\n")
    (tmp_path / "b.txt").write_text("0\t10.2\tx\n10.2\t20\ty\n")
    found = command("agreement", tmp_path / "a.txt", tmp_path / "b.txt", "--metric", "boundary", "--json").json
    assert found["value"] == 1.0
    assert found["deviation_median_ms"] is not None
    tight = command(
        "agreement", tmp_path / "a.txt", tmp_path / "b.txt", "--metric", "boundary", "--window", "0.1", "--json"
    ).json
    assert tight["value"] < 1


def test_an_undefined_value_is_null_with_its_reason(tmp_path: Path, command: Command) -> None:
    done = command("agreement", ratings(tmp_path / "one.csv", [("i1", "a", "x"), ("i2", "a", "y")]), "--json")
    assert (done.code, done.json["value"]) == (0, None)
    assert done.json["reason"]


@pytest.mark.parametrize("metric", ["segment-f1", "boundary", "onset-f1", "gamma"])
def test_one_annotator_agrees_with_nobody(tmp_path: Path, command: Command, metric: str) -> None:
    (tmp_path / "a.txt").write_text("0\t10\tspeech\n")
    done = command("agreement", tmp_path / "a.txt", "--metric", metric, "--json")
    assert (done.code, done.json["value"], done.json["annotators"], done.json["items"]) == (0, None, 1, 1)
    assert "nobody to agree with" in done.json["reason"]
    assert "not defined, because a.txt holds" in command("agreement", tmp_path / "a.txt", "--metric", metric).out


def pygamma_files(shared: Path, tmp_path: Path, name: str) -> list[Path]:
    """pygamma-agreement's data as one label track for each annotator."""
    tracks: dict[str, list[str]] = {}
    with (shared / "data/agreement/gamma" / name).open(newline="") as file:
        for annotator, label, start, end in csv.reader(file):
            tracks.setdefault(annotator, []).append(f"{start}\t{end}\t{label}\n")
    paths = [tmp_path / f"{annotator}.txt" for annotator in tracks]
    for path, lines in zip(paths, tracks.values(), strict=True):
        path.write_text("".join(lines))
    return paths


def test_gamma_of_annotation_files_is_within_the_published_range(
    shared: Path, tmp_path: Path, command: Command
) -> None:
    paths = pygamma_files(shared, tmp_path, "3by100.csv")
    found = command("agreement", *paths, "--metric", "gamma", "--json").json
    assert set(found) >= {"metric", "value", "items", "annotators", "per_item"}
    assert 0.79 <= found["value"] <= 0.81
    low, high = found["interval"]
    assert low < found["value"] < high
    assert (found["annotators"], found["items"], "reason" in found) == (3, 1, False)
    assert command("agreement", *paths, "--metric", "gamma", "--json").json == found


def test_gamma_of_files_without_labels_is_undefined(tmp_path: Path, command: Command) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("tier,start,end,label\n")
    done = command("agreement", tmp_path / "a.csv", tmp_path / "b.csv", "--metric", "gamma", "--json")
    assert (done.code, done.json["value"]) == (0, None)
    assert "nothing to align" in done.json["reason"]
    for metric in ("segment-f1", "boundary", "onset-f1"):
        assert (
            command("agreement", tmp_path / "a.csv", tmp_path / "b.csv", "--metric", metric, "--json").json["value"]
            == 1
        )


def test_one_table_of_several_annotators_and_items_is_compared(tmp_path: Path, command: Command) -> None:
    rows = [
        "item,annotator,tier,start,end,label",
        "one,ann,content,0,10,speech", "one,bob,content,0,10,speech",
        "two,ann,content,0,10,speech", "two,bob,content,0,10,music", "two,bob,tone,1,2,soft",
    ]  # fmt: skip
    (tmp_path / "all.csv").write_text("\n".join(rows))
    found = command("agreement", tmp_path / "all.csv", "--metric", "segment-f1", "--json").json
    assert (found["items"], found["annotators"], found["per_item"]) == (2, 2, {"one": 1.0, "two": 0.0})
    assert found["value"] == 0.5
    content = found["per_tier"]["content"]
    assert (content["f1"], content["per_label"]["speech"]["recall"]) == (0.5, 0.5)
    assert found["per_tier"]["tone"]["recall"] is None
    gamma = command("agreement", tmp_path / "all.csv", "--metric", "gamma", "--json").json
    assert gamma["per_item"].keys() == {"one", "two"}
    (tmp_path / "all.csv").write_text("\n".join([*rows, "three,bob,content,0,10,speech"]))
    third = command("agreement", tmp_path / "all.csv", "--metric", "segment-f1", "--json").json
    assert (third["per_item"]["three"], third["value"]) == (None, 0.5)
    again = command("agreement", tmp_path / "all.csv", "--metric", "gamma", "--json").json
    assert (again["per_item"]["three"], again["value"]) == (None, gamma["value"])
    (tmp_path / "apart.csv").write_text("\n".join([rows[0], rows[1], "three,bob,content,0,10,speech"]))
    for metric in ("segment-f1", "boundary", "onset-f1", "gamma"):
        apart = command("agreement", tmp_path / "apart.csv", "--metric", metric, "--json")
        assert (apart.code, apart.json["value"], apart.json["items"]) == (0, None, 2)
        assert "two annotators" in apart.json["reason"]
    (tmp_path / "all.csv").write_text("\n".join(rows))
    # Without a metric the table is one of ratings, and each may rate an item once.
    assert command("agreement", tmp_path / "all.csv").code == 1


def test_segments_come_with_every_measure_for_each_tier_and_label(tmp_path: Path, command: Command) -> None:
    (tmp_path / "a.txt").write_text("0\t10\tspeech\n10\t20\tmusic\n")
    (tmp_path / "b.txt").write_text("0\t9.9\tspeech\n9.9\t20\tmusic\n")
    found = command("agreement", tmp_path / "a.txt", tmp_path / "b.txt", "--json").json
    assert found["mean_iou"] == pytest.approx((0.99 + 10 / 10.1) / 2)
    assert (found["precision"], found["recall"], found["deviation_p95_ms"]) == (1, 1, pytest.approx(90))
    (tier,) = found["per_tier"].values()
    assert tier["kappa"] == pytest.approx(0.99, abs=0.001)
    assert tier["per_label"]["speech"]["boundary_f1"] == 1
    said = command("agreement", tmp_path / "a.txt", tmp_path / "b.txt").out
    assert "overlap 0.99" in said
    assert "kappa 0.99" in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["a.txt", "b.txt", "--metric", "cohen-kappa"], 1, "needs one CSV"),
        (["r.csv", "--metric", "segment-f1"], 1, "needs annotation files"),
        (["r.csv", "--metric", "magic"], 1, "no agreement metric 'magic'"),
        (["r.csv", "--metric", "gamma"], 1, "gamma needs annotation files"),
        (["none.csv"], 1, "none.csv"),
        ([], 2, "Missing argument"),
        (["a.txt", "b.txt", "--iou", "0"], 2, "--iou"),
        (["a.txt", "b.txt", "--iou", "nan"], 2, "nan"),
        (["a.txt", "b.txt", "--window", "nan"], 2, "nan"),
        (["a.txt", "b.txt", "--window", "1e300"], 2, "--window"),
        (["a.txt", "b.txt", "--window", "-1"], 2, "--window"),
    ],
)
def test_what_cannot_be_scored_says_why(
    tmp_path: Path, command: Command, arguments: list[str], code: int, said: str
) -> None:
    (tmp_path / "a.txt").write_text("0\t10\tspeech\n")
    (tmp_path / "b.txt").write_text("0\t10\tspeech\n")
    ratings(tmp_path / "r.csv", [("i", "a", "x"), ("i", "b", "x")])
    given = [str(tmp_path / a) if a.endswith((".txt", ".csv")) else a for a in arguments]
    done = command("agreement", *given)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_a_coefficient_comes_with_its_interval_its_items_and_the_spread_of_labels(
    shared: Path, tmp_path: Path, command: Command
) -> None:
    path = wikipedia(shared, tmp_path)
    found = command("agreement", path, "--json").json
    low, high = found["interval"]
    assert low < found["value"] < high
    assert found == command("agreement", path, "--json").json
    assert found["n"] == 12
    assert sum(found["prevalence"].values()) == pytest.approx(1)
    said = command("agreement", path).out.splitlines()
    assert said[0] == "alpha-nominal: 0.6914 (3 annotators, 15 items)"
    assert said[1] == f"  95 % interval: {low:.4f} to {high:.4f}"
    assert said[2] == "  12 items have two ratings or more"
    assert said[3].startswith("  share of all ratings: 3 ")


def test_a_table_without_a_value_or_an_interval_says_why(tmp_path: Path, command: Command) -> None:
    alone = command("agreement", ratings(tmp_path / "one.csv", [("i1", "a", "x"), ("i2", "a", "y")]))
    assert "alpha-nominal: not defined, because no item has ratings by two people." in alone.out
    two = ratings(tmp_path / "two.csv", [("i1", "a", "x"), ("i1", "b", "x"), ("i2", "a", "y"), ("i2", "b", "x")])
    assert "no interval, because an interval needs 3 items or more; here: 2." in command("agreement", two).out
    assert command("agreement", two, "--json").json["interval"] is None


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("rows", [[], [("i", "a", "")], [("i", "a", "nan"), ("i", "b", "nan")]], ids=str)
def test_a_poor_table_never_shows_nan(
    tmp_path: Path, command: Command, metric: str, rows: list[tuple[str, str, str]]
) -> None:
    path = ratings(tmp_path / "poor.csv", rows)
    done = command("agreement", path, "--metric", metric, "--json")
    assert done.code == 0
    assert "NaN" not in done.out
    assert (done.json["value"] is None) == ("reason" in done.json)
