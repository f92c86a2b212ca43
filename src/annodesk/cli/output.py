"""What a command prints: one JSON document or words for people on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from annodesk.progress import Progress, silent

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
db_option = click.option(
    "--db", envvar="ANNODESK_DB", required=True, metavar="DB", help="A local .annodesk file; $ANNODESK_DB by default."
)
any_db_option = click.option(
    "--db", envvar="ANNODESK_DB", required=True, metavar="DB", help="A local .annodesk file, or the URL of a team."
)
project_option = click.option("--project", metavar="NAME", help="The project; needed where the file has several.")


_TURNS = (*range(0x2028, 0x202F), *range(0x2066, 0x206A))
_SHOWN = {code: repr(chr(code))[1:-1] for code in (*range(9), *range(10, 32), *range(127, 160), *_TURNS)}
"""Characters that are commands to a terminal or turn the direction of writing, each as it is shown."""


def show(document: Any, as_json: bool, words: Callable[[], str | Iterable[str]]) -> None:
    """Print a result as JSON, or in words: one line or several."""
    if as_json:
        click.echo(as_line(document, indent=2))
        return
    said = words()
    for line in [said] if isinstance(said, str) else said:
        click.echo(printable(line))


def as_line(document: Any, *, indent: int | None = None) -> str:
    """A document as JSON, with escapes for what stdout's encoding could not hold or a terminal would obey."""
    text = json.dumps(document, ensure_ascii=False, indent=indent, default=str)
    is_plain = all(printable(line) == line for line in text.split("\n"))
    return text if is_plain else json.dumps(document, indent=indent, default=str)


def printable(line: str) -> str:
    """A line as stdout can show it: names may hold commands to the terminal, and bytes that are no characters."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return line.translate(_SHOWN).encode(encoding, errors="backslashreplace").decode(encoding)


def tell(sentence: str) -> None:
    """Say something on stderr."""
    click.echo(printable(sentence), err=True)


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """A progress bar on stderr where that is a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share, words: bar.update(task, completed=share, description=printable(words) or what)


def local_path(db: str) -> Path:
    """The path of a local file, for verbs that work on one."""
    if "://" in db and not db.startswith("sqlite:///"):
        raise click.UsageError("This verb works on a local .annodesk file, not on a shared database.")
    return Path(db.removeprefix("sqlite:///"))
