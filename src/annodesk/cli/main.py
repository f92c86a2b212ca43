"""The ``annodesk`` command: its verbs, its exit codes, and how errors are told."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from annodesk import __version__, log
from annodesk.cli.output import printable, tell
from annodesk.errors import AnnodeskError

VERBS = {
    "demo": "demo",
    "init": "project",
    "add": "project",
    "status": "project",
    "queue": "project",
    "import": "transfer",
    "export": "transfer",
    "convert": "transfer",
    "formats": "transfer",
    "sample": "sample",
    "prelabel": "prelabel",
    "classify": "prelabel",
    "model": "models",
    "agreement": "agreement",
    "evaluate": "evaluate",
    "media": "media",
    "server": "server",
    "salvage": "salvage",
    "sync": "sync",
    "worker": "worker",
    "publish": "worker",
    "purge": "purge",
    "doctor": "doctor",
}
"""The module of each verb; a module is imported when its verb is used."""


LONGEST_NAME = 200
"""Longer names of files are cut where an error names them."""


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = VERBS.get(cmd_name)
        if module is None:
            return None
        name = f"{cmd_name}_command"
        command: click.Command = getattr(importlib.import_module(f"annodesk.cli.{module}"), name)
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="annodesk")
def annodesk() -> None:
    """Label audio, video and text.

    Without a command, or with a FILE.annodesk alone, the desktop application opens.
    """


def run(arguments: Sequence[str], *, window: Callable[[], Any]) -> int:
    """Run one command; ``window`` gives the desktop application to a verb that opens it.

    Exit codes: 0 done, 1 could not (one sentence and a next step on stderr), 2 wrong usage.
    """
    with contextlib.suppress(OSError):  # without a folder for the log the command itself may still work
        log.start()
    try:
        if any("\0" in argument for argument in arguments):
            raise click.UsageError("An argument holds a NUL character, which no name can have.")
        code = annodesk.main(list(arguments), prog_name="annodesk", standalone_mode=False, obj=window)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.UsageError as error:
        lines = error.format_message().split("\n")
        click.UsageError("\n".join(map(printable, lines)), error.ctx).show()
        return 2
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. What was finished until now is kept.", err=True)
        return 1
    except AnnodeskError as error:
        tell(f"annodesk: {error.sentence}")
        if error.hint:
            tell(error.hint)
        return 1
    except BrokenPipeError:
        _leave_stdout()
        return 1
    except OSError as error:
        _leave_stdout()
        name = str(error.filename or "a file")
        if len(name) > LONGEST_NAME:
            name = f"{name[:LONGEST_NAME]}…"
        tell(f"annodesk: {name}: {error.strerror or error}.")
        return 1
    except Exception:
        logging.getLogger(__name__).exception("A bug in %s", " ".join(arguments[:1]))
        click.echo("annodesk: this is a bug in annodesk; your data is as it was saved last.", err=True)
        click.echo("Please report it with the end of annodesk.log in the data folder.", err=True)
        return 1


def _leave_stdout() -> None:
    """Write nothing more to an output that takes nothing more, not even when Python closes it at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
