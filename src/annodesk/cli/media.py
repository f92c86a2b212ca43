"""Verbs about media files: probe, peaks, segments."""

from __future__ import annotations

from pathlib import Path

import click

from annodesk.cli.output import json_option, progress_bar, show
from annodesk.errors import AnnodeskError
from annodesk.model.times import format_us

file_argument = click.argument("file", type=click.Path(path_type=Path), metavar="FILE")


@click.group("media")
def media_command() -> None:
    """Look into a media file."""


@media_command.command("probe")
@file_argument
@json_option
def probe_command(file: Path, as_json: bool) -> None:
    """Streams, duration, rates and checksum."""
    from dataclasses import asdict

    from annodesk.media import probe

    with progress_bar("checksum") as progress:
        info = probe.probe(file)
        sha256 = probe.content_hash(file, progress=progress)
    document = {**asdict(info), "sha256": sha256}

    def words() -> list[str]:
        lines = [f"{file.name}: {format_us(info.duration_us)}"]
        lines += [f"  audio {a.codec}, {a.rate_hz} Hz, {a.channels} ch, {a.samples} samples" for a in info.audio]
        lines += [
            f"  video {v.codec}, {v.width} x {v.height}, {v.frames} frames{', variable rate' * v.variable_rate}"
            for v in info.video
        ]
        return [*lines, f"  sha256 {sha256}"]

    show(document, as_json, words)


@media_command.command("peaks")
@file_argument
@json_option
def peaks_command(file: Path, as_json: bool) -> None:
    """Build the waveform's pyramid of minima and maxima into the cache."""
    import time

    from annodesk.media import peaks

    started = time.monotonic()
    with progress_bar("peaks") as progress:
        known = peaks.open_or_none(file)
        found = known or peaks.build(file, progress=progress)
    document = {
        "channels": found.channels,
        "rate_hz": found.rate_hz,
        "samples": found.samples,
        "from_cache": known is not None,
        "seconds": round(time.monotonic() - started, 3),
    }
    source = "from the cache" if known else f"built in {document['seconds']} s"
    show(document, as_json, lambda: f"{file.name}: {found.samples} samples, {found.channels} ch, {source}")


@media_command.command("segments")
@file_argument
@json_option
def segments_command(file: Path, as_json: bool) -> None:
    """Propose segments from the signal itself: silence and novelty."""
    from annodesk.media import boundaries

    if not file.exists():
        raise AnnodeskError(f"There is no file {file}.")
    with progress_bar("listening") as progress:
        found = boundaries.propose(file, progress=progress)
    document = {"segments": [{"start_us": start, "end_us": end, "label": None} for start, end in found]}
    lines = [f"{format_us(start)}  {format_us(end)}" for start, end in found]
    show(document, as_json, lambda: lines or "No sound.")
