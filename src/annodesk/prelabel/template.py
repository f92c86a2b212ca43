"""The frame a model made for talking wants around a prompt, from the chat template in its file.

Base models have none. The last line of a prompt ("Label:") becomes the beginning of the model's own turn, so that what
follows it is the same with and without a frame. Runs in the engine process only: a template is a small program.
"""

from __future__ import annotations

import faulthandler
import secrets
from typing import Any

from msgspec import Struct

ANSWER = f"\udcff{secrets.token_hex(8)}"
"""Stands where the person's turn ends and the model's begins; nothing from outside can hold it."""

TEMPLATE_S = 20.0
"""After this long a template ends the process: it is like any other model file with which the engine dies."""

_CONTENT = "annodesk puts the content here"


class Words(Struct, frozen=True):
    """A frame as text, with control tokens by their names."""

    before: str
    after: str


class Frame(Struct, frozen=True):
    """A frame in tokens."""

    before: list[int]
    after: list[int]

    @property
    def length(self) -> int:
        return len(self.before) + len(self.after)


def frame_of(template: str, bos: str, eos: str) -> Words | None:
    """What the template writes before and behind one message of a person, up to where the model answers.

    None where the template cannot be used: it fails, or changes or repeats what it is given.
    """
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    message: Any = {"role": "user", "content": _CONTENT}
    # A template may turn in circles for hours, and nothing else ends it.
    faulthandler.dump_traceback_later(TEMPLATE_S, exit=True, file=2)
    try:
        write = Jinja2ChatFormatter(template, eos_token=eos, bos_token=bos)
        prompt = write(messages=[message]).prompt
    except Exception:  # noqa: BLE001 whatever a template does, the model can be asked without it
        return None
    finally:
        faulthandler.cancel_dump_traceback_later()
    before, found, after = prompt.partition(_CONTENT)
    if not found or _CONTENT in after or not after.strip():
        return None
    return Words(before, after)


def with_answer(item: str) -> str:
    """The item with the sign where the model's turn begins: before its last line that is not empty."""
    cut = item.rstrip("\n").rfind("\n") + 1
    return item[:cut] + ANSWER + item[cut:]
