"""Pre-labels for many segments or texts: prompts out, suggestions with their provenance in."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from annodesk.errors import ModelError
from annodesk.prelabel.engine import Engine, EngineStopped, ScoringCancelled
from annodesk.prelabel.prompts import Prompt, describe_sound
from annodesk.prelabel.scores import LabelScores, Prelabel, check_labels
from annodesk.progress import CancelToken, Progress, silent

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
    seed: int = 0,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> list[Prelabel]:
    """A label for each text, in order; ``examples`` are texts with their answers, shown to the model first.

    A text too long for the model is read up to where the model's memory ends, and marked as shortened.
    """
    check_labels(labels)
    room = _room_for_text(engine, prompt, labels, examples)
    shortened = [_shortened(engine, text, room) for text in texts]
    was_shortened = [new is not old for new, old in zip(shortened, texts, strict=True)]
    return _run(engine, prompt, shortened, labels, examples, seed, was_shortened, progress, cancel)


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
    facts = engine.load(cancel=cancel)
    shown = list(labels)
    if seed:
        random.Random(seed).shuffle(shown)
    prefix = prompt.prefix(shown, examples)

    def suggestions(scores: Sequence[LabelScores]) -> list[Prelabel]:
        return [
            Prelabel(
                label=labels[score.best],
                probability=score.probabilities[score.best],
                probabilities=dict(zip(labels, score.probabilities, strict=True)),
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
        asked = [prompt.ask(item) for item in items]
        scores = engine.score(prefix, asked, [f" {label}" for label in labels], progress=progress, cancel=cancel)
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
