"""The first of two stages where there are hundreds of labels: which few of them the model is asked about.

Texts are compared by TF-IDF with the labels' names, descriptions and examples, stretches of media by the distance of
their features to examples. A label that is left out here cannot be chosen any more, so how often the right one is kept
is counted on the examples themselves, each looked up without itself.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annodesk.errors import ModelError

KEPT_LABELS = 24
LEAST_TO_KNOW = 20

_NEAREST = 3
_LATER = 0.5


@dataclass(frozen=True)
class FirstStage:
    """How often the right label was among the ``kept`` of ``labels``: ``found`` of ``examples`` looked up without
    themselves; None where there are too few to know."""

    labels: int
    kept: int
    examples: int
    found: int

    @property
    def recall(self) -> float | None:
        return self.found / self.examples if self.examples >= LEAST_TO_KNOW else None

    @property
    def sentence(self) -> str:
        """What a person is told of it."""
        if self.recall is None:
            return (
                f"The model is asked about the {self.kept} nearest of {self.labels} labels; "
                f"whether the right one is among them is not known below {LEAST_TO_KNOW} examples."
            )
        return (
            f"The model is asked about the {self.kept} nearest of {self.labels} labels; "
            f"the right one was among them for {self.found} of {self.examples} examples ({self.recall:.0%})."
        )


class Narrowing:
    """Chooses the labels the model is asked about; made by ``narrow_texts`` or ``narrow_features``."""

    def __init__(
        self,
        labels: Sequence[str],
        kept: int,
        nearness: Callable[[Any], NDArray[np.float64]],
        nearness_of_examples: Callable[[], tuple[NDArray[np.float64], list[int]]],
    ) -> None:
        self.labels = tuple(labels)
        self.kept = min(kept, len(self.labels))
        self._nearness = nearness
        self._nearness_of_examples = nearness_of_examples

    def choose(self, items: Sequence[Any]) -> list[tuple[str, ...]]:
        """For each item the labels to ask about, in the order of the list; of equally near ones the first."""
        if not len(items):
            return []
        near = self._nearness(items)
        return [tuple(self.labels[j] for j in sorted(_nearest(row, self.kept))) for row in near]

    def first_stage(self) -> FirstStage:
        """How often the right label is kept, counted on the examples, each without itself."""
        near, truth = self._nearness_of_examples()
        found = sum(label in _nearest(row, self.kept) for row, label in zip(near, truth, strict=True))
        return FirstStage(len(self.labels), self.kept, len(truth), found)


def narrow_texts(
    labels: Sequence[str],
    *,
    descriptions: Mapping[str, str] | None = None,
    examples: Sequence[tuple[str, str]] = (),
    kept: int = KEPT_LABELS,
) -> Narrowing:
    """The first stage for texts.

    Parameters
    ----------
    descriptions : what is said of a label, by its name; may lack some
    examples : texts with their labels; those of labels that are not in the list are passed over
    """
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = {label: j for j, label in enumerate(labels)}
    shots = [(text, known[label]) for text, label in examples if label in known]
    said = [" ".join([_as_words(label), *_as_list((descriptions or {}).get(label))]) for label in labels]
    documents = [*said, *(text for text, _ in shots)]
    parts = [
        TfidfVectorizer(token_pattern=r"(?u)\w+", sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, max_features=100_000),
    ]
    used, matrices = [], []
    for part in parts:
        with contextlib.suppress(ValueError):  # there is not a single word in all of them
            matrices.append(part.fit_transform(documents))
            used.append(part)
    table = sparse.hstack(matrices).tocsr()
    owners = np.array([*range(len(labels)), *(label for _, label in shots)])

    def similar(rows: Any) -> NDArray[np.float64]:
        return np.asarray((rows @ table.T).toarray(), dtype=np.float64)

    def nearness(texts: Sequence[str]) -> NDArray[np.float64]:
        return _per_label(similar(sparse.hstack([part.transform(texts) for part in used]).tocsr()), owners, len(labels))

    def of_examples() -> tuple[NDArray[np.float64], list[int]]:
        found = similar(table[len(labels) :])
        found[np.arange(len(shots)), len(labels) + np.arange(len(shots))] = 0.0
        return _per_label(found, owners, len(labels)), [label for _, label in shots]

    return Narrowing(labels, kept, nearness, of_examples)


def narrow_features(
    labels: Sequence[str],
    examples: Sequence[tuple[Sequence[float], str]],
    *,
    kept: int = KEPT_LABELS,
) -> Narrowing:
    """The first stage for stretches of media.

    Parameters
    ----------
    examples : numbers of settled stretches, the same for all, with their labels; a number that is none counts as the
        middle of the others. Labels without an example come behind those with one.
    """
    known = {label: j for j, label in enumerate(labels)}
    shots = [(numbers, known[label]) for numbers, label in examples if label in known]
    if not shots:
        raise ModelError(
            f"The {len(labels)} labels are too many to ask about, and there is no settled example to choose by.",
            "Settle some items first, or use fewer labels.",
        )
    given = np.array([list(numbers) for numbers, _ in shots], dtype=np.float64)
    given[~np.isfinite(given)] = np.nan
    with np.errstate(all="ignore"):
        known_columns = np.isfinite(given).any(axis=0)
        middle = np.where(known_columns, np.nanmedian(np.where(known_columns, given, 0.0), axis=0), 0.0)
    filled = np.where(np.isfinite(given), given, middle)
    scale = filled.std(axis=0)
    scale[scale == 0] = 1.0
    table = (filled - middle) / scale
    owners = np.array([label for _, label in shots])

    def similar(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        squared = (rows**2).sum(axis=1)[:, None] + (table**2).sum(axis=1)[None, :] - 2 * rows @ table.T
        return np.asarray(1.0 / (1.0 + np.sqrt(np.maximum(squared, 0.0))))

    def nearness(items: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        rows = np.array([list(numbers) for numbers in items], dtype=np.float64)
        rows = np.where(np.isfinite(rows), rows, middle)
        return _per_label(similar((rows - middle) / scale), owners, len(labels))

    def of_examples() -> tuple[NDArray[np.float64], list[int]]:
        found = similar(table)
        np.fill_diagonal(found, 0.0)
        return _per_label(found, owners, len(labels)), owners.tolist()

    return Narrowing(labels, kept, nearness, of_examples)


def _per_label(similarity: NDArray[np.float64], owners: NDArray[np.int64], n_labels: int) -> NDArray[np.float64]:
    """Nearness of each row to each label: its nearest document, and with less weight the next ones, so that of two
    labels with an equally near document the one with more of them comes first."""
    near = np.zeros((len(similarity), n_labels))
    weights = _LATER ** np.arange(_NEAREST)
    for label in range(n_labels):
        own = np.sort(similarity[:, owners == label], axis=1)[:, ::-1][:, :_NEAREST]
        near[:, label] = own @ weights[: own.shape[1]]
    return near


def _nearest(row: NDArray[np.float64], kept: int) -> set[int]:
    return set(np.argsort(-row, kind="stable")[:kept].tolist())


def _as_words(label: str) -> str:
    """The name with its parts apart: ``card_arrival`` and ``CardArrival`` are two words each."""
    return re.sub(r"[_\-/.]+|(?<=[a-z])(?=[A-Z])", " ", label)


def _as_list(text: str | None) -> list[str]:
    return [text] if text else []
