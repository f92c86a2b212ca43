"""The weights that training begins with: a network that already copies the label of the example most like the item.

The residual stream is cut into parts. A token begins with a code that tells it from others, and with its meaning, which
is longer the rarer the token is. The first layer writes beside each token the codes of the two tokens before it, and
what is meant by the stretch before it (two heads that see about 12 and 24 tokens). The heads of the later layers look
for a place with the same tokens before it as stand at their own, after a stretch that means alike, and copy the code of
the token that stands there; the output reads that code. Everything is free to change in training (compare Trockman and
Kolter 2023, arXiv 2305.09828, on beginning from patterns of trained networks).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray
from tiny_llama import TinyLlama
from torch import Tensor, nn
from vocabulary import Vocabulary, first_embedding

Float64 = NDArray[np.float64]

_CONSTANT = slice(0, 8)
_CODE = slice(8, 56)
_MEANING = slice(56, 106)
_BEFORE = slice(106, 146)
_BEFORE_THAT = slice(146, 166)
_STRETCH = slice(166, 216)
_COPIED = slice(216, 256)
"""The parts of the residual stream."""

_CONSTANT_SIZE = 12.0
_TURNING_PAIRS = 9
"""Pairs of a head that turn fast enough to tell distances; the others compare two places alike at any distance."""
_SAME, _SAME_BEFORE, _ALIKE = slice(18, 48), slice(48, 56), slice(56, 96)
"""The parts of a head that copies."""
_MOST_DISTANCE = 1200


class _Copying(Struct, frozen=True):
    """How strongly, in nats of attention, a head cares for the same token, the one before, likeness, and nearness."""

    same: float
    same_before: float
    alike: float
    near: float


_COPYING = (_Copying(15, 12, 9, 4), _Copying(14, 11, 12, 2), _Copying(14, 11, 6, 5))


def begin(model: TinyLlama, vocabulary: Vocabulary, items: Sequence[Sequence[int]], seed: int) -> None:
    """Set the weights; ``items`` are the tokens of some items, by which it is known which tokens are rare."""
    generator = torch.Generator().manual_seed(seed)

    def drawn(*sizes: int) -> Tensor:
        return torch.randn(*sizes, generator=generator)

    shape = model.shape
    seen = np.zeros(len(vocabulary))
    for tokens in items:
        seen[list(set(tokens))] += 1
    rarity = torch.from_numpy(np.log((len(items) + 1) / (seen + 1))).float() / 5
    meaning = torch.from_numpy(first_embedding(vocabulary, _length(_MEANING), seed))
    code = drawn(len(vocabulary), _length(_CODE))
    before, copied = drawn(_length(_BEFORE), _length(_CODE)), drawn(_length(_COPIED), _length(_CODE))
    before_that = drawn(_length(_BEFORE_THAT), _length(_BEFORE)) / math.sqrt(_length(_BEFORE)) @ before
    before, copied, before_that = (matrix / math.sqrt(_length(_CODE)) for matrix in (before, copied, before_that))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 2:
                nn.init.normal_(weight, std=0.02, generator=generator)
        embedding = model.embedding.weight
        embedding.zero_()
        embedding[:, 0] = _CONSTANT_SIZE
        embedding[:, _CODE], embedding[:, _MEANING] = code, rarity[:, None] * meaning
        model.output.weight[:, _COPIED] = 0.2 * code @ copied.T
        first, *later = model.blocks
        turns = shape.rotary_base ** (-2 * np.arange(_TURNING_PAIRS) / shape.head_width)
        meant = torch.eye(_length(_MEANING))
        for head, back, values, written in ((0, 1, before, _BEFORE), (1, 2, before_that, _BEFORE_THAT)):
            _look(first, head, _distances(turns, back, back, 8.0), shape.head_width)
            _write(first, head, values, _CODE, written, shape.head_width)
        for head, furthest in ((2, 14), (3, 25)):
            _look(first, head, _distances(turns, 3, furthest, 6.0), shape.head_width)
            _write(first, head, 4.0 * meant, _MEANING, _STRETCH, shape.head_width, 3.0)
        for block in later:
            for head, strength in enumerate(_COPYING):
                near = _nearness(turns, strength.near)
                _look(block, head, near, shape.head_width)
                rows = head * shape.head_width
                same = torch.tensor(strength.same * math.sqrt(shape.head_width) / _length(_BEFORE)).sqrt()
                narrow = drawn(_length(_SAME), _length(_BEFORE)) / math.sqrt(_length(_SAME))
                _rows(block.q, rows, _SAME)[:, _CODE] = same * narrow @ before
                _rows(block.k, rows, _SAME)[:, _BEFORE] = same * narrow
                again = math.sqrt(strength.same_before * math.sqrt(shape.head_width) / _length(_BEFORE_THAT))
                narrow = drawn(_length(_SAME_BEFORE), _length(_BEFORE_THAT)) / math.sqrt(_length(_SAME_BEFORE))
                to_that = before_that @ torch.linalg.pinv(before)
                _rows(block.q, rows, _SAME_BEFORE)[:, _BEFORE] = again * narrow @ to_that
                _rows(block.k, rows, _SAME_BEFORE)[:, _BEFORE_THAT] = again * narrow
                alike = math.sqrt(strength.alike * math.sqrt(shape.head_width) / _length(_STRETCH))
                own, _ = torch.linalg.qr(drawn(_length(_STRETCH), _length(_ALIKE)))
                _rows(block.q, rows, _ALIKE)[:, _STRETCH] = alike * own.T
                _rows(block.k, rows, _ALIKE)[:, _STRETCH] = alike * own.T
                _write(block, head, 0.5 * copied, _CODE, _COPIED, shape.head_width)


def _length(part: slice) -> int:
    return part.stop - part.start


def _rows(layer: nn.Linear, first: int, part: slice) -> Tensor:
    return layer.weight[first + part.start : first + part.stop]


def _look(block: nn.Module, head: int, weights: Float64, head_width: int) -> None:
    """A head's query and key by distance alone; ``weights`` (pairs, 2) are of the cosine and sine of each turn."""
    for pair, (cosine, sine) in enumerate(weights):
        size = math.sqrt(max(abs(cosine), abs(sine), 1e-9) * math.sqrt(head_width))
        row = head * head_width + 2 * pair
        block.q.weight[row, 0] = size / _CONSTANT_SIZE
        for k, weight in enumerate((cosine, sine)):
            block.k.weight[row + k, 0] = weight * math.sqrt(head_width) / size / _CONSTANT_SIZE


def _write(
    block: nn.Module, head: int, values: Tensor, read: slice, written: slice, head_width: int, gain: float = 1.0
) -> None:
    """What a head carries from one part of the stream to another."""
    rows = slice(head * head_width, head * head_width + len(values))
    block.v.weight[rows, :] = 0
    block.v.weight[rows, read] = values
    block.out.weight[:, head * head_width : (head + 1) * head_width] *= 0.3
    block.out.weight[written, rows] = gain * torch.eye(len(values))


def _distances(turns: Float64, nearest: int, furthest: int, depth: float) -> Float64:
    """Weights of a head that sees the tokens so far back, and all others less by ``depth`` nats or more."""
    back = np.arange(_MOST_DISTANCE)
    inside = (back >= nearest) & (back <= furthest)
    slack = 0 if nearest == furthest else 1 + furthest // 8
    counts = inside | (back < nearest - slack) | (back > furthest + slack)
    emphasis = np.where(inside, 6.0, np.where(back < 100, 1.0, 0.3)) * counts
    return _fitted(turns, inside, np.where(inside, 0.0, -depth), emphasis)


def _fitted(turns: Float64, inside: NDArray[np.bool_], target: Float64, emphasis: Float64) -> Float64:
    """Weights whose waves come to the target where it is ``inside``, and stay below it elsewhere."""
    back = np.arange(len(target))
    waves = np.concatenate([np.cos(np.outer(back, turns)), np.sin(np.outer(back, turns)), np.ones((len(back), 1))], 1)
    bent = target.copy()
    left = waves * emphasis[:, None]
    inverse = np.linalg.inv(left.T @ left + 0.03 * np.diag([1.0] * (2 * len(turns)) + [1e-6])) @ left.T
    for _ in range(300):
        weights = inverse @ (emphasis * bent)
        bent = np.where(inside, target, np.minimum(target, waves @ weights))
    return np.stack([weights[: len(turns)], weights[len(turns) : -1]], 1)


def _nearness(turns: Float64, strength: float) -> Float64:
    """Weights of a head that cares a little more for what is near."""
    back = np.arange(_MOST_DISTANCE)
    target = strength * np.exp(-back / 60)
    return _fitted(turns, np.ones(len(back), bool), target, np.ones(len(back)))
