"""How a model is named on the command line: by a file, or by the name under which it was fetched."""

from __future__ import annotations

from pathlib import Path

import click

from annodesk.prelabel.names import parse_name
from annodesk.services.model_choice import EMBEDDED


def as_named(text: str) -> str:
    """A name as it is; a path so that it holds from any folder: what is typed here counts from here."""
    path = Path(text).expanduser()
    is_name = text == EMBEDDED or parse_name(text) is not None
    return text if is_name and not path.exists() else str(path.absolute())


def _read(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    return as_named(text) if text else None


model_option = click.option(
    "--model", callback=_read, metavar="FILE|NAME", help="A GGUF file to use, or a model fetched by `model fetch`."
)
