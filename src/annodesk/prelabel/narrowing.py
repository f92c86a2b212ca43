"""The first of two stages where there are hundreds of labels: which few of them the model is asked about.

Texts are compared by TF-IDF with the labels' names, descriptions and examples, stretches of media by the distance of
their features to examples. A label that is left out here cannot be chosen any more, so how often the right one is kept
is counted on the examples themselves, each looked up without itself. Nothing is told of an item by its own answer.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.errors import ModelError

KEPT_LABELS = 24
LEAST_TO_KNOW = 20

_NEAREST = 3
_LATER = 0.5

Float64 = NDArray[np.float64]


class FirstStage(Struct, frozen=True):
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
        shots: _Shots,
        likeness: Callable[[Any], Float64],
        likeness_of_shots: Callable[[], Float64],
        *,
        has_names: bool = False,
    ) -> None:
        """``likeness`` is that to each shot; before the shots stand the labels themselves where they have names."""
        self.labels = tuple(labels)
        self.kept = min(kept, len(self.labels))
        self._shots, self._likeness, self._likeness_of_shots = shots, likeness, likeness_of_shots
        self._first = len(self.labels) if has_names else 0
        self._owners = np.array([*range(self._first), *shots.owners], dtype=np.int64)

    def choose(self, items: Sequence[Any], kin: NDArray[np.bool_] | None = None) -> list[tuple[str, ...]]:
        """For each item the labels to ask about, in the order of the list; of equally near ones the first.

        Parameters
        ----------
        kin : (items, examples), which examples must not tell of which items: their own, and those of their duplicates
        """
        if not len(items):
            return []
        near = self._near(self._likeness(items), None if kin is None else kin[:, self._shots.places])
        return [tuple(self.labels[j] for j in sorted(_nearest(row, self.kept))) for row in near]

    def first_stage(self) -> FirstStage:
        """How often the right label is kept, counted on the examples, each without itself and its family."""
        family = np.array(self._shots.families, dtype=np.int64)
        truth = self._shots.owners
        near = self._near(self._likeness_of_shots(), family[:, None] == family[None, :])
        found = sum(label in _nearest(row, self.kept) for row, label in zip(near, truth, strict=True))
        return FirstStage(len(self.labels), self.kept, len(truth), found)

    def _near(self, likeness: Float64, kin: NDArray[np.bool_] | None) -> Float64:
        if kin is not None:
            likeness[:, self._first :][kin] = 0.0
        return _per_label(likeness, self._owners, len(self.labels))


class _Shots(Struct, frozen=True):
    """Examples of labels that are in the list: their places among all examples, their labels and their families."""

    places: list[int]
    owners: list[int]
    families: list[int]


def _shots_of(labels: Sequence[str], given: Sequence[str], families: Sequence[int] | None) -> _Shots:
    known = {label: j for j, label in enumerate(labels)}
    places = [n for n, label in enumerate(given) if label in known]
    family = range(len(given)) if families is None else families
    return _Shots(places, [known[given[n]] for n in places], [family[n] for n in places])


def narrow_texts(
    labels: Sequence[str],
    *,
    descriptions: Mapping[str, str] | None = None,
    examples: Sequence[tuple[str, str]] = (),
    families: Sequence[int] | None = None,
    kept: int = KEPT_LABELS,
) -> Narrowing:
    """The first stage for texts.

    Parameters
    ----------
    descriptions : what is said of a label, by its name; may lack some
    examples : texts with their labels; those of labels that are not in the list are passed over
    families : a number for each example, the same for those that must not tell of each other; each its own where None
    """
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

    shots = _shots_of(labels, [label for _, label in examples], families)
    said = [" ".join([_as_words(label), *_as_list((descriptions or {}).get(label))]) for label in labels]
    documents = [*said, *(examples[n][0] for n in shots.places)]
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

    def similar(rows: Any) -> Float64:
        return np.asarray((rows @ table.T).toarray(), dtype=np.float64)

    def likeness(texts: Sequence[str]) -> Float64:
        return similar(sparse.hstack([part.transform(texts) for part in used]).tocsr())

    def likeness_of_shots() -> Float64:
        return similar(table[len(labels) :])

    return Narrowing(labels, kept, shots, likeness, likeness_of_shots, has_names=True)


def narrow_features(
    labels: Sequence[str],
    examples: Sequence[tuple[Sequence[float], str]],
    *,
    families: Sequence[int] | None = None,
    kept: int = KEPT_LABELS,
) -> Narrowing:
    """The first stage for stretches of media.

    Parameters
    ----------
    examples : numbers of settled stretches, the same for all, with their labels; a number that is none counts as the
        middle of the others, and so do all of a stretch that has none of them. Labels without an example come behind
        those with one.
    families : as for ``narrow_texts``
    """
    shots = _shots_of(labels, [label for _, label in examples], families)
    if not shots.places:
        raise ModelError(
            f"The {len(labels)} labels are too many to ask about, and there is no settled example to choose by.",
            "Settle some items first, or use fewer labels.",
        )
    given = np.array([list(examples[n][0]) for n in shots.places], dtype=np.float64)
    given[~np.isfinite(given)] = np.nan
    with np.errstate(all="ignore"):
        known_columns = np.isfinite(given).any(axis=0)
        middle = np.where(known_columns, np.nanmedian(np.where(known_columns, given, 0.0), axis=0), 0.0)
    filled = np.where(np.isfinite(given), given, middle)
    scale = filled.std(axis=0)
    scale[scale == 0] = 1.0
    table = (filled - middle) / scale

    def similar(rows: Float64) -> Float64:
        squared = (rows**2).sum(axis=1)[:, None] + (table**2).sum(axis=1)[None, :] - 2 * rows @ table.T
        return np.asarray(1.0 / (1.0 + np.sqrt(np.maximum(squared, 0.0))))

    def likeness(items: Sequence[Sequence[float]]) -> Float64:
        rows = np.full((len(items), len(middle)), np.nan)
        for row, numbers in zip(rows, items, strict=True):
            if len(numbers) == len(middle):
                row[:] = numbers
        rows = np.where(np.isfinite(rows), rows, middle)
        return similar((rows - middle) / scale)

    return Narrowing(labels, kept, shots, likeness, lambda: similar(table))


def _per_label(similarity: Float64, owners: NDArray[np.int64], n_labels: int) -> Float64:
    """Nearness of each row to each label: its nearest document, and with less weight the next ones, so that of two
    labels with an equally near document the one with more of them comes first."""
    near = np.zeros((len(similarity), n_labels))
    weights = _LATER ** np.arange(_NEAREST)
    for label in range(n_labels):
        own = np.sort(similarity[:, owners == label], axis=1)[:, ::-1][:, :_NEAREST]
        near[:, label] = own @ weights[: own.shape[1]]
    return near


def _nearest(row: Float64, kept: int) -> set[int]:
    return set(np.argsort(-row, kind="stable")[:kept].tolist())


def _as_words(label: str) -> str:
    """The name with its parts apart: ``card_arrival`` and ``CardArrival`` are two words each."""
    return re.sub(r"[_\-/.]+|(?<=[a-z])(?=[A-Z])", " ", label)


def _as_list(text: str | None) -> list[str]:
    return [text] if text else []
