"""The verb demo: the whole loop on the demo's media or on one's own."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from annodesk.cli.display import has_display
from annodesk.cli.output import json_option, progress_bar, show, tell
from annodesk.errors import AnnodeskError
from annodesk.paths import data_dir
from annodesk.services.demo import ANALYST, ANNOTATORS, FILE_NAME, SHOWPIECE, Demo, DemoFigures, run_all


@click.command("demo")
@click.option("--dir", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Where the demo is put.")
@click.option("--media", type=click.Path(path_type=Path), metavar="DIR", help="Your own recordings in place of ours.")
@click.option("--headless", is_flag=True, help="Do not open a window, even where there is a display.")
@json_option
@click.pass_obj
def demo_command(
    window: Callable[[], Any], folder: Path | None, media: Path | None, headless: bool, as_json: bool
) -> int:
    """Pre-label, annotate twice, compare, review, settle and export: the whole loop.

    With a display the window opens on a demo project in which some work is left for you. Without one, or with
    --headless, the loop runs to its end by itself, and pictures of each workspace are written.
    """
    if not (headless or as_json) and has_display():
        return _open(window, folder or data_dir() / "demo", media)
    target = folder or _fresh(data_dir(), "demo")
    if Demo(target, media).is_made:
        raise AnnodeskError(f"{target} holds a demo already.", "Name another folder with --dir.")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    pictures: list[Path] = []

    def picture(workspace: str, path: Path) -> None:
        pictures.extend(
            window().take_pictures(
                path,
                target / "screenshots",
                annotator=ANNOTATORS[0],
                analyst=ANALYST,
                workspaces=(workspace,),
                review_item=SHOWPIECE,
            )
        )

    with progress_bar("demo") as progress:
        done = run_all(target, media, progress=progress, picture=picture)
    document = {**done.document(), "screenshots": [str(path) for path in pictures]}
    show(document, as_json, lambda: _summary(done, target, pictures))
    return 0


def _open(window: Callable[[], Any], target: Path, media: Path | None) -> int:
    demo = Demo(target, media)
    if not demo.is_made:
        with progress_bar("demo") as progress:
            tell("Making the demo project; this takes about half a minute.")
            demo.prepare(progress=progress)
            demo.leave_work(progress=progress)
        demo.finish()
        for note in demo.notes:
            tell(note)
    code: int = window().run(demo.path, person=ANNOTATORS[0])
    return code


def _fresh(home: Path, name: str) -> Path:
    """A folder of that name, or with a number behind it, that is not there yet."""
    path, number = home / name, 2
    while path.exists():
        path, number = home / f"{name}-{number}", number + 1
    return path


def _summary(done: DemoFigures, target: Path, pictures: list[Path]) -> list[str]:
    accuracy = (
        "" if done.prelabel_accuracy is None else f" ({done.prelabel_accuracy:.0%} of their time as settled later)"
    )
    agreement = "could not be measured" if done.agreement is None else f"was {done.agreement:.2f} in the mean"
    return [
        f"Added: {_many(done.items, 'item')} of recordings, videos and texts.",
        f"Suggested by the model: {_many(done.prelabels, 'segment')}{accuracy}."
        if done.prelabels
        else "Pre-labels are off.",
        f"Submitted by two annotators: {_many(done.submitted, 'set')}; their agreement {agreement}.",
        f"To review, where an analyst ruled on each disagreement: {_many(done.escalated, 'item')}.",
        f"Settled: {_many(done.settled, 'item')}; exported: {done.exported}, in {_many(len(done.files), 'file')}.",
        *done.notes,
        f"The project, the exports and {_many(len(pictures), 'picture')} are in {target}.",
        f"To look at it, on a computer with a display: annodesk {shlex.quote(str(target / FILE_NAME))}",
    ]


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
