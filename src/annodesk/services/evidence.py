"""What a project's own settled work says of a place: examples for the model, and what to make of its answer.

evidence = Evidence(desk, sets).of_part(project_id, tier, labels)
evidence.learn(ask)                          # the model answers for some settled places, as if they were new
place = evidence.place(item, start_us, end_us)
shown = evidence.examples(place)             # told to the model with the place
likely = evidence.weigh(place, by_model)     # by the model and the settled places together
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.errors import MediaError
from annodesk.media import timbre
from annodesk.model.items import Asset, Item
from annodesk.prelabel.combine import ENOUGH, Combination, Help, Judged
from annodesk.prelabel.examples import MOST_EXAMPLES, Place, Shot, key_of_words
from annodesk.quality.bootstrap import FloatArray, Interval, interval
from annodesk.services import texts
from annodesk.services.settled_places import SettledPlace, may_still_teach, settled_places
from annodesk.store import journal

if TYPE_CHECKING:
    from annodesk.model.annotations import Suggestion
    from annodesk.model.schema import Question, Tier
    from annodesk.progress import CancelToken
    from annodesk.services.model_desk import ModelDesk
    from annodesk.store.snapshots import Sets

MOST_ASKED = 80
"""So many settled places the model is asked about, to know what it is worth: a minute of a large one."""
_SEED = 1

Ask = Callable[[Sequence[SettledPlace], Sequence[Sequence[SettledPlace]]], Sequence[Mapping[str, float] | None]]
"""What the model makes of each label of some places, each with its examples; None of what cannot be read."""
WordsOf = Callable[[Item, int, int], str]
"""What is written or said in a stretch of an item; nothing where there is none."""


class Share(Struct, frozen=True):
    """A share of answers, with its interval over items; None where there are no answers."""

    value: float | None
    interval: Interval | None = None


class EvidenceReport(Struct, frozen=True):
    """What helps to label a part, and how much, by independent answers alone.

    Parameters
    ----------
    settled : how many settled places there are to show and to compare with
    independent : how many of them were answered without sight of the model's answer
    sentence : what is known in one sentence; "not enough to know" below 20 of them
    combined, by_settled, by_model : shares right of all together, without the model, and of the model alone
    helps : each voice with what it counts, the weightiest first
    """

    part: str
    settled: int
    independent: int
    sentence: str
    combined: Share = Share(None)
    by_settled: Share = Share(None)
    by_model: Share = Share(None)
    helps: tuple[Help, ...] = ()


class Evidence:
    """Reads a project's settled work, part by part."""

    def __init__(self, desk: ModelDesk, sets: Sets = journal) -> None:
        self.desk, self.sets = desk, sets

    def of_part(
        self,
        project_id: str,
        part: Tier | Question,
        labels: Sequence[str],
        *,
        described: Mapping[str, str] | None = None,
        is_each: bool = False,
        words_of: WordsOf | None = None,
        cancel: CancelToken | None = None,
    ) -> PartEvidence:
        """What is settled of a part; reads sounds that were never measured, so it may take long.

        Parameters
        ----------
        labels : what can be answered
        described : what labels mean, where that is written down
        is_each : whether of each label yes or no is said
        words_of : what is said in a stretch; the item's text where it is left out
        """
        with self.desk.file.read() as db:
            found = settled_places(db, project_id, part, labels, self.sets)
        looks = Looks(self.desk, words_of)
        places = looks.places([(one.item, one.start_us, one.end_us) for one in found], cancel)
        usable = [n for n, place in enumerate(places) if place.sound is not None or place.words]
        shots = [Shot(places[n], found[n].labels, found[n].independent) for n in usable]
        combination = Combination(shots, labels, described, is_each=is_each)
        return PartEvidence(part.name, tuple(found[n] for n in usable), combination, looks)

    def stands(self, item_ids: Iterable[str]) -> bool:
        """Whether what was read of some items may be used still: none was opened again, hidden or taken down."""
        with self.desk.file.read() as db:
            return may_still_teach(db, item_ids)


class PartEvidence:
    """What is settled of one part of a project, and what it says of other places."""

    def __init__(self, part: str, settled: tuple[SettledPlace, ...], combination: Combination, looks: Looks) -> None:
        self.part, self.settled = part, settled
        self._combination, self._looks = combination, looks

    @property
    def item_ids(self) -> set[str]:
        """The items it was read of."""
        return {one.item.id for one in self.settled}

    @property
    def can_learn(self) -> bool:
        """Whether there are enough independent answers for it to be worth asking the model about them."""
        return len(self._combination.independent_shots()) >= ENOUGH

    def labelled(self) -> list[tuple[SettledPlace, Place]]:
        """Settled places that have a label, each with what it is like."""
        shots = self._combination.shots
        return [(one, shot.place) for one, shot in zip(self.settled, shots, strict=True) if one.labels]

    def places(self, stretches: Sequence[tuple[Item, int, int]], cancel: CancelToken | None = None) -> list[Place]:
        """What stretches of items are like; of one that cannot be read nothing but where it belongs."""
        return self._looks.places(stretches, cancel)

    def examples(self, place: Place, most: int = MOST_EXAMPLES) -> tuple[SettledPlace, ...]:
        """Settled places to show the model with a place, the most alike last."""
        return tuple(self.settled[n] for n in self._combination.examples(place, most))

    def learn(
        self,
        ask: Ask | None = None,
        *,
        is_of_model: Callable[[Suggestion], bool] = lambda _: True,
        most: int = MOST_EXAMPLES,
    ) -> None:
        """Learn what helps, from independent answers and what the model said or says of them.

        Parameters
        ----------
        ask : has the model answer for settled places of which it has said nothing, as if they were new: with examples
            from other items; without it what it said must do, and where that is too little nothing of it is weighed
        is_of_model : which of the answers that are kept are those of the model that is asked now
        most : examples that it is shown with each
        """
        said: dict[int, Mapping[str, float]] = {}
        for n in self._combination.independent_shots():
            suggestion = self.settled[n].by_model
            if suggestion is not None and suggestion.probabilities and is_of_model(suggestion):
                said[n] = dict(suggestion.alone or suggestion.probabilities)
        if ask is None:
            self._combination.learn(said if len(said) >= ENOUGH else None)
            return
        fresh = [n for n in self._to_ask() if n not in said]
        shots = self._combination.shots
        if fresh:
            shown = [self.examples(shots[n].place, most) for n in fresh]
            answers = ask([self.settled[n] for n in fresh], shown)
            said |= {n: one for n, one in zip(fresh, answers, strict=True) if one is not None}
        self._combination.learn(said)

    def weigh(self, place: Place, by_model: Mapping[str, float]) -> dict[str, float]:
        """How likely each label is by the model and the settled places; where too little is known, by the model."""
        return self._combination.weigh([place], [by_model])[0]

    def can_tell(self, *, of_text: bool) -> bool:
        """Whether what the settled places say of recordings (of texts) alone is known to be worth saying.

        After ``learn`` without a model. Enough of them must be recordings (texts): by the others nothing was learnt of
        these but how often each answer occurs.
        """
        alike = sum(
            one.independent is not None and (one.item.timeline_asset is None) is of_text for one in self.settled
        )
        return alike >= ENOUGH and self._combination.is_enough and self._combination.is_no_guess

    def alone(self, place: Place) -> dict[str, float]:
        """How likely each label is by the settled places alone; where ``can_tell``."""
        return self._combination.weigh([place], None)[0]

    def report(self) -> EvidenceReport:
        """What helps, and how much."""
        combination = self._combination
        judged = combination.judged
        counted = len(combination.independent_shots()) if judged is None else combination.independent
        if judged is None:
            return EvidenceReport(self.part, len(self.settled), counted, combination.sentence)
        return EvidenceReport(
            self.part,
            len(self.settled),
            counted,
            combination.sentence,
            _share(judged, judged.combined),
            _share(judged, judged.settled),
            Share(None) if judged.model is None else _share(judged, judged.model),
            tuple(sorted(judged.helps, key=lambda one: -one.weight)),
        )

    def _to_ask(self) -> list[int]:
        """Independent places to ask the model about: the newest, of each answer as many as of the others."""
        by_answer: dict[tuple[str, ...], list[int]] = {}
        for n in self._combination.independent_shots():
            by_answer.setdefault(self.settled[n].independent or (), []).append(n)
        chosen: list[int] = []
        for turn in range(max((len(some) for some in by_answer.values()), default=0)):
            chosen += [some[turn] for some in by_answer.values() if turn < len(some)]
            if len(chosen) >= MOST_ASKED:
                break
        return sorted(chosen[:MOST_ASKED])


class Looks:
    """What stretches of items are like, by their sound and words."""

    def __init__(self, desk: ModelDesk, words_of: WordsOf | None = None) -> None:
        self._desk, self._words_of = desk, words_of
        self._texts: dict[str, str] = {}

    def places(self, stretches: Sequence[tuple[Item, int, int]], cancel: CancelToken | None) -> list[Place]:
        """What some stretches are like, those of one recording measured together."""
        sounds: dict[int, tuple[float, ...]] = {}
        by_asset: dict[str, list[int]] = {}
        assets: dict[str, Asset] = {}
        for n, (item, _, _) in enumerate(stretches):
            asset = item.timeline_asset
            if asset is not None and not asset.is_silent:
                by_asset.setdefault(asset.id, []).append(n)
                assets[asset.id] = asset
        for asset_id, numbers in by_asset.items():
            asset = assets[asset_id]
            wanted = [_on_asset(asset, *stretches[n][1:]) for n in numbers]
            for n, row in zip(numbers, self._measured(asset, wanted, cancel), strict=False):
                sounds[n] = tuple(row.tolist())
        return [self._place(*one, sounds.get(n)) for n, one in enumerate(stretches)]

    def _measured(
        self, asset: Asset, stretches: Sequence[tuple[int, int]], cancel: CancelToken | None
    ) -> Sequence[FloatArray]:
        try:
            path: Path = self._desk.resolve(asset)
            return list(timbre.timbres(path, stretches, cancel=cancel))
        except MediaError:
            return ()

    def place_of_text(self, item: Item, text: str | None = None) -> Place:
        """An item's text, and what it belongs to; no words where it cannot be read."""
        keys = {f"item:{item.id}"}
        for asset in item.assets:
            keys |= {f"file:{known}" for known in (asset.sha256, asset.quick_print) if known}
        words = self._text(item) if text is None else text
        if key := key_of_words(words):
            keys.add(key)
        return Place(frozenset(keys), words=words)

    def _place(self, item: Item, start_us: int, end_us: int, sound: tuple[float, ...] | None) -> Place:
        of_text = self.place_of_text(item)
        words = self._words_of(item, start_us, end_us) if self._words_of is not None else of_text.words
        return Place(of_text.keys, sound, words, (start_us, item.duration_us) if sound is not None else None)

    def _text(self, item: Item) -> str:
        asset = item.text_asset
        if asset is None:
            return ""
        if asset.id not in self._texts:
            try:
                self._texts[asset.id] = texts.read_text(self._desk.resolve(asset))
            except MediaError:
                self._texts[asset.id] = ""
        return self._texts[asset.id]


def _on_asset(asset: Asset, start_us: int, end_us: int) -> tuple[int, int]:
    """A stretch of the item on the asset's own time."""
    return max(0, start_us - asset.offset_us), max(0, end_us - asset.offset_us)


def _share(judged: Judged, probabilities: FloatArray) -> Share:
    right = (probabilities.argmax(axis=1) == judged.right).astype(np.float64)
    # Whole items are drawn: what is said of one of its places goes with what is said of the next.
    _, family = np.unique(judged.family, return_inverse=True)
    hits, counts = np.bincount(family, weights=right), np.bincount(family).astype(np.float64)

    def share(weights: FloatArray) -> FloatArray:
        return np.asarray(hits @ weights / (counts @ weights))

    return Share(float(right.mean()), interval(np.ones(len(counts)), share, np.random.default_rng(_SEED)))
