"""The project's settled work as labelling asks for it: read once a part, and the model asked what it is worth."""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from annodesk.errors import MediaError
from annodesk.prelabel.asked import Asked, Form
from annodesk.prelabel.examples import MOST_EXAMPLES, Place, families, kinship
from annodesk.prelabel.narrowing import FirstStage, Narrowing, narrow_features, narrow_texts
from annodesk.prelabel.scores import NARROW_ABOVE
from annodesk.prelabel.wording import cut_end
from annodesk.services.evidence import Evidence, PartEvidence
from annodesk.services.labelling import Labeller, Target
from annodesk.services.settled_texts import TextEvidence, text_evidence

if TYPE_CHECKING:
    from annodesk.model.annotations import Suggestion
    from annodesk.model.items import Item
    from annodesk.model.schema import LabelSchema, Question, Tier
    from annodesk.prelabel.prompts import Example
    from annodesk.prelabel.settled_spans import LikelySpan
    from annodesk.progress import CancelToken
    from annodesk.services.contents import Contents
    from annodesk.services.settled_places import SettledPlace

LONGEST_EXAMPLE = 600
"""Signs of a text that is shown as an example: what it is about stands at its beginning."""
_TOLD_OF_EXAMPLES = ("item", "picture", "transcript")
_KEPT_ITEMS, _KEPT_PLACES = 100, 1_000

Parts = dict[str, PartEvidence | TextEvidence]

LEARNT_FOR_S = 300.0
"""So long what was learnt from settled work serves, while more is settled."""


class Learnt:
    """What was learnt of parts, for a while: to read all that is settled for every few tasks would take too long."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._known: dict[tuple[object, ...], tuple[float, Parts]] = {}

    def of(self, *key: object) -> Parts:
        """What is known by part of one version of a project, one model and its prompts; empty after a while."""
        now_s = self._clock_s()
        self._known = {k: v for k, v in self._known.items() if now_s - v[0] < LEARNT_FOR_S}
        return self._known.setdefault(key, (now_s, {}))[1]


class OwnWork:
    """What a project's settled work adds to one model's answers."""

    def __init__(
        self,
        evidence: Evidence,
        project_id: str,
        labeller: Labeller,
        *,
        most: int = MOST_EXAMPLES,
        parts: Parts | None = None,
        cancel: CancelToken | None = None,
    ) -> None:
        """``most`` examples are shown for each target."""
        self._evidence, self._project_id, self._labeller = evidence, project_id, labeller
        self._most, self._cancel = most, cancel
        self._parts: Parts = {} if parts is None else parts
        for name in [name for name, known in self._parts.items() if not evidence.stands(known.item_ids)]:
            del self._parts[name]
        self._narrowings: dict[tuple[str, bool], tuple[Narrowing, list[Place]] | None] = {}
        self._contents: OrderedDict[str, Contents] = OrderedDict()
        self._places: OrderedDict[tuple[str, int, int], Place] = OrderedDict()

    def examples(self, asked: Asked, target: Target) -> Sequence[Example]:
        """Settled work that is most like the target, nearest last."""
        part = self._part(asked)
        if part is None or not part.settled:
            return []
        return self._examples(asked, part.examples(self._place(part, target), self._most))

    def weigh(self, asked: Asked, target: Target, by_model: Mapping[str, float]) -> Mapping[str, float]:
        """How likely each label is by the model and the settled work together."""
        part = self._part(asked)
        if part is None or not part.settled:
            return by_model
        # Nothing that is settled says "none of these": how likely that is, the model alone knows.
        spare = by_model[asked.spare] if asked.spare is not None else 0.0
        found = part.weigh(self._place(part, target), _without_spare(asked, by_model))
        if asked.spare is None:
            return found
        return {**{label: (1 - spare) * share for label, share in found.items()}, asked.spare: spare}

    def alone(self, asked: Asked, target: Target) -> Mapping[str, float] | None:
        """How likely each label is by the settled work alone, of what the model is not asked; None below 20 answers."""
        part = self._part(asked)
        if part is None or not part.can_tell(of_text=target.is_text):
            return None
        return part.alone(self._place(part, target))

    def can_tell(self, asked: Asked, *, of_text: bool) -> bool:
        """Whether ``alone`` has an answer for items of that kind, or ``spans`` for their texts."""
        if asked.form is Form.SPANS:
            texts = self._texts(asked)
            return texts is not None and texts.can_tell
        part = self._part(asked)
        return part is not None and part.can_tell(of_text=of_text)

    def spans(self, asked: Asked, item: Item, text: str) -> Sequence[LikelySpan]:
        """What settled texts propose to mark in a text; nothing where too little is known."""
        texts = self._texts(asked)
        return [] if texts is None else texts.find(item, text)

    def narrowed(self, asked: Asked, targets: Sequence[Target]) -> list[tuple[str, ...]] | None:
        """Of hundreds of labels those to ask about for each target; None where all are asked about."""
        if len(asked.labels) <= NARROW_ABOVE or asked.form is not Form.ONE or not targets:
            return None
        found = self._narrowing(asked, is_text=targets[0].is_text)
        if found is None:
            return None
        narrowing, shots = found
        part = self._part(asked)
        places = [] if part is None else [self._place(part, target) for target in targets]
        kin = kinship(places, shots) if places else None
        if targets[0].is_text:
            return narrowing.choose([target.words.get("item", "") for target in targets], kin)
        return narrowing.choose([place.sound or () for place in places], kin)

    def first_stages(self) -> list[tuple[str, FirstStage]]:
        """Of each part whose labels were narrowed, how often the right one was kept."""
        return [(part, one[0].first_stage()) for (part, _), one in self._narrowings.items() if one is not None]

    def notes(self) -> list[str]:
        """What is known of what helps, of each part of which anything is settled."""
        reports = [part.report() for part in self._parts.values()]
        return [f"{one.part}: {one.sentence}." for one in reports if one.settled]

    def _texts(self, asked: Asked) -> TextEvidence | None:
        """What is settled of a kind of span; None of what is none."""
        part = next((one for one in self._labeller.schema.span_types if one.name == asked.part), None)
        if part is None:
            return None
        known = self._parts.get(part.name)
        if not isinstance(known, TextEvidence):
            known = text_evidence(self._evidence.desk, self._evidence.sets, self._project_id, part, self._cancel)
            self._parts[part.name] = known
        return known

    def _part(self, asked: Asked) -> PartEvidence | None:
        known = self._parts.get(asked.part)
        if isinstance(known, PartEvidence):
            return known
        part = _schema_part(self._labeller.schema, asked.part)
        if part is None or asked.form is Form.SPANS:
            return None
        found = self._evidence.of_part(
            self._project_id,
            part,
            asked.labels,
            described=asked.described,
            is_each=asked.form is Form.EACH,
            words_of=self._words,
            cancel=self._cancel,
        )
        self._parts[asked.part] = found
        can_ask = self._labeller.engine is not None and found.can_learn and self._labeller.knows(asked)
        ask = partial(self._ask, asked) if can_ask else None
        try:
            found.learn(ask, is_of_model=partial(self._is_of_model, asked), most=self._most)
        except BaseException:
            del self._parts[asked.part]  # half learnt would be taken for all that is to be known
            raise
        return found

    def _is_of_model(self, asked: Asked, suggestion: Suggestion) -> bool:
        """Whether an answer that was kept is this model's, asked as it is asked now."""
        prompts = self._labeller.prompts.values()
        engine = self._labeller.engine
        is_same = engine is None or suggestion.model_sha256 == engine.load(cancel=self._cancel).sha256
        return is_same and any(suggestion.prompt_version == prompt.version for prompt in prompts)

    def _ask(
        self, asked: Asked, places: Sequence[SettledPlace], shown: Sequence[Sequence[SettledPlace]]
    ) -> list[Mapping[str, float] | None]:
        """What the model makes of settled places, asked as about new ones; None of what cannot be read."""
        found: list[Mapping[str, float] | None] = [None] * len(places)
        for of_text in (False, True):
            some: list[int] = []
            targets: list[Target] = []
            for number, one in enumerate(places):
                with contextlib.suppress(MediaError):
                    target = self._target(one)
                    if target.is_text == of_text and asked.purpose(of_text=of_text) in self._labeller.prompts:
                        some.append(number)
                        targets.append(target)
            examples = [self._examples(asked, shown[number]) for number in some]
            said = self._labeller.answers(asked, targets, examples, cancel=self._cancel)
            for number, one_said in zip(some, said, strict=True):
                found[number] = _without_spare(asked, one_said.probabilities)
        return found

    def _examples(self, asked: Asked, settled: Sequence[SettledPlace]) -> list[Example]:
        """Settled places as examples; those that cannot be read are passed over."""
        found = []
        for one in settled:
            with contextlib.suppress(MediaError):
                found.append(self._example(asked, one))
        return found

    def _target(self, one: SettledPlace) -> Target:
        contents = self._of(one.item)
        words = contents.words(one.start_us, one.end_us)
        return Target(one.item, one.start_us, one.end_us, words, contents.numbers(one.start_us, one.end_us))

    def _example(self, asked: Asked, one: SettledPlace) -> Example:
        words = self._target(one).words
        told = {name: cut_end(words.get(name, ""), LONGEST_EXAMPLE) for name in _TOLD_OF_EXAMPLES}
        if asked.form is Form.EACH:
            return told, f"{one.labels[0]}: yes" if one.labels else f"{asked.labels[0]}: no"
        return told, one.labels[0]

    def _narrowing(self, asked: Asked, *, is_text: bool) -> tuple[Narrowing, list[Place]] | None:
        """The first stage of a part, and what the places are like that it has as examples; None without any sound."""
        key = (asked.part, is_text)
        if key not in self._narrowings:
            part = self._part(asked)
            known = [] if part is None else part.labelled()
            if not is_text:
                known = [(one, place) for one, place in known if place.sound is not None]
            places = [place for _, place in known]
            family = families(places)
            if is_text:
                texts = [(self._target(one).words.get("item", ""), one.labels[0]) for one, _ in known]
                made = narrow_texts(asked.labels, descriptions=asked.described, examples=texts, families=family)
                self._narrowings[key] = made, places
            else:
                sounds = [(place.sound or (), one.labels[0]) for one, place in known]
                self._narrowings[key] = (
                    (narrow_features(asked.labels, sounds, families=family), places) if sounds else None
                )
        return self._narrowings[key]

    def _place(self, part: PartEvidence, target: Target) -> Place:
        key = (target.item.id, target.start_us, target.end_us)
        if key not in self._places:
            (self._places[key],) = part.places([(target.item, target.start_us, target.end_us)], self._cancel)
            if len(self._places) > _KEPT_PLACES:
                self._places.popitem(last=False)
        return self._places[key]

    def _words(self, item: Item, start_us: int, end_us: int) -> str:
        contents = self._of(item)
        return contents.text if contents.is_text else f"{contents.said(start_us, end_us)} {contents.text}".strip()

    def _of(self, item: Item) -> Contents:
        if item.id not in self._contents:
            self._contents[item.id] = self._labeller.contents(item)
            if len(self._contents) > _KEPT_ITEMS:
                self._contents.popitem(last=False)
        return self._contents[item.id]


def _schema_part(schema: LabelSchema, name: str) -> Tier | Question | None:
    parts: tuple[Tier | Question, ...] = (*schema.tiers, *schema.questions)
    return next((part for part in parts if part.name == name), None)


def _without_spare(asked: Asked, probabilities: Mapping[str, float]) -> dict[str, float]:
    kept = {label: share for label, share in probabilities.items() if label != asked.spare}
    total = sum(kept.values())
    if asked.form is Form.EACH or asked.spare is None or total <= 0:
        return kept
    return {label: share / total for label, share in kept.items()}
