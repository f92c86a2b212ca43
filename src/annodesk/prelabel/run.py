"""Pre-labels for many segments or texts: prompts out, suggestions with their provenance in."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from annodesk.errors import ModelError
from annodesk.prelabel.engine import Engine, EngineStopped, ScoringCancelled
from annodesk.prelabel.prompts import Prompt, describe_sound
from annodesk.prelabel.scores import NARROW_ABOVE, LabelScores, Prelabel, check_labels
from annodesk.progress import CancelToken, Progress, silent

if TYPE_CHECKING:
    from annodesk.prelabel.narrowing import Narrowing

SPARE_TOKENS = 8
LEAST_TEXT_TOKENS = 32


def prelabel_segments(
    engine: Engine,
    prompt: Prompt,
    stretches: Sequence[Mapping[str, float]],
    labels: Sequence[str],
    *,
    seed: int = 0,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> list[Prelabel]:
    """A suggestion for each stretch of sound, in order.

    Parameters
    ----------
    stretches : for each stretch the numbers of ``media.features``, by name
    labels : what can be answered
    seed : fixes the order in which the labels are shown to the model; 0 keeps theirs

    Raises
    ------
    EngineStopped, ScoringCancelled
        With ``prelabels`` of the first stretches, which stay valid.
    """
    items = []
    for numbers in stretches:
        if cancel and cancel.is_cancelled:
            raise ScoringCancelled([])
        items.append(describe_sound(numbers))
    return _run(engine, prompt, items, labels, (), seed, [False] * len(items), progress, cancel)


def classify_texts(
    engine: Engine,
    prompt: Prompt,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    examples: Sequence[tuple[str, str]] = (),
    narrowing: Narrowing | None = None,
    seed: int = 0,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> list[Prelabel]:
    """A label for each text, in order; ``examples`` are texts with their answers, shown to the model first.

    A text too long for the model is read up to where the model's memory ends, and marked as shortened. Where there are
    more labels than ``NARROW_ABOVE``, each text is asked about the nearest alone, as ``narrowing`` finds them (by the
    labels' names and the examples, where none is given), and shown the examples of these; ``probabilities`` then holds
    these alone.
    """
    check_labels(labels)
    if len(labels) > NARROW_ABOVE:
        return _classify_narrowed(engine, prompt, texts, labels, examples, narrowing, seed, progress, cancel)
    room = _room_for_text(engine, prompt, labels, examples)
    shortened = [_shortened(engine, text, room) for text in texts]
    was_shortened = [new is not old for new, old in zip(shortened, texts, strict=True)]
    return _run(engine, prompt, shortened, labels, examples, seed, was_shortened, progress, cancel)


def _classify_narrowed(
    engine: Engine,
    prompt: Prompt,
    texts: Sequence[str],
    labels: Sequence[str],
    examples: Sequence[tuple[str, str]],
    narrowing: Narrowing | None,
    seed: int,
    progress: Progress,
    cancel: CancelToken | None,
) -> list[Prelabel]:
    from annodesk.prelabel.narrowing import narrow_texts

    narrowing = narrowing or narrow_texts(labels, examples=examples)
    prefix = prefix_before_labels(prompt)
    asked: list[str] = []
    was_shortened: list[bool] = []
    own_labels = narrowing.choose(texts)
    most = engine.load(cancel=cancel).n_ctx // 2
    costs = engine.count_tokens([prompt.ask(text) + f" {label}\n" for text, label in examples]) if examples else []
    for text, own in zip(texts, own_labels, strict=True):
        if cancel and cancel.is_cancelled:
            raise ScoringCancelled([])
        shots = _shots_in_turn(examples, costs, own, most)
        room = _room_for_text(engine, prompt, own, shots)
        kept = _shortened(engine, text, room)
        asked.append(prompt.prefix(_in_order(own, seed), shots)[len(prefix) :] + prompt.ask(kept))
        was_shortened.append(kept is not text)
    return _scored(engine, prompt, prefix, asked, own_labels, seed, was_shortened, progress, cancel)


def _shots_in_turn(
    examples: Sequence[tuple[str, str]], costs: Sequence[int], labels: Sequence[str], most: int
) -> list[tuple[str, str]]:
    """Examples of these labels of at most so many tokens: the first of each label, then the second of each."""
    of_label: dict[str, list[int]] = {label: [] for label in labels}
    for k, (_, label) in enumerate(examples):
        if label in of_label:
            of_label[label].append(k)
    kept: list[int] = []
    for turn in zip_longest(*of_label.values()):
        for k in turn:
            if k is not None and costs[k] <= most:
                kept.append(k)
                most -= costs[k]
    return [examples[k] for k in sorted(kept)]


def prefix_before_labels(prompt: Prompt) -> str:
    """What all items share where each is asked about labels of its own: the lines before the one that lists them."""
    mark = "\0"
    before, _, _ = prompt.prefix([mark]).partition(mark)
    return before[: before.rfind("\n") + 1]


def _in_order(labels: Sequence[str], seed: int) -> list[str]:
    """The labels as the model is shown them under a seed."""
    shown = list(labels)
    if seed:
        random.Random(seed).shuffle(shown)
    return shown


def _run(
    engine: Engine,
    prompt: Prompt,
    items: Sequence[str],
    labels: Sequence[str],
    examples: Sequence[tuple[str, str]],
    seed: int,
    was_shortened: Sequence[bool],
    progress: Progress,
    cancel: CancelToken | None,
) -> list[Prelabel]:
    check_labels(labels)
    prefix = prompt.prefix(_in_order(labels, seed), examples)
    asked = [prompt.ask(item) for item in items]
    own = [labels] * len(items)
    return _scored(engine, prompt, prefix, asked, own, seed, was_shortened, progress, cancel)


def _scored(
    engine: Engine,
    prompt: Prompt,
    prefix: str,
    asked: Sequence[str],
    labels: Sequence[Sequence[str]],
    seed: int,
    was_shortened: Sequence[bool],
    progress: Progress,
    cancel: CancelToken | None,
) -> list[Prelabel]:
    """Suggestions for whole prompts, each with labels of its own."""
    facts = engine.load(cancel=cancel)

    def suggestions(scores: Sequence[LabelScores]) -> list[Prelabel]:
        return [
            Prelabel(
                label=labels[k][score.best],
                probability=score.probabilities[score.best],
                probabilities=dict(zip(labels[k], score.probabilities, strict=True)),
                off_format_mass=score.off_format_mass,
                model_sha256=facts.sha256,
                model_name=facts.name,
                prompt_version=prompt.version,
                seed=seed,
                engine_version=engine.engine_version,
                was_shortened=was_shortened[k],
            )
            for k, score in enumerate(scores)
        ]

    try:
        ways = [[f" {label}" for label in own] for own in labels]
        scores = engine.score(prefix, asked, ways, progress=progress, cancel=cancel)
    except (EngineStopped, ScoringCancelled) as error:
        error.prelabels = suggestions(error.partial)
        raise
    return suggestions(scores)


def _room_for_text(engine: Engine, prompt: Prompt, labels: Sequence[str], examples: Sequence[tuple[str, str]]) -> int:
    """Tokens left for a text beside the task, the examples and the longest label."""
    frame, *ends = engine.count_tokens(
        [prompt.prefix(labels, examples) + prompt.ask(""), *(f" {label}\n" for label in labels)]
    )
    room = engine.load().n_ctx - frame - max(ends) - SPARE_TOKENS
    if room < LEAST_TEXT_TOKENS:
        raise ModelError(
            "The labels and examples leave no room for a text in the model's memory.",
            "Give fewer examples, or choose a model that reads more.",
        )
    return room


def _shortened(engine: Engine, text: str, room: int) -> str:
    """The beginning of the text that takes at most ``room`` tokens; the same text where it fits."""
    if len(text.encode("utf-8", errors="replace")) <= room:  # a token covers at least one byte
        return text
    kept = " ".join(text.split())
    fits = True
    while (count := engine.count_tokens([kept])[0]) > room:
        fits = False
        kept = kept[: int(len(kept) * room / count * 0.98)]
    return text if fits else kept
