"""What is checked of a model file before llama.cpp sees it: that it is whole, and that it fits into memory."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import ModelError
from annodesk.paths import resource
from annodesk.prelabel.header import Header, HeaderError, read_header

if TYPE_CHECKING:
    from annodesk.progress import CancelToken

WORK_GOES_ON = "Work goes on without pre-labels; name another file under [prelabel] in the project file."
EMBEDDED_NAME = "annodesk-small"
DEFAULT_CONTEXT_TOKENS = 4096
COMPUTE_BYTES = 64 << 20
"""What the engine takes besides weights, keys, values and answers."""

ANSWER_BYTES_PER_WORD = 4 * 128
"""llama.cpp holds one number per vocabulary entry for each of up to 128 judged tokens."""
HASH_BLOCK_BYTES = 4 << 20
NOT_WRITING = (
    *("bert", "modern-bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2", "jina-bert-v3", "eurobert"),
    *("t5encoder", "gemma-embedding", "clip", "wavtokenizer-dec"),
)
"""Architectures that make vectors of texts, pictures or sounds and cannot say how a text goes on."""

_hashes: dict[tuple[str, int, int], str] = {}


class ModelFacts(Struct, frozen=True):
    """What is known of a model file that passed the checks.

    ``n_ctx`` is how many tokens may be used: the smaller of what was asked for and what the model was
    trained for. ``memory_bytes`` is an estimate of what running it takes.
    """

    path: Path
    name: str
    sha256: str
    size_bytes: int
    architecture: str
    n_parameters: int
    n_vocab: int
    n_ctx: int
    n_ctx_train: int
    memory_bytes: int


class EmbeddedModel(Struct, frozen=True):
    """The model shipped with annodesk, and the hash it must have."""

    path: Path
    sha256: str
    name: str


def embedded_model() -> EmbeddedModel:
    """The shipped model as its JSON card describes it."""
    card = json.loads(resource(f"model/{EMBEDDED_NAME}.json").read_text(encoding="utf-8"))
    return EmbeddedModel(resource(f"model/{card['file']}"), str(card["sha256"]), str(card["name"]))


def embedded_kinds() -> frozenset[str]:
    """What the shipped model was trained to be asked about (kinds of `prelabel.asked`), as its card says."""
    card = json.loads(resource(f"model/{EMBEDDED_NAME}.json").read_text(encoding="utf-8"))
    return frozenset(str(kind) for kind in card["answers"])


def embedded_examples() -> int:
    """How many examples the shipped model is shown: as many as it was taught to read."""
    card = json.loads(resource(f"model/{EMBEDDED_NAME}.json").read_text(encoding="utf-8"))
    return int(card["examples_shown"])


def engine_available() -> bool:
    """Whether the language-model engine is installed; imports nothing of it."""
    return importlib.util.find_spec("llama_cpp") is not None


def check_model(
    path: Path,
    *,
    expected_sha256: str | None = None,
    n_ctx: int = DEFAULT_CONTEXT_TOKENS,
    free_bytes: int | None = None,
    cancel: CancelToken | None = None,
) -> ModelFacts:
    """The facts of a model file that is whole and fits into memory.

    Parameters
    ----------
    path : the GGUF file
    expected_sha256 : the hash the file must have, known for the shipped model
    n_ctx : tokens wanted at once
    free_bytes : free memory; asked of the system where it is not given

    Raises
    ------
    ModelError
        One sentence on what is wrong with the file.
    """
    path = Path(path)
    size = _size_of(path)
    try:
        header = read_header(path)
        if expected_sha256 is None:  # else its hash tells more
            _check_weights(header, size)
    except HeaderError as error:
        raise _refused(path, str(error)) from error
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    architecture = header.text("general.architecture")
    if not architecture:
        raise _refused(path, "does not say what kind of model it is")
    _check_kind(path, architecture, header)
    n_ctx_train = header.number(f"{architecture}.context_length", n_ctx)
    if n_ctx_train < 1:
        raise _refused(path, "states an impossible context length")
    n_ctx = min(n_ctx, n_ctx_train)
    n_vocab = header.lengths.get("tokenizer.ggml.tokens", 0)
    memory = size + kv_bytes(header, n_ctx) + n_vocab * ANSWER_BYTES_PER_WORD + COMPUTE_BYTES
    _check_memory(path, memory, free_memory_bytes() if free_bytes is None else free_bytes)
    sha256 = hash_model(path, cancel)
    if expected_sha256 is not None and sha256 != expected_sha256:
        raise ModelError(
            f"The model {path.name} is damaged: its content is not what was shipped.",
            f"Install annodesk again. {WORK_GOES_ON}",
        )
    return ModelFacts(
        path=path,
        name=header.text("general.name").strip() or path.stem,
        sha256=sha256,
        size_bytes=size,
        architecture=architecture,
        n_parameters=sum(tensor.n_values for tensor in header.tensors),
        n_vocab=n_vocab,
        n_ctx=n_ctx,
        n_ctx_train=n_ctx_train,
        memory_bytes=memory,
    )


def hash_model(path: Path, cancel: CancelToken | None = None) -> str:
    """The file's sha256; read once per path, size and time of change."""
    try:
        status = path.stat()
        key = (str(path.resolve()), status.st_size, status.st_mtime_ns)
        if key not in _hashes:
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while block := file.read(HASH_BLOCK_BYTES):
                    digest.update(block)
                    if cancel:
                        cancel.check()
            _hashes[key] = digest.hexdigest()
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    return _hashes[key]


def kv_bytes(header: Header, n_ctx: int) -> int:
    """Memory for keys and values of ``n_ctx`` tokens at 16 bits, as llama.cpp allocates them."""
    kind = header.text("general.architecture")
    heads = max(1, header.number(f"{kind}.attention.head_count", 1))
    kv_heads = max(1, header.number(f"{kind}.attention.head_count_kv", heads))
    per_head = header.number(f"{kind}.embedding_length") // heads
    key_length = header.number(f"{kind}.attention.key_length", per_head)
    value_length = header.number(f"{kind}.attention.value_length", per_head)
    return 2 * n_ctx * header.number(f"{kind}.block_count") * kv_heads * (key_length + value_length)


def free_memory_bytes() -> int | None:
    """Memory that can be taken without swapping; None where the system does not say."""
    if sys.platform == "win32":
        return _free_on_windows()
    free = [_free_by_proc(), _free_by_cgroup()]
    known = [amount for amount in free if amount is not None]
    if known:
        return min(known)
    try:
        return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 0.6)
    except (ValueError, OSError):
        return None


def _size_of(path: Path) -> int:
    try:
        if path.is_dir():
            raise _refused(path, "is a folder, not a file")
        if not path.exists():
            raise ModelError(f"The model {path} is not there.", WORK_GOES_ON)
        if not path.is_file():
            raise _refused(path, "is not an ordinary file")
        return path.stat().st_size
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ModelError("The model's path is not one a file can have.", WORK_GOES_ON) from error


def _check_kind(path: Path, architecture: str, header: Header) -> None:
    """Refuse files that llama.cpp may open but that cannot choose labels."""
    kind = architecture if architecture in NOT_WRITING else header.text("general.type")
    if kind in (*NOT_WRITING, "mmproj", "adapter"):
        raise _refused(path, f"is of the kind {kind}, which writes no text")
    n_parts = header.number("split.count")
    if n_parts > 1:
        raise ModelError(
            f"The model {path.name} is one of {n_parts} parts.",
            f"Join them with gguf-split --merge, and name the whole. {WORK_GOES_ON}",
        )
    if not header.lengths.get("tokenizer.ggml.tokens"):
        raise _refused(path, "holds no vocabulary")


def _check_weights(header: Header, size: int) -> None:
    """Every tensor must end inside the file."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    sizes = {kind.value: GGML_QUANT_SIZES[kind] for kind in GGMLQuantizationType if kind in GGML_QUANT_SIZES}
    end = header.data_start
    for tensor in header.tensors:
        values, bytes_per_block = sizes.get(tensor.kind, (1, 0))
        n_bytes = -(-tensor.n_values // values) * bytes_per_block
        end = max(end, header.data_start + tensor.offset + n_bytes)
    if not header.tensors:
        raise HeaderError("holds no weights")
    if end > size:
        raise HeaderError(f"is cut off: it has {size:,} bytes and should have {end:,}")


def _check_memory(path: Path, needed: int, free: int | None) -> None:
    if free is not None and needed > free:
        raise ModelError(
            f"The model {path.name} needs about {_as_gb(needed)} of memory, and {_as_gb(free)} are free.",
            f"Close other programs or choose a smaller model. {WORK_GOES_ON}",
        )


def _as_gb(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB"


def _refused(path: Path, what: str) -> ModelError:
    return ModelError(f"The model {path.name or path} {what}.", WORK_GOES_ON)


def _free_by_proc() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _free_by_cgroup() -> int | None:
    """What a container still allows (Linux control groups, version 2)."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text(encoding="ascii").strip()
        used = int((folder / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if limit == "max" else max(0, int(limit) - used)


def _free_on_windows() -> int | None:
    import ctypes

    class MemoryStatus(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong)
            for name in ("total", "free", "total_page", "free_page", "total_virtual", "free_virtual", "extended")
        ]

    status = MemoryStatus()
    status.length = ctypes.sizeof(MemoryStatus)
    windll = getattr(ctypes, "windll", None)
    if windll is None or not windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status.free)
