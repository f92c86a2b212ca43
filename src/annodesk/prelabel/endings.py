"""Prompts and what may follow them, in the model's tokens.

A prompt is tokenised together with each label and cut where all of them still agree, so that a vocabulary that joins
across the cut is scored as it would be written. Where items begin and end alike ("Text: ...", "Label:" on a line of its
own) that is done for the first of them: of the others only their own words are tokenised, between what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

MOST_KNOWN = 64
_LEAST_TOKENS = 3
_SAME_SIGNS = 6
"""Items that begin with the same so many signs are joined to what stands before them alike."""


class Ending(Struct, frozen=True):
    """A prompt and one way in which it goes on; what is at and behind ``judged_from`` is what is asked."""

    tokens: list[int]
    judged_from: int


class _Tail(Struct, frozen=True):
    """An ending without its prompt: so many tokens back from the prompt's end it goes on by itself."""

    back: int
    tokens: list[int]
    judged_after: int


class Endings:
    """Finds endings, remembering those of the last line they follow."""

    def __init__(self, tokenise: Callable[[str], list[int]]) -> None:
        self._tokenise = tokenise
        self._known: dict[tuple[object, ...], tuple[list[int], list[_Tail]]] = {}
        self._prefix: tuple[str, list[int]] | None = None
        self._line_end = tokenise("\n")
        self._joins: dict[str, bool] = {}

    def prefix(self, text: str) -> list[int]:
        """The tokens of what all items share; those of the last one are remembered."""
        if self._prefix is None or self._prefix[0] != text:
            self._prefix = text, self._tokenise(text)
            self._joins.clear()
        return self._prefix[1]

    def of(self, prefix: str, item: str, ways: Sequence[tuple[str, Sequence[str]]], end: str) -> list[Ending]:
        """All endings in order: of each way, a question (or nothing) behind the prompt, each of its answers."""
        asked = self._prompt(prefix, item)
        prompt = prefix + item
        line = prompt[prompt.rfind("\n") + 1 :]
        key = (line, end, tuple((question, tuple(answers)) for question, answers in ways))
        known = self._known.get(key)
        if known is not None and asked[-len(known[0]) :] == known[0]:
            return [_after(asked, tail) for tail in known[1]]
        endings: list[Ending] = []
        for question, answers in ways:
            endings += self._afresh(prompt, asked, question, answers, end)
        self._remember(key, asked, self._tokenise("\n" + line), endings)
        return endings

    def _prompt(self, prefix: str, item: str) -> list[int]:
        """The whole prompt's tokens; of a prefix of whole lines, only the item is tokenised where that is the same."""
        before, start = self.prefix(prefix), item[:_SAME_SIGNS]
        joins = self._joins.get(start)
        if joins is False or not prefix.endswith("\n") or len(item) <= _SAME_SIGNS:
            return self._tokenise(prefix + item)
        apart = [*before, *self._tokenise("\n" + item)[len(self._line_end) :]]
        if joins is None:
            whole = self._tokenise(prefix + item)
            if len(self._joins) < MOST_KNOWN:
                self._joins[start] = whole == apart
            return whole
        return apart

    def _afresh(self, prompt: str, asked: list[int], question: str, answers: Sequence[str], end: str) -> list[Ending]:
        before = self._tokenise(prompt + question) if question else asked
        whole = [self._tokenise(prompt + question + answer + end) for answer in answers]
        judged_from = min(min(agreement(before, tokens), len(tokens) - 1) for tokens in whole)
        return [Ending(tokens, judged_from) for tokens in whole]

    def _remember(self, key: tuple[object, ...], asked: list[int], line: list[int], endings: Sequence[Ending]) -> None:
        """Keep the ends where the prompt's last line is read the same behind anything."""
        n_same = agreement(asked[::-1], line[::-1])
        tails = []
        for ending in endings:
            n_common = min(agreement(asked, ending.tokens), ending.judged_from)
            tails.append(_Tail(len(asked) - n_common, ending.tokens[n_common:], ending.judged_from - n_common))
        # One token more than is taken back must be the same, or what stands before could reach into the ends.
        if n_same < _LEAST_TOKENS or any(tail.back > n_same - 2 for tail in tails):
            return
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[key] = (asked[len(asked) - n_same :], tails)


def agreement(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens both begin with."""
    same, most = 0, min(len(left), len(right))
    while same < most:
        middle = (same + most + 1) // 2
        if left[same:middle] == right[same:middle]:
            same = middle
        else:
            most = middle - 1
    return same


def _after(asked: list[int], tail: _Tail) -> Ending:
    kept = len(asked) - tail.back
    return Ending(asked[:kept] + tail.tokens, kept + tail.judged_after)
