"""A small Llama in torch, and its GGUF file: same rotary order, vocabulary and tied output as llama.cpp expects."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import torch
from msgspec import Struct
from torch import Tensor, nn
from torch.nn import functional
from vocabulary import Vocabulary, add_vocabulary


class Shape(Struct, frozen=True):
    """Sizes of the network; every matrix has rows of a multiple of 32, as Q8_0 wants.

    The rotary base is high, so that most of a head's pairs hardly turn within a prompt: what two items have in common
    is then seen the same at any distance.
    """

    vocabulary: int
    width: int = 256
    layers: int = 3
    heads: int = 4
    head_width: int = 96
    inner: int = 384
    context: int = 2048
    epsilon: float = 1e-5
    rotary_base: float = 1e16


class _Norm(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape.width))
        self.epsilon = shape.epsilon

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x, (x.shape[-1],), self.weight, self.epsilon)


class _Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.attention_norm, self.inner_norm = _Norm(shape), _Norm(shape)
        inside = shape.heads * shape.head_width
        self.q, self.k, self.v = (nn.Linear(shape.width, inside, bias=False) for _ in range(3))
        self.out = nn.Linear(inside, shape.width, bias=False)
        self.gate = nn.Linear(shape.width, shape.inner, bias=False)
        self.up = nn.Linear(shape.width, shape.inner, bias=False)
        self.down = nn.Linear(shape.inner, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        n_batch, n_tokens, _ = x.shape
        shape = self.shape
        normed = self.attention_norm(x)

        def heads(y: Tensor) -> Tensor:
            return y.view(n_batch, n_tokens, shape.heads, shape.head_width).transpose(1, 2)

        q = _rotated(heads(self.q(normed)), cos, sin)
        k = _rotated(heads(self.k(normed)), cos, sin)
        seen = functional.scaled_dot_product_attention(q, k, heads(self.v(normed)), attn_mask=mask)
        x = x + self.out(seen.transpose(1, 2).reshape(n_batch, n_tokens, -1))
        normed = self.inner_norm(x)
        return x + self.down(functional.silu(self.gate(normed)) * self.up(normed))


class TinyLlama(nn.Module):
    """Next-token logits; ``mask`` says which token sees which, ``positions`` where each stands."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(_Block(shape) for _ in range(shape.layers))
        self.norm = _Norm(shape)
        self.output = nn.Linear(shape.width, shape.vocabulary, bias=False)
        frequency = 1.0 / shape.rotary_base ** (torch.arange(0, shape.head_width, 2).float() / shape.head_width)
        angle = torch.outer(torch.arange(shape.context).float(), frequency)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, tokens: Tensor, positions: Tensor, mask: Tensor, wanted: Tensor) -> Tensor:
        """Logits (n_wanted, vocabulary) after the tokens where ``wanted`` (n_batch, n_tokens) is true."""
        x = self.embedding(tokens)
        cos, sin = self.cos[positions][:, None], self.sin[positions][:, None]
        for block in self.blocks:
            x = block(x, cos, sin, mask)
        return self.output(self.norm(x[wanted]))

    @property
    def n_parameters(self) -> int:
        return sum(weight.numel() for weight in self.parameters())


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Neighbouring pairs turned, the order of llama.cpp's architecture "llama"."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


def write_gguf(model: TinyLlama, vocabulary: Vocabulary, path: Path, name: str) -> None:
    """The model with its vocabulary, matrices in Q8_0."""
    shape = model.shape
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name(name)
    writer.add_license("Apache-2.0")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rotary_base)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    add_vocabulary(writer, vocabulary)
    weights = {key: value.detach().float().numpy() for key, value in model.state_dict().items()}
    _add_tensor(writer, "token_embd.weight", weights["embedding.weight"])
    _add_tensor(writer, "output.weight", weights["output.weight"])
    _add_tensor(writer, "output_norm.weight", weights["norm.weight"])
    names = {
        "attn_norm": "attention_norm", "ffn_norm": "inner_norm", "attn_q": "q", "attn_k": "k", "attn_v": "v",
        "attn_output": "out", "ffn_gate": "gate", "ffn_up": "up", "ffn_down": "down",
    }  # fmt: skip
    for layer in range(shape.layers):
        for theirs, ours in names.items():
            _add_tensor(writer, f"blk.{layer}.{theirs}.weight", weights[f"blocks.{layer}.{ours}.weight"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tensor(writer: gguf.GGUFWriter, name: str, values: np.ndarray) -> None:
    if values.ndim == 2:
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, values.astype(np.float32))
