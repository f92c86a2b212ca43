"""Label sets for measuring pre-labels: what the shared data says, and few shots of each label drawn from it."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct, field

from annodesk.prelabel.examples import Place, key_of_words

RARE = 8
"""Labels that occur less often are left out: too few would be left to ask about."""


class LabelSet(Struct, frozen=True):
    """Texts with the labels that fit each, and words about the labels where the data has any."""

    name: str
    texts: tuple[str, ...]
    right: tuple[frozenset[str], ...]
    labels: tuple[str, ...]
    described: dict[str, str] = field(default_factory=dict)

    @property
    def places(self) -> list[Place]:
        """The texts as places, those that say the same being kin."""
        return [Place(frozenset({f"item:{n}", key_of_words(t)} - {""}), None, t) for n, t in enumerate(self.texts)]


def banking(data: Path) -> LabelSet:
    """Questions to a bank, 77 intents."""
    with (data / "text" / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        return _label_set("banking77", [(row["text"], {row["category"]}) for row in csv.DictReader(file)])


def hotels(data: Path) -> LabelSet:
    """What guests of hotels say; several intents may fit, and to give one of them is right."""
    paths = sorted((data / "text" / "nlupp").glob("hotels_*.json"))
    said = [one for path in paths for one in json.loads(path.read_text(encoding="utf-8"))]
    intents = json.loads((data / "text" / "nlupp" / "ontology.json").read_text(encoding="utf-8"))["intents"]
    described = {name: str(about.get("description", "")) for name, about in intents.items()}
    return _label_set("nlupp hotels", [(one["text"], set(one.get("intents", ()))) for one in said], described)


def buses(data: Path) -> LabelSet:
    """What travellers say, by what they name; several may fit, and to give one of them is right."""
    said = json.loads((data / "text" / "dstc8" / "Buses_1_test.json").read_text(encoding="utf-8"))
    rows = [(one["userInput"]["text"], {label["slot"] for label in one.get("labels", ())}) for one in said]
    return _label_set("dstc8 buses", rows)


def _label_set(name: str, rows: list[tuple[str, set[str]]], described: dict[str, str] | None = None) -> LabelSet:
    counts = Counter(label for _, labels in rows for label in labels)
    common = {label for label, n in counts.items() if n >= RARE}
    kept = [(text, frozenset(labels & common)) for text, labels in rows if labels & common]
    about = {label: words for label, words in (described or {}).items() if label in common}
    return LabelSet(name, tuple(t for t, _ in kept), tuple(right for _, right in kept), tuple(sorted(common)), about)


def draw(
    found: LabelSet, each: int, most_asked: int, rng: np.random.Generator
) -> tuple[list[tuple[int, str]], list[int]]:
    """So many shots of each label, the rarest label first, and so many others to ask about; no text is in both."""
    counts = Counter(label for labels in found.right for label in labels)
    order = rng.permutation(len(found.texts)).tolist()
    taken: set[str] = set()
    shots: list[tuple[int, str]] = []
    for label in sorted(found.labels, key=lambda one: (counts[one], one)):
        some = [n for n in order if label in found.right[n] and key_of_words(found.texts[n]) not in taken][:each]
        shots += [(n, label) for n in some]
        taken |= {key_of_words(found.texts[n]) for n in some}
    asked = [n for n in order if key_of_words(found.texts[n]) not in taken]
    return shots, asked[:most_asked]


def stratified(answers: Sequence[str], folds: int, rng: np.random.Generator) -> list[list[int]]:
    """Places in folds, each label spread over them as evenly as that goes."""
    found: list[list[int]] = [[] for _ in range(folds)]
    for label in sorted(set(answers)):
        for place, n in enumerate(rng.permutation([n for n, one in enumerate(answers) if one == label])):
            found[place % folds].append(int(n))
    return [sorted(fold) for fold in found]
