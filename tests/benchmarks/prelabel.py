"""How often pre-labels are right where few examples are known, and whether their probabilities can be believed.

Sounds: ESC-10, every clip once, in 8 stratified folds, by at most 6 examples of each label from the other folds. Texts:
three label sets that nothing was trained or tuned on, 4 examples of each label, in several draws. What counts (which
voice, how much) is learnt from these examples alone, each told of by the others. Baselines, from the same examples: the
nearest example's label, and a logistic regression on TF-IDF; of two usual settings the one that does better here.

Limits: a quarter of the sounds wrong; no more texts wrong than by either baseline; a Brier score below that of the
labels' shares; probabilities that are not rejected at 5 %.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import asdict

from annodesk.media.features import describe_file
from annodesk.media.timbre import timbres
from annodesk.prelabel.check import embedded_examples, embedded_kinds, embedded_model, engine_available
from annodesk.prelabel.combine import Combination
from annodesk.prelabel.engine import Engine
from annodesk.prelabel.examples import Place, Shot
from annodesk.prelabel.prompts import SEGMENT_PROMPT, TEXT_PROMPT, Prompt, describe_sound, load_prompt
from annodesk.prelabel.spaces import Space
from annodesk.prelabel.voices import SOUND_NEIGHBOURS, TEXT_NEIGHBOURS, Voices
from annodesk.quality.bootstrap import FloatArray, interval
from annodesk.quality.calibration import reliability
from annodesk.quality.miscalibration import miscalibration
from tests.benchmarks import report
from tests.benchmarks._shots import LabelSet, banking, buses, draw, hotels, stratified

FOLDS, MOST_SHOTS, SECONDS = 8, 6, 5
TEXT_SHOTS, DRAWS, MOST_ASKED, MOST_LEARNT = 4, 3, 150, 80
SEED = 11
WRONG_SOUNDS = 0.25

Ask = Callable[[Combination, Sequence[Place], Sequence[str], Sequence[str]], list[dict[str, float]] | None]


def main() -> None:
    """Measure sounds, then texts; without the language model, the settled places alone."""
    data = Path(os.environ.get("ANNODESK_SHARED", "../shared")) / "data"
    with ExitStack() as stack:
        engine = stack.enter_context(Engine(embedded_model().path)) if engine_available() else None
        _sounds(data, engine)
        reads_texts = "choice" in embedded_kinds()
        for found in (hotels(data), buses(data), banking(data)):
            _texts(found, engine if reads_texts else None)


def _asker(engine: Engine | None, prompt: Prompt, labels: Sequence[str]) -> Ask:
    """Asks the model about places, telling it of each as many of the nearest shots with their labels as it reads."""
    most = embedded_examples()

    def ask(
        combination: Combination, places: Sequence[Place], told: Sequence[str], told_shots: Sequence[str]
    ) -> list[dict[str, float]] | None:
        if engine is None:
            return None
        items = []
        for place, words in zip(places, told, strict=True):
            shown = combination.examples(place, most)
            shots = "".join(f"{prompt.ask(told_shots[n])} {combination.shots[n].labels[0]}\n" for n in shown)
            items.append(shots + prompt.ask(words))
        scores = engine.score(prompt.prefix(labels), items, [f" {label}" for label in labels])
        return [dict(zip(labels, score.probabilities, strict=True)) for score in scores]

    return ask


def _sounds(data: Path, engine: Engine | None) -> None:
    with (data / "audio" / "esc10" / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    paths, answers = [data / "audio" / "esc10" / row["file"] for row in rows], [row["label"] for row in rows]
    whole = [(0, SECONDS * 1_000_000)]
    places = [
        Place(frozenset({f"item:{n}"}), tuple(timbres(path, whole)[0].tolist()), "") for n, path in enumerate(paths)
    ]
    told = [describe_sound(asdict(describe_file(path, *whole[0]))) for path in paths]
    labels = sorted(set(answers))
    number = {label: n for n, label in enumerate(labels)}
    right = np.asarray([number[one] for one in answers])
    ask = _asker(engine, load_prompt(SEGMENT_PROMPT), labels)
    by = {name: np.zeros((len(rows), len(labels))) for name in ("combined", "settled", "model", "neighbours", "even")}
    rng = np.random.default_rng(SEED)
    helped: list[Any] = []
    for fold in stratified(answers, FOLDS, rng):
        known = _at_most(rng.permutation(np.setdiff1d(np.arange(len(rows)), fold)).tolist(), answers, MOST_SHOTS)
        _one_round(by, fold, places, told, known, [answers[n] for n in known], labels, ask, SOUND_NEIGHBOURS, helped)
        shares = np.bincount(right[known], minlength=len(labels)) / len(known)
        by["even"][fold] = shares
    hits = {name: np.where(np.isnan(found[:, 0]), np.nan, found.argmax(axis=1) == right) for name, found in by.items()}
    _tell_hits("wrong labels of sounds (ESC-10)", hits, WRONG_SOUNDS, helped)
    _tell_belief(by["combined"], by["even"], right)


def _at_most(some: Sequence[int], answers: Sequence[str], most: int) -> list[int]:
    kept: list[int] = []
    for n in some:
        if sum(answers[k] == answers[n] for k in kept) < most:
            kept.append(n)
    return kept


def _one_round(
    by: Mapping[str, FloatArray],
    asked: Sequence[int],
    places: Sequence[Place],
    told: Sequence[str],
    known: Sequence[int],
    answers: Sequence[str],
    labels: Sequence[str],
    ask: Ask,
    neighbours: str,
    helped: list[Any],
    described: Mapping[str, str] | None = None,
) -> None:
    """Learn from what is known, and write down what each way says of what is asked."""
    shots = [Shot(places[n], (label,), (label,)) for n, label in zip(known, answers, strict=True)]
    told_shots = [told[n] for n in known]
    combination = Combination(shots, labels, described)
    chosen = list(range(len(shots)))[:: max(1, len(shots) // MOST_LEARNT)][:MOST_LEARNT]
    of_shots = ask(combination, [shots[n].place for n in chosen], [told_shots[n] for n in chosen], told_shots)
    combination.learn(None if of_shots is None else dict(zip(chosen, of_shots, strict=True)))
    targets = [places[n] for n in asked]
    of_targets = ask(combination, targets, [told[n] for n in asked], told_shots)
    by["combined"][asked] = _table(combination.weigh(targets, of_targets), labels)
    if of_targets is not None:
        by["model"][asked] = _table(of_targets, labels)
    else:
        by["model"][asked] = np.nan
    if combination.judged is not None:
        helped.append(combination.judged.helps)
    combination.learn()
    by["settled"][asked] = _table(combination.weigh(targets, None), labels)
    number = {label: n for n, label in enumerate(labels)}
    space = Space([shot.place for shot in shots], {})
    voices = Voices(space, np.asarray([number[label] for label in answers], np.intp), len(labels))
    by["neighbours"][asked] = voices.about(targets)[:, voices.names.index(neighbours)]


def _table(found: Sequence[Mapping[str, float]], labels: Sequence[str]) -> FloatArray:
    return np.asarray([[one[label] for label in labels] for one in found], np.float64)


def _tell_hits(figure: str, hits: Mapping[str, FloatArray], limit: float | None, helped: Sequence[Any]) -> None:
    weights: dict[str, list[float]] = {}
    for helps in helped:
        for one in helps:
            weights.setdefault(one.voice, []).append(one.weight)
    known = {name: some for name, some in hits.items() if name not in ("combined", "even") and np.isfinite(some).all()}
    more = {f"wrong_{name}": _wrong(some) for name, some in known.items()}
    told = {name: round(float(np.mean(some)), 2) for name, some in weights.items()}
    wrong = 1 - float(hits["combined"].mean())
    report(
        figure, wrong, "share", limit=limit, n=len(hits["combined"]), interval=_interval(hits["combined"]),
        **more, weights=told,
    )  # fmt: skip


def _wrong(hits: FloatArray) -> float:
    return round(1 - float(hits.mean()), 4)


def _interval(hits: FloatArray) -> list[float | None]:
    found = interval(np.ones(len(hits)), lambda w: np.asarray(1 - hits @ w / w.sum(axis=0)), np.random.default_rng(1))
    return [None if end is None else round(end, 4) for end in (found.low, found.high)]


def _tell_belief(combined: FloatArray, even: FloatArray, right: Any) -> None:
    """Whether the probabilities of sounds can be believed."""
    truth = np.eye(combined.shape[1])[right]
    brier, of_shares = (float(((found - truth) ** 2).sum(axis=1).mean()) for found in (combined, even))
    report(
        "Brier score of sounds", brier, "squared error over labels", baseline=of_shares,
        baseline_is="labels' shares", limit=1.0,
    )  # fmt: skip
    sure, hit = combined.max(axis=1), (combined.argmax(axis=1) == right).astype(np.float64)
    found = reliability(sure, hit, bins=5, rng=np.random.default_rng(SEED))
    assert found.ece is not None
    assert found.ece_interval is not None
    assert found.brier is not None
    share = float(hit.mean())
    report(
        "calibration error of sounds", found.ece, "5 equal bins",
        interval=[found.ece_interval.low, found.ece_interval.high],
        bins=[[one.n, round(one.probability, 3), round(one.right, 3)] for one in found.bins],
        brier_of_the_best_label=round(found.brier, 4), brier_of_its_share=round(share * (1 - share), 4),
    )  # fmt: skip
    test = miscalibration(sure, hit, np.random.default_rng(SEED))
    assert test.spiegelhalter is not None
    assert test.by_bins is not None
    lowest = min(test.spiegelhalter, test.by_bins)
    report(
        "chance of such probabilities if they are right", lowest, "p", spiegelhalter=round(test.spiegelhalter, 4),
        by_bins=round(test.by_bins, 4), ok=not test.is_rejected(),
    )  # fmt: skip


def _texts(found: LabelSet, engine: Engine | None) -> None:
    rng = np.random.default_rng(SEED)
    places, labels = found.places, found.labels
    ask = _asker(engine, load_prompt(TEXT_PROMPT), labels)
    hits: dict[str, list[float]] = {}
    helped: list[Any] = []
    for _ in range(DRAWS):
        drawn, asked = draw(found, TEXT_SHOTS, MOST_ASKED, rng)
        known, answers = [n for n, _ in drawn], [label for _, label in drawn]
        names = ("combined", "settled", "model", "neighbours")
        by = {name: np.zeros((len(places), len(labels))) for name in names}
        _one_round(
            by, asked, places, found.texts, known, answers, labels, ask, TEXT_NEIGHBOURS, helped, found.described
        )
        for name, table in by.items():
            hits.setdefault(name, []).extend(_fit(table[n], found.right[n], labels) for n in asked)
        texts, queries = [found.texts[n] for n in known], [found.texts[n] for n in asked]
        for strength in (1.0, 10.0):
            table = _regression(texts, answers, queries, labels, strength)
            name = f"regression C={strength:g}"
            hits.setdefault(name, []).extend(
                _fit(row, found.right[n], labels) for row, n in zip(table, asked, strict=True)
            )
    made = {name: np.asarray(some) for name, some in hits.items()}
    _tell_hits(f"wrong labels of texts ({found.name}, {len(labels)} labels)", made, None, helped)
    best = max((name for name in made if name.startswith("regression")), key=lambda name: made[name].mean())
    for name, what in (("neighbours", "the nearest example"), (best, "TF-IDF logistic regression")):
        report(
            f"wrong labels of texts ({found.name}) against {what}", 1 - float(made["combined"].mean()), "share",
            baseline=1 - float(made[name].mean()), baseline_is=what, limit=1.0,
            fewer_wrong=_interval(1 - (made["combined"] - made[name])),
        )  # fmt: skip


def _fit(row: FloatArray, right: frozenset[str], labels: Sequence[str]) -> float:
    return float("nan") if np.isnan(row[0]) else float(labels[int(row.argmax())] in right)


def _regression(
    texts: Sequence[str], answers: Sequence[str], queries: Sequence[str], labels: Sequence[str], strength: float
) -> FloatArray:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors = TfidfVectorizer()
    fitted = LogisticRegression(C=strength, max_iter=1000).fit(vectors.fit_transform(texts), answers)
    found = np.zeros((len(queries), len(labels)))
    found[:, [labels.index(name) for name in fitted.classes_]] = fitted.predict_proba(vectors.transform(queries))
    return found


if __name__ == "__main__":
    main()
