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
    "prelabel": "prelabel",
    "classify": "prelabel",
    "agreement": "agreement",
    "media": "media",
    "doctor": "doctor",
}
"""The module of each verb; a module is imported when its verb is used."""


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
    """Label audio, video and text. Without a command, the desktop application opens."""


def run(arguments: Sequence[str], *, window: Callable[[], Any]) -> int:
    """Run one command; ``window`` gives the desktop application to a verb that opens it.

    Exit codes: 0 done, 1 could not (one sentence and a next step on stderr), 2 wrong usage.
    """
    with contextlib.suppress(OSError):  # without a folder for the log the command itself may still work
        log.start()
    try:
        code = annodesk.main(list(arguments), prog_name="annodesk", standalone_mode=False, obj=window)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.UsageError as error:
        error.show()
        return 2
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. What was finished until now is kept.", err=True)
        return 1
    except AnnodeskError as error:
        click.echo(f"annodesk: {error.sentence}", err=True)
        if error.hint:
            click.echo(error.hint, err=True)
        return 1
    except BrokenPipeError:
        _leave_stdout()
        return 1
    except OSError as error:
        _leave_stdout()
        click.echo(f"annodesk: {error.filename or 'a file'}: {error.strerror or error}.", err=True)
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
