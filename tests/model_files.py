"""Model files with random weights in shapes that are not shipped, with the shipped model's vocabulary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from annodesk.prelabel.check import embedded_model

QWEN_VOCABULARY = 151_936


def write_recurrent_model(path: Path) -> Path:
    """A small model of the kind mamba, whose state cannot be shared between labels."""
    import gguf

    width, inner, state, rank, blocks = 64, 128, 16, 4, 2
    writer = gguf.GGUFWriter(str(path), "mamba")
    writer.add_context_length(2048)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_block_count(blocks)
    writer.add_ssm_conv_kernel(4)
    writer.add_ssm_inner_size(inner)
    writer.add_ssm_state_size(state)
    writer.add_ssm_time_step_rank(rank)
    writer.add_layer_norm_rms_eps(1e-5)
    n_vocab = _add_vocabulary(writer)
    rng = np.random.default_rng(0)

    def add(name: str, *shape: int, scale: float = 0.2) -> None:
        writer.add_tensor(name, (scale * rng.standard_normal(shape)).astype(np.float32))

    add("token_embd.weight", n_vocab, width, scale=1.0)
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for k in range(blocks):
        block = f"blk.{k}."
        writer.add_tensor(block + "attn_norm.weight", np.ones(width, np.float32))
        add(block + "ssm_in.weight", 2 * inner, width)
        add(block + "ssm_conv1d.weight", inner, 4)
        add(block + "ssm_conv1d.bias", inner)
        add(block + "ssm_x.weight", rank + 2 * state, inner)
        add(block + "ssm_dt.weight", inner, rank)
        add(block + "ssm_dt.bias", inner)
        writer.add_tensor(block + "ssm_a", -np.ones((inner, state), np.float32))
        writer.add_tensor(block + "ssm_d", np.ones(inner, np.float32))
        add(block + "ssm_out.weight", width, inner)
    return _write(writer, path)


def write_qwen_shape(path: Path) -> Path:
    """A model of the shape of Qwen2.5-0.5B, 4-bit, with random weights."""
    import gguf
    from gguf import GGMLQuantizationType, quants

    width, blocks, hidden, heads, kv_heads, head = 896, 24, 4864, 14, 2, 64
    writer = gguf.GGUFWriter(str(path), "qwen2")
    writer.add_context_length(32_768)
    writer.add_embedding_length(width)
    writer.add_block_count(blocks)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    _add_vocabulary(writer, QWEN_VOCABULARY)
    rng = np.random.default_rng(0)

    def add(name: str, rows: int, columns: int, kind: Any = GGMLQuantizationType.Q4_0) -> None:
        weights = 0.02 * rng.standard_normal((rows, columns), dtype=np.float32)
        writer.add_tensor(name, quants.quantize(weights, kind), raw_dtype=kind)

    add("token_embd.weight", QWEN_VOCABULARY, width, GGMLQuantizationType.Q8_0)
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for k in range(blocks):
        block = f"blk.{k}."
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{block}{norm}.weight", np.ones(width, np.float32))
        for name, n_heads in (("q", heads), ("k", kv_heads), ("v", kv_heads)):
            add(f"{block}attn_{name}.weight", n_heads * head, width)
            writer.add_tensor(f"{block}attn_{name}.bias", np.zeros(n_heads * head, np.float32))
        add(f"{block}attn_output.weight", width, heads * head)
        add(f"{block}ffn_gate.weight", hidden, width)
        add(f"{block}ffn_up.weight", hidden, width)
        add(f"{block}ffn_down.weight", width, hidden)
    return _write(writer, path)


def _add_vocabulary(writer: Any, at_least: int = 0) -> int:
    """The shipped model's tokens, and as many unused ones as are wanted; how many there are then."""
    import gguf

    fields = gguf.GGUFReader(str(embedded_model().path)).fields
    read = lambda key: fields[f"tokenizer.ggml.{key}"]  # noqa: E731
    tokens = [bytes(read("tokens").parts[k]) for k in read("tokens").data]
    scores = [float(read("scores").parts[k][0]) for k in read("scores").data]
    kinds = [int(read("token_type").parts[k][0]) for k in read("token_type").data]
    for k in range(len(tokens), at_least):
        tokens.append(f"▁unused{k}".encode())
        scores.append(-1e6 - k)
        kinds.append(int(gguf.TokenType.NORMAL))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    for name in ("bos", "eos", "unknown"):
        writer.add_uint32(f"tokenizer.ggml.{name}_token_id", int(read(f"{name}_token_id").parts[-1][0]))
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    return len(tokens)


def _write(writer: Any, path: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def write_talking_model(path: Path, template: str) -> Path:
    """The shipped model with a chat template in its file."""
    import gguf

    reader = gguf.GGUFReader(str(embedded_model().path))
    writer = gguf.GGUFWriter(str(path), "llama")
    for field in reader.fields.values():
        if not field.name.startswith("GGUF.") and field.name != "general.architecture":
            sub_type = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), field.types[0], sub_type)
    writer.add_chat_template(template)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    return _write(writer, path)
